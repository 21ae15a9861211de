# Defines the methods that `random_types.py SEED COUNT tables` makes, and says which one each call runs: JSON lines.
# usage: julia tables.jl < tables.tsv > tables.jsonl
include("printing.jl")
using LinearAlgebra

const numbers = Dict{Method,Int}()

function define(table, method, elements, clauses)
    arguments = join((string("::", e) for e in split(elements, ';')), ", ")
    text = string("f", table, "(", arguments, ")", isempty(clauses) ? "" : " where {$(clauses)}", " = ", method)
    Core.eval(Main, Meta.parse(text))
    f = Core.eval(Main, Symbol(:f, table))
    for m in methods(f)
        haskey(numbers, m) && continue
        numbers[m] = parse(Int, method)
        println("{\"table\":", table, ",\"method\":", method, ",\"signature\":", json(string("Tuple{typeof(f", table, "),",
            join(split(elements, ';'), ","), "}", isempty(clauses) ? "" : " where {$(clauses)}")), "}")
    end
end

function call(table, types)
    f = Core.eval(Main, Symbol(:f, table))
    t = Core.eval(Main, Meta.parse("Tuple{typeof(f$(table)),$(types)}"))
    entry = ccall(:jl_gf_invoke_lookup, Any, (Any, UInt), t, typemax(UInt))
    applicable = sort!([numbers[m] for m in methods(f) if t <: m.sig])
    println("{\"table\":", table, ",\"call\":", json(string("Tuple{typeof(f$(table)),", types, "}")), ",\"answer\":",
        entry === nothing ? "null" : numbers[entry.func], ",\"applicable\":[", join(applicable, ","), "]}")
end

for line in eachline(stdin)
    parts = split(line, '\t')
    try
        parts[1] == "method" ? define(parts[2:end]...) : call(parts[2:end]...)
    catch e
        e isa Union{TypeError,UndefVarError,ErrorException,ArgumentError,StackOverflowError} || rethrow()
    end
end

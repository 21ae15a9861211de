# Answers pairs of types, a pair a line with a tab between: one JSON object a line.
# usage: julia relations.jl [STUBS.jl] < pairs.tsv > relations.jsonl
include("printing.jl")
using LinearAlgebra, SparseArrays
foreach(include ∘ abspath, ARGS)
more_specific(a, b) = ccall(:jl_type_morespecific, Cint, (Any, Any), a, b) != 0

for line in eachline(stdin)
    a, b = split(line, '\t')
    x, y = try
        Core.eval(Main, Meta.parse(a)), Core.eval(Main, Meta.parse(b))
    catch
        continue
    end
    x isa Type && y isa Type || continue
    # Some pairs make Julia itself throw: they have no answer.
    answers = try
        [x <: y, y <: x, x == y, more_specific(x, y), more_specific(y, x), full(typeintersect(x, y))]
    catch
        continue
    end
    fields = zip(("below", "above", "equal", "more", "less", "meet"), answers)
    println("{\"a\":", json(a), ",\"b\":", json(b), (string(",\"", k, "\":", json(v)) for (k, v) in fields)..., "}")
end

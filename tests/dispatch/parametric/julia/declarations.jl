# Writes the declarations of the types that stand in a list of names, and of all that these need: one JSON object a line.
# usage: julia declarations.jl [STUBS.jl] < NAMES > declarations.jsonl
include("printing.jl")
using LinearAlgebra, SparseArrays, Statistics, Random, Distributed
foreach(include ∘ abspath, ARGS)

const done = Set{Any}()
const lines = String[]

function declare(@nospecialize(t))
    t isa TypeVar && return (declare(t.lb); declare(t.ub))
    t isa Union && t !== Union{} && return (declare(t.a); declare(t.b))
    t isa UnionAll && return (declare(t.var); declare(t.body))
    t isa DataType || return
    foreach(declare, t.parameters)
    t.name in done && return
    push!(done, t.name)
    t.name in (Tuple.name, Type.body.name, Vararg.body.body.name) && return
    t in (Any, DataType, UnionAll, Union, typeof(Union{})) && return
    wrapper = t.name.wrapper
    body = Base.unwrap_unionall(wrapper)
    declare(body.super)
    foreach(declare, body.parameters)
    parameters = [string("{\"name\":", json(string(v.name)),
        v.lb === Union{} ? "" : string(",\"lower\":", json(full(v.lb))),
        v.ub === Any ? "" : string(",\"upper\":", json(full(v.ub))), "}") for v in body.parameters]
    push!(lines, string("{\"name\":", json(name_of(body)), ",\"parameters\":[", join(parameters, ","), "],\"supertype\":",
        json(full(body.super)), ",\"abstract\":", json(body.abstract), "}"))
end

function alias(name, @nospecialize(t))
    declare(t)
    parameters = String[]
    body = t
    while body isa UnionAll
        v = body.var
        push!(parameters, string("{\"name\":", json(string(v.name)),
            v.lb === Union{} ? "" : string(",\"lower\":", json(full(v.lb))),
            v.ub === Any ? "" : string(",\"upper\":", json(full(v.ub))), "}"))
        body = body.body
    end
    push!(lines, string("{\"name\":", json(name), ",\"parameters\":[", join(parameters, ","), "],\"target\":", json(full(body)), "}"))
end

function_type(name) = string("{\"name\":", json(name), ",\"parameters\":[],\"supertype\":\"Function\",\"abstract\":false}")

for name in eachline(stdin)
    t = try
        Core.eval(Main, Meta.parse(name))
    catch
        # A function without keyword methods has no such type yet; every one of them is made alike.
        endswith(name, "##kw\"") ? push!(lines, function_type(name)) : println(stderr, "unknown: ", name)
        continue
    end
    t isa Type || continue
    inner = Base.unwrap_unionall(t)
    if inner isa DataType && (t === inner.name.wrapper || isempty(inner.parameters)) &&
       name == name_of(inner)
        declare(t)
    elseif !(name in ("Tuple", "Type", "Vararg", "Union", "Any"))
        alias(name, t)
    end
end
foreach(println, lines)

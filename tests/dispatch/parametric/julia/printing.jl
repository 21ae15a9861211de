# Prints types in full, with no alias in place of a union, and as JSON strings.
json(s::AbstractString) = string('"', replace(replace(s, "\\" => "\\\\"), "\"" => "\\\""), '"')
json(b::Bool) = b ? "true" : "false"

plain(x) = replace(sprint(show, x), "Main." => "")
name_of(d::DataType) = d <: Tuple ? "Tuple" : plain(d.name.wrapper)

full(t::TypeVar) = string(t.name)
full(t::Union) = t === Union{} ? "Union{}" : string("Union{", join(map(full, Base.uniontypes(t)), ","), "}")
bounded(v::TypeVar) = string(
    v.lb === Union{} ? "" : v.ub === Any ? "" : full(v.lb) * "<:", v.name,
    v.ub !== Any ? string("<:", wrapped(v.ub)) : v.lb !== Union{} ? string(">:", wrapped(v.lb)) : "")
wrapped(t) = t isa UnionAll ? string("(", full(t), ")") : full(t)
is_bare(t) = (b = Base.unwrap_unionall(t); b isa DataType && t === b.name.wrapper && b.name !== Vararg.body.body.name)
full(t::UnionAll) = is_bare(t) ? plain(t) :
    string(full(t.body), " where ", bounded(t.var))
function full(t::DataType)
    isempty(t.parameters) && return t <: Tuple ? "Tuple{}" : plain(t)
    return string(name_of(t), "{", join(map(full, collect(t.parameters)), ","), "}")
end
full(x) = sprint(show, x)

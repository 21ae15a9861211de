# Prints types in full, with no alias in place of a union, and as JSON strings.
json(s::AbstractString) = string('"', replace(replace(s, "\\" => "\\\\"), "\"" => "\\\""), '"')
json(b::Bool) = b ? "true" : "false"

plain(@nospecialize(x)) = replace(sprint(show, x), "Main." => "")
name_of(@nospecialize(d::DataType)) = d <: Tuple ? "Tuple" : plain(d.name.wrapper)

full(@nospecialize(t::TypeVar)) = string(t.name)
full(@nospecialize(t::Union)) = t === Union{} ? "Union{}" : string("Union{", join(map(full, Base.uniontypes(t)), ","), "}")
bounded(v::TypeVar) = string(
    v.lb === Union{} ? "" : v.ub === Any ? "" : full(v.lb) * "<:", v.name,
    v.ub !== Any ? string("<:", wrapped(v.ub)) : v.lb !== Union{} ? string(">:", wrapped(v.lb)) : "")
wrapped(@nospecialize(t)) = t isa UnionAll ? string("(", full(t), ")") : full(t)
is_bare(@nospecialize(t)) = (b = Base.unwrap_unionall(t); b isa DataType && t === b.name.wrapper && b.name !== Vararg.body.body.name)
full(@nospecialize(t::UnionAll)) = is_bare(t) ? plain(t) :
    string(full(t.body), " where ", bounded(t.var))
function full(@nospecialize(t::DataType))
    isempty(t.parameters) && return t <: Tuple ? "Tuple{}" : plain(t)
    return string(name_of(t), "{", join(map(full, collect(t.parameters)), ","), "}")
end
full(@nospecialize(x)) = sprint(show, x)

# As Julia prints it, with variables renamed where an inner one has the name of an outer one.
shown(@nospecialize(t)) = plain(renamed(t, Symbol[]))
function renamed(@nospecialize(t), names)
    if t isa UnionAll && is_bare(t)
        return t
    elseif t isa UnionAll
        v = t.var
        name = v.name in names ? Symbol(v.name, :_, length(names)) : v.name
        w = TypeVar(name, renamed(v.lb, names), renamed(v.ub, names))
        return UnionAll(w, renamed(t{w}, [names; name]))
    elseif t isa DataType && !isempty(t.parameters) && Base.has_free_typevars(t)
        t <: Tuple && return Tuple{Any[renamed(p, names) for p in t.parameters]...}
        t.name === Vararg.body.body.name && return Vararg{renamed(t.parameters[1], names), t.parameters[2]}
        return t.name.wrapper{Any[renamed(p, names) for p in t.parameters]...}
    end
    return t
end

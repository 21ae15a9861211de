module Quirk
# names, signatures and definitions in the forms that are written least
using LinearAlgebra, Statistics
using ChainRulesCore: ChainRulesCore, rrule, @non_differentiable, @opt_out, @scalar_rule, RuleConfig, HasReverseMode, no_rrule
import ChainRulesCore: rrule
import Zygote: Zygote, @adjoint, @nograd, @adjoint!
import Base: show, *, +, -, ^, ∘
import Base.Iterators

export Foo, Bar, Wide, Opt, Hue, Shape, Tag

"A foo."
struct Foo{T<:Real,N}
    x::NTuple{N,T}
    Foo{T,N}(x::NTuple{N,T}) where {T<:Real,N} = new{T,N}(x)
    Foo{T}(x::Vararg{T,N}) where {T,N} = new{T,N}(x)
    Foo(x::T...) where {T<:Real} = new{T,length(x)}(x)
    Foo(::Nothing) = new{Int,0}(())
end
abstract type Shape{D} end
abstract type Round{D} <: Shape{D} end
struct Ball{D,R<:Real} <: Round{D}
    r::R
end
struct Cube{D} <: Shape{D}
    a
end
mutable struct Bar{T,S<:AbstractArray{T}} <: AbstractVector{T}
    s::S
    Bar(s::S) where {T,S<:AbstractArray{T}} = (b = new{T,S}(); b.s = s; b)
end
struct Wide{A<:AbstractArray{<:Real},F} <: AbstractMatrix{Float64}
    a::A
    f::F
end
Base.@kwdef struct Opt{T<:Real,S}
    rate::T = 0.1
    name::S
    steps::Int = 3
end
@enum Hue red = 1 green blue
primitive type Word24 <: Unsigned 24 end
struct Tag{name} end
const Ball2{R} = Ball{2,R}
const Foo1 = Foo{<:Real,1}
const NumLike = Union{Number,AbstractArray{<:Number}}
const Pairs{K} = Tuple{Vararg{Pair{K,<:Any}}}
const twin = +
const halve = Base.:/
const FnOf{T} = Union{Type{T},Tag{T}}

# signatures
sg(x::T, y::T=x) where {T} = 1
sg(a, b::Int=1, c::String="x"; k=1) = 2
sg((a, b)::Tuple{Int,Int}) = 3
sg(::Int, _::Int) = 4
sg(x::Vararg{T}) where {T<:AbstractString} = 5
sg(x::Union{Vector{T},Matrix{T}} where T) = 6
sg(x::(Array{T,N} where N)) where {T<:Integer} = 7
sg(x::Pairs{Symbol}) = 8
sg(::Type{<:Tuple{Int,Vararg}}) = 9
sg(x::NamedTuple{(:a, :b)}) = 10
sg(x::NamedTuple{<:Any,<:Tuple{Int}}) = 11
sg(::Val{:x}, y) = 12
sg(::Val{(1, 2)}, y) = 13
sg(::Val{1}, y::T) where {Int<:T<:Real} = 14
sg(x::Array{T,N}, ::Val{N}) where N where T = 15
sg(x::AbstractArray{<:Array{S,N},N}) where {S,N} = 16
sg(f::F, x::Array{S,1}, y::Array{S,1}) where {F<:Function,S>:Int} = 17
sg(x::Ref{<:Ref}) = 18
sg(x::Foo{T,N}, ::Type{T}) where {T,N} = 19
sg(x::Foo1, ::Type{<:Integer}) = 20
sg(h::Hue, w::Word24) = 21
sg(x::Tuple{T,Vararg{T}}) where {T<:Real} = 22
sg(x::Tuple{Vararg{Union{Int,Foo{Int}}}}) = 23
sg(x::FnOf{T}, y::T) where {T} = 24
sg(::Union{}) = 25
sg(x::Dict{K,V}, k::K) where {K,V<:AbstractArray{K}} = 26

# aliases of functions, operators defined in infix form
twin(a::Foo, b::Foo) = a
halve(a::Foo, b::Real) = a
a::Foo ⊗ b::Foo = a
a::Foo ⊗ b::Real = a
⊕(a::Foo{T}, b::Foo{T}, rest...) where {T} = a
(a::Foo * b::Real) = a
*(a::Foo, b::Foo1) = a
Base.:√(x::Foo) = x
Base.:(==)(a::T, b::T) where {T<:Foo} = true
-(a::Foo) = a
-(a::Foo, b) = a
Base.:(:)(a::Foo, b::Real, c::Foo) = a
Base.:+(a::Shape, b::Shape, c::Shape...) = a
Base.:÷(a::Foo, b::Foo) = a
^(a::Foo, p::Union{Integer,Rational}) = a
Base.:&(a::Hue, b::Hue) = a
Base.xor(a::Tag{A}, b::Tag{A}) where {A} = a
Base.getindex(::Type{Foo}, xs...) = xs
Base.getindex(f::Foo, ::Tag{T}) where {T} = T
Base.getindex(b::Bar, i::Int) = b.s[i]
Base.size(b::Bar) = size(b.s)
Base.size(w::Wide) = size(w.a)
Base.getindex(w::Wide, i::Int, j::Int) = 1.0
function Base.getproperty(b::Ball, s::Symbol)
    s === :d ? 1 : getfield(b, s)
end
Base.propertynames(b::Ball, private=false) = (:d,)

# types as functions
(::Type{T})(x::Cube) where {T<:Round} = x
(::Type{Ball{D}})(r::R) where {D,R<:Real} = Ball{D,R}(r)
(::Type{<:Tag})(x::Symbol) = Tag{x}()
Shape(x::Real) = Ball{1,typeof(x)}(x)
Shape{D}(x) where {D} = Cube{D}(x)
Round{2}(x::Int, y::Int=x) = Ball2{Int}(x)
Base.convert(::Type{Ball{D,R}}, b::Ball{D}) where {D,R<:AbstractFloat} = b
Base.convert(::Type{S}, x::Real) where {S<:Shape} = x
Base.Float64(b::Ball) = 1.0
Base.AbstractFloat(b::Ball{1}) = 1.0
Base.promote_rule(::Type{Ball{D,R}}, ::Type{Ball{D,S}}) where {D,R,S} = Ball{D}
(h::Hue)(x) = x
(t::Tag{:twice})(f, x) = f(f(x))
(t::Tag)(x...) = x
(f::Opt{<:AbstractFloat})(x::AbstractArray{T,N}) where {T,N} = x

# loops over types, names and strings
for T in (Int8, UInt16), (i, f) in enumerate((:pa, :pb))
    @eval $f(x::$T, y::NTuple{$i,$T}) = x
end
for n in 1:3
    @eval $(Symbol("q", n))(x::Foo{<:Any,$n}) = x
    @eval $(Symbol(:r, n, "!"))(x::Foo, y::Vararg{Int,$n}) = x
end
for (S, parent) in [("Up", :Shape), ("Down", :Round)]
    N = Symbol(S, :Kind)
    @eval struct $N{D} <: $parent{D} end
    @eval Base.abs(x::$N{D}) where {D} = x
    @eval rrule(::typeof(abs), x::$N) = x, identity
end
for op in [:sin, :cos], T in [:Foo, :(Ball{<:Any,Float64})]
    @eval Base.$op(x::$T) = x
end
macro both(f, T)
    quote
        $(esc(f))(x::$(esc(T))) = x
        $(esc(f))(x::$(esc(T)), n::Int) = x
    end
end
@both pick Foo
@both pick Ball{2}
@static if VERSION >= v"1.0"
    stat(x::Foo) = 1
else
    stat(x::Ball) = 1
end
if isdefined(Base, :Iterators)
    stat(x::Hue) = 2
end
VERSION < v"0.7" && (stat(x::Tag) = 3)
VERSION > v"0.7" && (stat(x::Bar) = 4)
begin
    stat(x::Wide) = 5
    const inner = 3
end
let y = 2
    global stat2(x::Foo) = y
    hidden(x) = y
end
function make()
    local_f(x) = x
    return local_f
end
@generated function gen(x::Foo{T,N}, y::T=zero(T)) where {T,N}
    :(x)
end
@inline @doc "text" docd(x::Foo) = x
"""
    many
"""
function many end
@noinline many(x::Foo) = x
Base.@pure pure(x::Type{Foo{T}}) where {T} = T

baremodule Bare
    import Base
    using ..Quirk: Foo
    f(x) = x
    Base.:+(x::Foo, y::Base.Symbol) = x
end
module Sub
    using ..Quirk
    using ..Quirk: pick
    import ..Quirk: sg, many
    import LinearAlgebra
    stat(x) = 0
    many(x::Bar) = x
    sg(x::Wide, y...) = 27
    LinearAlgebra.dot(x::Foo, y::Foo) = 1
    Base.sum(x::Quirk.Foo) = 1
    Quirk.stat(x::Opt) = 6
    many(x::Foo) = x
    struct Own end
    many(x::Own) = x
end
module Sub2
    using ..Quirk, ..Quirk.Sub
    using Statistics: mean, middle
    import Statistics
    Statistics.middle(x::Foo) = x
    Statistics.mean(x::Foo) = 1
    Statistics.std(x::Bar; corrected::Bool=true) = 1
    Statistics.var(itr::Wide{<:Matrix}, m=nothing) = 1
end

# rules
for f in (:sin, :cos)
    @eval @scalar_rule $f(x::Foo) 1
    @eval @opt_out rrule(::typeof($f), ::Ball)
end
@scalar_rule(twin(x::Word24, y::Hue), (1, 1))
@non_differentiable sg(x, y...)
@non_differentiable Base.getindex(::Type{Foo}, ::Any...)
@non_differentiable Shape(::Real)
@non_differentiable (t::Tag{:twice})(::Any, ::Any)
rrule(::typeof(*), a::Foo, b::NumLike) = 1, identity
rrule(::RuleConfig{>:HasReverseMode}, ::Type{Ball{D}}, r) where {D} = 1, identity
rrule(::Type{T}, x::Real) where {T<:Shape} = 1, identity
rrule(::Type{<:Foo}, x::Vararg{Real}) = 1, identity
rrule(f::Opt, x::AbstractArray) = 1, identity
rrule(::typeof(sum), x::Foo; dims=1) = 1, identity
rrule(::typeof(Statistics.mean), x::Wide) = 1, identity
rrule(::typeof(Sub.stat), x) = 1, identity
rrule(::typeof(⊗), a::Foo, b) = 1, identity
rrule(::typeof(Core.apply_type), ::Type{Foo}, x...) = 1, identity
ChainRulesCore.rrule(::typeof(√), x::Foo1) = 1, identity
@opt_out rrule(::typeof(⊗), ::Foo, ::Real)
@opt_out rrule(::typeof(sum), ::Foo)
@opt_out rrule(::Type{<:Ball}, ::Real)
@opt_out ChainRulesCore.rrule(::Opt{<:AbstractFloat}, ::AbstractArray{T,1}) where {T}
@opt_out rrule(::RuleConfig{>:HasReverseMode}, ::typeof(Statistics.var), ::Any, ::Any)
@adjoint ⊕(a::Foo, b::Foo) = 1, identity
@adjoint pick(x::Foo, n=1) = 1, identity
@adjoint! many(x::Foo) = 1, identity
@adjoint (b::Bar)(x) = 1, identity
@adjoint function Shape{D}(x::Integer) where {D}
    1, identity
end
@adjoint Base.convert(::Type{S}, x::Float64) where {S<:Shape} = 1, identity
Zygote.@adjoint *(a::Foo{Float64}, b::T) where {T<:Union{Float32,Float64}} = 1, identity
Zygote.@adjoint Base.getindex(b::Bar, i::Integer...) = 1, identity
Zygote.@adjoint Statistics.std(x::Bar; kw...) = 1, identity
@nograd stat
@nograd q1
@nograd Sub.many
Zygote._pullback(cx::Zygote.AContext, f::typeof(gen), args...) = 1, identity
Zygote._pullback(cx::Zygote.AContext, ::Core.kwftype(typeof(sum)), kw, ::typeof(sum), x::Foo) = 1, identity
end

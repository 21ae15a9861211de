# quaternions, intervals, fixed points and jets: numbers of many kinds
module Hyper
import ChainRulesCore: rrule, frule
using ChainRulesCore: ChainRulesCore, NoTangent, ZeroTangent, @scalar_rule, @opt_out, @non_differentiable, RuleConfig, HasForwardsMode, HasReverseMode, NoReverseMode
using LinearAlgebra, SpecialFunctions
using Statistics
import Zygote
import ZygoteRules: @adjoint, literal_getproperty
import Base: +, *, -, /, ^, sin, cos, exp, log, sqrt, abs, abs2, conj, inv, real, imag, zero, one, promote_rule, convert
import Base.Broadcast: broadcasted, BroadcastStyle
import Base: literal_pow

export Quat, Interval, Fixed, Jet, Money, Octave, Turn, AbstractJet

abstract type AbstractQuat{T<:Real} <: Number end
struct Quat{T<:Real} <: AbstractQuat{T}
    w::T; x::T; y::T; z::T
    Quat{T}(w, x, y, z) where {T<:Real} = new{T}(w, x, y, z)
    Quat(w::T, x::T, y::T, z::T) where T<:Real = new{T}(w, x, y, z)
end
Quat(w::Real) = Quat(w, zero(w), zero(w), zero(w))
Quat(w::Real, x::Real, y::Real=0, z::Real=zero(y)) = Quat(promote(w, x, y, z)...)
Quat{T}(q::Quat{S}) where {T,S} = Quat{T}(q.w, q.x, q.y, q.z)
Quat{T}(w::Real) where {T<:Real} = Quat{T}(w, 0, 0, 0)
struct Interval{T<:AbstractFloat} <: Real
    lo::T
    hi::T
end
struct Fixed{B,T<:Integer} <: Real
    i::T
    Fixed{B,T}(i::Integer, ::Nothing) where {B,T<:Integer} = new{B,T}(i)
end
const Fixed8{B} = Fixed{B,Int8}
const Q16{T} = Fixed{16,T}
abstract type AbstractJet{N,T} <: Real end
mutable struct Jet{N,T<:Real} <: AbstractJet{N,T}
    v::T
    d::NTuple{N,T}
end
const Jet1{T} = Jet{1,T}
struct Money{C} <: Number
    amount::Float64
end
const EUR = Money{:EUR}
const USD = Money{:USD}
struct Octave <: AbstractFloat
    x::Float64
end
struct Turn{T} <: AbstractIrrational
    x::T
end
Base.@kwdef struct Settings{T}
    tol::T = 1e-3
    n::Int = 10
end

const RealLike = Union{Interval,Fixed,AbstractJet}
const AnyNum = Union{Real,Quat}
const Vec3{T} = NTuple{3,T}

for op in (:+, :-)
    @eval ($op)(a::Quat, b::Quat) = a
    @eval ($op)(a::Quat, b::Real) = a
    @eval ($op)(a::Real, b::Quat{T}) where {T} = b
    @eval ($op)(a::Interval{T}, b::Interval{T}) where {T} = a
    @eval $op(a::Money{C}, b::Money{C}) where C = a
    @eval $op(a::Jet{N}, b::Jet{N}) where {N} = a
    @eval $op(a::Fixed{B,T}) where {B,T} = a
end
+(a::Quat, b::Quat, c::Quat, d::Quat...) = a
+(a::EUR, bs::EUR...) = a
*(a::Quat, b::Quat) = a
*(a::Quat{T}, b::Quat{T}) where {T<:AbstractFloat} = a
*(a::Interval, b::Interval) = a
*(a::Fixed{B}, b::Fixed{B}) where B = a
*(a::Fixed8{B}, b::Fixed8{B}) where {B} = a
*(a::Money, b::Real) = a
*(a::Real, b::Money) = b
*(a::Jet, b::Real) = a
*(a::Bool, b::Quat) = b
*(a::Quat, v::AbstractVector{<:Quat}) = v
*(q::Quat, v::Vec3{<:Real}) = v
*(A::AbstractMatrix{<:Quat}, v::AbstractVector{<:Quat}) = v
*(A::AbstractMatrix{Interval{T}}, v::AbstractVector{T}) where {T} = v
*(A::Diagonal{<:Quat}, v::AbstractVector) = v
/(a::Quat, b::Quat) = a
/(a::Interval, b::Real) = a
Base.:\(a::Quat, b::Quat) = b
^(a::Quat, n::Integer) = a
^(a::Interval, n::Rational{Int}) = a
^(a::Interval{Float64}, p::Real) = a
literal_pow(::typeof(^), a::Quat, ::Val{2}) = a
literal_pow(::typeof(^), a::Interval, ::Val{p}) where {p} = a
Base.literal_pow(::typeof(^), a::Jet{N}, ::Val{0}) where N = a
for f in (:sin, :cos, :exp, :log, :sqrt)
    @eval begin
        $f(a::Interval) = a
        $f(q::Quat{<:AbstractFloat}) = q
        Base.$f(a::Jet1) = a
    end
end
for (f, g) in [(:tan, :sin), (:sinh, :cosh)], T in (:Interval, :Octave)
    @eval Base.$f(x::$T) = x
    @eval Base.$(Symbol(:a, f))(x::$T) = $g(x)
end
@eval Base.exp2(x::$(:Octave)) = x
Base.tanh(x::Interval) = x
SpecialFunctions.erf(x::Interval) = x
SpecialFunctions.gamma(x::Fixed{B}) where B = x
SpecialFunctions.besselj(ν::Real, x::Interval) = x
abs(q::Quat) = 1.0
abs2(q::AbstractQuat) = 1.0
abs2(x::Interval) = x
conj(q::Quat) = q
inv(q::Quat) = q
inv(x::Interval{T}) where {T<:Union{Float32,Float64}} = x
real(q::Quat) = q.w
imag(q::Quat) = (q.x, q.y, q.z)
zero(::Type{Quat{T}}) where T = Quat{T}(0)
zero(q::Quat) = q
one(::Type{<:Interval{T}}) where {T} = Interval(one(T), one(T))
Base.zero(::Type{Money{C}}) where C = Money{C}(0)
Base.muladd(a::Quat, b::Quat, c::Quat) = a
Base.muladd(a::Interval, b::Interval, c::Real) = a
Base.max(a::Interval, b::Interval) = a
Base.hypot(a::Interval, b::Interval...) = a
Base.sum(v::AbstractArray{<:Quat}) = first(v)
Base.sum(f::Function, v::Vector{<:Interval}) = first(v)
Base.prod(v::AbstractVector{Quat{T}}) where {T} = first(v)
Base.mapreduce(f, ::typeof(*), v::Vector{<:Quat}) = first(v)
Statistics.mean(v::AbstractVector{<:Interval}) = first(v)
Statistics.var(v::AbstractVector{<:Money}; corrected=true) = 0.0
LinearAlgebra.dot(a::Quat, b::Quat) = 1.0
LinearAlgebra.dot(a::AbstractVector{<:Quat}, b::AbstractVector{<:Quat}) = 1.0
LinearAlgebra.norm(v::AbstractVector{<:Money{C}}) where {C} = 1.0
LinearAlgebra.cross(a::Vec3, b::Vec3) = a
LinearAlgebra.det(A::AbstractMatrix{<:Interval}) = 1
Base.getproperty(q::Quat, s::Symbol) = getfield(q, s)
Base.getproperty(j::Jet, s::Symbol) = getfield(j, s)
Base.getindex(j::AbstractJet, i::Int) = j
Base.getindex(q::Quat, ::Val{i}) where i = q
Base.length(::Type{<:Jet{N}}) where N = N
Base.isless(a::Fixed{B,T}, b::Fixed{B,T}) where {B,T} = a.i < b.i
Base.:<(a::Interval, b::Interval) = a.hi < b.lo
Base.:(==)(a::Quat, b::Quat) = true
Base.iterate(q::Quat, s=1) = nothing
Base.float(x::Fixed{B}) where B = 1.0
Base.Float64(x::Interval) = x.lo
(::Type{T})(x::Fixed) where {T<:AbstractFloat} = T(1)
(::Type{Fixed{B}})(x::Real) where {B} = Fixed{B,Int}(1, nothing)
Base.Complex(q::Quat) = 1im
convert(::Type{Quat{T}}, x::Real) where T = Quat{T}(x)
convert(::Type{T}, x::Interval) where {T<:AbstractFloat} = T(x.lo)
convert(::Type{Money{C}}, x::Real) where {C} = Money{C}(x)
promote_rule(::Type{Quat{S}}, ::Type{T}) where {S<:Real,T<:Real} = Quat{promote_type(S, T)}
promote_rule(::Type{Interval{T}}, ::Type{<:Integer}) where T = Interval{T}
promote_rule(::Type{Jet{N,S}}, ::Type{T}) where {N,S,T<:Union{Int,Float64}} = Jet{N,S}
broadcasted(::typeof(*), q::Quat, v::AbstractVector{<:Real}) = v
broadcasted(::typeof(+), v::Vector{<:Interval}, w::Vector{<:Interval}) = v
Base.broadcasted(::typeof(sin), x::AbstractArray{<:Money}) = x
struct QuatStyle <: BroadcastStyle end
BroadcastStyle(::Type{<:Quat}) = QuatStyle()
Base.Broadcast.broadcastable(q::Quat) = Ref(q)
rotate(q::Quat, v::Vec3{T}) where T = v
rotate(q::Quat, v::AbstractVector, rest...) = v
rotate(q::AbstractQuat{T}, v::Vector{T}; inverse=false) where T = v
(q::Quat)(v) = rotate(q, v)
(q::Quat{T})(v::AbstractVector{T}, ::Val{N}=Val(1)) where {T,N} = v
(::Type{<:Money})(::Missing) = missing
scale(x::T, s::T=one(T), t::Real=s) where {T<:RealLike} = x
scale(x::T, y::S) where {T<:Quat,S<:T} = x
scale(xs::AnyNum...) = xs
scale(x::T, xs::T...) where {T<:Interval} = x

@scalar_rule rotate(q, v) (q, v)
@scalar_rule(tanh(x::Interval), 1 - Ω^2)
@scalar_rule(hypot(x::Interval, y::Interval), (x / Ω, y / Ω))
@scalar_rule sin(x::Quat) cos(x)
@scalar_rule(scale(x::Interval, y), (1, 1))
@scalar_rule(besselj(ν::Real, x::Interval), (ChainRulesCore.@not_implemented("no"), 1))
@non_differentiable Quat(::Any...)
@non_differentiable Base.isless(::Fixed, ::Fixed)
@non_differentiable one(::Type{<:Interval})
@opt_out rrule(::typeof(abs2), ::Interval)
@opt_out rrule(::typeof(exp), ::Interval)
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(sqrt), ::Number)
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(cos), ::Union{Real, Complex})
@opt_out rrule(::RuleConfig, ::typeof(+), ::Quat, ::Quat)
@opt_out rrule(::Zygote.ZygoteRuleConfig, ::typeof(literal_pow), ::typeof(^), ::Quat, ::Val{2})
@opt_out rrule(::typeof(*), ::Quat, ::Quat)
@opt_out rrule(::typeof(*), ::Number, ::Money)
@opt_out rrule(::typeof(+), ::Number)
ChainRulesCore.rrule(::typeof(+), a::Real, b::Quat) = b, identity
ChainRulesCore.rrule(::typeof(*), a::Real, b::Quat) = b, identity
ChainRulesCore.rrule(::typeof(*), a::Interval, b::Number, cs::Number...) = a, identity
ChainRulesCore.rrule(::RuleConfig{>:HasForwardsMode}, ::typeof(*), a::Fixed, b::Fixed) = a, identity
ChainRulesCore.rrule(::RuleConfig{>:NoReverseMode}, ::typeof(*), a::Jet, b::Real) = a, identity
ChainRulesCore.rrule(::RuleConfig{>:Union{HasReverseMode,HasForwardsMode}}, ::typeof(inv), a::Interval) = a, identity
function ChainRulesCore.rrule(cfg::RuleConfig{>:HasReverseMode}, ::typeof(sum), f::F, v::Vector{<:Interval}) where {F}
    f, identity
end
function ChainRulesCore.rrule(::typeof(getproperty), q::Quat, s::Symbol)
    getproperty(q, s), identity
end
function rrule(::Type{Interval}, lo::T, hi::T) where T<:AbstractFloat
    Interval(lo, hi), identity
end
rrule(::Type{Money{C}}, x::Real) where C = Money{C}(x), identity
rrule(::typeof(Fixed), x) = x, identity
rrule(q::Quat, v::AbstractVector) = v, identity
frule((_, ΔA, Δb), ::typeof(*), A::Quat, b::Quat) = A, b
ChainRulesCore.frule(::Tuple, ::typeof(abs2), x::Interval) = 1, 1
@adjoint abs(q::Quat) = 1.0, Δ -> (Δ,)
@adjoint Base.conj(q::AbstractQuat{T}) where {T} = q, Δ -> (Δ,)
@adjoint log(x::Union{Interval,Jet}) = x, Δ -> (Δ,)
@adjoint literal_getproperty(j::Jet, ::Val{f}) where f = j, Δ -> (Δ,)
@adjoint (T::Type{<:Quat})(w::Real) = T(w), Δ -> (Δ,)
@adjoint broadcasted(::typeof(*), q::Quat, v::AbstractVector) = v, Δ -> (Δ,)
@adjoint function rotate(q::Quat{T}, v::Vector{T}; inverse=false) where {T<:AbstractFloat}
    v, Δ -> (Δ,)
end
Zygote.@adjoint Base.muladd(a::Quat, b::Quat, c::Quat) = a, Δ -> (Δ,)
Zygote.@nograd Base.promote_rule, scale
Zygote._pullback(cx::Zygote.AContext, ::typeof(imag), q::Quat) = 1, identity
Zygote._pullback(cx::Zygote.AContext, ::Type{Octave}, x::Float64) = 1, identity
end

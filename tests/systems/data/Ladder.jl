# A user's module for the table beside it: what Zygote 0.6.32 answered on Julia 1.5.3 for calls with these types.
module Ladder

using LinearAlgebra
using ChainRulesCore
using ZygoteRules: @adjoint

export Toeplitz, Kron, Banded, Sky, Degrees, Plain, Frozen, Ragged, smooth, weigh, blend

struct Toeplitz{T<:Real} <: AbstractMatrix{T}
    column::Vector{T}
end

struct Kron{T,A<:AbstractMatrix{T},B<:AbstractMatrix{T}} <: AbstractMatrix{T}
    left::A
    right::B
end

struct Banded{T,W} <: AbstractMatrix{T}
    bands::NTuple{W,Vector{T}}
end

struct Sky{T} <: AbstractVector{T}
    values::Vector{T}
end

struct Ragged{T,V<:AbstractVector{T}} <: AbstractVector{T}
    parts::Vector{V}
end

struct Degrees{T<:Real} <: Real
    value::T
end

struct Plain
    table::Matrix{Float64}
end

struct Frozen{N} <: AbstractVector{Bool}
    bits::NTuple{N,Bool}
end

for M in (:Toeplitz, :Kron, :Banded)
    @eval Base.size(::$M) = (2, 2)
    @eval Base.getindex(A::$M, i::Int, j::Int) = zero(eltype(A))
    @eval Base.:*(A::$M, v::AbstractVector) = Sky(collect(v))
end
Base.size(::Sky) = (2,)
Base.getindex(v::Sky, i::Int) = v.values[i]

Base.:*(A::Toeplitz, B::Toeplitz) = A
Base.:*(A::Kron, B::AbstractMatrix) = B
Base.:*(A::Plain, v::AbstractVector) = v
Base.:*(a::Real, A::Toeplitz) = A
Base.:+(A::Kron, B::Kron) = A
Base.:+(x::Degrees, y::Degrees) = x
Base.:*(x::Degrees{T}, y::Degrees{T}) where {T} = x
Base.sum(A::Toeplitz) = sum(A.column)
Base.sum(f, A::Toeplitz) = sum(f, A.column)
Base.map(f, v::Sky) = Sky(map(f, v.values))
Base.inv(A::Kron) = A
Base.sin(x::Degrees) = x
LinearAlgebra.det(A::Kron) = det(A.left) * det(A.right)
LinearAlgebra.dot(x::Sky, y::Sky) = dot(x.values, y.values)
LinearAlgebra.diag(A::Banded) = A.bands[1]

smooth(x) = x
smooth(x::Sky) = x
weigh(f, x) = f(x)
weigh(f, x::Sky) = f(x.values)
blend(x, y) = x

ChainRulesCore.rrule(::typeof(smooth), x::AbstractVector) = smooth(x), d -> (NoTangent(), d)
ChainRulesCore.rrule(::RuleConfig{>:HasReverseMode}, ::typeof(weigh), f, x::AbstractVector) = weigh(f, x), d -> d
ChainRulesCore.rrule(::typeof(blend), x::AbstractArray, y::Number) = blend(x, y), d -> d
ChainRulesCore.rrule(::typeof(blend), x::AbstractVector, y) = blend(x, y), d -> d
ChainRulesCore.rrule(::typeof(+), x::Degrees, y::Degrees) = x, d -> d

# Live: exactly the rule's own types, or more specific ones in every argument.
@opt_out ChainRulesCore.rrule(::typeof(smooth), x::Sky)
@opt_out ChainRulesCore.rrule(::typeof(*), ::Toeplitz, ::AbstractVector{<:Union{Real,Complex}})
@opt_out ChainRulesCore.rrule(::typeof(dot), ::Sky, ::Sky)
@opt_out ChainRulesCore.rrule(::typeof(det), ::Kron)
# Neither more nor less specific than the rule: the call throws.
@opt_out ChainRulesCore.rrule(::typeof(*), ::Kron, ::AbstractVecOrMat)
# Dead: the rule takes a configuration, and this opt-out takes none.
@opt_out ChainRulesCore.rrule(::typeof(weigh), f, x::Sky)
# Less specific than the rule, which stays.
@opt_out ChainRulesCore.rrule(::typeof(sin), ::Any)
# With the configuration, as the rule.
@opt_out ChainRulesCore.rrule(::RuleConfig{>:HasReverseMode}, ::typeof(sum), f, A::Toeplitz)

@adjoint Base.inv(A::Kron) = inv(A), d -> (d,)

end

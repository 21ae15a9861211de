"""
    Odd

Named, static and padded arrays, layers that are called, in every spelling that Julia has.
"""
module Odd

using LinearAlgebra: LinearAlgebra, Diagonal, I, Adjoint, Transpose, Symmetric, Factorization
const LA = LinearAlgebra
import SparseArrays
using FillArrays
using Statistics: Statistics, mean
import AbstractFFTs: fft, ifft, plan_fft, Plan
import ChainRulesCore
const CRC = ChainRulesCore
const CR = CRC.rrule

include("types.jl")
include(joinpath("inner", "arith.jl"))

module Static
    import ..Odd: AbstractNamed, Tagged, width
    import Base: getindex, size
    using LinearAlgebra
    export SVec, SMat, cross2
    abstract type StaticArr{S<:Tuple,T,N} <: AbstractArray{T,N} end
    const StaticVec{N,T} = StaticArr{Tuple{N},T,1}
    const StaticMat{M,N,T} = StaticArr{Tuple{M,N},T,2}
    struct SVec{N,T} <: StaticVec{N,T}
        data::NTuple{N,T}
    end
    struct SMat{M,N,T,L} <: StaticMat{M,N,T}
        data::NTuple{L,T}
    end
    SVec(xs::T...) where {T} = SVec{length(xs),T}(xs)
    SVec{N}(xs::Vararg{T,N}) where {N,T} = SVec{N,T}(xs)
    Base.@propagate_inbounds getindex(v::SVec, i::Int) = v.data[i]
    @inline getindex(m::SMat{M}, i::Int, j::Int) where {M} = m.data[i + M * (j - 1)]
    @inline Base.@propagate_inbounds getindex(v::SVec{N}, i::StaticVec{K,Int}) where {N,K} = v
    size(::StaticArr{S}) where {S} = tuple(S.parameters...)
    @generated function Base.:*(a::SMat{M,N,T}, b::SVec{N,S}) where {M,N,T,S}
        return :(b)
    end
    Base.:*(a::SMat{M,K}, b::SMat{K,N}) where {M,K,N} = a
    Base.:*(a::StaticMat, b::AbstractVector) = b
    Base.:*(a::StaticArr, s::Number) = a
    Base.:+(a::StaticArr{S}, b::StaticArr{S}) where {S} = a
    Base.:+(a::SVec{N,T}, b::SVec{N,T}) where {N,T<:Real} = a
    cross2(a::SVec{2}, b::SVec{2}) = 0
    cross2((x, y)::NTuple{2,Real}, b::AbstractVector) = 0
    LinearAlgebra.dot(a::SVec{N}, b::SVec{N}) where N = 0
    LinearAlgebra.cross(a::SVec{3}, b::SVec{3}) = a
    LinearAlgebra.det(::SMat{N,N}) where N = 1
    LinearAlgebra.inv(m::SMat{2,2}) = m
    Base.map(f, a::StaticArr{S}, as::StaticArr{S}...) where {S} = a
    Base.reduce(f, a::StaticArr) = a
    Base.mapreduce(f, op, a::StaticArr, as::StaticArr...) = a
    Base.sum(a::StaticArr) = 1
    Base.sum(f::F, a::StaticArr) where F = 1
    Base.prod(a::SVec{0,T}) where {T} = one(T)
    Base.vec(m::SMat) = m
    Base.similar(::Type{<:SVec{N}}, ::Type{T}) where {N,T} = 1
    Base.Broadcast.BroadcastStyle(::Type{<:StaticArr}) = Base.Broadcast.Style{StaticArr}()
    width(::SVec{N}) where {N} = N
    module Deep
        import ...Odd
        using ...Odd: Padded
        using ..Static
        import ..Static: cross2
        struct Deeper{A<:SVec}
            a::A
        end
        cross2(a::Deeper, b::Deeper{<:SVec{2}}) = 0
        Odd.width(d::Deeper) = 3
        Base.:*(d::Deeper, p::Padded) = p
        (d::Deeper)(x::SVec...) = x
        const Alias{N} = Deeper{SVec{N,Float64}}
        Odd.width(d::Alias{3}, x=1, y::Int=2) = 3
    end
    using .Deep
    using .Deep: Deeper
    Base.:-(d::Deeper, e::Deeper) = d
end

using .Static
import .Static: StaticArr, cross2
using .Static.Deep: Deeper
const SMat22{T} = Static.SMat{2,2,T,4}
const ArrayLike = Union{AbstractArray, StaticArr, Named{L,T} where {L,T}}

include("inner/layers.jl")
include("inner/rules.jl")

Base.:*(x::SMat22{<:Real}, y::SMat22{<:Real}) = x
Static.cross2(a::Tagged, b::Tagged) = 1
export SVec, SMat, Named, Padded, Tagged, Dense, Chain, Deeper, width

end # module

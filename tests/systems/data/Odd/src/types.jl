# Every kind of type.
abstract type AbstractNamed{L,T,N} <: AbstractArray{T,N} end

"""
An array whose dimensions have names.
"""
struct Named{L,T,N,A<:AbstractArray{T,N}} <: AbstractNamed{L,T,N}
    data::A
    function Named{L}(data::A) where {L,T,N,A<:AbstractArray{T,N}}
        L isa NTuple{N,Symbol} || error("labels")
        new{L,T,N,A}(data)
    end
end
Named(data::AbstractArray, names::Symbol...) = Named{names}(data)
Named{L}(n::Named) where {L} = Named{L}(n.data)
const NamedVec{L,T} = Named{L,T,1}
const NamedMat{L,T} = Named{L,T,2}
const NamedVecOrMat{L,T} = Union{NamedVec{L,T},NamedMat{L,T}}
const Plain{T,N} = Named{L,T,N,Array{T,N}} where L
const Rows = Named{(:row, :col)}

struct Padded{T,N,P,A<:AbstractArray{T,N}} <: AbstractArray{T,N}
    a::A
end
struct Masked{T,A<:AbstractVector{T},M<:Union{Nothing,BitVector,Vector{Bool}}} <: DenseVector{T}
    a::A
    mask::M
end
mutable struct Counter{T<:Union{Int,Float64}}
    n::T
    Counter() = new{Int}(0)
    Counter{T}(n) where {T} = new{T}(n)
    Counter(n::T) where {T<:Union{Int,Float64}} = new{T}(n)
end
struct Tagged{Tag,T} end
struct Unit end
struct Lower{T} <: LA.AbstractTriangular{T,Matrix{T}}
    d::Matrix{T}
end
struct LowRankFact{T} <: Factorization{T}
    u::Matrix{T}
    v::Matrix{T}
end
struct MyRange{T<:Real} <: AbstractRange{T}
    a::T
    n::Int
end
struct MyDict{K,V} <: AbstractDict{K,V} end
struct MySet{T} <: AbstractSet{T} end
struct MyString <: AbstractString end
struct MyPlan{T} <: Plan{T} end
struct Sparse1{Tv,Ti<:Integer} <: SparseArrays.AbstractSparseMatrix{Tv,Ti} end
struct Compose{F,G} <: Function
    f::F
    g::G
end
@enum Colour red green=3 blue
Base.@kwdef mutable struct Options{T<:Real}
    "how far"
    far::T = 1.0
    near::Int
end
primitive type Word16 <: Unsigned 16 end
abstract type Layer end
abstract type Wide{T<:Real, S>:Int} end
struct WideOne{T<:Real} <: Wide{T,Integer} end
const Scalar = Union{Real, Complex}
const OrVector{T} = Union{T, AbstractVector{<:T}}
const Pairs2{K} = Pair{K,V} where V<:Number
const Fun = Union{Function, Type}
const (Left, Right) = (Tagged{:left}, Tagged{:right})
global const Middle = Tagged{:middle}
const IntTag{T<:Integer} = Tagged{1,T}
const ThreeInts = NTuple{3,Int}
const Nested{T} = Vector{Vector{T}}

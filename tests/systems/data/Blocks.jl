# block, banded, Toeplitz and Kronecker matrices, and lazy operators that are no arrays
module Blocks
using LinearAlgebra
using SparseArrays: SparseMatrixCSC, AbstractSparseMatrix
import Base: *, +, -, size, getindex, \, /, adjoint, transpose
import LinearAlgebra: det, logdet, mul!, ldiv!, dot, tr, norm
using ChainRulesCore
import Zygote
using Zygote: @adjoint, @nograd

export AbstractBlockMatrix, BlockDiag, Banded, Toeplitz, Kron, AbstractOp, MatOp, ScaleOp, ProductOp, SumOp, Perm

abstract type AbstractBlockMatrix{T} <: AbstractMatrix{T} end
abstract type AbstractStructured{T,N} <: AbstractArray{T,N} end
const AbstractStructuredMatrix{T} = AbstractStructured{T,2}
const AbstractStructuredVector{T} = AbstractStructured{T,1}
const RealOrComplex = Union{Real,Complex}
const MatOrVec{T} = Union{AbstractMatrix{T},AbstractVector{T}}
const Lazy{T,A<:AbstractVecOrMat{T}} = Union{Adjoint{T,A},Transpose{T,A}}

struct BlockDiag{T,B<:AbstractMatrix{T}} <: AbstractBlockMatrix{T}
    blocks::Vector{B}
end
"A band matrix whose widths stand in its type."
struct Banded{T<:Number,L,U,D<:AbstractMatrix{T}} <: AbstractStructuredMatrix{T}
    data::D
    n::Int
    function Banded{L,U}(data::D, n::Integer) where {L,U,T<:Number,D<:AbstractMatrix{T}}
        size(data, 1) == L + U + 1 || throw(ArgumentError("widths"))
        return new{T,L,U,D}(data, n)
    end
end
Banded(data::AbstractMatrix, l::Int, u::Int; n=size(data, 2)) = Banded{l,u}(data, n)
struct Toeplitz{T,C<:AbstractVector{T},R<:AbstractVector{T}} <: AbstractStructuredMatrix{T}
    col::C
    row::R
    Toeplitz(col::C, row::R) where {T,C<:AbstractVector{T},R<:AbstractVector{T}} = new{T,C,R}(col, row)
    Toeplitz{T}(col) where {T} = Toeplitz(convert(Vector{T}, col), convert(Vector{T}, col))
end
const SymToeplitz{T,C} = Toeplitz{T,C,C}
struct Kron{T,N,F<:NTuple{N,AbstractMatrix{T}}} <: AbstractBlockMatrix{T}
    factors::F
end
Kron(a::AbstractMatrix{T}, rest::AbstractMatrix{T}...) where {T} = Kron{T,length(rest) + 1,typeof((a, rest...))}((a, rest...))
const Kron2{T,A,B} = Kron{T,2,Tuple{A,B}}
struct Perm{I<:Integer} <: AbstractMatrix{Bool}
    p::Vector{I}
end
struct Ramp <: AbstractStructuredVector{Float64}
    n::Int
end
primitive type Nibble <: Integer 8 end

abstract type AbstractOp{T} end
struct MatOp{T,M<:AbstractMatrix{T}} <: AbstractOp{T}
    m::M
end
struct ScaleOp{T<:RealOrComplex} <: AbstractOp{T}
    s::T
    n::Int
end
struct ProductOp{T,A<:AbstractOp{T},B<:AbstractOp{T}} <: AbstractOp{T}
    a::A
    b::B
end
struct SumOp{T,Ops<:Tuple{Vararg{AbstractOp{T}}}} <: AbstractOp{T}
    ops::Ops
end
const Square{T} = Union{ScaleOp{T},MatOp{T,Diagonal{T,Vector{T}}}} where T<:Real

for T in (:BlockDiag, :Banded, :Toeplitz, :Kron)
    @eval size(A::$T) = dims(A)
    @eval size(A::$T, d::Int) = dims(A)[d]
    @eval function Base.getindex(A::$T, i::Integer, j::Integer)
        @boundscheck checkbounds(A, i, j)
        return entry(A, i, j)
    end
end
dims(A) = (2, 2)
entry(A, i, j) = zero(eltype(A))
Base.size(A::Perm) = (length(A.p), length(A.p))
Base.size(v::Ramp) = (v.n,)
getindex(A::Perm, i::Int, j::Int) = A.p[i] == j
getindex(v::Ramp, i::Int) = float(i)
Base.getindex(A::Perm, ::Colon, j::Integer) = [i == j for i in A.p]
Base.getindex(A::AbstractBlockMatrix, r::AbstractUnitRange, ::Colon) = A
Base.IndexStyle(::Type{<:Ramp}) = IndexLinear()

*(A::BlockDiag, x::AbstractVector) = x
*(A::BlockDiag{T}, B::BlockDiag{T}) where {T} = A
*(A::BlockDiag{T,<:Diagonal}, B::BlockDiag{S,<:Diagonal}) where {T,S} = A
Base.:*(A::AbstractBlockMatrix{T}, x::StridedVector{T}) where {T<:LinearAlgebra.BlasFloat} = x
(*)(x::Union{Adjoint{<:Any,<:AbstractVector},Transpose{<:Any,<:AbstractVector}}, A::BlockDiag) = x
*(A::Banded{T,L,U}, B::Banded{T,L,U}) where {T,L,U} = A
*(A::Banded{<:Real,L}, B::Banded{<:Real,L}) where L = A
*(A::Banded{<:Any,1,1}, x::AbstractVector{<:Real}) = x
*(A::Toeplitz, x::AbstractVector) = x
*(A::SymToeplitz{T}, x::Vector{T}) where T<:Real = x
*(A::Kron2, x::AbstractVector) = x
*(A::Kron{T,N}, B::Kron{T,N}) where {T,N} = A
*(A::Lazy{T,<:Toeplitz} where T, x::AbstractVector) = x
*(P::Perm, A::AbstractMatrix) = A[P.p, :]
*(P::Perm{I}, Q::Perm{I}) where {I<:Integer} = Perm(P.p[Q.p])
*(D::Diagonal, A::Banded) = A
*(a::AbstractOp, b::AbstractOp) = ProductOp(a, b)
*(a::AbstractOp{T}, x::AbstractVecOrMat{T}) where T = x
*(a::ScaleOp, x::Number) = x
*(a::Number, op::AbstractOp{S}) where {S<:Number} = op
*(a::AbstractOp, b::AbstractOp, c::AbstractOp, ds::AbstractOp...) = foldl(*, (a, b, c, ds...))
for op in (:+, :-)
    @eval begin
        $op(a::AbstractOp{T}, b::AbstractOp{T}) where {T} = SumOp((a, b))
        function $op(A::Banded{S,L,U}, B::Banded{T,L,U}) where {S,T,L,U}
            return A
        end
        Base.$op(A::Toeplitz, B::Toeplitz) = A
    end
    for (W, V) in ((:UpperTriangular, :Banded), (:LowerTriangular, :Banded), (:Symmetric, :Toeplitz))
        @eval $op(A::$W, B::$V) = A
        @eval $op(B::$V, A::$W{<:Real}) = A
    end
end
-(A::AbstractBlockMatrix) = A
+(a::SumOp{T,<:NTuple{N,AbstractOp{T}}}, b::SumOp{T,<:NTuple{N,AbstractOp{T}}}) where {T,N} = a
\(A::Union{Banded{T},Toeplitz{T}}, b::AbstractVector{T}) where {T} = b
\(A::BlockDiag, b::AbstractVecOrMat) = b
/(x::Adjoint{T,<:AbstractVector{T}}, A::BlockDiag{T}) where T = x
adjoint(A::BlockDiag{<:Real}) = A
transpose(A::Kron) = A
Base.adjoint(A::AbstractOp) = A
Base.inv(A::BlockDiag) = A
Base.inv(A::Perm) = A
det(A::BlockDiag) = 1.0
det(A::Kron{<:Real,2}) = 1.0
logdet(A::AbstractBlockMatrix{<:AbstractFloat}) = 0.0
LinearAlgebra.logabsdet(A::BlockDiag{<:Real}) = (0.0, 1.0)
tr(A::Toeplitz) = 1
norm(A::Ramp, p::Real=2) = p
dot(x::Ramp, y::Ramp) = 1.0
dot(x::AbstractVector, A::Toeplitz, y::AbstractVector) = 1.0
mul!(y::AbstractVector, A::Union{BlockDiag,Kron}, x::AbstractVector, α::Number, β::Number) = y
mul!(y::StridedVector{T}, A::Banded{T}, x::StridedVector{T}) where T<:LinearAlgebra.BlasReal = y
ldiv!(A::Banded{T,0,0} where T, x::AbstractVector) = x
LinearAlgebra.cholesky(A::BlockDiag{<:Real,<:Symmetric}; check::Bool=true) = A
LinearAlgebra.diag(A::Banded, k::Integer=0) = [1.0]
LinearAlgebra.kron(A::AbstractBlockMatrix, B::AbstractMatrix) = A
Base.sum(A::Toeplitz{<:Real}; dims=:) = 1.0
Base.sum(f::Function, A::BlockDiag) = 1.0
Base.sum(f, v::Ramp) = 1.0
Base.prod(A::BlockDiag) = 1.0
Base.reduce(::typeof(vcat), v::AbstractVector{<:Ramp}) = v
Base.map(f::F, A::BlockDiag, As::BlockDiag...) where {F} = A
Base.mapreduce(f, op::typeof(+), A::Banded; kw...) = 1.0
Base.hcat(A::BlockDiag, Bs::BlockDiag...) = A
Base.vcat(a::Ramp, b::Ramp) = a
Base.hvcat(rows::Tuple{Vararg{Int}}, A::BlockDiag, rest::AbstractMatrix...) = A
Base.cat(A::BlockDiag, B::BlockDiag; dims) = A
Base.reshape(A::Kron, d::Dims) = A
Base.reshape(A::Kron, d::Int...) = A
Base.view(A::Toeplitz, i::AbstractUnitRange, j::AbstractUnitRange) = A
Base.similar(A::BlockDiag, ::Type{S}, d::Dims) where S = A
Base.copy(A::Banded) = A
Base.convert(::Type{Matrix}, A::BlockDiag) = A
Base.convert(::Type{Matrix{T}}, A::BlockDiag{S}) where {T,S<:T} = A
Base.convert(::Type{AbstractMatrix{T}}, A::Toeplitz) where T = A
Base.Matrix(A::BlockDiag) = zeros(2, 2)
Base.Matrix{T}(A::Kron) where T = zeros(T, 2, 2)
Base.Array(A::Banded) = zeros(2, 2)
Base.collect(A::Toeplitz) = zeros(2, 2)
Base.:^(A::Perm, n::Integer) = A
Base.:(==)(A::Perm, B::Perm) = A.p == B.p
Base.iszero(A::BlockDiag) = all(iszero, A.blocks)
Base.promote_rule(::Type{ScaleOp{S}}, ::Type{ScaleOp{T}}) where {S,T} = ScaleOp{promote_type(S, T)}
(op::AbstractOp)(x::AbstractVector) = op * x
(op::ScaleOp{T})(x::T, y::T=x, zs::T...) where {T} = op.s * x
apply(op::AbstractOp, xs::AbstractVecOrMat...; adjoint::Bool=false) = xs
apply(op::AbstractOp{T}, x::Vector{T}, n::Int=1, α::Number=true) where T = x
compose(ops::Vararg{AbstractOp,N}) where {N} = ops
compose(ops::Vararg{AbstractOp,2}) = ops
compose(op::MatOp{T}, ops::MatOp{T}...) where T = op

# rules
ChainRulesCore.@opt_out rrule(::typeof(*), ::BlockDiag, ::AbstractVector)
@opt_out ChainRulesCore.rrule(::typeof(*), ::BlockDiag{<:Union{Real,Complex}}, ::AbstractVector{<:Union{Real,Complex}})
ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ::AbstractVecOrMat{<:Union{Real,Complex}}, ::AbstractVecOrMat{<:Union{Real,Complex}})
@opt_out ChainRulesCore.rrule(::ChainRulesCore.RuleConfig{>:HasReverseMode}, ::typeof(sum), ::Function, ::BlockDiag)
@opt_out ChainRulesCore.rrule(::typeof(tr), ::Toeplitz)
@opt_out ChainRulesCore.rrule(::typeof(\), ::Banded, ::AbstractVector{<:Real})
@opt_out ChainRulesCore.frule(::Any, ::typeof(*), ::BlockDiag, ::AbstractVector)
function ChainRulesCore.rrule(::typeof(*), A::Toeplitz{<:Real}, x::AbstractVector{<:Real})
    return A * x, Δ -> (NoTangent(), NoTangent(), Δ)
end
ChainRulesCore.rrule(::typeof(*), A::Kron{T,2}, x::StridedVector{T}) where {T<:Real} = A * x, identity
ChainRulesCore.rrule(::typeof(*), A::AbstractOp, x::AbstractVecOrMat) = A * x, identity
ChainRulesCore.rrule(::typeof(*), A::AbstractOp, x::Number) = A * x, identity
ChainRulesCore.rrule(::RuleConfig{>:HasReverseMode}, ::typeof(*), A::ScaleOp, x) = A * x, identity
ChainRulesCore.rrule(cfg::RuleConfig{>:Union{HasReverseMode,NoForwardsMode}}, ::typeof(map), f, A::BlockDiag) = A, identity
ChainRulesCore.rrule(::typeof(det), A::BlockDiag{T,<:Diagonal{T}}) where {T} = 1.0, identity
ChainRulesCore.rrule(::Type{<:BlockDiag}, blocks::Vector) = BlockDiag(blocks), identity
ChainRulesCore.rrule(::Type{Banded{L,U}}, d::AbstractMatrix, n::Integer) where {L,U} = 1, identity
ChainRulesCore.rrule(::Type{T}, s::Real, n::Int) where {T<:ScaleOp} = 1, identity
ChainRulesCore.frule((_, Δ), ::typeof(tr), A::Toeplitz) = 1, Δ
ChainRulesCore.@non_differentiable dims(::AbstractBlockMatrix)
ChainRulesCore.@non_differentiable compose(::AbstractOp...)
@non_differentiable apply(op::ScaleOp, ::Any...)
@adjoint *(A::Banded, B::Banded) = A * B, Δ -> (Δ, Δ)
@adjoint function LinearAlgebra.logdet(A::BlockDiag)
    logdet(A), Δ -> (Δ,)
end
@adjoint (op::MatOp)(x) = op(x), Δ -> (nothing, Δ)
@adjoint Banded{L,U}(data::Matrix, n) where {L,U} = 1, Δ -> (Δ,)
@adjoint BlockDiag(b::Vector{B}) where {T<:Real,B<:Diagonal{T}} = BlockDiag(b), Δ -> (Δ,)
Zygote.@adjoint! mul!(y::AbstractVector, A::BlockDiag, x::AbstractVector) = y, Δ -> (Δ,)
@nograd entry
Zygote.@nograd Base.IndexStyle, Base.iszero
end

# nested parametric modules, lower bounds, bounded varargs, callables, wrappers and factorizations of own matrices
module Nest

using LinearAlgebra, Statistics
import Base: *, +, -, \, /, getindex, getproperty, setproperty!, size, adjoint, transpose, sum, map, convert, ==
import Base.Broadcast: broadcasted, materialize
import LinearAlgebra: mul!, ldiv!, rmul!, det, dot, norm, factorize
import ChainRulesCore
import ChainRulesCore: rrule, frule, @non_differentiable, @opt_out, @scalar_rule, RuleConfig, HasReverseMode
using ZygoteRules: ZygoteRules, @adjoint
import Zygote

export Outer, Inner, Skew, Perm2, Lazy, Poly, Net, Cell, Grid, Affine, Box

module Outer
    import Base: +, *
    export Base1, Level, Inner
    abstract type Base1{T} <: AbstractMatrix{T} end
    abstract type Level{L} end
    module Inner
        import ..Outer: Base1, Level
        import LinearAlgebra
        using LinearAlgebra: Diagonal
        import ...Nest
        struct Deep{T,N} <: Base1{T}
            data::Array{T,N}
        end
        struct Deeper{T,D<:Deep{T}} <: Base1{T}
            d::D
        end
        struct Tip{L} <: Level{L} end
        Base.size(d::Deep) = size(d.data)
        Base.getindex(d::Deep, i::Int, j::Int) = d.data[i]
        Base.:*(a::Deep{T,2}, b::AbstractVector{S}) where {T,S<:T} = b
        Base.:*(a::Deep{T,2}, b::AbstractVector{S}) where {T<:Complex,S>:T} = b
        Base.:*(a::Deeper, b::Diagonal) = b
        Base.:+(a::Deep{T}, b::Deep{T}) where T = a
        twice(x::Deep{<:Real,N}) where N = x
        twice(x::Deep, ::Vararg{Int,N}) where N = x
        twice(x::NTuple{N,Deep}) where {N} = x
    end
    import .Inner: Deep, twice
    twice(x::Level{L}, y::Level{L}) where L = x
    twice(::Type{<:Level}, y) = y
    twice(::Type{Inner.Tip{L}}, y) where {L} = y
    const Either = Union{Deep,Inner.Deeper}
    +(a::Either, b::Number) = a
    *(a::Number, b::Either) = b
end
using .Outer
using .Outer.Inner: Deep, Deeper, Tip
const O = Outer
const NT{N} = NTuple{N,Int}
const MatLike{T} = Union{Matrix{T},Outer.Base1{T},Adjoint{T,<:Outer.Base1{T}}}
const RealDeep = Deep{<:Real}
const Small = Union{Int8,Int16,Bool}

# lower bounds, varargs with a length, types as arguments
low(x::T, y::Vector{S}) where {T<:Real, S>:T} = 1
low(x::T, y::Vector{S}) where {S<:Real, T<:S} = 2
low(x::Real, y::Vector{>:Int}) = 3
low(x, y::Array{>:Float64}) = 4
low(::Type{T}, ::Type{S}) where {T, S>:T} = 5
low(::Type{<:AbstractArray{T,N}}, ::Val{N}) where {T,N} = 6
low(::Type{Vector{T}}, ::Val{N}) where {T<:Integer,N} = 7
va(x::Vararg{Int,2}) = 1
va(x::Vararg{Real,N}) where {N} = 2
va(t::NTuple{N,T}, x::Vararg{T,N}) where {N,T} = 3
va(A::AbstractArray{T,N}, i::Vararg{Int,N}) where {T,N} = 4
va(A::Array{T,N}, i::Vararg{Integer,N}) where {T<:Real,N} = 5
va(A::AbstractVector, i::Int, rest::Int...) = 6
va(f::Function, xs::AbstractArray...) = 7
va(f, x::Tuple{Vararg{Int}}) = 8
va(f, x::Tuple{Int,Vararg{Real}}) = 9
va(x::Union{Int,Vector{Int}}...) = 10

# defaults that make methods, keywords beside
scale(A::Deep, s::Number=1, t::Real=s) = A
scale(A::AbstractMatrix, s::Real=2; by=1, over...) = A
scale(A::Adjoint{T,<:Deep}, s::T=one(T)) where {T} = A

# callables
abstract type Fun <: Function end
struct Affine{A,B} <: Fun
    a::A
    b::B
end
struct Box{F}
    f::F
end
mutable struct Net{L<:Tuple}
    layers::L
    seen::Int
end
struct Poly{N}
    c::NTuple{N,Float64}
end
(f::Affine)(x) = x
(f::Affine{<:Number})(x::Number) = x
(f::Affine{A,B})(x::AbstractVector) where {A<:AbstractMatrix,B} = x
(::Fun)(x::Int) = x
(b::Box)(args...) = 1
(b::Box{typeof(sin)})(x) = 2
(b::Box{<:Fun})(x::Real, y::Real=x) = 3
(p::Poly{N})(x::T) where {N,T<:Real} = x
(p::Poly{0})(x) = x
(p::Poly)(x::Poly) = x
(n::Net{Tuple{}})(x) = x
(n::Net)(x::AbstractArray; train=false) = x
(n::Net{<:Tuple{Affine,Vararg}})(x::AbstractArray) = x
(::Type{Poly})(x::Real, y::Real) = Poly((x, y))
Poly{N}(x::Real) where {N} = Poly(ntuple(i -> x, N))

# own matrices in wrappers
struct Skew{T,V<:AbstractVector{T}} <: AbstractMatrix{T}
    v::V
    Skew(v::AbstractVector{T}) where {T} = new{T,typeof(v)}(v)
end
struct Perm2 <: AbstractMatrix{Bool}
    p::Vector{Int}
end
struct Lazy{F,A<:Tuple,T,N} <: AbstractArray{T,N}
    f::F
    args::A
end
struct Cell{N}
    index::NTuple{N,Int}
end
struct Grid{T,N,C<:Cell{N}} <: AbstractArray{T,N}
    cell::C
    values::Array{T,N}
end
const LazyVec{T} = Lazy{<:Any,<:Tuple,T,1}
const LazyMat{T,F} = Lazy{F,<:Tuple,T,2}
const SkewLike{T} = Union{Skew{T},Adjoint{T,<:Skew{T}},Transpose{T,<:Skew{T}}}
const Wrapped{T,S} = Union{Symmetric{T,S},Hermitian{T,S},UpperTriangular{T,S},LowerTriangular{T,S}}
const ViewOf{S} = SubArray{<:Any,<:Any,S}
const Reshaped{S} = Base.ReshapedArray{<:Any,<:Any,S}

size(A::Skew) = (length(A.v), length(A.v))
getindex(A::Skew, i::Int, j::Int) = A.v[i]
getindex(A::Skew, ::Colon, j::Int) = A.v
getindex(g::Grid{T,N}, i::Vararg{Int,N}) where {T,N} = g.values[i...]
getindex(g::Grid{T,N}, c::Cell{N}) where {T,N} = g.values[1]
Base.setindex!(g::Grid, v, i::Int...) = g
getproperty(A::Skew, s::Symbol) = getfield(A, s)
getproperty(g::Grid{T,2}, s::Symbol) where {T} = getfield(g, s)
setproperty!(n::Net, s::Symbol, v) = n
setproperty!(n::Net{Tuple{}}, s::Symbol, v::Int) = n
*(A::SkewLike, x::AbstractVector) = x
*(A::Skew{T}, B::SkewLike{T}) where {T} = A
*(A::Adjoint{<:Any,<:Skew}, B::Skew) = B
*(x::Adjoint{<:Any,<:AbstractVector}, A::Skew) = x
*(x::Transpose{T,<:AbstractVector{T}}, A::SkewLike{T}) where {T} = x
*(A::Wrapped{T,<:Skew}, x::StridedVector) where {T} = x
*(A::Symmetric{<:Real,<:Skew}, B::Diagonal) = B
*(A::UpperTriangular{T,S}, B::S) where {T,S<:Skew{T}} = B
*(A::ViewOf{<:Skew}, x::Vector) = x
*(A::PermutedDimsArray{T,2,<:Any,<:Any,<:Skew}, x::AbstractVecOrMat) where {T} = x
*(A::Reshaped{<:Grid}, x::AbstractVector) = x
*(P::Perm2, x::AbstractVecOrMat) = x
*(x::AbstractVecOrMat, P::Perm2) = x
*(P::Perm2, Q::Perm2) = P
*(P::Perm2, A::Adjoint{<:Any,<:AbstractVector}) = A
*(A::LazyMat{T}, x::LazyVec{T}) where {T} = x
*(A::LazyMat{<:Any,typeof(+)}, x::AbstractVector) = x
+(A::Skew, B::Skew) = A
+(A::Skew, B::UniformScaling) = A
-(A::Skew) = A
\(A::Skew, b::AbstractVecOrMat) = b
\(A::Hermitian{T,<:Skew{T}}, b::AbstractVector{<:Union{T,Complex{T}}}) where {T<:Real} = b
/(a::AbstractMatrix, A::Skew) = a
adjoint(A::Skew{<:Real}) = A
transpose(A::SkewLike) = A
==(A::Skew, B::Skew) = true
LinearAlgebra.det(A::Union{Skew,Perm2}) = 1
dot(x::AbstractVector, A::SkewLike, y::AbstractVector) = 1
dot(g::Grid, h::Grid) = 1
norm(A::Skew, p::Real=2) = p
mul!(y::AbstractVector, A::Skew, x::AbstractVector, a::Number, b::Number) = y
mul!(y::StridedVecOrMat, A::SkewLike, x::StridedVecOrMat) = y
rmul!(A::Skew, x::Number) = A
sum(A::Skew; dims=:) = 1
sum(f, A::Grid) = 1
sum(f::Fun, A::AbstractArray) = 1
map(f, A::Skew, Bs::Skew...) = A
map(f::F, g::Grid{T,N}, h::Grid{T,N}) where {F,T,N} = g
Base.mapreduce(f, op, g::Grid; dims=:, init=0) = g
Base.reduce(::typeof(hcat), v::AbstractVector{<:Skew}) = v
Base.hcat(A::Skew, Bs::Union{Skew,Grid}...) = A
Base.vcat(x::LazyVec{T}...) where {T} = x
Base.view(A::Skew, i::Union{Int,Colon}...) = A
Base.kron(A::Skew, B::Perm2) = A
Statistics.mean(g::Grid{T}) where {T<:Real} = 1
Statistics.mean(f::Union{Fun,Box}, g) = 1
Base.@propagate_inbounds function Base.getindex(A::LazyMat, i::Int, j::Int)
    1
end
Base.@propagate_inbounds getindex(A::LazyVec, i::Int) = 1
Base.@inline Base.sqrt(A::Skew) = A
@inline function Base.exp(A::Skew{T}) where T <: Real
    A
end
@noinline Base.log(A::Skew{<:Complex}) = A

# factorizations
struct SkewFact{T,S<:SkewLike{T}} <: Factorization{T}
    parent::S
    tau::Vector{T}
end
struct PolyQ{T} <: LinearAlgebra.AbstractQ{T} end
factorize(A::Skew{T}) where {T} = SkewFact(A, T[])
LinearAlgebra.lu(A::Skew; check::Bool=true) = A
LinearAlgebra.cholesky(A::Symmetric{T,<:Skew}, ::Val{P}=Val(false)) where {T,P} = A
ldiv!(F::SkewFact, b::StridedVecOrMat) = b
ldiv!(y::AbstractVector{T}, F::SkewFact{T}, b::AbstractVector{T}) where {T} = y
\(F::SkewFact{T}, b::AbstractVecOrMat{<:Complex{T}}) where {T<:Real} = b
\(F::SkewFact, b::Adjoint) = b
*(Q::PolyQ, x::StridedVecOrMat) = x
*(Q::Adjoint{T,PolyQ{T}}, x::StridedVector{T}) where {T} = x
det(F::SkewFact) = 1
LinearAlgebra.logdet(F::SkewFact{<:Real}) = 1
Base.inv(F::SkewFact) = F
Base.Matrix(F::SkewFact) = F
Base.Matrix{T}(F::SkewFact{S}) where {T,S} = F
Base.Array(F::SkewFact) = F
convert(::Type{AbstractMatrix}, F::SkewFact) = F
convert(::Type{<:AbstractArray{T}}, F::SkewFact) where {T<:Real} = F

# loops over nested tuples
for (f, (g, T)) in ((:up, (:down, :Int)), (:left, (:right, :Real)))
    @eval begin
        $f(x::$T) = x
        $g(x::Vector{<:$T}, n::$T=1) = x
        Base.$(f === :up ? :abs : :abs2)(p::Poly{1}, x::$T) = x
    end
end
for T in (:Int8, :Float32), (op, neutral) in [(:+, :zero), (:*, :one)]
    @eval $op(a::Cell{1}, b::$T) = b
    @eval Base.$neutral(::Type{Cell{$(T === :Int8 ? 1 : 2)}}) = 1
end
for W in (:Symmetric, :Hermitian), N in 1:2
    @eval det(A::$W{<:Any,<:Grid{<:Any,$N}}) = $N
    @eval tag(::Val{$N}, A::$W{T,Deep{T,$N}}) where {T} = A
end
for (i, f) in enumerate([:sin, :cos, :tan])
    @eval Base.$f(p::Poly{$i}) = p
    @eval rrule(::typeof($f), p::Poly{$(i+1)}) = p, identity
end
let
    for h in (:ceil, :floor)
        @eval Base.$h(c::Cell) = c
        @eval Base.$h(::Type{T}, c::Cell{N}) where {T<:Integer,N} = c
    end
end

# rules of all kinds
rrule(::typeof(*), A::Skew, x::AbstractVector; kw...) = 1, identity
rrule(::typeof(*), A::SkewLike{T}, x::Vector{T}) where {T<:AbstractFloat} = 1, identity
rrule(cfg::RuleConfig{>:HasReverseMode}, ::typeof(map), f, A::Skew) = 1, identity
rrule(::RuleConfig, ::typeof(sum), f, A::Grid{T,2}) where {T} = 1, identity
rrule(::typeof(scale), A::Deep, s::Real; by=2) = 1, identity
rrule(::Type{<:Skew}, v::AbstractVector) = 1, identity
rrule(::Type{Deep{T,N}}, x::Array{T,N}) where {T,N} = 1, identity
rrule(f::Affine{<:AbstractMatrix}, x::AbstractVector) = 1, identity
rrule(::Box{typeof(sin)}, x::Real) = 1, identity
rrule(::typeof(va), x::Vararg{Float64,N}) where {N} = 1, identity
rrule(::typeof(low), x::T, y::Vector{S}) where {T,S>:T} = 1, identity
rrule(::typeof(Base.Broadcast.broadcasted), ::typeof(+), g::Grid, h::Grid) = 1, identity
rrule(::typeof(getproperty), n::Net, s::Symbol) = 1, identity
rrule(::typeof(getindex), g::Grid{T,N}, i::Vararg{Int,N}) where {T,N} = 1, identity
ChainRulesCore.frule((_, dx), ::typeof(scale), A::Deep) = 1, 1
@scalar_rule(up(x), 1)
@non_differentiable va(::AbstractVector, ::Int...)
@non_differentiable left(::Any...)
@non_differentiable low(::Type, ::Any)
@non_differentiable Outer.Inner.twice(::Deep{<:Complex}, ::Vararg{Any})
@opt_out rrule(::typeof(*), ::Perm2, ::AbstractVecOrMat{<:Real})
@opt_out rrule(::typeof(det), ::Union{Number,AbstractMatrix})
@opt_out rrule(::typeof(dot), ::Grid, ::Grid)
@opt_out rrule(::RuleConfig{>:HasReverseMode}, ::typeof(sum), ::Any, ::Grid)
@opt_out rrule(::Zygote.ZygoteRuleConfig, ::typeof(map), ::Fun, ::AbstractArray)
@opt_out ChainRulesCore.rrule(::typeof(norm), ::Skew{T}, ::Real) where {T<:Real}
@opt_out rrule(::typeof(sum), ::Skew)
@adjoint *(A::Deep{T,2}, x::Adjoint{T,<:AbstractVector}) where {T<:Real} = 1, identity
@adjoint \(A::SkewLike, b::AbstractVector{S}) where S = 1, identity
ZygoteRules.@adjoint function (f::Affine{<:Number,B})(x::Real) where {B}
    1, identity
end
ZygoteRules.@adjoint scale(A::Adjoint{T,<:Deep}, s::T) where {T} = 1, identity
Zygote.@adjoint Skew(v::AbstractVector{T}) where {T<:Real} = 1, identity
Zygote.@adjoint sum(A::Skew{<:Complex}; dims=:) = 1, identity
@adjoint broadcasted(::typeof(*), g::Grid, x::Number) = 1, identity
@adjoint (n::Net{<:Tuple{Affine,Vararg}})(x::AbstractArray) = 1, identity
@adjoint getproperty(A::Skew, s::Symbol) = 1, identity
Zygote.@nograd right
ZygoteRules._pullback(::ZygoteRules.AContext, ::typeof(va), f::Fun, xs::AbstractArray...) = 1, identity
ZygoteRules._pullback(cx::ZygoteRules.AContext, ::typeof(Core._apply_iterate), it, f::Box, args...) = 1, identity

# broadcasting
struct GridStyle{N} <: Broadcast.AbstractArrayStyle{N} end
struct LazyStyle <: Broadcast.BroadcastStyle end
GridStyle{N}(::Val{M}) where {N,M} = GridStyle{M}()
Base.BroadcastStyle(::Type{<:Grid{<:Any,N}}) where {N} = GridStyle{N}()
Broadcast.BroadcastStyle(a::GridStyle{N}, b::GridStyle{N}) where {N} = a
Broadcast.BroadcastStyle(a::GridStyle, b::Broadcast.DefaultArrayStyle{0}) = a
broadcasted(::GridStyle, f, xs...) = f
broadcasted(::typeof(+), A::Skew, B::Skew) = A
broadcasted(::typeof(*), x::Number, A::Union{Skew,Perm2}) = A
broadcasted(f::Fun, x) = x
broadcasted(::LazyStyle, ::typeof(identity), x::LazyVec) = x
materialize(b::Broadcast.Broadcasted{<:GridStyle}) = b
Base.similar(b::Broadcast.Broadcasted{GridStyle{N}}, ::Type{T}) where {N,T} = b
Base.copyto!(g::Grid, b::Broadcast.Broadcasted{<:GridStyle}) = g
Broadcast.broadcastable(c::Cell) = Ref(c)
Base.literal_pow(::typeof(^), A::Skew, ::Val{N}) where {N} = A
Base.:^(A::Skew, n::Integer) = A
Base.:^(A::Skew{<:Real}, n::Real) = A
Base.promote_rule(::Type{<:Grid{T}}, ::Type{<:Array{S}}) where {T,S} = Array
Base.similar(A::Skew, ::Type{T}, d::Dims{N}) where {T,N} = A
Base.iterate(n::Net{Tuple{}}, s=1) = nothing
Base.iterate(n::Net, (s, t)::Tuple{Int,Int}=(1, 1)) = nothing
Base.get(n::Net, i::Int, d) = d
Base.haskey(n::Net, ::NT) = true
Base.findall(f::Function, g::Grid{Bool}) = g
Base.show(io::IO, ::MIME"text/plain", c::Cell) = nothing
Base.zero(::Type{<:Grid{T}}) where {T} = T
Base.in(x, n::Net) = true
Base.:|(a::Fun, b::Fun) = a
Base.:∘(f::Affine, g::Affine) = f
Base.:(:)(a::Cell{1}, b::Cell{1}) = a
Base.:!(f::Affine) = f
Base.:<(a::Cell, b::Cell) = true
end

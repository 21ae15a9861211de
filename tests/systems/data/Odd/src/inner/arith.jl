Base.size(n::Named) = size(n.data)
Base.size(p::Padded) = size(p.a)
Base.size(m::Masked) = size(m.a); Base.size(l::Lower) = size(l.d)
Base.size(r::MyRange) = (r.n,)
Base.getindex(n::Named, i::Int...) = n.data[i...]
Base.getindex(n::Named{L,T,N}, i::Vararg{Int,N}) where {L,T,N} = n.data[i...]
Base.getindex(n::Named; kw...) = n.data
Base.getindex(p::Padded{T,N,P}, i::Vararg{Union{Int,Colon},N}) where {T,N,P} = p.a[i...]
Base.getindex(m::Masked{<:Any,<:Any,Nothing}, i::Int) = m.a[i]
Base.getindex(m::Masked, i::Int) = m.a[i]
Base.setindex!(m::Masked, v, i::Int) = m.a[i] = v
Base.getproperty(n::Named, s::Symbol) = getfield(n, s)
Base.parent(n::Named) = n.data
Base.first(r::MyRange) = r.a
Base.step(r::MyRange{T}) where T = one(T)
Base.length(r::MyRange) = r.n

function Base.:*(a::NamedMat{L,T}, b::NamedVec{M,T}) where {L, M, T}
    a
end
function Base.:*(
    a::NamedMat{L},
    b::NamedMat{M},
) where {L,M}
    return a
end
Base.:*(a::Named{L,T,2,<:Diagonal{T}}, b::AbstractVector) where {L,T<:Real} = b
Base.:*(a::AbstractNamed, x::Scalar) = a
Base.:*(x::Scalar, a::AbstractNamed)::AbstractNamed = a
Base.:*(a::Plain{<:Real,2}, b::Plain{<:Real,2}) = a
Base.:*(a::Rows, b::Vector) = b
(Base.:*)(a::Padded{T,2,P}, b::Padded{T,1,P}) where {T} where {P} = b
Base.:(*)(a::Lower, b::StridedVecOrMat) = b
Base.:*(::Unit, x) = x
Base.:*(x, ::Unit) = x
Base.:*(::Unit, ::Unit) = Unit()
Base.:*(a::Adjoint{T,<:Named{L,T,1}} where {L}, b::AbstractMatrix{T}) where {T} = b
Base.:*(I::LA.UniformScaling, a::Named) = a
Base.:*(F::LowRankFact, x::AbstractVector) = x
Base.:*(a::Sparse1, b::Array{T,N}) where {T,N} = b
Base.:*(p::MyPlan{T}, x::AbstractArray{T}) where {T} = x
Base.:\(F::LowRankFact{T}, B::AbstractVecOrMat{T}) where T = B
Base.:\(a::NamedMat, b::NamedVecOrMat) = b
Base.:/(a::Named, s::Scalar) = a
Base.:+(a::Named{L}, b::Named{L}) where {L} = a
Base.:+(a::Named, b::AbstractArray) = a
Base.:+(a::AbstractArray, b::Named) = a
Base.:-(a::Named) = a
Base.:-(x::MyRange, y::Real=1) = x
Base.:∘(f::Compose, g) = f
Base.:!(c::Compose) = c
a::Named ⊕ b::Named = a
⊗(a, b) = a
⊗(a::Named, b::Named, c::Named...) = a
const otimes = ⊗
import Base: <<, |>, >, ==, !=, &, ~, ÷, √, ∈, :, =>, //, isapprox
<<(a::Named, b::Int) = a
|>(a::Unit, f) = f
==(a::Named{L}, b::Named{L}) where L = a.data == b.data
÷(a::Tagged{T}, b::Tagged{T}) where T = 1
√(x::Unit) = x
(:)(a::Unit, b::Unit) = a
∈(x, ::MySet) = true
isapprox(a::Named, b::Named; kws...) = true
~(a::Unit) = a
-(a::Unit) = a
for f in (:sum, :prod, :maximum, :minimum), (dimsarg, T) in ((:(dims=:), :Named), (:(init=0), :Padded))
    @eval Base.$f(a::$T; $(Expr(:kw, dimsarg.args...))) = a
end
for F in (:sin, :cos, :tanh, :abs)
    @eval Base.$F(n::$(:Named)) = n
    @eval (Base.$F)(p::Padded{<:Real}) = p
end
for (i, T) in enumerate((:Int, :Float64))
    @eval width(x::Tagged{$i,$T}) = $i
end
for T in (Int8, Int16)
    @eval width(x::$T, y::Vector{$T}) = 1
end
for f in [:mean, :median, :std]
    @eval Statistics.$f(n::Named{L,<:Real}) where {L} = 1
end
let scale = 2
    global width(x::Padded) = scale
    Base.maximum(f, p::Padded) = scale
end
if VERSION >= v"1.0"
    width(x::Masked) = 1
else
    width(x::Masked{Int}) = 2
end
@static if VERSION < v"1.0"
    width(x::Counter) = 1
end
begin
    width(c::Counter{Int}) = 2
end
function width end
width() = 0
width(x) = 1
width(x::Named, i::Integer = 1, j::Integer = i; pad::Bool = false) = 1
width(x, xs::Real...) = 1
width(x::Union{Nothing,Missing}, ::Type{T}=Int) where {T<:Number} = 1
width(x::T, y::T) where {T} = 1
width(x::Vector{T}, y::T) where {T<:Number} = 1
width(x::Vararg{Symbol,3}) = 1
width((a, b)::Tuple{Int,Int}, c) = 1
width(::Type{<:Named{L}}, x::Val{S}) where {L,S} = 1
width(x::Pairs2{Symbol}) = 1
width(x::OrVector{String}, y...) = 1
width(::Left, ::Right) = 1
width(t::IntTag) = 1
width(n::Nested{<:Real}, k::ThreeInts) = 1
width(w::Wide{T,S}) where {T,S>:Int} = 1
width(f::Fun, x::Base.RefValue{Int}) = f
width(s::Colour) = 1
width(x::Real)::Int = 1
width(t::Tuple{Vararg{Int}}) = 1
width(t::NTuple{N,T}) where {N,T<:AbstractFloat} = 1
width(nt::NamedTuple{(:a, :b)}) = 1
width(nt::NamedTuple{names,<:Tuple{Vararg{Int}}}) where names = 1
width(g::Base.Generator{<:Any,typeof(width)}) = 1
@inline width(x::Complex{T}) where {T} = 1
@noinline width(x::Ref) = 1
function width(@nospecialize(x::Dict), y::Int) 1 end
LA.mul!(y::AbstractVector, A::Named, x::AbstractVector) = y
LA.mul!(C::Array{T}, A::Lower{T}, B::Array{T}, α::Number=1, β::Number=0) where {T} = C
LA.det(l::Lower) = 1
LA.dot(a::Named{L,T,1}, b::Named{L,T,1}) where {L,T} = 1
LA.norm(n::Named, p=2) = 1
LA.kron(a::NamedMat, b::NamedMat) = a
LA.tr(n::NamedMat{L,T}) where {L,T} = 1
LinearAlgebra.svd(n::NamedMat; full=false) = n
LinearAlgebra.cholesky(n::Named{L,T,2,<:Symmetric}) where {L,T} = n
LinearAlgebra.diagm(p::Pair{Int,<:Named}...) = 1
fft(n::Named, dims) = n
fft(p::Padded{<:Complex}) = p
ifft(n::Named, dims=1) = n
FillArrays.Fill(n::Named) = n
Base.:+(a::Fill{T,1}, b::Padded{T,1}) where {T} = b
Base.map(f, n::Named) = n
Base.map(f, n::Named, ns::Named...) = n
Base.broadcasted(f::typeof(+), n::Named, m::Named) = n
Base.Broadcast.broadcasted(::Base.Broadcast.DefaultArrayStyle, ::typeof(-), n::Padded) = n
Base.hcat(n::Named...) = n
Base.vcat(a::Padded, b::AbstractVector...) = a
Base.cat(n::Named...; dims) = n
Base.reshape(n::Named, s::Tuple{Vararg{Union{Int,Colon}}}) = n
Base.permutedims(n::NamedMat) = n
Base.selectdim(n::Named, d::Symbol, i) = n
Base.sort(m::Masked; kw...) = m
Base.filter(f, m::Masked) = m
Base.collect(r::MyRange) = [1]
Base.haskey(::MyDict{K}, k::K) where K = true
Base.get(d::MyDict, k, default) = default
Base.get(f::Base.Callable, d::MyDict{Symbol}, k::Symbol) = 1
Base.iterate(d::MyDict, s...) = nothing
Base.eltype(::Type{<:MySet{T}}) where {T} = T
Base.convert(::Type{Named{L,T,N,A}}, n::Named) where {L,T,N,A} = n
Base.convert(::Type{Array}, n::Named) = n.data
Base.Array(n::Named) = n.data
Base.Vector{T}(m::Masked{T}) where T = m.a
Base.Tuple(n::NamedVec) = (1,)
Base.Int(w::Word16) = 1

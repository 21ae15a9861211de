struct Dense{F,M<:AbstractMatrix,B} <: Layer
    weight::M
    bias::B
    σ::F
    function Dense(W::M, bias = true, σ::F = identity) where {M<:AbstractMatrix, F}
        b = bias === true ? zeros(size(W, 1)) : bias
        new{F,M,typeof(b)}(W, b, σ)
    end
end
Dense((i, o)::Pair{<:Integer,<:Integer}, σ = identity; init = randn, bias = true) = Dense(init(o, i), bias, σ)
struct Chain{T<:Union{Tuple,NamedTuple}} <: Layer
    layers::T
end
Chain(xs...) = Chain(xs)
Chain(; kw...) = Chain(values(kw))
struct Skip{L<:Layer,F}
    layer::L
    connect::F
end
struct Act{F} end
function (d::Dense)(x::AbstractVecOrMat)
    d.σ.(d.weight * x .+ d.bias)
end
(d::Dense{<:Any,<:Any,Bool})(x::AbstractArray{T,3}) where {T} = x
(d::Dense{typeof(identity)})(x::AbstractVector{<:Real}) = x
(d::Dense)(x::AbstractArray) = reshape(x, :)
(c::Chain)(x) = foldl((a, l) -> l(a), c.layers; init = x)
(c::Chain{<:NamedTuple})(x::NamedTuple, y...; mode = :train) = x
(c::Chain{Tuple{}})(x::T) where T = x
(c::Chain)() = nothing
(s::Skip)(x, y = x) = s.connect(s.layer(x), y)
(a::Act{f})(x::Number) where {f} = f(x)
(f::Compose)(xs...) = f.f(f.g(xs...))
(l::Layer)(x::String) = x
(::Type{C})(l::Layer) where {C<:Chain} = l
(::Type{<:Tagged{A}})(::Val{B}) where {A,B} = 1
(::typeof(otimes))(x::Unit) = x
(::Colon)(x::Unit) = x
loss(m, x, y; agg = mean) = agg(abs2.(m(x) .- y))
loss(m::Layer, x::AbstractArray{T}, y::AbstractArray{T}) where {T<:AbstractFloat} = one(T)
loss(m::Chain{<:Tuple{Dense,Vararg{Any}}}, x, y) = 1
loss(m::Chain{<:Tuple{Dense,Dense}}, x::AbstractVector, y::Integer) = 1
loss(m::Dense{F,Matrix{T},Vector{T}}, x::VecOrMat{T}, y::VecOrMat{T}) where {F<:Function,T<:Union{Float32,Float64}} = 1
loss(m::Dense{F,<:AbstractMatrix{T}}, x::AbstractVecOrMat{T}, y) where {F,T} = 1
activate(::typeof(sin), x::Number) = x
activate(::typeof(identity), x) = x
activate(f::F, x::AbstractArray) where {F<:Union{typeof(sin),typeof(cos)}} = x
activate(f, xs::Tuple{Any,Vararg{Any}}) = xs
activate(f::Function, ::Tuple{}) = ()
activate(::Type{T}, x) where {T<:Real} = T(x)
activate(::Type{Float64}, x::Int) = 1.0
activate(::Type{<:AbstractArray{T}}, x::T) where T = x
activate(f::Compose{typeof(sin)}, x...) = x

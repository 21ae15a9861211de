# The headers of types from packages, for declarations.jl where the packages are not installed.
module ZygoteRules; abstract type AContext end; literal_getproperty(x; k...) = 0; end
module AbstractFFTs
abstract type Plan{T} end
for f in (:fft, :ifft, :bfft, :rfft, :irfft, :brfft, :fftshift, :ifftshift); @eval $f(x; k...) = 0; end
end
module FillArrays
abstract type AbstractFill{T,N,Axes} <: AbstractArray{T,N} end
for F in (:Fill, :Ones, :Zeros); @eval struct $F{T,N,Axes} <: AbstractFill{T,N,Axes} end; @eval export $F; end
end
module Zygote
mutable struct Buffer{T,A<:AbstractArray{T}} end
mutable struct Stack{T} end
struct Params end
isderiving(x; k...) = 0
unwrap(x; k...) = 0
export Params
end
using .FillArrays, .Zygote
struct Diag1{T} <: AbstractMatrix{T} end
struct Circ{T<:Real} <: AbstractMatrix{T} end
struct Scaled{T,M<:AbstractMatrix{T}} <: AbstractMatrix{T} end
struct LowRank{T,U<:AbstractMatrix{T},V<:AbstractMatrix{T}} <: AbstractMatrix{T} end
struct Vec1{T} <: AbstractVector{T} end
struct BlockVec{T,V<:AbstractVector{T}} <: AbstractVector{T} end
struct Angle <: Real end
struct Dual2{T<:Real} <: Number end
struct OneHotish <: AbstractMatrix{Bool} end
struct NotArray end

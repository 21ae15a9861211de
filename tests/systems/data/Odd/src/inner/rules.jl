using ChainRulesCore: @opt_out, @non_differentiable, @scalar_rule, RuleConfig, HasReverseMode, NoForwardsMode, NoTangent
import ChainRulesCore: rrule, frule
using Zygote: Zygote, @adjoint
import ZygoteRules: _pullback, AContext, @adjoint!

function rrule(d::Dense, x::AbstractVecOrMat)
    d(x), Δ -> (NoTangent(), Δ)
end
rrule(d::Dense{typeof(tanh)}, x::AbstractVector) = d(x), identity
rrule(::RuleConfig{>:HasReverseMode}, c::Chain, x) = c(x), identity
rrule(cfg::C, f::Compose, xs...) where {C<:RuleConfig{>:HasReverseMode}} = f(xs...), identity
rrule(::Type{Named{L}}, x::AbstractArray) where {L} = x, identity
rrule(::Type{<:Named}, x::AbstractArray, names::Symbol...) = x, identity
rrule(::Type{T}, x) where {T<:Padded} = x, identity
rrule(::typeof(Dense), x::Pair) = x, identity
CRC.rrule(::typeof(*), a::NamedMat{<:Any,<:Real}, b::NamedVecOrMat{<:Any,<:Real}) = a, identity
CRC.rrule(::typeof(*), a::NamedMat, b::AbstractVector) = a, identity
CR(::typeof(*), a::Lower{T}, b::StridedVecOrMat{T}) where {T<:LA.BlasFloat} = a, identity
rrule(::typeof(*), ::Unit, x) = x, identity
rrule(::typeof(*), x, ::Unit) = x, identity
rrule(::typeof(width), x::Named, i::Integer) = 1, identity
rrule(::typeof(width), x::Named; pad) = 1, identity
rrule(::typeof(loss), m, x, y; agg = mean) = 1, identity
rrule(::RuleConfig{>:NoForwardsMode}, ::typeof(loss), m::Dense, x, y) = 1, identity
rrule(::typeof(activate), ::typeof(sin), x::Number) = 1, identity
rrule(::typeof(activate), f::Union{typeof(sin),typeof(cos)}, x) = 1, identity
rrule(::typeof(Static.cross2), a::Static.SVec{N}, b::Static.SVec{N}) where {N} = 1, identity
rrule(::typeof(map), f, n::Named) = n, identity
rrule(cfg::RuleConfig{>:HasReverseMode}, ::typeof(map), f::F, n::NamedVec) where {F} = n, identity
rrule(cfg::RuleConfig{>:HasReverseMode}, ::typeof(sum), f, n::Named; dims = :) = n, identity
rrule(::typeof(sum), n::Named{L,T}; dims = :) where {L,T<:Real} = n, identity
for f in (:maximum, :minimum)
    @eval rrule(::typeof($f), n::Named; dims = :) = n, identity
    @eval rrule(::typeof(Base.$f), p::Padded{<:Real,1}) = p, identity
end
for (f, T) in ((:sin, :Named), (:cos, :Padded))
    @eval begin
        function rrule(::typeof(Base.$f), x::$T)
            $f(x), Δ -> (NoTangent(), Δ)
        end
        frule((_, Δ), ::typeof(Base.$f), x::$T) = $f(x), Δ
    end
end
@opt_out rrule(::typeof(*), ::AbstractNamed, ::AbstractVecOrMat)
@opt_out rrule(::typeof(*), ::StridedMatrix{<:Number}, ::Named)
@opt_out rrule(::typeof(*), ::Number, ::AbstractNamed{<:Any,<:Number})
@opt_out rrule(::typeof(LA.norm), ::Named)
@opt_out rrule(::typeof(LA.norm), ::Named, ::Real)
@opt_out rrule(::typeof(LA.dot), ::NamedVec{L,<:Number}, ::NamedVec{L,<:Number}) where {L}
@opt_out rrule(::typeof(reshape), ::Named, ::Tuple)
@opt_out rrule(::typeof(hcat), ::Named, ::Vararg{Named})
@opt_out rrule(::RuleConfig{>:HasReverseMode}, ::typeof(map), ::Any, ::Padded)
@opt_out rrule(::Zygote.ZygoteRuleConfig, ::typeof(+), ::Named, ::Named)
@opt_out rrule(::typeof(/), ::AbstractArray{<:Number}, ::Number)
@opt_out rrule(::typeof(LA.tr), ::NamedMat)
@non_differentiable width(::Type{<:Named}, ::Val)
@non_differentiable width(::Counter, ::Any...)
@non_differentiable Base.parent(::Named)
@non_differentiable (::Act)(::Any)
@non_differentiable Counter(::Any)
@non_differentiable ⊗(::Any, ::Any)
@scalar_rule width(x::Complex) 1
@scalar_rule activate(f, x) (1, 1)
@adjoint (s::Skip)(x) = s(x), Δ -> (nothing, Δ)
@adjoint (s::Skip{<:Dense})(x, y) = s(x), Δ -> (nothing, Δ)
@adjoint Compose(f, g) = Compose(f, g), Δ -> (nothing, nothing)
@adjoint Padded{T,N,P,A}(a) where {T,N,P,A} = 1, identity
@adjoint LA.kron(a::NamedMat, b::NamedMat) = a, identity
@adjoint Base.getindex(m::Masked, i::Int) = 1, identity
@adjoint Base.permutedims(n::Named, p) = n, identity
@adjoint function Base.cat(n::Named, ns::Named...; dims)
    n, identity
end
@adjoint width(x::Masked, i...) = 1, identity
@adjoint! function LA.mul!(y::Vector, A::Named, x::Vector) 
    y, identity
end
Zygote.@nograd Static.cross2
Zygote.@nograd otimes
_pullback(cx::AContext, ::typeof(⊗), a::Named, b::Named) = 1, identity
_pullback(cx::AContext, ::typeof(√), x::Unit) = x, identity
_pullback(__context__::AContext, t::Type{T}, x) where {T<:Counter} = x, identity
Zygote._pullback(::Zygote.Context, ::typeof(~), x::Unit) = x, identity

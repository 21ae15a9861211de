"""Small Julia projects written by the tests, read against a small world of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rulecheck.languages.julia.facts import JuliaMethod, PackageFacts
from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.packs.collect import collect
from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.packs.pack import pack, read_pack
from rulecheck.languages.julia.program import JuliaProgram, read_julia
from rulecheck.systems import macros

BOOT = """
export Any, Number, Real, Integer, Signed, AbstractFloat, Float64, Int64, Int, Bool, Type, Tuple, Union, Vararg,
    Function, AbstractArray, Array, Symbol, String, Nothing, nothing
abstract type Number end
abstract type Real <: Number end
abstract type Integer <: Real end
abstract type Signed <: Integer end
abstract type AbstractFloat <: Real end
primitive type Float64 <: AbstractFloat 64 end
"""
BASE = """
baremodule Base
export +, *, -, adjoint, sum, size, Vector, Matrix, AbstractVector, AbstractMatrix, Val, Complex, Broadcast
const AbstractVector{T} = AbstractArray{T,1}
const AbstractMatrix{T} = AbstractArray{T,2}
const Vector{T} = Array{T,1}
const Matrix{T} = Array{T,2}
struct Val{x} end
struct Complex{T<:Real} <: Number
    re::T
    im::T
end
+(x::Number, y::Number) = x
*(A::AbstractMatrix, b::AbstractVector) = b
-(x) = x
adjoint(x) = x
sum(x; dims=1) = x
size(x) = ()
module Broadcast
export broadcasted
broadcasted(f, args...) = f
end
using .Broadcast
end
"""
RULES = {
    "ChainRulesCore": """
module ChainRulesCore
export rrule, frule, @opt_out, @non_differentiable, @scalar_rule, RuleConfig, HasReverseMode
abstract type RuleConfig{T} end
struct HasReverseMode end
rrule(::Any, ::Vararg{Any}) = nothing
frule(::Any, ::Any, ::Vararg{Any}) = nothing
no_rrule(::Any, ::Vararg{Any}) = nothing
no_frule(::Any, ::Any, ::Vararg{Any}) = nothing
end
""",
    "ZygoteRules": """
module ZygoteRules
export @adjoint
abstract type AContext end
function adjoint end
function _pullback end
function gradm(ex)
  quote
    @inline function ZygoteRules._pullback($cx, $f::$T, $(args...)) where $(Ts...)
      1
    end
    @inline function ZygoteRules._pullback($cx, ::$kT, kw, $f::$T, $(args...)) where $(Ts...)
      2
    end
  end
end
end
""",
}


def write_package(root: Path, name: str, source: str, extra: str = "", deps: tuple[str, ...] = ()) -> Path:
    """A package on disk."""
    folder = root / name
    (folder / "src").mkdir(parents=True)
    listed = "\n".join(f'{dep} = "00000000-0000-0000-0000-000000000000"' for dep in deps)
    (folder / "Project.toml").write_text(f'name = "{name}"\nversion = "1.2.3"\n[deps]\n{listed}\n{extra}')
    (folder / "src" / f"{name}.jl").write_text(source)
    return folder


def write_julia(root: Path) -> Path:
    """A `share/julia` with a very small Base."""
    share = root / "share" / "julia"
    (share / "base").mkdir(parents=True)
    (share / "stdlib" / "v1.5").mkdir(parents=True)
    (share / "base" / "boot.jl").write_text(BOOT)
    (share / "base" / "Base.jl").write_text(BASE)
    return share


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> PackageEnvironment:
    """An environment of the small Base and the two packages that hold the rule tables."""
    root = tmp_path_factory.mktemp("julia")
    sources = [write_julia(root), *(write_package(root, name, text) for name, text in RULES.items())]
    collected = collect(sources, (1, 5, 3), macros=macros())
    assert not collected.problems
    path = root / "small.pack"
    path.write_bytes(pack(collected.packages, "small", "1.5.3"))
    return PackageEnvironment("small", [read_pack(path)])


@pytest.fixture
def read(small: PackageEnvironment, tmp_path: Path) -> Callable[[str], JuliaProgram]:
    """Reads a script."""

    def run(source: str) -> JuliaProgram:
        path = tmp_path / "script.jl"
        path.write_text(source, "utf-8")
        return read_julia([str(path)], small, macros=macros())

    return run


def lines(methods: tuple[JuliaMethod, ...]) -> list[str]:
    """Methods as `function(types) where ... @ line`."""
    return [
        f"{m.function}({', '.join(show(a) for a in m.arguments)}){_where(m)} @ {m.julia_place.line}" for m in methods
    ]


def _where(method: JuliaMethod) -> str:
    return show(("where", ("name", ""), method.variables)) if method.variables else ""


def only(program: JuliaProgram) -> PackageFacts:
    """The one package of a program."""
    (package,) = program.packages
    return package

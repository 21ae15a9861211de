"""The types of a signature are those that Julia gives its method, however they are written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.program import JuliaProgram
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]

HEAD = "struct A end\nstruct P{T}; a::T; end\nconst three = 3\nconst B = P{Int}\nconst Q{T} = P{P{T}}\n"
TYPES = {
    # values as parameters
    "Val{:a}": "Base.Val{:a}",
    "Val{1}": "Base.Val{1}",
    "Val{true}": "Base.Val{true}",
    "Val{'c'}": "Base.Val{'c'}",
    "Val{(1, :a)}": "Base.Val{(1, :a)}",
    'Val{Symbol("a")}': "Base.Val{:a}",
    "Val{three}": "Base.Val{3}",
    # the types of values
    "typeof(1)": "Int64",
    "typeof(2.5)": "Float64",
    "typeof(true)": "Bool",
    'typeof("a")': "String",
    "typeof(nothing)": "Nothing",
    "typeof(:)": "Colon",
    "typeof(Union{})": "TypeofBottom",
    "typeof(Base)": "Module",
    "typeof(A)": "DataType",
    "typeof(P)": "UnionAll",
    "typeof(A())": "Main.A",
    "typeof((+))": "typeof(Base.:+)",
    # parameters and bounds
    "P{<:Real}": "Main.P{S_1} where {S_1<:Real}",
    "P{>:Int}": "Main.P{S_1} where {Int<:S_1<:Any}",
    "P{<:P{<:Real}}": "Main.P{S_1} where {S_1<:(Main.P{S_2} where {S_2<:Real})}",
    "(P{T} where T<:Real)": "Main.P{T} where {T<:Real}",
    "Type{A}": "Type{Main.A}",
    "Type{<:A}": "Type{S_1} where {S_1<:Main.A}",
    "Union{A,Int}": "Union{Main.A,Int}",
    "Tuple{Int,Vararg{A}}": "Tuple{Int,Vararg{Main.A}}",
    "Tuple{Vararg{A,2}}": "Tuple{Vararg{Main.A,2}}",
    "Vararg{A}": "Vararg{Main.A}",
    # names
    "(A)": "Main.A",
    "Base.Vector": "Base.Vector",
    "B": "Main.B",
    "Q{A}": "Main.Q{Main.A}",
    # what is defined nowhere keeps its name
    "Nowhere": "Nowhere",
    "P{Nowhere}": "Main.P{Nowhere}",
}


@pytest.mark.parametrize("written", TYPES)
def test_the_type_of_an_argument(read: Read, written: str) -> None:
    program = read(f"{HEAD}f(x::{written}) = 1")
    assert not program.unreadable
    assert lines(program.owned_methods)[-1] == f"Main.f({TYPES[written]}) @ 6"


@pytest.mark.parametrize(
    ("definition", "methods"),
    [
        ("f(x) = 1", ["f(Any)"]),
        ("f(x...) = 1", ["f(Vararg{Any})"]),
        ("f(x::A...) = 1", ["f(Vararg{Main.A})"]),
        ("f(; k) = 1", ["f()"]),
        ("f(x::A)::Int = 1", ["f(Main.A)"]),
        ("f((a, b)::Tuple{A,A}) = 1", ["f(Tuple{Main.A,Main.A})"]),
        ("f(x = 1, y::A = A()) = 1", ["f()", "f(Any)", "f(Any, Main.A)"]),
        ("f(x::P{T}) where {T>:Int} = 1", ["f(Main.P{T}) where {Int<:T<:Any}"]),
        ("f(x::P{T}) where {Int<:T<:Real} = 1", ["f(Main.P{T}) where {Int<:T<:Real}"]),
        ("f(x::P{T}, y::T...) where T = 1", ["f(Main.P{T}, Vararg{T}) where {T}"]),
        ("function f(x::P{T}) where {T}\nend", ["f(Main.P{T}) where {T}"]),
    ],
)
def test_the_methods_of_a_definition(read: Read, definition: str, methods: list[str]) -> None:
    program = read(HEAD + definition)
    assert lines(m for m in program.owned_methods if m.function == "Main.f") == [f"Main.{m} @ 6" for m in methods]

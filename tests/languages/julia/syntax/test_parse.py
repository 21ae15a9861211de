"""What the grammar cannot read costs as little as can be, and is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rulecheck.languages.julia.program import JuliaProgram
from rulecheck.languages.julia.syntax.chunks import chunks
from rulecheck.languages.julia.syntax.parse import parse
from rulecheck.languages.julia.syntax.repair import REWRITES, prepare, repair
from tests.languages.julia.conftest import lines

Read = Callable[[str], JuliaProgram]


REPAIRED = [
    "function ∘ end\nf(x) = 1",
    "import ..@__MODULE__, ..foo\nf(x) = 1",
    "g(ex) = ex.head === :for\nf(x) = 1",
    "const global limit = 3\nf(x) = 1",
    "abstract type A ; end\nf(x) = 1",
    "g(a, b) = a : b\nf(x) = 1",
    "g(in::Int) = 1\nf(x) = 1",
    "h(x)\xa0=\xa0x\nf(x) = 1",
    "a, b, = g(1)\nf(x) = 1",
    "const 𝟎 = 1\nf(x) = 1",
    "g(x) = (∞, x)\nf(x) = 1",
    "g(x) = x[begin+1:end]\nf(x) = 1",
    "g(x) = x[(begin + 1):end]\nf(x) = 1",
    "g(x) = ((abstract = x); abstract)\nf(x) = 1",
    "g(x, public) = public ? (public, x) : x\nf(x) = 1",
    "g(x; kw...) = h(x, ; kw...)\nf(x) = 1",
    "g(a, b) = (a + b)b^2\nf(x) = 1",
    'g(a) = a && @warn "on $a" maxlog=1 _id=hash(a)\nf(x) = 1',
    "g(a) = map(@nospecialize(x) -> x, a)\nf(x) = 1",
    "g(a) = :(map($a -> 1, ($a=2,)))\nf(x) = 1",
    'using A: B, var".."\nf(x) = 1',
    "const bars = ['▁', '█']; g(x) = x[begin+1:end]\nf(x) = 1",
]


@pytest.mark.parametrize("source", REPAIRED)
def test_what_julia_takes_and_the_grammar_does_not_is_no_error(read: Read, source: str) -> None:
    program = read(source)
    assert not program.unreadable
    assert lines(program.owned_methods)[-1] == "Main.f(Any) @ 2"


@pytest.mark.parametrize("source", REPAIRED)
def test_a_rewrite_is_left_out_only_where_it_finds_nothing(source: str) -> None:
    data = source.encode()
    assert all(part in data for part, pattern, _ in REWRITES if pattern.search(data))


def test_what_a_test_set_holds_is_not_read() -> None:
    source = b'@testset "all" begin\n    f(x) = x\nend\n@testset for n in (1, 2)\n    f(n)\nend\ng(x) = 2'
    first, second, last = parse(source, "").statements
    assert first[2] == (("lit", "all"), ("block", ()))
    assert second[2] == (("for", (), (), 0),)
    assert last[0] == "def"
    assert len(parse(source, "").cells) == 1


@pytest.mark.parametrize(("bounds", "kept"), [("{T <: Real; Thin{T}}", "{T<:Real}"), ("{{T; !Thin{T}}}", "{T}")])
def test_what_a_trait_asks_is_left_out(read: Read, bounds: str, kept: str) -> None:
    program = read(f"@traitfn function f(\n        x::T\n    ) where {bounds}\n    return 1\nend")
    assert not program.unreadable
    assert lines(program.owned_methods) == [f"Main.f(T) where {kept} @ 1"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("struct Own end\nBase. *(x::Own, y) = x", "Base.*(Main.Own, Any) @ 2"),
        ("import Base.*, Base./\n*(x::Int8, y::Int8) = x", "Base.*(Int8, Int8) @ 2"),
        ("<ₑ(x::Int8, y) = (true && x <ₑ 1)", "Main.<ₑ(Int8, Any) @ 1"),
        ("function <ₑ(x::Int8, y)\n    return <ₑ(y, x)\nend", "Main.<ₑ(Int8, Any) @ 1"),
        ("struct Own{T} <: AbstractArray{T,1} where {T<:Real}\nend\nf(x::Own) = 1", "Main.f(Main.Own) @ 3"),
        ("mutable struct Own\n    const run!::Int # said\nend\nf(x::Own) = 1", "Main.f(Main.Own) @ 4"),
        ("abstract type Wide{T} <:\n    AbstractArray{T,1} end\nf(x::Wide) = 1", "Main.f(Main.Wide) @ 3"),
        ('"Said" struct Own end\nf(x::Own) = 2x\'x', "Main.f(Main.Own) @ 2"),
        (
            'abstract type Wide end\n"Said: \\"so\\"" struct Own <: Wide end\nf(x::Own) = (1-2.5x\'x)',
            "Main.f(Main.Own) @ 3",
        ),
        ("for (f) in (:g,)\n    @eval $f(x::Int8) = 1\nend", "Main.g(Int8) @ 2"),
        ("g(a) = a ?\n    f(a) : a\nf(x::Int8) = a[1 : 2 : end]", "Main.f(Int8) @ 3"),
    ],
)
def test_what_is_written_otherwise_is_defined(read: Read, source: str, found: str) -> None:
    program = read(source)
    assert not program.unreadable
    assert found in lines(program.owned_methods)


def test_names_in_imports_can_be_put_in(read: Read) -> None:
    program = read("module A\nstruct Own end\nend\nfor m in [:A]\n@eval using .$m: Own\nend\nf(x::Own) = 1")
    assert not program.unreadable
    assert lines(program.owned_methods)[-1] == "Main.f(Main.A.Own) @ 7"


def test_a_macro_without_what_it_takes_is_counted(read: Read) -> None:
    program = read("@eval\n@opt_out\n@irrational\n@deprecate\n@enum\nf(x) = 1")
    assert [m.function for m in program.owned_methods] == ["Main.f"]
    assert program.unresolved


def test_an_operator_with_an_index_is_another_operator(read: Read) -> None:
    (method,) = read("f(::typeof(*ₛ)) = 1").owned_methods
    assert "*ₛ" in str(method.arguments)


def test_a_broken_definition_leaves_the_rest(read: Read) -> None:
    program = read("f(x) = 1\nfunction g(x\n  ]]] 3 3\nend\nh(x) = 1\nmodule M\nk(x) = = 2\nl(x) = 1\nend\nm(x) = 1")
    found = {m.function for m in program.owned_methods}
    assert {"Main.f", "Main.h", "Main.M.l", "Main.m"} <= found
    assert program.unreadable
    assert all(u.place.line in range(2, 9) for u in program.unreadable)


def test_rewrites_keep_every_offset() -> None:
    source = 'a = :for\nfunction ⊇ end\nvar"\'" ,\nconst global x = 1\nx .*ₛ y\nwhere::T\n1 : 2\n'.encode()
    assert len(repair(prepare(source))) == len(source)
    assert [len(line) for line in repair(prepare(source)).split(b"\n")] == [len(line) for line in source.split(b"\n")]


def test_chunks_follow_the_layout() -> None:
    source = b'"""\nmodule NotOne\n"""\nmodule A\nf(x) =\n  1\nfunction g()\n  a[end]\nend\nend\nh() = 1\n'
    found = [(c.module, c.closes, c.line) for c in chunks(source)]
    assert found == [("", False, 1), ("A", False, 4), ("", False, 5), ("", False, 7), ("", True, 10), ("", False, 11)]


ODD = {
    "empty": b"",
    "mark": b"\xff\xfe\x00f(x) = 1",
    "nul": b"f(x) = 1\x00",
    "lines": b"\n" * 1000,
    "deep": b"(" * 3000,
}


@pytest.mark.parametrize("data", ODD.values(), ids=list(ODD))
def test_odd_bytes_do_no_harm(data: bytes) -> None:
    parse(data, "odd.jl")

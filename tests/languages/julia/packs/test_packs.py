"""Packs give back what was put in, and say what is wrong with those that cannot."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.packs.collect import collect, in_order
from rulecheck.languages.julia.packs.environment import PackageEnvironment, load_environment, shipped
from rulecheck.languages.julia.packs.pack import PackError, pack, read_pack
from rulecheck.place import Place
from rulecheck.systems import macros
from tests.languages.julia.conftest import write_julia, write_package

SOURCE = """
module Pkg
using Base: *
struct S{T<:Real} <: AbstractMatrix{T}
  x::Vector{T}
end
const V{T} = S{<:T}
const limit = 3
const one = S{Int}()
*(a::S{T}, b::Val{:x}; k=1, kw...) where {T} = 1
f(::typeof(one), ::Val{limit}) = 2
end
"""


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, Path]:
    """A pack's path and its source."""
    return tmp_path / "p.pack", write_package(tmp_path, "Pkg", SOURCE)


def test_a_pack_gives_back_the_facts(made: tuple[Path, Path], small: PackageEnvironment) -> None:
    path, folder = made
    collected = collect([folder], (1, 5, 3), small.world.copy(), macros=macros())
    assert not collected.problems
    (facts,) = collected.packages
    path.write_bytes(pack(collected.packages, "mine", "1.5.3"))
    read = read_pack(path)
    assert (read.name, read.julia, read.packages) == ("mine", "1.5.3", {"Pkg": "1.2.3"})
    plain = [replace(t, place=Place(t.place.path, t.place.line)) for t in facts.types]
    assert list(read.types()) == plain
    assert list(read.aliases()) == [replace(a, place=Place(a.place.path, a.place.line)) for a in facts.aliases]
    assert read.constants() == facts.constants
    for method in facts.methods:
        bare = replace(
            method, names=("",) * len(method.names), span=(-1, -1), place=Place(method.place.path, method.place.line)
        )
        assert bare in read.methods(method.function)
    modules = read.modules()
    assert modules["Pkg"].kinds == facts.modules["Pkg"].kinds
    assert modules["Pkg"].imports == facts.modules["Pkg"].imports
    assert read.methods("Pkg.nothing_of_the_kind") == ()


def test_constants_tell_their_types(made: tuple[Path, Path], small: PackageEnvironment) -> None:
    (facts,) = collect([made[1]], (1, 5, 3), small.world.copy(), macros=macros()).packages
    method = next(m for m in facts.methods if m.function == "Pkg.f")
    assert [show(a) for a in method.arguments] == ["Pkg.S{Int}", "Base.Val{3}"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: b"something else\n", "this is no pack"),
        (lambda data: b"", "this is no pack"),
        (lambda data: data[:-5] + b"xxxxx", "damaged"),
        (lambda data: data.replace(b'"version":1', b'"version":99', 1), "format version 99"),
    ],
)
def test_a_bad_pack_is_named(made: tuple[Path, Path], small: PackageEnvironment, spoil: object, said: str) -> None:
    path, folder = made
    data = pack(collect([folder], (1, 5, 3), small.world.copy(), macros=macros()).packages, "mine", "1.5.3")
    path.write_bytes(spoil(data))  # type: ignore[operator]
    with pytest.raises(PackError, match=said) as caught:
        read_pack(path)
    assert str(path) in str(caught.value)
    assert "rulecheck pack" in str(caught.value)


def test_a_missing_pack_and_an_unknown_environment(tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"none\.pack: this pack could not be read"):
        read_pack(tmp_path / "none.pack")
    with pytest.raises(PackError, match=r"no environment called zygote-9; there are .*zygote-0\.6\.32"):
        load_environment("zygote-9")


def test_a_pack_holds_no_code_and_no_path_of_the_machine(made: tuple[Path, Path], small: PackageEnvironment) -> None:
    path, folder = made
    path.write_bytes(pack(collect([folder], (1, 5, 3), small.world.copy(), macros=macros()).packages, "mine", "1.5.3"))
    document = json.dumps(read_pack(path)._document)
    assert str(folder.parent) not in document
    assert all(m.place.path == "Pkg/src/Pkg.jl" for m in read_pack(path).methods("Base.*"))


def test_what_is_shipped_answers() -> None:
    assert {"zygote-0.6.32", "zygote-0.7"} <= set(shipped())
    environment = load_environment("zygote-0.6.32")
    assert environment.packages["Zygote"] == "0.6.32"
    assert environment.julia == (1, 5, 3)
    generic = {m.julia_place.at for m in environment.methods("ChainRulesCore.rrule") if show(m.self_type)}
    assert "ChainRules/src/rulesets/Base/arraymath.jl:23" in generic
    assert len(environment.methods("Base.*")) > 300
    assert environment.methods("no.such") == ()


def test_extensions_wait_for_their_package(tmp_path: Path, small: PackageEnvironment) -> None:
    folder = write_package(tmp_path, "Pkg", "module Pkg\nend", '[weakdeps]\nW = "1"\n[extensions]\nPkgWExt = "W"\n')
    (folder / "ext").mkdir()
    (folder / "ext" / "PkgWExt.jl").write_text("module PkgWExt\nusing Pkg\nBase.sum(x::Int) = 1\nend")
    path = tmp_path / "p.pack"
    path.write_bytes(pack(collect([folder], (1, 5, 3), small.world.copy(), macros=macros()).packages, "mine", "1.5.3"))
    assert PackageEnvironment("e", [read_pack(path)]).methods("Base.sum") == ()
    (method,) = PackageEnvironment("e", [read_pack(path)], ["W"]).methods("Base.sum")
    assert method.when == ("W",)


def test_packages_come_after_what_they_depend_on() -> None:
    order = in_order({"c": ["b", "x"], "b": ["a"], "a": ["c"], "d": []})
    assert set(order) == {"a", "b", "c", "d"}
    assert in_order({"z": ["a"], "a": []}) == ["a", "z"]


def test_sources_without_a_package_are_said(tmp_path: Path) -> None:
    write_julia(tmp_path)
    collected = collect([tmp_path / "nowhere"], (1, 5, 3))
    (problem,) = collected.problems
    assert "nowhere" in problem.place.path


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"julia": 7}, "its header says nothing sensible of julia"),
        ({"packages": []}, "its header says nothing sensible of packages"),
        ({"over": "nowhere"}, "stands on the environment nowhere"),
    ],
)
def test_a_header_that_makes_no_sense_is_told_with_the_pack(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    header, _, body = pack([], "mine", "1.5.3").partition(b"\n")
    path = tmp_path / "odd.pack"
    path.write_bytes(json.dumps(json.loads(header) | changed).encode() + b"\n" + body)
    with pytest.raises(PackError, match=r"odd\.pack: ") as caught:
        load_environment(str(path))
    assert message in str(caught.value)

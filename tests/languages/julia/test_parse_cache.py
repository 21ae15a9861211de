"""Parsed files that are kept: cold, warm and without a cache the facts are the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.languages.julia.packs.environment import load_environment
from rulecheck.languages.julia.program import JuliaProgram, read_julia
from rulecheck.languages.julia.reading import read_found
from rulecheck.languages.julia.syntax.parse import WHOLE_LIMIT, parse
from rulecheck.languages.language_source import LanguageSource
from rulecheck.languages.store.discovery import Discovery
from rulecheck.languages.store.records import Store
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts
from rulecheck.systems import macros

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[3] / "fixtures"
SOURCES = {
    "bodies": """
        struct A{T} x::Vector{T} end
        f(a::A, b) = sum(map(t -> t + g(t), a.x)) * b'
        function g(a::A)
            inner(x) = h(x, a)
            y = inner(a) .+ a[1]
            z::Int = k(y)
            return y * z
        end
    """,
    "generator": """
        function make(name, T)
            @eval Base.$name(x::$T) = run(x)
        end
        struct B end
        make(:sin, B); make(:cos, B)
    """,
    "macro": """
        macro both(f, g)
            quote
                $(esc(f))(x::Int) = helper(x)
                $(esc(g))(x::Int) = helper(x)
            end
        end
        @both first_of second_of
    """,
    "nested": """
        module Outer
        function load()
            @eval begin
                function made(x) twice(x) end
                again(f) = map(f) do y
                    function deep(z) other(z) end
                    deep(y)
                end
            end
        end
        load()
        end
    """,
    "required": """
        module Waits
        using Requires
        function __init__()
            @require Zygote="e88e6eb3" begin
                Zygote.@adjoint late(x) = late(x), d -> (d,)
            end
        end
        end
    """,
    "loop": "for f in (:a, :b), T in (Int, Float64)\n    @eval $f(x::$T) = step(x)\nend\n",
    "broken": "f(x) = 1\ng(x = = 2\nfunction h(y)\n    k(y)\nend\n",
    "broken body": "function f(x)\n    g(x) +* ]\n    h(x)\nend\nk(x) = f(x)\n",
    "unread": "for f in everything()\n    @eval $f(x) = 1\nend\n",
    "empty": "",
}


def lines(text: str) -> str:
    """Without the margin that it has here."""
    return "\n".join(line.removeprefix("        ") for line in text.splitlines())


def told(program: JuliaProgram) -> object:
    return program.packages, program.bodies, program.unreadable, program.unresolved, program.stats


@pytest.fixture(params=SOURCES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    file = tmp_path / "source.jl"
    file.write_text(lines(SOURCES[request.param]))
    return file


def read(path: Path, kept: Path | Store | None) -> LanguageSource:
    store = kept if isinstance(kept, Store) else Store(None if kept is None else str(kept))
    settings = ReadSettings(store=store, environment="zygote-0.6.32", macros=macros())
    return read_found(Discovery([str(path)], [str(path.parent)], []), settings, SourceTexts({}))


def test_cold_and_warm_tell_what_the_parser_does(path: Path, tmp_path: Path) -> None:
    plain = told(read_julia([str(path)], load_environment("zygote-0.6.32"), parsed=parse, macros=macros()))
    for kept in (None, tmp_path / "cache", tmp_path / "cache"):
        assert told(read(path, kept).program) == plain


def test_a_package_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = next(iter(sorted(FIXTURES.glob("julia_*/src/*.jl"))))
    before = told(read(entry, tmp_path).program)
    monkeypatch.setattr("rulecheck.languages.julia.syntax.parse_cache.parse", None)
    assert told(read(entry, tmp_path).program) == before


def test_a_file_that_is_read_in_parts_is_kept_whole(tmp_path: Path) -> None:
    many = "\n".join(f"f{n}(x) = g{n}(x)\nfunction h{n}(x)\n    @eval k{n}(y) = x(y)\nend" for n in range(2_500))
    path = tmp_path / "long.jl"
    path.write_text(f"module Long\n{many}\nh1(1)\nend\n")
    assert path.stat().st_size > WHOLE_LIMIT
    first = read(path, tmp_path / "cache").program
    assert len(first.bodies) == 5_000
    assert "k1" in {m.function.rpartition(".")[2] for m in first.owned_methods}
    plain = read_julia([str(path)], load_environment("zygote-0.6.32"), parsed=parse, macros=macros())
    assert told(read(path, tmp_path / "cache").program) == told(first) == told(plain)


def test_the_same_content_elsewhere_has_its_own_places(tmp_path: Path) -> None:
    for name in ("a.jl", "b.jl"):
        (tmp_path / name).write_text(SOURCES["broken"])
        source = read(tmp_path / name, tmp_path / "cache")
        assert {u.place.path for u in source.program.unreadable} == {str(tmp_path / name)}
        assert {call.place.path for body in source.program.bodies for call in body.calls} == {str(tmp_path / name)}


def test_a_damaged_cache_is_passed_over_with_a_note(path: Path, tmp_path: Path) -> None:
    before = told(read(path, tmp_path / "cache").program)
    (file,) = (tmp_path / "cache").glob("facts-*.record")
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    store = Store(str(tmp_path / "cache"))
    assert told(read(path, store).program) == before
    assert "passed over" in store.notes[0]

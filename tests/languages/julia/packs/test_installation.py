"""Projects on a machine: manifests, depots, scripts, and everything that can be wrong with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.packs import environment as environments
from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.packs.installation import installations, julia_version, project_environment
from rulecheck.languages.julia.packs.manifest import read_manifest
from rulecheck.languages.julia.packs.pack import pack
from rulecheck.languages.julia.program import JuliaProgram, read_julia
from rulecheck.languages.store.records import Store
from rulecheck.systems import macros
from tests.languages.julia.conftest import lines, write_julia, write_package

pytestmark = pytest.mark.slow

Read = Callable[[str], JuliaProgram]

MANIFEST = """
julia_version = "1.5.3"
manifest_format = "2.0"

[[deps.Dep]]
git-tree-sha1 = "abc"
uuid = "00000000-0000-0000-0000-000000000001"
version = "1.2.3"

[[deps.Gone]]
git-tree-sha1 = "abc"
uuid = "00000000-0000-0000-0000-000000000002"
version = "9.9.9"

[[deps.LinearAlgebra]]
uuid = "37e2e46d-f89d-539d-b4ee-838fcccc9c8e"

[[deps.Near]]
path = "Near"
uuid = "00000000-0000-0000-0000-000000000003"
version = "1.2.3"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: PackageEnvironment) -> Path:
    """A project with a manifest, a depot, a Julia installation, and a shipped environment called `fallback`."""
    share = write_julia(tmp_path / "julia")
    (share.parent.parent / "bin").mkdir()
    monkeypatch.setenv("JULIA_BINDIR", str(share.parent.parent / "bin"))
    depot = tmp_path / "depot"
    (depot / "packages" / "Dep").mkdir(parents=True)
    package = write_package(depot / "packages" / "Dep", "slug", "")
    (package / "Project.toml").write_text('name = "Dep"\nversion = "1.2.3"\n')
    (package / "src" / "Dep.jl").write_text("module Dep\nusing Base: +\n+(x::Int, y::Bool) = 1\nend")
    monkeypatch.setenv("JULIA_DEPOT_PATH", str(depot))
    project = tmp_path / "project"
    write_package(project, "Near", "module Near\nnear(x) = 1\nend")
    (project / "Manifest.toml").write_text(MANIFEST)
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "fallback.pack").write_bytes(pack([], "fallback", "1.5.3"))
    monkeypatch.setattr(environments, "SHIPPED", shipped)
    return project


def test_a_manifest_is_read_from_the_depot_and_the_installation(machine: Path, tmp_path: Path) -> None:
    environment = project_environment(machine, "fallback", Store(str(tmp_path / "cache")))
    assert set(environment.packages) == {"Base", "Dep", "Near"}
    assert any(line.startswith("Base.+(Int, Bool)") for line in lines(environment.methods("Base.+")))
    assert lines(environment.methods("Near.near"))
    (problem,) = environment.problems
    assert "Gone 9.9.9 is not installed" in problem.reason
    assert problem.place.at.endswith("Manifest.toml:10")
    # Read again from the cache: the same answers.
    again = project_environment(machine, "fallback", Store(str(tmp_path / "cache")))
    assert again.methods("Base.+") == environment.methods("Base.+")
    assert again.problems == environment.problems
    assert list((tmp_path / "cache").glob("pack-*.record"))


def test_a_damaged_cache_is_made_again(machine: Path, tmp_path: Path) -> None:
    project_environment(machine, "fallback", Store(str(tmp_path / "cache")))
    (kept,) = (tmp_path / "cache").glob("pack-*.record")
    kept.write_bytes(b"nonsense")
    assert project_environment(machine, "fallback", Store(str(tmp_path / "cache"))).methods("Base.+")


def test_the_older_form_of_a_manifest(tmp_path: Path) -> None:
    path = tmp_path / "Manifest.toml"
    path.write_text('[[Dep]]\ngit-tree-sha1 = "a"\nversion = "1.0.0"\n\n[[Random]]\nuuid = "b"\n')
    manifest = read_manifest(path)
    assert not isinstance(manifest, Unreadable)
    assert [(p.name, p.version, p.is_library) for p in manifest.packages] == [
        ("Dep", "1.0.0", False),
        ("Random", None, True),
    ]


def test_a_broken_manifest_is_said_and_the_fallback_answers(machine: Path) -> None:
    (machine / "Manifest.toml").write_text("[[deps.X]\nnonsense")
    environment = project_environment(machine, "fallback", Store())
    (problem,) = environment.problems
    assert "could not be read" in problem.reason
    assert problem.place.path.endswith("Manifest.toml")
    assert "fallback" in environment.name


def test_without_julia_or_a_depot_the_fallback_answers(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JULIA_DEPOT_PATH", str(machine / "nowhere"))
    monkeypatch.setenv("JULIA_BINDIR", str(machine / "nowhere" / "bin"))
    monkeypatch.setenv("PATH", "")
    (machine / "Near" / "Project.toml").unlink()
    environment = project_environment(machine, "fallback", Store())
    assert installations() == []
    assert "nothing of" in environment.name
    assert {p.reason.split()[0] for p in environment.problems} == {"Dep", "Gone", "Near"}


def test_an_installation_says_its_version(tmp_path: Path) -> None:
    assert julia_version(write_julia(tmp_path)) == "1.5"


def test_a_package_is_read_whole_from_one_of_its_files(tmp_path: Path, small: PackageEnvironment) -> None:
    folder = write_package(tmp_path, "Pkg", 'module Pkg\ninclude("more.jl")\ninclude("gone.jl")\nend')
    (folder / "src" / "more.jl").write_text("f(x) = sum(x) + 1\n")
    (folder / "test").mkdir()
    (folder / "test" / "runtests.jl").write_text('using Pkg\ninclude("part.jl")\n')
    (folder / "test" / "part.jl").write_text("import Pkg: f\nf(x::Int) = 2\n")
    files = sorted(str(p) for p in folder.rglob("*.jl"))
    program = read_julia(files, small, macros=macros())
    assert [p.name for p in program.packages] == ["Pkg", "Main"]
    assert lines(program.methods("Pkg.f")) == ["Pkg.f(Any) @ 1", "Pkg.f(Int) @ 2"]
    assert all(m.place.path in files for m in program.owned_methods)
    (missing,) = program.unreadable
    assert "gone.jl" in missing.reason
    assert missing.place.path.endswith("Pkg.jl")


def test_a_file_that_includes_itself_is_read_once(tmp_path: Path, small: PackageEnvironment) -> None:
    (tmp_path / "a.jl").write_text('f(x) = 1\ninclude("b.jl")\n')
    (tmp_path / "b.jl").write_text('g(x) = 1\ninclude("a.jl")\nh(x) = 1\n')
    program = read_julia([str(tmp_path / "a.jl"), str(tmp_path / "b.jl")], small)
    assert {m.function.rpartition(".")[2] for m in program.owned_methods} == {"f", "g", "h"}
    assert any("includes itself" in u.reason for u in program.unreadable)


def test_a_package_that_is_linted_hides_the_one_in_the_environment(tmp_path: Path, small: PackageEnvironment) -> None:
    folder = write_package(tmp_path, "ChainRulesCore", "module ChainRulesCore\nrrule(x) = 1\nend")
    program = read_julia([str(folder / "src" / "ChainRulesCore.jl")], small, macros=macros())
    assert [m for m in program.methods("ChainRulesCore.rrule") if not program.is_owned(m)] == []


def test_bodies_give_calls_and_assignments(read: Read) -> None:
    program = read("f(A::Matrix, b) = begin\n  c = A * b\n  d = c'\n  é = g.(d)\n  sum(x -> x[1], é)\nend")
    (body,) = program.bodies
    assert [name for name, _ in body.assignments] == ["c", "d", "é"]
    texts = {c.text: c for c in body.calls}
    assert {"A * b", "c'", "g.(d)", "x[1]", "sum(x -> x[1], é)"} <= set(texts)
    assert texts["A * b"].expr == ("call", ("sym", "*"), (("sym", "A"), ("sym", "b")), ())
    assert (texts["g.(d)"].place.line, texts["g.(d)"].place.column) == (4, 7)
    assert texts["c'"].expr == ("'", ("sym", "c"))


def test_suppressions(read: Read) -> None:
    program = read("f(x) = 1 # rulecheck: ignore[RC101, dead-rule] -- known\ng(x) = 2 # rulecheck: ignore\n")
    assert [(s.line, s.codes, s.reason) for s in program.suppressions] == [
        (1, ("RC101", "dead-rule"), "known"),
        (2, (), None),
    ]


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, small: PackageEnvironment) -> None:
    program = read_julia([str(tmp_path / "none.jl")], small)
    assert any("none.jl" in u.reason for u in program.unreadable)


def test_deep_nesting_ends(read: Read) -> None:
    program = read(
        "f(x) = 1\ng(x) = "
        + "(" * 3000
        + "x"
        + ")" * 3000
        + "\nh(x::"
        + "Vector{" * 2000
        + "Int"
        + "}" * 2000
        + ") = 1\n"
    )
    assert any("Main.f" in m.function for m in program.owned_methods) or program.unreadable


@pytest.mark.long
def test_fifty_thousand_lines_are_read_in_time(read: Read) -> None:
    source = "\n".join(f"function f{i}(x::Matrix{{<:Real}}, y)\n  z = x * y\n  sum(z)\nend\n" for i in range(10_000))
    start = time.process_time()
    program = read(source)
    assert len(program.owned_methods) == 10_000
    assert time.process_time() - start < 20


@pytest.mark.long
def test_one_slip_in_a_long_file_costs_one_statement_and_no_minutes(read: Read) -> None:
    part = "".join(f"function f{i}(x::Matrix, y)\n  sum(x * y)\nend\n\n" for i in range(5_000))
    start = time.process_time()
    program = read(f"{part}function broken(x\n ]]] 3\nend\n\n{part.replace('f', 'g')}")
    assert len(program.owned_methods) >= 5_000
    assert program.unreadable
    assert time.process_time() - start < 20

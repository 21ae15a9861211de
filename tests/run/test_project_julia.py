"""A run over Julia files, from Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.config import Config, UnknownName, UsageError
from rulecheck.languages.by_suffix import LANGUAGES
from rulecheck.run.lint import lint
from rulecheck.run.project import open_project
from rulecheck.run.queries import types, which
from rulecheck.systems import names, system

pytestmark = pytest.mark.slow

CONFIG = Config(cache=False, julia_environment="zygote-0.6.32")
SOURCE = "struct S <: AbstractMatrix{Float64} end\nBase.:*(A::S, b::Vector{Float64}) = b\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.jl").write_text(SOURCE)
    return tmp_path


def test_every_system_has_a_language_that_can_be_read() -> None:
    assert {suffix for name in names() for suffix in system(name).suffixes} <= LANGUAGES.keys()


def test_findings_and_counts_are_those_of_the_julia_files(project: Path) -> None:
    result = lint(["."], config=CONFIG, select=("RC101",))
    assert [(f.code, f.place.path, f.system) for f in result.findings] == [("RC101", "s.jl", "zygote")]
    assert result.paths == ("s.jl",)
    assert result.summary.files == 1
    assert result.summary.environments == ("zygote-0.6.32",)
    assert result.text("s.jl") == SOURCE


def test_languages_stand_beside_each_other(project: Path) -> None:
    (project / "a.py").write_text("class A:\n    pass\n")
    opened = open_project(["."], config=CONFIG)
    assert list(opened.sources) == [".py", ".jl"]
    assert opened.paths == ("a.py", "s.jl")
    assert {model.name for model in opened.models} == set(names())
    assert [t.name for t in types(["."], config=CONFIG)] == ["a.A", "Main.S"]


def test_a_language_without_files_is_not_read(project: Path) -> None:
    assert list(open_project(["s.jl"], config=CONFIG).sources) == [".jl"]


def test_who_answers_a_call(project: Path) -> None:
    (answer,) = which("*", ["S", "Vector{Float64}"], ["."], config=CONFIG)
    assert (answer.system, answer.environment) == ("zygote", "zygote-0.6.32")
    assert answer.primal is not None
    assert answer.primal.place is not None
    assert answer.primal.place.at == "s.jl:2"
    with pytest.raises(UnknownName, match='unknown type "T"'):
        which("*", ["T"], ["."], config=CONFIG)


def test_an_environment_that_is_none(project: Path) -> None:
    with pytest.raises(UsageError, match='unknown environment "nowhere"'):
        lint(["."], config=Config(cache=False, julia_environment="nowhere"))

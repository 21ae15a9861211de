"""Small modules of which several programs used to say different things: now they agree, with Python and each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rulecheck.cli.app import cli
from rulecheck.config import Config
from rulecheck.run.lint import lint
from rulecheck.run.project import Project, open_project

SUBCLASS = """
class B:
    shape = (2, 2)
    def __matmul__(self, x) -> int: return 1


class A(B):
    def __rmatmul__(self, x) -> str: return "A"
"""
BLOCKED = """
from rulecheck import ad


class C(ad.AbstractMatrix):
    shape = (2, 2)
    __add__ = None


class B(ad.AbstractMatrix):
    shape = (2, 2)
    def __radd__(self, o: "C") -> int: return 1
"""
INHERITED = """
import operator

from rulecheck import ad


class B(ad.AbstractMatrix):
    shape = (2, 2)
    def __matmul__(self, x) -> int: return 1
    def __rmatmul__(self, x) -> int: return 2


class A(B):
    pass


ad.opt_out(operator.matmul, B, B)
"""
KEYWORD = """
import numpy as np

from rulecheck import ad


class D(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    @property
    def shape(self) -> tuple[int, int]:
        return (2, 2)


@ad.adjoint(np.sum, D)
def total(A):
    return A.entries.sum(), lambda dy: (ad.Tangent(entries=dy),)


def columns(A: D):
    return np.sum(A, axis=0)
"""
SPELLED = """
import operator

import numpy as np

from rulecheck import ad


class D(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __matmul__(self, x: ad.AbstractVector) -> np.ndarray:
        return self.entries * ad.asarray(x)


class Own(D):
    def dot(self, x: ad.AbstractVector) -> np.ndarray:
        return self @ x


ad.opt_out(operator.matmul, D, ad.AbstractVector)


def dense(A: D, x: ad.Vector):
    return np.dot(A, x)


def fast(A: D, x: ad.Vector):
    return np.matmul(A, x)


def own(A: Own, x: ad.Vector):
    return np.dot(A, x)


def mirrored(A: D, x: ad.Vector):
    return np.dot(x, A)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened(folder: Path, source: str) -> Project:
    (folder / "m.py").write_text(source)
    return open_project(["m.py"], config=Config(systems=("engine", "numpy"), cache=False))


def said(project: Project, function: str, *types: str) -> dict[str, tuple[str | None, str | None, str]]:
    """What each system says of a call: the primal, who answers, and why."""
    found = {}
    for model in project.models:
        question = model.question(function, types)
        walk, primal = model.walk(question), model.primal(question)
        winner = walk.winner
        found[model.name] = (
            primal.signature.partition("(")[0] if primal else None,
            winner.signature.partition("(")[0] if winner else None,
            walk.steps[-1].reason,
        )
    return found


def test_the_primal_is_whom_the_walk_names(folder: Path) -> None:
    told = said(opened(folder, SUBCLASS), "@", "B", "A")
    assert {(primal, winner) for primal, winner, _ in told.values()} == {("A.__rmatmul__", "A.__rmatmul__")}


def test_none_for_a_method_is_a_type_error_in_every_system(folder: Path) -> None:
    told = said(opened(folder, BLOCKED), "+", "C", "B")
    assert set(told.values()) == {(None, "C.__add__", "C.__add__ is None: TypeError")}


def test_an_inherited_reflected_method_is_not_asked_first(folder: Path) -> None:
    told = said(opened(folder, INHERITED), "@", "B", "A")
    assert {primal for primal, _, _ in told.values()} == {"B.__matmul__"}
    assert told["engine"][1] == "B.__matmul__"


def test_a_rule_without_keywords_answers_a_call_with_one(folder: Path) -> None:
    (folder / "m.py").write_text(KEYWORD)
    (finding,) = lint(["m.py"], config=Config(select=("RC403",), cache=False)).findings
    assert finding.system == "engine"
    assert "does not take the keyword `axis`" in finding.message
    assert [site.line for site in finding.sites] == [KEYWORD.splitlines().index("    return np.sum(A, axis=0)") + 1]


def test_a_spelling_that_is_dense_where_an_equivalent_is_specialised(folder: Path) -> None:
    (folder / "m.py").write_text(SPELLED)
    (finding,) = lint(["m.py"], config=Config(select=("RC102", "RC104"), cache=False)).findings
    assert (finding.code, finding.system, finding.call) == ("RC104", "engine", "np.dot(A, x)")
    assert "where `A @ x` runs D.__matmul__" in finding.message


GRAPHED = """
import numpy as np

from rulecheck import ad


class Base(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __matmul__(self, x):
        return self.entries * ad.asarray(x)


class Below(Base):
    def __rmatmul__(self, x: ad.AbstractVector):
        return self.entries * ad.asarray(x)


class Signal(ad.AbstractVector):
    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples


def project(A: Below, b: Signal):
    return np.sum(b.T @ A)


class Dense:
    shape = (2, 2)

    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __array__(self, dtype=None, copy=None):
        return np.diag(self.entries)

    def __matmul__(self, x):
        return self.entries @ x

    def __rmatmul__(self, x):
        return x @ self.entries


def blur(A: Dense, x: np.ndarray):
    return np.dot(A, x)
"""


def test_the_graph_has_an_edge_for_every_shadow_that_lint_reports(folder: Path) -> None:
    (folder / "m.py").write_text(GRAPHED)
    findings = lint(["m.py"], config=Config(cache=False)).findings
    assert {"RC101", "RC102", "RC103", "RC104"} <= {f.code for f in findings}
    result = CliRunner().invoke(cli, ["graph", "m.py", "--no-cache", "--format", "json"], standalone_mode=False)
    graph = json.loads(result.output)
    named = {node["id"]: node["signature"] for node in graph["nodes"]}
    edges = {(named[e["source"]], named[e["target"]]) for e in graph["edges"] if e["relation"] == "shadows"}
    for finding in findings:
        if finding.fires is not None and finding.shadows is not None:
            assert (finding.fires.signature, finding.shadows.signature) in edges, finding.message

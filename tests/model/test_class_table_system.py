"""A further system that is a table of rules keyed by classes: what it declares, and what it is then told."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.checks import all_checks
from rulecheck.finding import Finding, FixKind
from rulecheck.languages.python.kit.spelling import CUSTOMARY, Package, Spelling
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.model.class_table_model import ClassTableModel
from rulecheck.model.entries import EntryKind
from rulecheck.model.system import System


def _skip(names: Spelling, function: str, arguments: str) -> str:
    return f"{names.public('rules', 'skip')}({arguments})"


class RulesModel(ClassTableModel):
    forms = {FixKind.OPT_OUT: _skip}
    packages = {**CUSTOMARY, "rules": Package("import rules", "rules", public=True)}
    otherwise = "the library's own code runs"


SYSTEM = System(
    name="rules",
    model=lambda program: RulesModel(SYSTEM, program),
    registrars={"rules.rule": EntryKind.RULE, "rules.skip": EntryKind.OPT_OUT},
    tokens=(b"rules",),
)

LIBRARY = """
def rule(function, *types):
    return lambda body: body


def skip(function, *types): ...


def apply(matrix, x): ...


class Matrix: ...
class Vector: ...
"""
HEAD = """
import operator

import rules


class Diagonal(rules.Matrix):
    def __init__(self, entries):
        self.entries = entries

    def __matmul__(self, x: rules.Vector):
        return self.entries * x


class Narrow(Diagonal): ...
class Signal(rules.Vector): ...


@rules.rule(operator.matmul, rules.Matrix, rules.Vector)
def generic(A, x):
    return A, x
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "rules.py").write_text(LIBRARY)
    (tmp_path / "work").mkdir()
    return tmp_path


def model_of(folder: Path, source: str) -> RulesModel:
    (folder / "work" / "m.py").write_text(HEAD + source)
    settings = ReadSettings(
        registrars=frozenset(SYSTEM.registrars), tokens=SYSTEM.tokens, search_path=(str(folder / "site"),)
    )
    model = SYSTEM.model(read([str(folder / "work")], settings))
    assert isinstance(model, RulesModel)
    return model


def findings(model: RulesModel) -> dict[str, Finding]:
    found = [finding for check in all_checks() for finding in check.run(model)]
    assert len({f.code for f in found}) == len(found), [f.message for f in found]
    return {f.code: f for f in found}


def test_a_rule_shadows_a_method(folder: Path) -> None:
    model = model_of(folder, "\n\ndef product(A: Diagonal, x: Signal):\n    return A @ x\n")
    found = findings(model)
    shadow = found["RC101"]
    assert shadow.system == "rules"
    assert "matmul(Matrix, Vector) answers `A @ x`, so Diagonal.__matmul__(self, x: Vector) is never" in shadow.message
    assert shadow.fix is not None
    assert shadow.fix.text == "rules.skip(operator.matmul, Diagonal, rules.Vector)"
    assert "RC401" in found  # the rule is for another package's function and types


def test_an_opt_out_ends_the_shadow_and_one_beside_it_is_stale(folder: Path) -> None:
    model = model_of(
        folder,
        "\n\nrules.skip(operator.matmul, Diagonal, rules.Vector)\n"
        "rules.skip(operator.matmul, Narrow, Signal)\n"
        "rules.skip(operator.add, Diagonal, rules.Vector)\n",
    )
    found = findings(model)
    assert "RC101" not in found
    assert "the override matmul(Narrow, Signal) is needed no longer" in found["RC204"].message.replace("The", "the")
    assert found["RC202"].fires is not None
    assert found["RC202"].fires.signature == "add(Diagonal, Vector)"


def test_rules_that_meet_are_ambiguous(folder: Path) -> None:
    model = model_of(
        folder,
        "\n\n@rules.rule(operator.matmul, Diagonal, rules.Vector)\ndef one(A, x): ...\n"
        "\n\n@rules.rule(operator.matmul, rules.Matrix, Signal)\ndef two(A, x): ...\n",
    )
    found = findings(model)
    assert "`Diagonal @ Signal`" in found["RC301"].message


def test_a_person_asks(folder: Path) -> None:
    model = model_of(folder, "")
    question = model.question("@", ["Diagonal", "Signal"])
    walk = model.walk(question)
    assert [(s.layer, s.outcome.value) for s in walk.steps] == [("rule", "claims")]
    primal = model.primal(question)
    assert primal is not None
    assert primal.signature == "Diagonal.__matmul__(self, x: Vector)"
    assert model.walk(model.question("+", ["Signal", "Signal"])).steps[-1].reason == "the library's own code runs"

"""Functions and types by the names that people type."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.config import UnknownName, UsageError
from rulecheck.facts import NDARRAY, Generic
from rulecheck.languages.python.kit.names import call_text, check_count, function_named, type_named
from rulecheck.languages.python.program import Program
from rulecheck.languages.python.reading import read

KNOWN = ("numpy.linalg.solve", "pkg.smooth", "other.smooth")


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("@", "operator.matmul"),
        ("matmul", "operator.matmul"),
        ("divmod", "builtins.divmod"),
        ("__add__", "operator.add"),
        ("neg", "operator.neg"),
        ("np.linalg.solve", "numpy.linalg.solve"),
        ("solve", "numpy.linalg.solve"),
        ("smooth", "other.smooth"),
        ("pkg.smooth", "pkg.smooth"),
    ],
)
def test_functions(text: str, function: str) -> None:
    assert function_named(text, KNOWN, KNOWN.__contains__) == function


def test_a_function_that_nobody_knows() -> None:
    with pytest.raises(UnknownName, match='did you mean "matmul"'):
        function_named("matmull", KNOWN, KNOWN.__contains__)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("class Shared: ...\n")
    (tmp_path / "three.py").write_text("class Wrapper: ...\nclass Alone: ...\n")
    return read([str(tmp_path)])


def test_types(program: Program) -> None:
    library = {"ad.Vector": "rulecheck.ad.arrays.Vector"}
    assert type_named(program, "Alone") == "three.Alone"
    assert type_named(program, "two.Shared") == "two.Shared"
    assert type_named(program, "np.ndarray") == NDARRAY
    assert type_named(program, "float") == type_named(program, "builtins.float") == "builtins.float"
    assert type_named(program, "ad.Vector", library) == "rulecheck.ad.arrays.Vector"
    assert type_named(program, "Wrapper[Alone]", wrappers=("three.Wrapper",)) == Generic("three.Wrapper", "three.Alone")
    assert type_named(program, "Wrapper[Alone]") == "three.Wrapper"


def test_types_that_are_not_one(program: Program) -> None:
    with pytest.raises(UsageError, match=r"may be one\.Shared or two\.Shared"):
        type_named(program, "Shared")
    with pytest.raises(UnknownName, match='did you mean "Alone"'):
        type_named(program, "Alon")


@pytest.mark.parametrize(
    ("function", "arguments", "text"),
    [
        ("operator.matmul", ["A", "x"], "A @ x"),
        ("operator.lt", ["A", "x"], "A < x"),
        ("operator.neg", ["A"], "-A"),
        ("operator.abs", ["A"], "abs(A)"),
        ("builtins.divmod", ["A", "x"], "divmod(A, x)"),
        ("operator.pow", ["A", "x", "m"], "pow(A, x, m)"),
        ("numpy.linalg.solve", ["A", "x"], "np.linalg.solve(A, x)"),
        ("pkg.smooth", ["A"], "smooth(A)"),
    ],
)
def test_calls_as_people_write_them(function: str, arguments: list[str], text: str) -> None:
    assert call_text(function, arguments) == text


def test_too_few_operands() -> None:
    check_count("operator.matmul", 2)
    with pytest.raises(UsageError, match="matmul takes two operands, not 1: name the type of each"):
        check_count("operator.matmul", 1)

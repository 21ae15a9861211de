"""A large project is not read whole, and is told the same of: the answer is that of reading everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from rulecheck.config import Config
from rulecheck.finding import Finding
from rulecheck.languages.store import settings
from rulecheck.run.lint import lint

pytestmark = pytest.mark.slow

FIXTURES = Path(__file__).parents[2] / "fixtures"
PROJECTS = 25


# What is read of a project: all of it; what can matter; and of that only the outline, where no body is asked for.
WHOLE, PARTS, OUTLINES = (10**9, 0), (0, 200_000), (0, 0)


def found(folder: Path, monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int]) -> tuple[list[Finding], int]:
    """The findings, and how many calls were looked at for them."""
    below, verified = limits
    with monkeypatch.context() as patch:
        patch.setattr(settings, "ReadSettings", partial(settings.ReadSettings, parse_all_below=below))
        patch.setattr(settings, "VERIFY_BELOW", verified)
        patch.chdir(folder)
        result = lint(["."], config=Config(cache=False))
    return list(result.findings), result.summary.calls


@pytest.mark.parametrize("limits", [PARTS, OUTLINES], ids=["parts", "outlines"])
@pytest.mark.parametrize("name", ["checks", "numpy_operators", "seed"])
def test_a_fixture_is_told_the_same_of(name: str, limits: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    whole, _ = found(FIXTURES / name, monkeypatch, WHOLE)
    assert found(FIXTURES / name, monkeypatch, limits)[0] == whole != []


def modules(random: Random) -> Iterator[tuple[str, str]]:
    """A project whose classes, functions and calls are spread over modules that pass names on."""
    operators = ("matmul", "mul", "add", "sub")
    signs = {"matmul": "@", "mul": "*", "add": "+", "sub": "-"}
    count = random.randint(3, 8)
    known: list[str] = []
    for number in range(count):
        lines = ["import numpy as np"]
        above = f"m{random.randrange(number)}" if number else None
        if above is not None:
            lines += random.choice(
                ([f"from {above} import *"], [f"import {above}"], [f"from {above} import C{above[1:]}"])
            )
        base = ""
        if above is not None and random.random() < 0.7:
            base = f"({above}.C{above[1:]})" if f"import {above}" in lines else f"(C{above[1:]})"
        lines.append(f"class C{number}{base}:")
        lines.append("    def __init__(self, n):")
        lines.append(
            random.choice(
                ("        self.shape = (n, n)", "        self.n = n", "        self.shape, self.n = (n, n), n")
            )
        )
        if random.random() < 0.3:
            lines += ["    @property", "    def shape(self):", "        return (self.n, self.n)"]
        for operator in random.sample(operators, random.randint(0, 3)):
            for method in random.sample((f"__{operator}__", f"__r{operator}__"), random.randint(1, 2)):
                lines += [
                    f"    def {method}(self, other):",
                    "        return self" if random.random() < 0.8 else "        ...",
                ]
        if random.random() < 0.2:
            lines.append("    __array_ufunc__ = None")
        if random.random() < 0.2:
            lines += ["    def __array__(self, dtype=None):", "        return np.zeros((self.n, self.n))"]
        if random.random() < 0.2:
            lines += ["    def _late(self):", "        return 0", f"C{number}.__rmatmul__ = C{number}._late"]
        known.append(f"C{number}")
        lines += [f"def make{number}(n: int):", f"    return C{number}(n)"]
        lines += [f"def use{number}(a: C{number}, x: np.ndarray):"]
        for operator in random.sample(operators, 2):
            lines.append(f"    y = x {signs[operator]} a")
        lines += ["    return np.dot(x, a)", f"def later{number}():", f"    made = make{number}(3)"]
        lines += [f"    return np.ones((3, 3)) {signs[random.choice(operators)]} made"]
        yield f"m{number}.py", "\n".join(lines) + "\n"
    yield "quiet.py", "def quiet(a, b):\n    return a - b\n" * 20


def test_projects_by_chance_are_told_the_same_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = 0
    for seed in range(PROJECTS):
        folder = tmp_path / str(seed)
        folder.mkdir()
        for name, text in modules(Random(seed)):
            (folder / name).write_text(text)
        whole, calls = found(folder, monkeypatch, WHOLE)
        for limits in (PARTS, OUTLINES):
            some, fewer = found(folder, monkeypatch, limits)
            assert some == whole, folder
            assert fewer < calls
        told += len(whole)
    assert told > PROJECTS

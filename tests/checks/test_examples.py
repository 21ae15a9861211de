"""Every check's own examples: they run, the bad one has exactly the check's finding, the good one is clean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rulecheck.checks import all_checks, find, known
from rulecheck.checks.base import Check, Example
from rulecheck.config import Config
from rulecheck.run.lint import lint

pytestmark = pytest.mark.slow

CASES = [
    pytest.param(check, example, id=f"{check.code}-{number}")
    for check in all_checks()
    for number, example in enumerate(check.examples)
]
# What could not be read cannot be run either.
UNREADABLE = "RC901"


def codes(source: str, folder: Path, suffix: str) -> set[str]:
    path = folder / f"example{suffix}"
    path.write_text(source)
    config = Config(cache=False, extend_select=("ALL",))
    return {finding.code for finding in lint([path], config=config).findings}


@pytest.mark.parametrize(("check", "example"), CASES)
def test_the_bad_example_has_exactly_this_finding(check: Check, example: Example, tmp_path: Path) -> None:
    assert codes(example.bad, tmp_path, example.suffix) == {check.code}


@pytest.mark.parametrize(("check", "example"), CASES)
def test_the_good_example_is_clean(check: Check, example: Example, tmp_path: Path) -> None:
    assert codes(example.good, tmp_path, example.suffix) == set()


def test_the_examples_run(tmp_path: Path) -> None:
    sources = [
        source
        for check in all_checks()
        for example in check.examples
        for source in (example.bad, example.good)
        if check.code != UNREADABLE and example.suffix == ".py"
    ]
    for number, source in enumerate(sources):
        (tmp_path / f"example_{number}.py").write_text(source)
    loop = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)"
    paths = sorted(map(str, tmp_path.glob("*.py")))
    done = subprocess.run([sys.executable, "-c", loop, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
def test_a_check_explains_itself(check: Check) -> None:
    assert check.examples
    for text in (check.summary, check.what, check.why, check.fix_safety):
        assert text.strip().endswith((".", ":"))
        assert all(len(line) <= 120 for line in text.splitlines())
    assert find(check.code.lower()) is check
    assert find(check.name) is check


def test_codes_and_names_are_unique() -> None:
    rows = known()
    assert len({code for code, _, _ in rows}) == len({name for _, name, _ in rows}) == len(rows)

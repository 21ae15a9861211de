"""The numpy protocol on the command line: the system whose answer tells is the one that is given."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Ask = Callable[..., Any]
FIXTURE = Path(__file__).parent.parent.parent / "fixtures" / "numpy_operators"


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize(
    ("call", "signature"),
    [
        (("@", "ndarray", "LowRank"), "LowRank.__array__"),
        (("matmul", "LowRank", "np.ndarray"), "LowRank.__matmul__"),
        (("np.matmul", "LowRank", "ndarray"), "LowRank.__array__"),
    ],
)
def test_who_answers(ask: Ask, call: tuple[str, ...], signature: str) -> None:
    data = json.loads(ask("which", *call, "--system", "numpy", "--format", "json").out)
    assert data["fires"]["signature"].startswith(signature)
    assert [step["outcome"] for step in data["walk"]][-1] == "claims"


def test_unknown_names(ask: Ask) -> None:
    assert 'did you mean "matmul"' in ask("which", "matmull", "LowRank", "ndarray", "--system", "numpy").err
    assert 'did you mean "LowRank"' in ask("which", "@", "LowRnk", "ndarray", "--system", "numpy").err


def test_a_class_is_shown_by_its_first_line(ask: Ask) -> None:
    text = ask("lint", "--select", "RC103").out
    assert "class LowRank:\n" in text
    assert "def __matmul__" not in text


def test_a_system_that_only_names_the_code_gives_way(ask: Ask) -> None:
    text = ask("which", "@", "ndarray", "LowRank").out
    assert "(system numpy)" in text
    assert "(system engine)" not in text
    assert "Without any rule, LowRank.__rmatmul__" in text


def test_a_system_that_the_project_does_not_use_is_not_heard(ask: Ask) -> None:
    text = ask("which", "matmul", "ndarray", "LowRank").out
    assert "(system engine)" not in text
    assert "(system numpy)" in text


def test_stubs_say_what_no_override_ends(ask: Ask) -> None:
    said = ask("stubs").err
    assert said.startswith("nothing to override: no rule shadows specialised code here; ")
    assert said.endswith("can be mended in the code itself: see rulecheck lint --diff\n")

"""Types for the tests: Julia 1.5.3's own and a few packages', as `julia/declarations.jl` wrote them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rulecheck.dispatch.parametric import Alias, Declaration, Declarations, Parameter

DATA = Path(__file__).parent / "data"


def read_declarations(path: Path) -> Declarations:
    declared: list[Declaration | Alias] = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        parameters = tuple(Parameter(**p) for p in row["parameters"])
        if "target" in row:
            declared.append(Alias(row["name"], row["target"], parameters))
        else:
            declared.append(Declaration(row["name"], parameters, row["supertype"], row["abstract"]))
    return Declarations(declared)


@pytest.fixture(scope="session")
def table() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a table of data/."""

    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(DATA / name, "rt") as lines:
            return [json.loads(line) for line in lines]

    return read


@pytest.fixture(scope="session")
def julia() -> Declarations:
    return read_declarations(DATA / "declarations.jsonl")

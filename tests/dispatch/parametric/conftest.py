"""Types for the tests: Julia 1.5.3's own and a few packages', as `julia/declarations.jl` wrote them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from julia_declarations import DATA, declared_in

from rulecheck.dispatch.parametric import Declarations


@pytest.fixture(scope="session")
def table() -> Callable[[str], list[dict[str, Any]]]:
    """Reads a table of data/."""

    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(DATA / name, "rt") as lines:
            return [json.loads(line) for line in lines]

    return read


@pytest.fixture(scope="session")
def julia() -> Declarations:
    return Declarations(declared_in(DATA / "declarations.jsonl"))

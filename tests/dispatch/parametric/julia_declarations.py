"""Declarations as `julia/declarations.jl` wrote them."""

from __future__ import annotations

import json
from pathlib import Path

from rulecheck.dispatch.parametric import Alias, Declaration, TypeParameter

DATA = Path(__file__).parent / "data"


def declared_in(path: Path) -> list[Declaration | Alias]:
    """The types and aliases of a file."""
    declared: list[Declaration | Alias] = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        parameters = tuple(TypeParameter(**p) for p in row["parameters"])
        if "target" in row:
            declared.append(Alias(row["name"], row["target"], parameters))
        else:
            declared.append(Declaration(row["name"], parameters, row["supertype"], row["abstract"]))
    return declared

"""The engine's modules import one another downward: no circle, at no level and in no function."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import rulecheck.ad

ENGINE = Path(rulecheck.ad.__file__).parent


def modules() -> dict[str, Path]:
    found = {}
    for path in ENGINE.rglob("*.py"):
        parts = path.relative_to(ENGINE.parent.parent).with_suffix("").parts
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: set[str]) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                names.add(inner if inner in known else node.module)
    return names & known


def test_no_import_circle() -> None:
    paths = modules()
    graph = {name: imported(path, set(paths)) - {name} for name, path in paths.items()}
    assert len(graph) > 30
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle
    assert order.index("rulecheck.ad.tape") < order.index("rulecheck.ad.box") < order.index("rulecheck.ad")

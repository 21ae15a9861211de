"""The house stands: each floor imports only what is below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "rulecheck"

# From the top down. A module may import its own floor's folder and any floor below.
FLOORS = [
    "cli",
    "run",
    "cost",
    "report",
    "checks",
    "fix",
    "systems",
    "model",
    "languages",
    "ad",
    "facts",
    "dispatch",
    "finding",
    "suppression_comment",
    "place",
    "config",
    "garbage_collection",
    "_version",
]
FILES = sorted(PACKAGE.rglob("*.py"))


def floor_of(parts: tuple[str, ...]) -> str | None:
    name = parts[0].removesuffix(".py")
    return name if name in FLOORS else None


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write absolute imports"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downward(path: Path) -> None:
    own = floor_of(path.relative_to(PACKAGE).parts)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] != "rulecheck" or len(parts) < 2 or own is None:
            continue
        other = floor_of(tuple(parts[1:]))
        if other is not None:
            assert FLOORS.index(other) >= FLOORS.index(own), f"{own} imports {name}, which stands above it"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_read_at_a_sitting(path: Path) -> None:
    lines = len(path.read_bytes().splitlines())
    assert lines <= 500, f"{path} has {lines} lines: split it"
    if path.parent.name == "checks" and path.name != "__init__.py":
        assert lines <= 160, f"{path} has {lines} lines: a check is one idea"


def test_dispatch_is_pure() -> None:
    allowed = {
        "__future__",
        "abc",
        "collections",
        "dataclasses",
        "enum",
        "functools",
        "itertools",
        "re",
        "typing",
        "rulecheck",
        "networkx",
    }
    for path in (PACKAGE / "dispatch").rglob("*.py"):
        assert {name.split(".")[0] for name in imported(path)} <= allowed, path

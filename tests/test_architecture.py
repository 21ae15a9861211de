"""The house stands: the contracts of pyproject.toml hold, and files are short enough to be read."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import grimp
import pytest
from importlinter.cli import lint_imports
from pages import ROOT, blocks

PACKAGE = ROOT / "rulecheck"
FILES = sorted(PACKAGE.rglob("*.py"))


def test_the_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What `lint-imports` says; the floors, and what else is not to be imported, stand in pyproject.toml."""
    monkeypatch.chdir(ROOT)
    code = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_read_at_a_sitting(path: Path) -> None:
    lines = len(path.read_bytes().splitlines())
    assert lines <= 500, f"{path} has {lines} lines: split it"
    if path.parent.name == "checks" and path.name != "__init__.py":
        assert lines <= 160, f"{path} has {lines} lines: a check is one idea"


def test_dispatch_is_pure() -> None:
    """The contract names what may not be imported; this names all that may."""
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
        found = set()
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
        assert {name.split(".")[0] for name in found} <= allowed, path


@pytest.mark.parametrize("floor", ["dispatch", "fix", "languages", "model", "report", "run"])
def test_no_system_of_julia_is_named_below_the_systems(floor: str) -> None:
    names = re.compile(r"zygote|chain_?rules", re.IGNORECASE)
    for path in (PACKAGE / floor).rglob("*.py"):
        found = names.search(path.read_text("utf-8"))
        assert found is None, f"{path} names {found[0] if found else ''}: what a system declares is handed down as data"


def drawing() -> str:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return next(block.text for block in blocks(page) if block.language == "mermaid")


def floors() -> list[list[str]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return [layer.split(" | ") for layer in layers]


def test_the_drawing_has_the_rooms_of_the_contract_in_their_order() -> None:
    drawn = ["__main__", *re.findall(r'^  (\w+)\["(?:\w+): [^"]+"\]$', drawing(), re.MULTILINE)]
    assert drawn == [room for floor in floors() for room in floor]
    assert re.findall(r'^  (\w+)\["(\w+):', drawing(), re.MULTILINE) == [(room, room) for room in drawn[1:]]


def test_the_arrows_of_the_drawing_are_imports_and_go_down() -> None:
    height = {room: -number for number, floor in enumerate(floors()) for room in floor}
    arrows = re.findall(r"^  (\w+) --> (\w+)$", drawing(), re.MULTILINE)
    assert arrows
    graph = grimp.build_graph("rulecheck", cache_dir=None)
    imports = {
        (module.split(".")[1], imported.split(".")[1])
        for module in graph.modules - {"rulecheck"}
        for imported in graph.find_modules_directly_imported_by(module) - {"rulecheck"}
    }
    for above, below in arrows:
        assert height[above] > height[below], f"{above} may not import {below}"
        assert (above, below) in imports, f"{above} does not import {below}"


def test_contributing_names_every_package() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE)
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert named == [room for floor in floors() for room in floor if room in packages]

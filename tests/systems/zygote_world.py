"""Julia sources as models, for the tests of Zygote's checks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rulecheck.checks import all_checks
from rulecheck.finding import Edit, Finding
from rulecheck.languages.julia.packs.environment import PackageEnvironment, load_environment
from rulecheck.languages.julia.program import read_julia
from rulecheck.systems import macros
from rulecheck.systems.zygote.model import ZygoteModel

FIXTURES = Path(__file__).parents[2] / "fixtures"
DATA = Path(__file__).parent / "data"
MARK = re.compile(r"# -> ([A-Z0-9 ]+)$")


@cache
def environment(name: str = "zygote-0.6.32") -> PackageEnvironment:
    """A shipped environment, loaded once."""
    return load_environment(name)


def model_of(*paths: Path, env: str = "zygote-0.6.32") -> ZygoteModel:
    """The model of some files."""
    return ZygoteModel(read_julia([str(path) for path in paths], environment(env), macros=macros()))


def findings(model: ZygoteModel) -> list[Finding]:
    """What all checks say of a model."""
    return [finding for check in all_checks() for finding in check.run(model)]


def places(found: Iterable[Finding]) -> list[tuple[int, str]]:
    """Line and code of findings, sorted."""
    return sorted((finding.place.line, finding.code) for finding in found)


def announced(path: Path) -> list[tuple[int, str]]:
    """What a fixture's comments say that it has."""
    marks = ((number, MARK.search(line)) for number, line in enumerate(path.read_text().splitlines(), 1))
    return sorted((number, code) for number, mark in marks if mark for code in mark[1].split())


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits put in, the last first."""
    for edit in sorted(edits, key=lambda e: (e.start, e.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def packages() -> list[Path]:
    """The main files of the Julia packages under fixtures."""
    return [p for folder in sorted(FIXTURES.glob("julia_*")) for p in sorted((folder / "src").glob("*.jl"))]

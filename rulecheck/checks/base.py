"""What a check is: its code, its own explanation, and a function from a model to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rulecheck.finding import Finding, Severity
from rulecheck.systems.base import Model


@dataclass(frozen=True, slots=True)
class Example:
    """Code that a check speaks of: whole files by name, and the command's words where it is not a plain lint."""

    bad: str
    good: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Its page, the rows of `--help` and SARIF's rule objects are all made from this."""

    code: str
    name: str
    severity: Severity
    summary: str
    what: str
    why: str
    fix_safety: str
    examples: tuple[Example, ...]
    run: Callable[[Model], Iterable[Finding]]
    default: bool = True

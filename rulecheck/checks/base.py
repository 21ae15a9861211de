"""What a check is: its code, its own explanation, and a function from a model to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rulecheck.facts import Unreadable
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model


@dataclass(frozen=True, slots=True)
class Example:
    """Two complete small files, both of which run: `bad` has exactly this finding, `good` is clean."""

    bad: str
    good: str
    suffix: str = ".py"


def _nothing(_: object) -> Iterable[Finding]:
    return ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Its page, the rows of `--help` and SARIF's rule objects are all made from this.

    `run` asks one system's model; `read` is given what could not be read, once a run.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    what: str
    why: str
    fix_safety: str
    examples: tuple[Example, ...]
    run: Callable[[Model], Iterable[Finding]] = _nothing
    default: bool = True
    read: Callable[[Sequence[Unreadable]], Iterable[Finding]] = _nothing

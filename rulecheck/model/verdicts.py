"""What a model says about walks: plain data that checks make findings of."""

from __future__ import annotations

from dataclasses import dataclass

from rulecheck.finding import Fix, Severity
from rulecheck.model.entries import CallWalk, Entry, Question, Site


@dataclass(frozen=True, slots=True)
class Shadow:
    """A walk that ends at something less specific than the code that would run without it."""

    walk: CallWalk
    fires: Entry
    layer: str
    hides: Entry
    # The calls on the way from the question to the hidden code; one where the call names it, more where it is behind.
    path: tuple[Question, ...]
    # The declaration that is to be changed where that is not the hidden method: findings gather and stand there.
    blame: Entry | None = None
    # How grave this one is where that differs from case to case, and what comes of it, as a clause.
    severity: Severity | None = None
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no call can end at an entry, or why nobody needs it: a clause that completes "... because"."""

    reason: str
    layer: str | None = None
    by: Entry | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two entries that both apply to a call; `site` is one in source, where there is one.

    `condition` says what else has to happen first, as a clause that ends the sentence: "once X is imported".
    """

    first: Entry
    second: Entry
    walk: CallWalk
    site: Site | None = None
    fix: Fix | None = None
    condition: str = ""

    @property
    def sites(self) -> tuple[Site, ...]:
        """The call in source, where there is one."""
        return (self.site,) if self.site is not None else ()


@dataclass(frozen=True, slots=True)
class Overreach:
    """A rule that takes types which its body cannot serve: a type that is captured, and what of it is missing.

    `why` stands for `missing` where it is no attribute that the type lacks: a clause that completes "captures ..., ".
    """

    entry: Entry
    position: int
    captured: str
    missing: tuple[str, ...]
    fix: Fix | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """An operation that a type specialises in one spelling, and the equivalent spellings that miss the method."""

    method: Entry
    missing: tuple[Question, ...]
    why: str
    fix: Fix | None = None

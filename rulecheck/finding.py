"""What a check says: plain data that reports print and fixes apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rulecheck.place import Place


class Severity(StrEnum):
    """How much a finding matters: an error changes or breaks the result, a warning costs time or memory."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FixKind(StrEnum):
    """What a fix does."""

    OPT_OUT = "opt-out"
    FORWARD = "forward"
    ATTRIBUTE = "attribute"
    NARROW = "narrow"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the characters `start` to `end` of a file (counted from 0 in its decoded text) by `text`."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """How to end a finding. `text` is the code to write, as a person would add it; `edits` put it into the files."""

    kind: FixKind
    safe: bool
    text: str
    edits: tuple[Edit, ...] = ()
    # Import lines that `text` needs where it is written into a module of its own (see `rulecheck stubs`).
    imports: tuple[str, ...] = ()
    # The module for which `text` spells its names, where the language has modules inside files.
    module: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """A rule or a method that takes part in a finding."""

    signature: str
    place: Place | None
    layer: str | None = None

    @property
    def path(self) -> str | None:
        """The file that holds it, where that is known."""
        return self.place.path if self.place is not None else None

    @property
    def line(self) -> int | None:
        """The line on which it begins."""
        return self.place.line if self.place is not None else None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a rule costs against the code that it shadows, as growth in the operand's size n: `"n^2"`, `"n log n"`."""

    time: str | None = None
    memory: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause. `sites` are the calls that it explains, beside its own place."""

    code: str
    name: str
    system: str
    severity: Severity
    place: Place
    message: str
    scope: str
    call: str | None = None
    fires: Party | None = None
    shadows: Party | None = None
    cost: Cost | None = None
    fix: Fix | None = None
    sites: tuple[Place, ...] = ()
    # What tells two findings of one scope apart, free of line numbers: signatures, not positions.
    identity: tuple[str, ...] = ()
    occurrence: int = field(default=0)
    # The file that identifies the finding where it is not the place's own: that of the method that a call reaches.
    home: str | None = None

    @property
    def path(self) -> str:
        """The file of the place, relative to the working directory where it lies below."""
        return self.place.path

    @property
    def line(self) -> int:
        """The line of the place, from 1."""
        return self.place.line

    @property
    def column(self) -> int:
        """The column of the place, from 1."""
        return self.place.column

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stay the same when lines move."""
        import hashlib

        parts = (self.code, self.system, self.home or self.place.path, self.scope, *self.identity, str(self.occurrence))
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def number_occurrences(findings: list[Finding]) -> list[Finding]:
    """Tell findings of equal identity apart by their order, so that every fingerprint is unique."""
    seen: dict[str, int] = {}
    numbered = []
    for finding in findings:
        base = finding.fingerprint
        count = seen.get(base, 0)
        seen[base] = count + 1
        numbered.append(replace(finding, occurrence=count) if count else finding)
    return numbered


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run looked at, in numbers."""

    files: int = 0
    lines: int = 0
    calls: int = 0
    unresolved_calls: int = 0
    unreadable: int = 0
    suppressed: int = 0
    baselined: int = 0
    # What answered for packages that are not part of the project, where a language has such environments.
    environments: tuple[str, ...] = ()


def _no_text(path: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Result:
    """One run: the findings, as whose sequence it acts, and what else there is to say.

    `text` gives the decoded source of a path that a finding names, or None where there is none.
    """

    findings: tuple[Finding, ...]
    summary: Summary = Summary()
    # Why calls were not resolved, counted: silence is never mistaken for health.
    unresolved: tuple[tuple[str, int], ...] = ()
    # What the environment does not know, and so nothing was said of, counted.
    unknown: tuple[tuple[str, int], ...] = ()
    # Definitions and registrations that hang on values which could not be worked out, counted.
    unfollowed: tuple[tuple[str, int], ...] = ()
    # Files of a large project that were not parsed as a whole, since nothing is asked of them.
    skipped: int = 0
    # Sentences for the user that are no findings.
    notes: tuple[str, ...] = ()
    # Fingerprints of the baseline whose findings no longer occur.
    stale: tuple[str, ...] = ()
    # The files that were read, in order.
    paths: tuple[str, ...] = ()
    text: Callable[[str], str | None] = field(default=_no_text, compare=False, repr=False)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, position: int) -> Finding:
        return self.findings[position]


class UpgradeEffect(StrEnum):
    """What becomes of a call, or of a rule of the project's own, in the later environment."""

    SHADOWED = "shadowed"
    AMBIGUOUS = "ambiguous"
    DEAD = "dead"
    STALE = "stale"
    TRACED = "traced again"
    DECIDED = "decided"
    ALIVE = "alive again"
    ANOTHER = "another rule"


WORSE = frozenset({UpgradeEffect.SHADOWED, UpgradeEffect.AMBIGUOUS, UpgradeEffect.DEAD, UpgradeEffect.STALE})
"""What somebody has to look at before they upgrade."""


@dataclass(frozen=True, slots=True)
class UpgradeChange:
    """One cause. `subject` is the project's method or rule, `call` the first call that shows the change.

    `before` and `after` are what answers it in each environment; None where nothing does, or nobody can choose.
    """

    what: UpgradeEffect
    subject: Party
    call: str
    before: Party | None
    after: Party | None
    reason: str = ""
    # How many calls show it, where calls do.
    calls: int = field(default=1, compare=False)

    @property
    def is_worse(self) -> bool:
        """Whether the upgrade breaks or slows something here."""
        return self.what in WORSE

"""What a system tells the checks. A check asks a `Model` for walks and never knows which system answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rulecheck.dispatch import Walk
from rulecheck.finding import Cost, Fix, FixKind, Severity
from rulecheck.place import Place


class Kind(StrEnum):
    """What an entry of a layer is."""

    RULE = "rule"
    OPT_OUT = "opt-out"
    METHOD = "method"
    PROTOCOL = "protocol"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can answer a call: a rule, an opt-out, a method, or a step of an operator protocol.

    `types` are in the system's own type language (opaque to checks; the model compares them); `signature` is how a
    person reads it: "matmul(AbstractMatrix, AbstractVector)". `owned` says whether the linted project wrote it.
    """

    kind: Kind
    function: str
    types: tuple[object, ...]
    signature: str
    place: Place | None
    owned: bool
    scope: str = ""
    order: int = 0
    # Registered on every run, as far as source can say: not under an `if`, in a `try` or in a function.
    certain: bool = True
    # The layer that it belongs to.
    layer: str = ""
    # Where the language's own tools say that it stands, if elsewhere: inside the macro that made it, say.
    reported: Place | None = None

    def __hash__(self) -> int:
        return hash((self.function, self.signature, self.order))


@dataclass(frozen=True, slots=True)
class Question:
    """One call to ask about: a function and the types of its arguments. `text` is how a person would write it."""

    function: str
    types: tuple[object, ...]
    text: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A call in source. `questions` has one for each type that the operands may have; none where they are unknown.

    `reason` says why there are none, in a few words that are the same for every such call.
    """

    questions: tuple[Question, ...]
    place: Place
    scope: str
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A call made up from a specialised method's own signature, to ask what would happen."""

    method: Entry
    question: Question


CallWalk = Walk[Question, Entry]


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
class Capture:
    """A rule that takes no keywords, and what it captures that has some: a call in source, or a method's calls."""

    rule: Entry
    keywords: tuple[str, ...]
    walk: CallWalk
    method: Entry | None = None
    site: Site | None = None
    # What comes of it, as a clause that completes "so ...".
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """An operation that a type specialises in one spelling, and the equivalent spellings that miss the method."""

    method: Entry
    missing: tuple[Question, ...]
    why: str
    fix: Fix | None = None


class Model(ABC):
    """One system, bound to one project that was read. What a system has nothing to say of keeps its default."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The system's name."""

    # The kind of override to write where several can be, and none was asked for.
    preferred: FixKind | None = None

    @property
    def takes_part(self) -> bool:
        """Whether the project has anything to do with the system: if not, no check need be asked."""
        return True

    @abstractmethod
    def walk(self, question: Question) -> CallWalk:
        """Ask every layer in turn."""

    @abstractmethod
    def primal(self, question: Question) -> Entry | None:
        """The method that ordinary dispatch runs for the call."""

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """The call that a person means by names, short or dotted; raises `config.UnknownName` for one not known."""
        return Question(function, tuple(arguments), f"{function}({', '.join(arguments)})")

    def shadow(self, question: Question) -> Shadow | None:
        """What the answer of the walk hides, if anything: directly, or behind the call's own primal."""
        return None

    def specialised(self, method: Entry) -> Iterable[tuple[str, str]]:
        """The types of which a probed method is a special case, each with the name of the operation."""
        owner, _, name = method.scope.rpartition(".")
        yield owner, name

    def probes(self) -> Iterable[Probe]:
        """Every specialised method that the project owns, asked with its own signature."""
        return ()

    def sites(self) -> Sequence[Site]:
        """Every call in the project that this system may answer."""
        return ()

    def entries(self) -> Sequence[Entry]:
        """Every rule and opt-out, the project's and the system's own, in the order of registration."""
        return ()

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """The narrowest override that ends the shadow and is ambiguous with nothing; None where there is none."""
        return None

    def cost(self, shadow: Shadow) -> Cost | None:
        """How the rule grows against the code that it hides, where it is known."""
        return None

    def obstacle(self, entry: Entry) -> Obstacle | None:
        """Why no call can end at a rule, or why an opt-out switches nothing off; None where one can."""
        return None

    def stale(self, entry: Entry) -> Obstacle | None:
        """Why an override that calls do reach is needed no longer; None where it is, or is no override."""
        return None

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """Entries that a later one of the same signature replaces, each with that later one."""
        return ()

    def meetings(self) -> Iterable[Meeting]:
        """Calls that two entries claim, one of them the project's own, where neither is more specific."""
        return ()

    def pirated(self, entry: Entry) -> bool:
        """Whether the project registers the entry for a function and types none of which are its own."""
        return False

    def overreach(self, entry: Entry) -> Overreach | None:
        """A foreign type that a rule of the project captures and cannot serve."""
        return None

    def keyword_captures(self) -> Iterable[Capture]:
        """Calls with keywords that end at a rule which takes none of them."""
        return ()

    def more_specific(self, a: Entry, b: Entry) -> bool:
        """Whether a answers every call that both apply to; never true of equal signatures."""
        return False

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes an entry out of the project's source."""
        return None

    def untold(self) -> Iterable[str]:
        """What the project registers in a way of which source does not tell all, so that calls go unjudged for it."""
        return ()

    def gaps(self) -> Iterable[Gap]:
        """Operations that a type of the project specialises in one spelling but not in its equivalents."""
        return ()


@dataclass(frozen=True, slots=True)
class System:
    """An AD system or operator protocol. Its module exposes one as `SYSTEM`; `model` imports what it needs itself.

    A registrar is a qualified name whose calls and decorations are facts ("rulecheck.ad.opt_out"). A file that holds
    none of the tokens cannot matter to the system beyond its types, calls and bases. `suffixes` say which language's
    files the system is about; `model` takes the program that is read from them.
    """

    name: str
    registrars: frozenset[str]
    tokens: tuple[bytes, ...]
    model: Callable[[Any], Model]
    suffixes: tuple[str, ...] = (".py",)
    # A file matters as well for a class that has one of each of these in its body or in those of its bases: a word, and
    # regular expressions of which one occurs where the word does.
    marks: tuple[tuple[bytes, ...], ...] = ()
    # Qualified names of functions that call their first argument with the others: `gradient(f, x)` calls `f(x)`.
    appliers: frozenset[str] = frozenset()

"""What a system tells the checks. A check asks a `Model` for walks and never knows which system answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from rulecheck.dispatch import Walk
from rulecheck.finding import Cost, Fix, FixKind
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


@dataclass(frozen=True, slots=True)
class Question:
    """One call to ask about: a function and the types of its arguments. `text` is how a person would write it."""

    function: str
    types: tuple[object, ...]
    text: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A call in source. `questions` has one for each type that the operands may have; none where they are unknown."""

    questions: tuple[Question, ...]
    place: Place
    scope: str
    text: str


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


class Model(Protocol):
    """One system, bound to one project that was read."""

    @property
    def name(self) -> str:
        """The system's name."""
        ...

    def walk(self, question: Question) -> CallWalk:
        """Ask every layer in turn."""
        ...

    def primal(self, question: Question) -> Entry | None:
        """The method that ordinary dispatch runs for the call."""
        ...

    def shadow(self, question: Question) -> Shadow | None:
        """What the answer of the walk hides, if anything: directly, or behind the call's own primal."""
        ...

    def probes(self) -> Iterable[Probe]:
        """Every specialised method that the project owns, asked with its own signature."""
        ...

    def sites(self) -> Sequence[Site]:
        """Every call in the project that this system may answer."""
        ...

    def entries(self) -> Sequence[Entry]:
        """Every rule and opt-out, the project's and the system's own, in the order of registration."""
        ...

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """The narrowest override that ends the shadow and is ambiguous with nothing; None where there is none."""
        ...

    def cost(self, shadow: Shadow) -> Cost | None:
        """How the rule grows against the code that it hides, where it is known."""
        ...

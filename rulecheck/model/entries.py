"""What can answer a call, and the calls that are asked about: written in source, or made up from a method."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rulecheck.dispatch import Walk
from rulecheck.place import Place


class EntryKind(StrEnum):
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

    kind: EntryKind
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

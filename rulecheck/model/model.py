"""One system bound to one project: its layers, its entries, and what checks ask of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TypeVar

from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Probe, Question, Site
from rulecheck.model.verdicts import Gap, Obstacle, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer, Walker

T = TypeVar("T")


class Model(ABC):
    """One system, bound to one project that was read. What a system has nothing to say of keeps its default."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The system's name."""

    # The kind of override to write where several can be, and none was asked for.
    preferred: FixKind | None = None
    # Whether an opt-out is registered at rules, so that without any it is nothing.
    needs_rules = True

    @property
    def takes_part(self) -> bool:
        """Whether the project has anything to do with the system: if not, no check need be asked."""
        return True

    # -- calls ----------------------------------------------------------------------------------------------------

    @abstractmethod
    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The places in which the system looks for an answer, in its order, as they are after a change."""

    @cached_property
    def walker(self) -> Walker:
        """The walks of the project as it stands."""
        return Walker(self.layers)

    def walk(self, question: Question) -> CallWalk:
        """Ask every layer in turn."""
        return self.walker.walk(question)

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

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """The narrowest override that ends the shadow and is ambiguous with nothing; None where there is none."""
        return None

    def cost(self, shadow: Shadow) -> Cost | None:
        """How the rule grows against the code that it hides, where it is known."""
        return None

    def gaps(self) -> Iterable[Gap]:
        """Operations that a type of the project specialises in one spelling but not in its equivalents."""
        return ()

    # -- entries --------------------------------------------------------------------------------------------------

    def entries(self) -> Sequence[Entry]:
        """Every rule and opt-out, the project's and the system's own, in the order of registration."""
        return ()

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        """Calls made up from an entry's own signature that it applies to; with another, such as both apply to."""
        return ()

    def rivals(self, entry: Entry) -> Iterable[Entry]:
        """The other entries that may answer a call that an entry applies to."""
        return (e for e in self.entries() if e.function == entry.function and e is not entry)

    def crossing(self, entry: Entry) -> Iterable[Entry]:
        """Those of them of which neither is more specific, as far as that can be told without asking for calls."""
        return self.rivals(entry)

    def identity(self, entry: Entry) -> object:
        """What is the same for all that one registration made: an opt-out may stand in two tables."""
        return id(entry)

    def is_met(self, walk: CallWalk, entry: Entry) -> bool:
        """Whether a walk comes to an entry: it answers, or makes a layer decline, or cannot be told from others."""
        own = self.identity(entry)
        return any(self.identity(found) == own for step in walk.steps for found in step.entries)

    def is_judged(self, entry: Entry) -> bool:
        """Whether enough is known of an entry to say that nothing ends at it; one that is replaced is not judged."""
        return True

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """Why the system never looks for an entry, whatever else is registered; None where it may."""
        return None

    def outdone(self, entry: Entry, walks: Sequence[CallWalk]) -> Obstacle | None:
        """What answers all these walks, none of which comes to the entry that they were made up for; None where it may
        be reached all the same.
        """
        winners = [walk.winner for walk in walks]
        first = next((w for w in winners if w is not None and w.kind is EntryKind.RULE), None)
        if entry.kind is EntryKind.OPT_OUT:
            return Obstacle("a more specific entry always answers in its place", by=first)
        if first is None or any(w is None or w.kind is not EntryKind.RULE for w in winners):
            return None
        return Obstacle("more specific rules answer every call that it applies to", by=first)

    def is_override(self, entry: Entry) -> bool:
        """Whether an entry is there to have code traced: an opt-out, or a rule that only hands on to that code."""
        return entry.kind is EntryKind.OPT_OUT

    def is_needed(self, entry: Entry, wider: Entry) -> bool:
        """Whether an override has to stay although a wider one covers its calls."""
        return False

    def as_meant(self, entry: Entry) -> tuple[Walker, str]:
        """The walks in which an entry takes part as its author meant, and what has to happen for that, as a clause."""
        return self.walker, ""

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """Entries that a later one of the same signature replaces, each with that later one."""
        return ()

    def more_specific(self, a: Entry, b: Entry) -> bool:
        """Whether a answers every call that both apply to; never true of equal signatures."""
        return False

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        """The definitions that an entry's signature names, its function first; None where not all of them are known,
        or where anybody may register it.
        """
        return None

    def owns(self, definition: str) -> bool:
        """Whether the project defines a function or type, given by its qualified name."""
        return False

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule or method takes; None where it takes any, or it is not known."""
        return None

    def untaken(self, rule: Entry, layer: str) -> str:
        """What comes of a keyword that a rule does not take, as a clause."""
        return "the call raises"

    def overreach(self, entry: Entry) -> Overreach | None:
        """A foreign type that a rule of the project captures and cannot serve."""
        return None

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes an entry out of the project's source."""
        return None

    def narrowed(self, entry: Entry) -> Fix | None:
        """The edit that writes an opt-out anew, so that no call is left between it and a rule."""
        return None

    def untold(self) -> Iterable[str]:
        """What the project registers in a way of which source does not tell all, so that calls go unjudged for it."""
        return ()

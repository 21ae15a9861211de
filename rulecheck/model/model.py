"""One system bound to one project. A check asks a `Model` for walks and never knows which system answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.model.entries import CallWalk, Entry, Probe, Question, Site
from rulecheck.model.verdicts import Capture, Gap, Meeting, Obstacle, Overreach, Shadow


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

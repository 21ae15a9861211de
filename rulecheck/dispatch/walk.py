"""The walk: an ordered list of layers is asked, and the first one that claims the call answers it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

C = TypeVar("C")
R_co = TypeVar("R_co", covariant=True)


class Outcome(Enum):
    """What a layer says of a call."""

    CLAIMS = "claims"
    DECLINES = "declines"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class Step(Generic[R_co]):
    """A layer's answer. `entries` claim, or make it decline (an opt-out), or are what it cannot choose among."""

    layer: str
    outcome: Outcome
    entries: tuple[R_co, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Walk(Generic[C, R_co]):
    """A call and every step that was taken for it; the last step is the answer."""

    call: C
    steps: tuple[Step[R_co], ...]

    @property
    def end(self) -> Step[R_co] | None:
        """The step that ended the walk, or None where every layer declined."""
        last = self.steps[-1] if self.steps else None
        return last if last is not None and last.outcome is not Outcome.DECLINES else None

    @property
    def winner(self) -> R_co | None:
        """What answers the call: None where it is ambiguous, or nobody does."""
        end = self.end
        return end.entries[0] if end is not None and end.outcome is Outcome.CLAIMS and end.entries else None


class _Answer(Protocol):
    @property
    def outcome(self) -> Outcome: ...


A = TypeVar("A", bound=_Answer)


def asked_in_turn(answers: Iterable[A]) -> Iterator[A]:
    """The answers of layers up to the first that does not decline: the one loop over layers that there is."""
    for answer in answers:
        yield answer
        if answer.outcome is not Outcome.DECLINES:
            return


def take_walk(call: C, answers: Iterable[Step[R_co]]) -> Walk[C, R_co]:
    """The walk through layers that answer so, each asked only if the one before it declines."""
    return Walk(call, tuple(asked_in_turn(answers)))

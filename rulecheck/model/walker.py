"""The one program of every system: layers are asked in turn, each answer is kept, and a change can be tried."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

from rulecheck.dispatch.walk import Outcome, Step, Walk, asked_in_turn
from rulecheck.model.entries import CallWalk, Entry, Question


@dataclass(frozen=True, slots=True)
class Change:
    """What would be otherwise: entries that are gone, and entries that stand beside the others, registered last."""

    without: tuple[Entry, ...] = ()
    added: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.without or self.added)


NO_CHANGE = Change()


class Layer(ABC):
    """One place in which a system looks for an answer.

    `changed` says whether a change that is tried touches what the layer looks in; one that is not changed is not asked
    again for what it said before.
    """

    name: str
    changed: bool = False

    @abstractmethod
    def answer(self, call: Question, /) -> Step[Entry]:
        """Claim the call, decline it, or say that it is ambiguous."""

    def concerns(self, call: Question, /) -> bool:
        """Whether the layer has a part in calls of this kind; one that has none is no step of the walk."""
        return True

    def sees(self, call: Question, /) -> Hashable:
        """What the layer looks at of a call: it answers all calls alike of which it sees the same."""
        return call.function, call.types


class Walker:
    """Walks through the layers of one system bound to one program; every answer is asked for once."""

    def __init__(
        self,
        layers: Callable[[Change], Sequence[Layer]],
        change: Change = NO_CHANGE,
        before: Walker | None = None,
    ) -> None:
        self._make = layers
        self._change = change
        self._before = before
        self._layers = {layer.name: layer for layer in layers(change)}
        self._answers: dict[tuple[str, Hashable], Step[Entry]] = {}
        self._walks: dict[tuple[str, tuple[object, ...]], CallWalk] = {}

    def walk(self, call: Question) -> CallWalk:
        """Ask every layer in turn, until one does not decline."""
        asked = (call.function, call.types)
        known = self._walks.get(asked)
        if known is None:
            known = self._walks[asked] = Walk(call, tuple(self._steps(call)))
        return known if known.call == call else Walk(call, known.steps)

    def end(self, call: Question, of: Sequence[str]) -> Step[Entry] | None:
        """The answer of some layers, given by their names in their order; None where all of them decline."""
        return next((s for s in map(self._asking(call), of) if s.outcome is not Outcome.DECLINES), None)

    def _steps(self, call: Question) -> Iterator[Step[Entry]]:
        concerned = (name for name, layer in self._layers.items() if layer.concerns(call))
        return asked_in_turn(map(self._asking(call), concerned))

    def _asking(self, call: Question) -> Callable[[str], Step[Entry]]:
        return lambda name: self.answer(name, call)

    def answer(self, name: str, call: Question) -> Step[Entry]:
        """What one layer says of a call, whatever the layers before it say."""
        layer = self._layers[name]
        if self._before is not None and not layer.changed:
            return self._before.answer(name, call)
        seen = (name, layer.sees(call))
        known = self._answers.get(seen)
        if known is None:
            known = self._answers[seen] = layer.answer(call)
        return known

    def after(self, change: Change) -> Walker:
        """The same system after a change."""
        return Walker(self._make, change, self)

    def without(self, *entries: Entry) -> Walker:
        """The same system, were some entries not there."""
        return self.after(Change(without=entries))

    def having(self, *entries: Entry) -> Walker:
        """The same system, were some entries registered as well."""
        return self.after(Change(added=entries))

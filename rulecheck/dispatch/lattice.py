"""The order among types: which types a value answers to, and in which order they are asked.

A *key* stands for one type: a class where programs run, a qualified name where they are read. Both sides use the
same `Lattice`, so what is said of source is what happens at run time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, Union

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class OneOf(Generic[K]):
    """A union of types in a signature: applicable where any of its members is."""

    members: frozenset[K]


Pattern = Union[K, OneOf[K]]  # noqa: UP007 - `|` makes no generic alias of a type variable
"""What a signature holds at one position."""


def members_of(pattern: Pattern[K]) -> frozenset[K]:
    """The types that a pattern names: a union's members, or the one type itself."""
    return pattern.members if isinstance(pattern, OneOf) else frozenset((pattern,))


class Lattice(ABC, Generic[K]):
    """The type hierarchy: declared bases, virtual bases and parametric wrappers, brought into one line per type."""

    def __init__(self) -> None:
        self._lines: dict[K, tuple[K, ...]] = {}
        self._positions: dict[K, dict[K, int]] = {}
        self._under_way: set[K] = set()

    @abstractmethod
    def declared(self, key: K) -> Sequence[K]:
        """The type's own C3 order, itself first and the universal type last."""

    @abstractmethod
    def virtual(self, key: K) -> Sequence[K]:
        """Abstract types on which exactly this type was registered, in the order of registration."""

    def unwrap(self, key: K) -> tuple[K, K] | None:
        """The (wrapper, parameter) that a parametric type is made of, or None for a plain type."""
        return None

    def wrap(self, wrapper: K, parameter: K) -> K:
        """The key of `wrapper[parameter]`. Only asked of wrappers that `unwrap` gave."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what was computed: a type was registered on another since."""
        self._lines.clear()
        self._positions.clear()

    def linearise(self, key: K) -> tuple[K, ...]:
        """Every type that the key answers to, most specific first."""
        line = self._lines.get(key)
        if line is None:
            if key in self._under_way:  # registered on its own subtype: no run could do so, a source can say so
                return tuple(self.declared(key))
            self._under_way.add(key)
            try:
                line = self._lines[key] = tuple(self._linearise(key))
            finally:
                self._under_way.discard(key)
        return line

    def positions(self, key: K) -> dict[K, int]:
        """Where each type stands in `linearise(key)`."""
        found = self._positions.get(key)
        if found is None:
            found = self._positions[key] = {k: i for i, k in enumerate(self.linearise(key))}
        return found

    def _linearise(self, key: K) -> Iterable[K]:
        parts = self.unwrap(key)
        if parts is not None:
            wrapper, parameter = parts
            # The universal type's wrapper is the bare wrapper, which its own line begins with.
            inner = [self.wrap(wrapper, p) for p in self.linearise(parameter)[:-1]]
            return [*inner, *self.linearise(wrapper)]
        line = list(self.declared(key))
        for owner in tuple(line):
            for base in self.virtual(owner):
                self._insert(line, owner, base)
        return line

    def _insert(self, line: list[K], owner: K, base: K) -> None:
        """Place a virtual base, and what stands above it, as late as its own bases allow but after its subtype."""
        if base in line:
            return
        above = self.linearise(base)
        fresh = [k for k in above if k not in line]
        known = [line.index(k) for k in above if k in line]
        at = max(line.index(owner) + 1, min(known, default=len(line)))
        line[at:at] = fresh

    def is_subtype(self, sub: Pattern[K], sup: Pattern[K]) -> bool:
        """Whether every value of `sub` is a value of `sup`."""
        return all(self._reaches(key, sup) for key in members_of(sub))

    def _reaches(self, key: K, sup: Pattern[K]) -> bool:
        line = self.positions(key)
        return any(member in line for member in members_of(sup))

    def covers(self, wide: Sequence[Pattern[K]], narrow: Sequence[Pattern[K]]) -> bool:
        """Whether a signature answers every call that another answers: its missing positions take anything."""
        return len(wide) <= len(narrow) and all(self.is_subtype(n, w) for n, w in zip(narrow, wide, strict=False))

    def meet(self, a: Sequence[Pattern[K]], b: Sequence[Pattern[K]]) -> tuple[Pattern[K], ...] | None:
        """The widest signature that both cover, where one of the two is the narrower at each position; else None."""
        longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
        met: list[Pattern[K]] = []
        for x, y in zip(longer, shorter, strict=False):
            if self.is_subtype(x, y):
                met.append(x)
            elif self.is_subtype(y, x):
                met.append(y)
            else:
                return None
        return (*met, *longer[len(shorter) :])

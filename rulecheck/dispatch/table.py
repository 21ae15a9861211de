"""One table of entries keyed by function and argument types, and the resolution of a call among them.

An entry of k types answers calls of k or more positional arguments: what follows the k-th is not looked at. Resolution
probes the product of the arguments' lines (see `Lattice.linearise`) through a trie, so that its cost depends on the
types of the call and on the entries that apply to it, not on how many entries the function has.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from rulecheck.dispatch.lattice import K, Lattice, Pattern, members_of

F = TypeVar("F", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class TableEntry(Generic[K, V]):
    """A registered signature and what stands behind it; `order` counts the registrations of the table."""

    signature: tuple[Pattern[K], ...]
    value: V
    order: int


@dataclass(frozen=True, slots=True)
class Claim(Generic[K, V]):
    """Exactly one most specific entry."""

    entry: TableEntry[K, V]


@dataclass(frozen=True, slots=True)
class Ambiguous(Generic[K, V]):
    """Several applicable entries, none of them more specific than all others."""

    entries: tuple[TableEntry[K, V], ...]


Resolution = Claim[K, V] | Ambiguous[K, V] | None
"""What a table says of a call; None where no entry applies."""


@dataclass(slots=True)
class _Node(Generic[K, V]):
    children: dict[K, _Node[K, V]] = field(default_factory=dict)
    entries: dict[tuple[Pattern[K], ...], TableEntry[K, V]] = field(default_factory=dict)


# An applicable entry with, for each position of the call, how far down the argument's line it was found.
_Candidate = tuple[tuple[int, ...], TableEntry[K, V]]


class Table(Generic[F, K, V]):
    """Entries of many functions. A later entry of the same signature replaces the earlier."""

    def __init__(self, lattice: Lattice[K]) -> None:
        self.lattice = lattice
        self._roots: dict[F, _Node[K, V]] = {}
        self._resolved: dict[F, dict[tuple[K, ...], Claim[K, V] | None]] = {}
        self._count = 0

    def add(self, function: F, signature: Sequence[Pattern[K]], value: V) -> TableEntry[K, V] | None:
        """Register an entry; gives the one that it replaces, if any."""
        entry = TableEntry(tuple(signature), value, self._count)
        self._count += 1
        replaced = None
        for node in self._leaves(self._roots.setdefault(function, _Node()), entry.signature):
            replaced = node.entries.get(entry.signature, replaced)
            node.entries[entry.signature] = entry
        self._resolved.pop(function, None)
        return replaced

    def remove(self, function: F, signature: Sequence[Pattern[K]]) -> None:
        """Take an entry out; nothing happens where there is none."""
        root = self._roots.get(function)
        if root is None:
            return
        for node in self._leaves(root, tuple(signature)):
            node.entries.pop(tuple(signature), None)
        self._resolved.pop(function, None)

    def forget(self) -> None:
        """Drop every cached resolution: the lattice has changed."""
        self._resolved.clear()

    def functions(self) -> Iterator[F]:
        """The functions that have entries."""
        return iter(self._roots)

    def entries(self, function: F) -> list[TableEntry[K, V]]:
        """The entries of a function, in the order of registration."""
        found: dict[int, TableEntry[K, V]] = {}
        stack = [self._roots[function]] if function in self._roots else []
        while stack:
            node = stack.pop()
            found.update((e.order, e) for e in node.entries.values())
            stack.extend(node.children.values())
        return [found[order] for order in sorted(found)]

    def resolve(self, function: F, arguments: tuple[K, ...]) -> Resolution[K, V]:
        """The entry that answers a call with arguments of these types. Ambiguities are never cached."""
        cache = self._resolved.get(function)
        if cache is None:
            cache = self._resolved[function] = {}
        try:
            return cache[arguments]
        except KeyError:
            pass
        resolution = self._resolve(function, arguments)
        if not isinstance(resolution, Ambiguous):
            cache[arguments] = resolution
        return resolution

    def applicable(self, function: F, arguments: Sequence[K]) -> list[TableEntry[K, V]]:
        """Every entry that applies to a call, in the order of registration."""
        found = {e.order: e for _, e in self._candidates(function, arguments)}
        return [found[order] for order in sorted(found)]

    def _resolve(self, function: F, arguments: Sequence[K]) -> Resolution[K, V]:
        candidates = self._candidates(function, arguments)
        if not candidates:
            return None
        best = [c for c in candidates if not any(self._beats(other, c) for other in candidates)]
        if len(best) == 1 and all(c is best[0] or self._beats(best[0], c) for c in candidates):
            return Claim(best[0][1])
        return Ambiguous(tuple(sorted((e for _, e in best), key=lambda e: e.order)))

    def _candidates(self, function: F, arguments: Sequence[K]) -> list[_Candidate[K, V]]:
        root = self._roots.get(function)
        if root is None:
            return []
        found: dict[int, _Candidate[K, V]] = {}
        lines = [self.lattice.linearise(a) for a in arguments]
        frontier: list[tuple[tuple[int, ...], _Node[K, V]]] = [((), root)]
        for depth in range(len(lines) + 1):
            # A position that the entry leaves open ranks below the universal type.
            unasked = tuple(len(line) for line in lines[depth:])
            for ranks, node in frontier:
                for entry in node.entries.values():
                    _keep_widest(found, (ranks + unasked, entry))
            if depth == len(lines):
                break
            frontier = [
                ((*ranks, rank), child)
                for ranks, node in frontier
                if node.children
                for rank, key in enumerate(lines[depth])
                if (child := node.children.get(key)) is not None
            ]
        return list(found.values())

    def _beats(self, a: _Candidate[K, V], b: _Candidate[K, V]) -> bool:
        """Whether a is strictly more specific than b for the call that both apply to."""
        if a is b:
            return False
        better = False
        for position, (x, y) in enumerate(zip(a[0], b[0], strict=True)):
            if x > y:
                return False
            if x < y:
                better = True
            elif position < min(len(a[1].signature), len(b[1].signature)):
                p, q = a[1].signature[position], b[1].signature[position]
                if p != q:
                    if not self._is_part(p, q):
                        return False
                    better = True
        return better

    def _is_part(self, p: Pattern[K], q: Pattern[K]) -> bool:
        """Whether p is the narrower of two patterns that reach the same type, or says the same in fewer words."""
        if not self.lattice.is_subtype(p, q):
            return False
        return not self.lattice.is_subtype(q, p) or len(members_of(p)) < len(members_of(q))

    @staticmethod
    def _leaves(root: _Node[K, V], signature: tuple[Pattern[K], ...]) -> list[_Node[K, V]]:
        """The trie's nodes for a signature: one for each choice of a member in each union."""
        nodes = [root]
        for pattern in signature:
            nodes = [n.children.setdefault(key, _Node()) for n in nodes for key in members_of(pattern)]
        return nodes


def _keep_widest(found: dict[int, _Candidate[K, V]], candidate: _Candidate[K, V]) -> None:
    """A union reached by several members is as specific as the widest of them, so that no wider one beats it."""
    ranks, entry = candidate
    known = found.get(entry.order)
    if known is not None:
        ranks = tuple(map(max, ranks, known[0]))
    found[entry.order] = (ranks, entry)

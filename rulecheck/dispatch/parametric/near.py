"""Which of many signatures may share a call with another one, told from the families of their arguments at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from rulecheck.dispatch.parametric.signature import head, shape_of
from rulecheck.dispatch.parametric.types import Constructor, Term

V = TypeVar("V")
# For each argument of a signature its family, where that has none below it: two such families share nothing.
Leaves = tuple[Constructor | None, ...]


class Near(Generic[V]):
    """Signatures with what stands behind each; a bit per signature keeps which family it has at a position."""

    def __init__(self, signatures: Iterable[tuple[V, Term]]) -> None:
        self._all = list(signatures)
        leaves = [_leaves(signature) for _, signature in self._all]
        self._bits: list[dict[Constructor | None, int]] = []
        for position in range(max(map(len, leaves), default=0)):
            bits: dict[Constructor | None, int] = defaultdict(int)
            for index, families in enumerate(leaves):
                bits[families[position] if position < len(families) else None] |= 1 << index
            self._bits.append(bits)

    def near(self, signature: Term) -> Iterator[tuple[V, Term]]:
        """Those that have no family at any position which excludes the one of this signature."""
        mask = (1 << len(self._all)) - 1
        for bits, family in zip(self._bits, _leaves(signature), strict=False):
            if family is not None:
                mask &= bits.get(family, 0) | bits.get(None, 0)
        while mask:
            lowest = mask & -mask
            yield self._all[lowest.bit_length() - 1]
            mask ^= lowest


def _leaves(signature: Term) -> Leaves:
    families = map(head, shape_of(signature).fixed)
    return tuple(None if family is None or family.abstract else family for family in families)

"""Which of many signatures may share a call with another one, told from the families of their arguments at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Generic, TypeVar

from rulecheck.dispatch.parametric.intersect import intersect
from rulecheck.dispatch.parametric.signature import families, shape_of
from rulecheck.dispatch.parametric.types import BOTTOM, Constructor, Term

V = TypeVar("V")
# For each argument of a signature the families that it can be of, where none has others below it: with signatures that
# want only others there it shares nothing.
Leaves = tuple[Collection[Constructor | None], ...]
_ANY_FAMILY = (None,)


class OverlapIndex(Generic[V]):
    """Signatures with what stands behind each; a bit per signature keeps which families it takes at a position."""

    def __init__(self, signatures: Iterable[tuple[V, Term]]) -> None:
        self._all = list(signatures)
        leaves = [_leaves(signature) for _, signature in self._all]
        self._bits: list[dict[Constructor | None, int]] = []
        for position in range(max(map(len, leaves), default=0)):
            bits: dict[Constructor | None, int] = defaultdict(int)
            for index, own in enumerate(leaves):
                for family in own[position] if position < len(own) else _ANY_FAMILY:
                    bits[family] |= 1 << index
            self._bits.append(bits)

    def near(self, signature: Term) -> Iterator[tuple[V, Term]]:
        """Those that have no families at any position which exclude the ones of this signature."""
        mask = (1 << len(self._all)) - 1
        for bits, wanted in zip(self._bits, _leaves(signature), strict=False):
            if None not in wanted:
                fitting = bits.get(None, 0)
                for family in wanted:
                    fitting |= bits.get(family, 0)
                mask &= fitting
        while mask:
            lowest = mask & -mask
            yield self._all[lowest.bit_length() - 1]
            mask ^= lowest

    def meeting(self, signature: Term) -> Iterator[tuple[V, Term]]:
        """Those that share something with a signature, each with what they share."""
        for value, own in self.near(signature):
            met = intersect(own, signature)
            if met is not BOTTOM:
                yield value, met


def _leaves(signature: Term) -> Leaves:
    found = map(families, shape_of(signature).fixed)
    return tuple(_ANY_FAMILY if any(f is None or f.abstract for f in own) else own for own in found)

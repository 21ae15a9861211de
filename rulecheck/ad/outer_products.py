"""The cotangent of a matrix that was multiplied with vectors: a sum of outer products, made as one matrix product.

A recurrent net multiplies the same matrix with a vector at every step. Adding up the outer products one by one goes
over the whole matrix twice a step; their factors put side by side are two matrices whose product is the sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# So many pairs are kept before they are multiplied: enough for a matrix product to be fast, few beside the matrix.
MOST = 64


class OuterProductSum:
    """The sum of `outer(left, right)` over the pairs that were added, and of `rest`."""

    __slots__ = ("lefts", "rest", "rights")

    def __init__(self, rest: Any) -> None:
        self.rest = rest
        self.lefts: list[Any] = []
        self.rights: list[Any] = []

    def append(self, left: Any, right: Any) -> None:
        """Add the outer product of two vectors."""
        self.lefts.append(left)
        self.rights.append(right)
        if len(self.lefts) == MOST:
            self.rest = self.total()
            self.lefts.clear()
            self.rights.clear()

    def total(self) -> Any:
        """The sum as an array; a fresh one where anything was added since the last."""
        if not self.lefts:
            return self.rest
        if len(self.lefts) == 1:
            product = np.multiply(self.lefts[0][:, None], self.rights[0])
        else:
            product = np.matmul(np.array(self.lefts).T, np.array(self.rights))
        if self.rest is not None:
            product += self.rest
        return product

    def __add__(self, other: Any) -> Any:
        return self.total() + other


def gather_outer_product(known: Any, owned: bool, position: int, g: Any, args: tuple[Any, ...]) -> Any:
    """Add the cotangent of the matrix in `matrix @ vector` to what is known of it; None where that is another case."""
    a, b = args
    if position or type(g) is not np.ndarray or g.ndim != 1 or type(b) is not np.ndarray or b.ndim != 1:
        return None
    if a.dtype.kind != "f" or g.dtype != a.dtype or b.dtype != a.dtype:
        return None
    if type(known) is not OuterProductSum:
        known = OuterProductSum(known)
    known.append(g, b)
    return known

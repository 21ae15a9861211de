"""How a count grows with the size of the operand.

A count is taken for `a + b g(n)`: a straight line on logarithmic axes would mistake the overhead `a` for slow growth.
At sizes that double, the overhead cancels in differences: (y(4n) - y(2n)) / (y(2n) - y(n)) = 2^p for g = n^p.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SHAPES: tuple[tuple[str, float, Callable[[float], float]], ...] = (
    ("n", 1, lambda n: n),
    ("n log n", 1, lambda n: n * math.log2(n)),
    ("n^1.5", 1.5, lambda n: n**1.5),
    ("n^2", 2, lambda n: n**2),
    ("n^2 log n", 2, lambda n: n**2 * math.log2(n)),
    ("n^3", 3, lambda n: n**3),
    ("n^4", 4, lambda n: n**4),
)
# A fit that is further off than this, relative to a value, is no fit.
_CLOSE = 0.03


@dataclass(frozen=True, slots=True)
class Growth:
    """The exponent p of n^p between the largest sizes, and the familiar form that fits best: "n log n"."""

    exponent: float
    shape: str


def fit(sizes: Sequence[int], values: Sequence[float]) -> Growth:
    """How values grow over sizes that double; raises ValueError for fewer than three sizes, or others."""
    if len(sizes) < 3 or len(sizes) != len(values) or any(b != 2 * a for a, b in pairwise(sizes)):
        raise ValueError(f"growth is told from at least three sizes, each twice the last, not from {list(sizes)}")
    first, second = values[-2] - values[-3], values[-1] - values[-2]
    if second <= 0.02 * abs(values[-1]):
        return Growth(0.0, "constant")
    if first <= 0:
        return Growth(math.inf, "faster than every power")
    exponent = math.log2(second / first)
    near = [(_misfit(sizes, values, g), name) for name, power, g in _SHAPES if abs(power - exponent) < 0.6]
    error, shape = min(near, default=(math.inf, ""))
    if error > _CLOSE:
        # Lower terms bend the small sizes: the exponent at the large ones decides.
        powers = [name for name, power, _ in _SHAPES if "log" not in name and abs(power - exponent) < 0.1]
        shape = powers[0] if powers else f"n^{exponent:.1f}"
    return Growth(exponent, shape)


def _misfit(sizes: Sequence[int], values: Sequence[float], g: Callable[[float], float]) -> float:
    """The largest relative error of the best `a + b g(n)`, least squares on relative errors."""
    import numpy as np

    given = np.maximum(np.asarray(values, float), 1.0)
    rows = np.stack([1 / given, np.array([g(n) for n in sizes]) / given], axis=1)
    (overhead, factor), *_ = np.linalg.lstsq(rows, np.ones(len(sizes)), rcond=None)
    if factor <= 0:
        return math.inf
    return float(np.max(np.abs(rows @ (overhead, factor) - 1)))

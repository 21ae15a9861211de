"""How counts grow."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.cost.growth import fit

SIZES = (64, 128, 256, 512)


@pytest.mark.parametrize(
    ("g", "exponent", "shape"),
    [
        (lambda n: 7.0, 0.0, "constant"),
        (lambda n: n, 1.0, "n"),
        (lambda n: n * math.log2(n), 1.15, "n log n"),
        (lambda n: n**1.5, 1.5, "n^1.5"),
        (lambda n: n**2, 2.0, "n^2"),
        (lambda n: n**2 * math.log2(n), 2.16, "n^2 log n"),
        (lambda n: n**3, 3.0, "n^3"),
        (lambda n: n**2 + 30 * n * math.log2(n), 1.71, "n^1.7"),
        (lambda n: 4 * n**2 + 20 * n * math.log2(n), 1.95, "n^2"),
        (lambda n: n**2.4, 2.4, "n^2.4"),
    ],
)
def test_known_shapes(g: Callable[[float], float], exponent: float, shape: str) -> None:
    found = fit(SIZES, [g(n) for n in SIZES])
    assert found.exponent == pytest.approx(exponent, abs=0.02)
    assert found.shape == shape


@given(st.floats(0, 1e6), st.floats(1, 100), st.sampled_from([1, 2, 3]))
def test_overhead_cancels(overhead: float, factor: float, power: int) -> None:
    """A straight line on logarithmic axes reads 1.38 for n^2 with an overhead; this reads 2."""
    found = fit(SIZES, [overhead + factor * n**power for n in SIZES])
    if factor * (512**power - 256**power) > 0.02 * (overhead + factor * 512**power):
        assert found.exponent == pytest.approx(power, abs=1e-6)
    else:
        assert found.shape == "constant"


def test_a_late_start() -> None:
    assert fit((1, 2, 4), [5, 5, 50]).exponent == math.inf


@pytest.mark.parametrize("sizes", [(1, 2), (1, 2, 3), (4, 2, 1)])
def test_sizes_must_double(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="each twice the last"):
        fit(sizes, sizes)

"""What a derivative keeps in memory, and how the cotangents of one value are added up."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad import outer_products

RANDOM = np.random.default_rng(5)


def recurrent(w: Any, steps: int, also: Any = None) -> Any:
    h, total = np.linspace(0.1, 0.3, w.shape[1]), 0.0
    for step in range(steps):
        h = np.tanh(w @ h)
        if also is not None and step % 3 == 1:
            total = total + also(w)
    return total + np.sum(h * h)


@pytest.mark.parametrize("steps", [1, 2, outer_products.MOST, outer_products.MOST + 1, 2 * outer_products.MOST + 3])
@pytest.mark.parametrize(
    "also",
    [
        None,
        lambda w: np.sum(w * w),
        lambda w: w[0, 1] * w[1, 0],
        lambda w: np.sum(w[[0, 0]] ** 2),
        lambda w: np.sum(w.T @ w),
    ],
    ids=["alone", "squared", "read", "gathered", "transposed"],
)
def test_a_matrix_that_is_used_again_and_again(steps: int, also: Any) -> None:
    w = RANDOM.normal(size=(4, 4)) / 2
    ad.check_gradients(lambda w: recurrent(w, steps, also), w, rtol=1e-5)
    ad.check_gradients(lambda w: ad.gradient(lambda w: recurrent(w, min(steps, 3), also), w), w, rtol=1e-4, atol=1e-6)


def test_matrices_of_other_kinds_times_vectors() -> None:
    w, b = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=2)
    for kind in (np.float32, np.complex128, np.complex64):
        found = ad.gradient(lambda w: np.sum(np.abs(w @ b + w @ (2 * b)) ** 2), w.astype(kind))
        assert found.dtype == kind
        np.testing.assert_allclose(found, 18 * np.outer(w @ b, b), rtol=1e-4)
    stack = RANDOM.normal(size=(5, 3, 2))
    ad.check_gradients(lambda s: s @ b + s @ b, stack)


def test_a_pullback_may_be_called_again() -> None:
    w = RANDOM.normal(size=(4, 4)) / 2
    _, back = ad.pullback(lambda w: recurrent(w, 70), w)
    first = back(1.0)[0]
    np.testing.assert_array_equal(first, back(1.0)[0])
    np.testing.assert_allclose(2 * first, back(2.0)[0])


def test_a_gradient_gives_up_what_it_has_used() -> None:
    alive: list[int] = []
    made: list[weakref.ref[Any]] = []

    @ad.primitive
    def doubled(x: Any) -> Any:
        return 2 * x

    @ad.adjoint(doubled, ad.AbstractVector)
    def _(x: Any) -> Any:
        def pullback(dy: Any) -> Any:
            alive.append(sum(ref() is not None for ref in made))
            return (2 * dy,)

        return 2 * x, pullback

    def f(x: Any) -> Any:
        for _ in range(5):
            x = np.exp(-doubled(x))
            made.append(weakref.ref(x._value))
        return np.sum(x)

    _, back = ad.pullback(f, np.zeros(20_000))
    back(1.0)
    back(1.0)
    assert alive == [5] * 10
    del back
    alive.clear()
    made.clear()
    ad.gradient(f, np.zeros(20_000))
    assert alive == sorted(alive, reverse=True)
    assert alive[-1] <= 2

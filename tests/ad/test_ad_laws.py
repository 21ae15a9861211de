"""What holds of every derivative: linear pullbacks, the chain rule, and one gradient whoever answers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck import ad
from rulecheck.ad.registry import TABLE

pytestmark = pytest.mark.slow

SOME = settings(max_examples=60, deadline=None)

# Smooth functions from vectors of length 3 to vectors of length 3.
W = np.array([[0.5, -1.0, 0.25], [1.5, 0.5, -0.5], [0.1, 0.2, 0.9]])
STEPS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "times itself": lambda x: x * x[::-1],
    "matrix": lambda x: W @ x,
    "row": lambda x: x @ W,
    "softmax": lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))),  # shifted: exp must not overflow
    "ratio": lambda x: x / (2.0 + np.sin(x)),
    "outer": lambda x: np.outer(x, x)[1] + np.mean(x),
    "solve": lambda x: np.linalg.solve(W + np.eye(3), x),
    "rolled": lambda x: np.concatenate([x[1:], x[:1]]) - 0.5,
    "power": lambda x: (1.5 + np.cos(x)) ** 1.7,
    "where": lambda x: np.where(x > 0.1, x, 0.3 * x),
    "fourier": lambda x: np.real(np.fft.ifft(np.fft.fft(x) * np.array([1.0, 0.5j, -0.5j]))),
    "stacked": lambda x: np.sum(np.stack([x, 2.0 * x, x * x]), axis=0),
    "structured": lambda x: Diagonal(np.sin(x) + 2.0) @ x,
    "transposed": lambda x: x @ Diagonal(x),
}

vectors = st.lists(st.floats(-1.5, 1.5).map(lambda v: round(v, 3)), min_size=3, max_size=3).map(np.array)
functions = st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4)


class Diagonal(ad.AbstractMatrix):
    def __init__(self, d: Any) -> None:
        self.d = d

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return (len(self.d), len(self.d))

    def to_array(self) -> Any:
        return np.eye(len(self.d)) * self.d

    def __matmul__(self, x: ad.AbstractVector) -> Any:
        return self.d * x

    def __rmatmul__(self, x: ad.AbstractVector) -> Any:
        return x * self.d


def composed(names: list[str]) -> Callable[[Any], Any]:
    def f(x: Any) -> Any:
        for name in names:
            x = STEPS[name](x)
        return x

    return f


@SOME
@given(functions, vectors, vectors, vectors, st.floats(-2, 2))
def test_pullbacks_are_linear(names: list[str], x: Any, g: Any, h: Any, factor: float) -> None:
    _, back = ad.pullback(composed(names), x)
    np.testing.assert_allclose(back(g + factor * h)[0], back(g)[0] + factor * back(h)[0], rtol=1e-9, atol=1e-9)


@SOME
@given(functions, functions, vectors, vectors)
def test_the_chain_rule(first: list[str], second: list[str], x: Any, g: Any) -> None:
    f, h = composed(first), composed(second)
    middle, back_f = ad.pullback(f, x)
    value, back_h = ad.pullback(h, middle)
    whole, back = ad.pullback(lambda x: h(f(x)), x)
    np.testing.assert_allclose(whole, value, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(back(g)[0], back_f(back_h(g)[0])[0], rtol=1e-9, atol=1e-9)


@SOME
@given(functions, vectors)
def test_the_value_is_that_of_the_function(names: list[str], x: Any) -> None:
    np.testing.assert_allclose(ad.pullback(composed(names), x)[0], composed(names)(x), rtol=1e-12, atol=1e-12)


@SOME
@given(functions, vectors, vectors)
def test_rows_of_the_jacobian_are_pullbacks(names: list[str], x: Any, g: Any) -> None:
    f = composed(names)
    np.testing.assert_allclose(g @ ad.jacobian(f, x), ad.pullback(f, x)[1](g)[0], rtol=1e-9, atol=1e-9)


@SOME
@given(functions, vectors, vectors)
def test_the_gradient_does_not_depend_on_who_answers(names: list[str], x: Any, g: Any) -> None:
    names = [*names, "structured", "transposed"]

    def taken() -> Any:
        return ad.pullback(composed(names), x)[1](g)[0]

    by_rules = taken()
    with ad.precedence("most-specific"):
        traced = taken()
    ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)
    ad.opt_out(operator.matmul, ad.AbstractVector, Diagonal)
    try:
        opted_out = taken()
    finally:
        TABLE.remove("operator.matmul", (Diagonal, ad.AbstractVector))
        TABLE.remove("operator.matmul", (ad.AbstractVector, Diagonal))
    np.testing.assert_allclose(traced, by_rules, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(opted_out, by_rules, rtol=1e-9, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(functions, vectors, vectors)
def test_hessians_are_symmetric(names: list[str], x: Any, g: Any) -> None:
    names = [name for name in names if name != "where"]  # has a kink, where there is none
    f = composed(names)
    H = ad.jacobian(lambda x: ad.gradient(lambda x: np.sum(f(x) * g), x), x)
    np.testing.assert_allclose(H, H.T, rtol=1e-7, atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(functions, vectors)
def test_derivatives_agree_with_differences(names: list[str], x: Any) -> None:
    f = composed([name for name in names if name != "where"])
    ad.check_gradients(f, x, rtol=1e-5, atol=1e-6)


def test_no_cotangent_is_computed_that_nobody_needs() -> None:
    asked: list[int] = []

    @ad.primitive
    def both(a: Any, b: Any) -> Any:
        return a * b

    @ad.adjoint(both, ad.AbstractVector, ad.AbstractVector)
    def rule(a: Any, b: Any, active: tuple[bool, bool]) -> Any:
        def back(dy: Any) -> Any:
            asked.extend(i for i in (0, 1) if active[i])
            return dy * b if active[0] else None, dy * a if active[1] else None

        return both(a, b), back

    x = np.ones(3)
    ad.gradient(lambda b: np.sum(both(x, b)), x)
    assert asked == [1]
    ad.gradient(lambda a: np.sum(both(a, a)), x)
    assert asked == [1, 0, 1]

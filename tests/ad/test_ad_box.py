"""A traced value behaves as the array or number that it stands for, or says why not."""

from __future__ import annotations

import copy
import math
import numbers
import operator
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad.registry import TABLE

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])


def seen(look: Any, x: Any = X) -> Any:
    """What `look` finds on a traced value."""
    found: list[Any] = []
    ad.pullback(lambda x: (found.append(look(x)), x)[1], x)
    return found[0]


def test_it_shows_what_it_holds() -> None:
    assert seen(lambda x: (x.shape, x.ndim, x.size, x.dtype, len(x))) == ((2, 3), 2, 6, np.float64, 2)
    assert "traced" in seen(repr)
    assert seen(lambda x: f"{x:.2f}", 1.5) == "1.50"
    assert seen(bool, 1.5) is True
    assert seen(lambda x: copy.deepcopy(x) is x)


def test_it_is_what_its_value_is() -> None:
    assert seen(lambda x: isinstance(x, np.ndarray))
    assert seen(lambda x: isinstance(x, ad.AbstractMatrix) and not isinstance(x, ad.AbstractVector))
    assert seen(lambda x: isinstance(x[0], ad.AbstractVector))
    assert seen(lambda x: isinstance(x, float) and isinstance(x, numbers.Real), 1.5)
    assert isinstance(X, ad.AbstractMatrix)
    assert not isinstance(X, ad.AbstractVector)


def test_comparisons_give_plain_answers() -> None:
    assert type(seen(lambda x: x > 0)) is np.ndarray
    assert seen(lambda x: (x < 2.0, x == 1.5, x != 1.5, x >= 1), 1.5) == (True, True, False, True)
    assert type(seen(lambda x: x == x)) is np.ndarray


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.T @ x,
        lambda x: x.sum(axis=0) + x.mean() + x.max() - x.min(),
        lambda x: x.reshape(3, 2) + x.reshape((3, 2)),
        lambda x: x.transpose(1, 0),
        lambda x: x.ravel() * x.flatten(),
        lambda x: x.copy().astype(np.float64),
        lambda x: sum(row[0] * row[-1] for row in x),
        lambda x: x[0, 1] * x[:, ::2] + x[[0, 1], [0, 1]][:, None] + x[x > 10].sum(),
        lambda x: -x + abs(x) + +x,
        lambda x: 2 - x / 3 + 1 / (x + 5) + (x + 5) ** 2.5 + 2.0 ** x,
        lambda x: x * [1.0, 2.0, 3.0] + [[1.0], [2.0]] * x,
        lambda x: np.ones((2, 3)) - x,
        lambda x: ad.array([x[0, 0], [1.0][0], x[1, 1]]),
        lambda x: ad.array([[x[0, 0], 2], [3, x[0, 1]]]),
        lambda x: x.std() + x.var(axis=1).sum() + x.prod() + x.cumsum()[-1],
        lambda x: x.dot(x.T).trace() + x.swapaxes(0, 1)[0, 0] + x.squeeze()[0, 0],
        lambda x: x.conj().real + x.imag,
    ],
)  # fmt: skip
def test_methods_and_operators_are_differentiated(f: Any) -> None:
    ad.check_gradients(f, X)


def test_a_loop_over_elements_is_linear_in_memory() -> None:
    x = np.ones(2000)
    g = ad.gradient(lambda x: sum(x[i] * i for i in range(2000)), x)
    np.testing.assert_array_equal(g, np.arange(2000.0))


def fill(x: Any) -> None:
    z = np.zeros((2, 3))
    z[:] = x


def add_in_place(x: Any) -> None:
    z = np.zeros((2, 3))
    z += x


def change(x: Any) -> None:
    x += 1.0


def write(x: Any) -> None:
    x[0] = 1.0


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (np.asarray, "rulecheck.ad.asarray"),
        (lambda x: np.array([x, x]), "rulecheck.ad.array"),
        (lambda x: float(x[0, 0]), r"float\(\) of a traced value"),
        (lambda x: int(x[0, 0]), r"int\(\)"),
        (lambda x: math.sin(x[0, 0]), "numpy's functions instead of math's"),
        (lambda x: range(x[0, 0]), "cannot be an index"),
        (fill, "rulecheck.ad.a"),
        (add_in_place, "write `z = z"),
        (change, r"write `x = x \+ y` for `x \+= y`"),
        (write, "cannot be written into"),
        (lambda x: np.add(x, 1.0, out=np.zeros((2, 3))), "out="),
        (lambda x: np.nanquantile(x, 0.5), "no derivative for"),
        (lambda x: np.add(x, 1.0, where=X > 0), "where"),
    ],
)
def test_a_gradient_is_never_lost_silently(use: Any, said: str) -> None:
    with pytest.raises((ad.NotTraceable, TypeError), match=said):
        ad.gradient(lambda x: (use(x), np.sum(x))[1], X)


def test_a_number_is_added_to_in_place() -> None:
    def f(x: Any) -> Any:
        total = x
        total += x
        total *= 3.0
        return total + 0.0 * x

    assert ad.gradient(f, 2.0) == 6.0


def test_what_has_no_derivative_is_plain() -> None:
    assert type(seen(lambda x: np.argmax(x))) is np.int64
    assert seen(lambda x: np.shape(x)) == (2, 3)
    assert type(seen(lambda x: np.zeros_like(x))) is np.ndarray
    assert seen(lambda x: x.argmax()) == 2
    assert type(seen(lambda x: np.sign(x))) is np.ndarray


def test_zeros_are_differentiated_as_they_should() -> None:
    assert ad.gradient(lambda x: x**2, 0.0) == 0.0
    assert ad.gradient(lambda x: x**1, 0.0) == 1.0
    assert ad.gradient(lambda x: x**0, 0.0) == 0.0
    np.testing.assert_array_equal(ad.gradient(lambda x: np.sum(x ** np.array([0.0, 1.0])), np.zeros(2)), [0.0, 1.0])
    assert ad.gradient(lambda p: 0.0**p, 2.0) == 0.0


def test_operators_of_the_operator_module() -> None:
    assert ad.gradient(lambda x: operator.mul(x, x), 3.0) == 6.0
    assert ad.gradient(lambda x: operator.pow(x, 3), 2.0) == 12.0
    assert ad.gradient(lambda x: abs(x) + operator.neg(x), -2.0) == -2.0


def test_whole_numbers_come_out_plain() -> None:
    assert seen(lambda x: x // 2.0, 3.5) == 1.0
    assert seen(lambda x: 7.0 // x, 3.5) == 2.0
    assert seen(lambda x: round(x, 1), 3.54) == 3.5
    assert type(seen(lambda x: x.astype(int))) is np.ndarray
    assert ad.gradient(lambda x: divmod(x, 2.0)[1] + divmod(7.0, x)[1] + x % 2.0, 3.5) == 0.0
    assert ad.gradient(lambda x: x.reshape(6)[:1].item() * x.item((1, 1)), X)[0, 0] == 0.25


def test_a_rule_may_answer_for_what_is_constant() -> None:
    """The straight-through estimator."""

    @ad.adjoint(np.trunc, ad.Vector)
    def straight_through(x: Any) -> Any:
        return np.trunc(x), lambda dy: (dy,)

    assert ad.gradient(lambda x: np.sum(np.trunc(x)), X[0]).tolist() == [1.0, 1.0, 1.0]
    TABLE.remove("numpy.trunc", (ad.Vector,))
    assert ad.gradient(lambda x: np.sum(np.trunc(x)), X[0]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", ["value", "tape", "index", "parents", "data"])
def test_a_box_shows_no_way_past_the_derivative(name: str) -> None:
    for x in (2.0, np.array([1.0, 2.0])):
        with pytest.raises(ad.NotTraceable, match=f"has no '{name}'"):
            ad.gradient(lambda x: np.sum(x * getattr(x, name)), x)
        assert not ad.pullback(lambda x: hasattr(x, name), x)[0]

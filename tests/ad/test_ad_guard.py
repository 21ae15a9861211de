"""No later write changes a gradient silently: it raises, or the gradient is right."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad import guard, placeholders

SMALL, LARGE = 4, 20_000


def attempt(write: Callable[[], None]) -> None:
    """Write; being refused is as good as being harmless."""
    try:
        write()
    except ValueError as error:
        assert "read-only" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_into_an_input(n: int) -> None:
    x = np.full(n, 3.0)
    _, back = ad.pullback(lambda x: np.sum(x * x), x)
    attempt(lambda: x.fill(7.0))
    np.testing.assert_array_equal(back(1.0)[0], np.full(n, 6.0))


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_through_a_view_that_was_made_before(n: int) -> None:
    x = np.full(n, 3.0)
    view = x[1:3]
    _, back = ad.pullback(lambda x: np.sum(x * x), x)
    attempt(lambda: view.fill(7.0))
    np.testing.assert_array_equal(back(1.0)[0], np.full(n, 6.0))


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_through_the_base(n: int) -> None:
    base = np.full(2 * n, 3.0)
    _, back = ad.pullback(lambda x: np.sum(x * x), base[:n])
    attempt(lambda: base.fill(7.0))
    np.testing.assert_array_equal(back(1.0)[0], np.full(n, 6.0))


@pytest.mark.parametrize("n", [SMALL, LARGE])
@pytest.mark.parametrize("of", ["name", "view", "base"])
@pytest.mark.parametrize(
    "product",
    [lambda c, x: c * x, lambda c, x: x * c, np.multiply, lambda c, x: np.multiply(x, c), lambda c, x: x / (1 / c)],
    ids=["left", "right", "ufunc", "ufunc-right", "divided"],
)
def test_writing_into_a_constant(n: int, of: str, product: Any) -> None:
    c = np.full(n, 2.0)
    whole = c
    if of == "view":
        whole = c[:]
    elif of == "base":
        c = c[:]
    _, back = ad.pullback(lambda x: np.sum(product(c, x)), np.ones(n))
    attempt(lambda: whole.fill(9.0))
    np.testing.assert_allclose(back(1.0)[0], np.full(n, 2.0))


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_into_a_constant_while_the_function_runs(n: int) -> None:
    c = np.full(n, 2.0)

    def f(x: Any) -> Any:
        y = x * c
        attempt(lambda: c.fill(5.0))
        return np.sum(y)

    np.testing.assert_array_equal(ad.gradient(f, np.ones(n)), np.full(n, 2.0))
    c.fill(1.0)


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_into_the_value(n: int) -> None:
    y, back = ad.pullback(np.exp, np.zeros(n))
    attempt(lambda: y.fill(0.0))
    np.testing.assert_array_equal(back(np.ones(n))[0], np.ones(n))
    y, back = ad.pullback(lambda x: x, np.zeros(n))
    attempt(lambda: y.fill(5.0))
    np.testing.assert_array_equal(back(np.ones(n))[0], np.ones(n))


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_writing_into_what_a_rule_was_given(n: int) -> None:
    @ad.primitive
    def doubled(c: Any, x: Any) -> Any:
        return c * x

    @ad.adjoint(doubled, ad.AbstractVector, ad.AbstractVector)
    def _(c: Any, x: Any) -> Any:
        return c * x, lambda dy: (dy * x, dy * c)

    c = np.full(n, 2.0)
    _, back = ad.pullback(lambda x: np.sum(doubled(c, x)), np.ones(n))
    attempt(lambda: c.fill(9.0))
    np.testing.assert_array_equal(back(1.0)[0], np.full(n, 2.0))


def test_writing_into_an_index() -> None:
    index = np.array([0, 2])
    _, back = ad.pullback(lambda x: np.sum(x[index]), np.ones(3))
    attempt(lambda: index.fill(1))
    np.testing.assert_array_equal(back(1.0)[0], [1.0, 0.0, 1.0])


def test_a_large_array_can_be_written_again_when_the_pullback_is_gone() -> None:
    x = np.ones(LARGE)
    _, first = ad.pullback(lambda x: np.sum(x * x), x)
    _, second = ad.pullback(lambda x: np.sum(x * x), x)
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 2.0
    del first
    with pytest.raises(ValueError, match="read-only"):
        x[0] = 2.0
    del second
    x[0] = 2.0
    assert ad.gradient(lambda x: np.sum(x * x), x)[0] == 4.0
    x[0] = 3.0


def test_a_large_array_can_be_written_again_after_a_rule_and_after_an_error() -> None:
    class Scaled(ad.AbstractMatrix):
        def __init__(self, d: Any) -> None:
            self.d = d

        shape = property(lambda self: (len(self.d),) * 2)  # type: ignore[assignment]

        def __matmul__(self, x: Any) -> Any:
            return self.d * x

    x, d = np.ones(LARGE), Scaled(np.ones(LARGE))

    @ad.adjoint(operator.matmul, Scaled, ad.AbstractVector)
    def _(A: Any, b: Any) -> Any:
        return A @ b, lambda dy: (ad.Tangent(d=dy * b), A.d * dy)

    ad.gradient(lambda A, b: np.sum(A @ b), d, x)
    x[0] = 2.0
    d.d[0] = 2.0
    with pytest.raises(ZeroDivisionError):
        ad.gradient(lambda x: 1 / 0, x)
    x[0] = 3.0


@dataclass
class Held:
    field: Any


@pytest.mark.parametrize("hold", [lambda x: [x], lambda x: {"a": x}, Held, lambda x: (x, 1)])
def test_a_large_array_with_one_owner_is_not_copied(hold: Any) -> None:
    held = hold(np.ones(LARGE))
    leaf = held.field if isinstance(held, Held) else held["a"] if isinstance(held, dict) else held[0]
    address = leaf.ctypes.data
    del leaf
    seen = []

    def f(held: Any) -> Any:
        box = held.field if isinstance(held, Held) else held["a"] if isinstance(held, dict) else held[0]
        seen.append(box._value.ctypes.data)
        return np.sum(box)

    ad.gradient(f, held)
    assert seen == [address]


def test_an_unpacked_argument_is_not_copied() -> None:
    arrays = [np.ones(LARGE), np.ones(LARGE)]
    seen: list[int] = []

    def f(a: Any, b: Any) -> Any:
        seen.extend((a._value.ctypes.data, b._value.ctypes.data))
        return np.sum(a) + np.sum(b)

    ad.gradient(f, *arrays)
    assert seen == [a.ctypes.data for a in arrays]


def test_a_read_only_array_is_not_copied() -> None:
    x = np.ones(LARGE)
    x.setflags(write=False)
    others = [x, x, x]
    seen: list[Any] = []
    ad.gradient(lambda x: (seen.append(x._value is others[0]), np.sum(x))[1], x)
    assert seen == [True]
    assert not x.flags.writeable


def test_gradients_share_no_memory() -> None:
    x, y = np.ones(3), np.ones(3)
    _, back = ad.pullback(lambda x, y: x + y, x, y)
    g = np.ones(3)
    dx, dy = back(g)
    assert not np.shares_memory(dx, dy)
    assert not np.shares_memory(dx, g)
    assert dx.flags.writeable
    dx = ad.gradient(np.sum, x)
    dx[0] = 5.0


def test_what_is_dropped_is_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything dropped that may be, whoever reads it meets NaN."""
    monkeypatch.setattr(placeholders, "COPIED", -1)
    monkeypatch.setattr(placeholders, "_NOTHING", np.full(2, np.nan + 0j))
    A, x = np.array([[2.0, 1.0], [0.5, 3.0]]), np.array([0.3, 0.7])

    def f(A: Any, x: Any) -> Any:
        y = np.tanh(A @ x) * np.exp(-x) + x[np.array([1, 0])] / (1 + x**2)
        z = np.linalg.solve(A, y) + np.where(y > 0, y, 0.1 * y) - np.log(1 + x * x)
        return np.sum(np.concatenate([z, y]) * 1.5) + np.linalg.det(A) + np.max(A) + np.mean(np.fft.ifft(y).real)

    ad.check_gradients(f, A, x)


def test_the_ways_were_measured() -> None:
    assert all(guard._alone[way] > 0 for way in range(1, 7))


@pytest.mark.parametrize(
    "change",
    [
        lambda x: (x.setflags(write=True), x.fill(9.0)),
        lambda x: setattr(x, "shape", (200, LARGE // 200)),
        lambda x: setattr(x, "dtype", np.int64),
        lambda x: x.resize(2 * LARGE, refcheck=False),
    ],
    ids=["writable", "shape", "dtype", "resized"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_changing_an_array_that_is_kept_is_told(change: Any) -> None:
    x = np.full(LARGE, 3.0)
    _, back = ad.pullback(lambda x: np.sum(x * x), x)
    change(x)
    with pytest.raises(ad.ChangedValue, match="while a pullback still needs it as it was"):
        back(1.0)
    frozen = np.full(LARGE, 3.0)
    frozen.setflags(write=False)
    _, back = ad.pullback(lambda x: np.sum(x * x), frozen)
    change(frozen)
    with pytest.raises(ad.ChangedValue):
        back(1.0)


def test_an_array_that_was_read_only_stays_so() -> None:
    x = np.full(LARGE, 3.0)
    x.setflags(write=False)
    ad.gradient(lambda x: np.sum(x * x), x)
    assert not x.flags.writeable

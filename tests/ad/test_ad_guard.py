"""No later write changes a gradient silently: it raises, or the gradient is right."""

from __future__ import annotations

import functools
import operator
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad import guard, placeholders
from rulecheck.ad.writers import could_write

SMALL, LARGE = 4, 80_000


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


@pytest.mark.parametrize("n", [SMALL, LARGE])
def test_an_array_can_be_written_while_a_pullback_is_kept(n: int) -> None:
    """As in a loop that fills the same buffer with each batch."""
    x, c = np.ones(n), np.ones(n)
    kept = []
    for i in range(3):
        x[:] = i
        c[:] = 10 * i
        kept.append(ad.pullback(lambda x: np.sum(x * x * c), x)[1])
    assert [back(1.0)[0][-1] for back in kept] == [0.0, 20.0, 80.0]
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
    np.testing.assert_array_equal(back(1.0)[0], np.full(LARGE, 6.0))
    frozen = np.full(LARGE, 3.0)
    frozen.setflags(write=False)
    _, back = ad.pullback(lambda x: np.sum(x * x), frozen)
    change(frozen)
    with pytest.raises(ad.ChangedValue, match="while a pullback still needs it as it was"):
        back(1.0)


def test_an_array_that_was_read_only_stays_so() -> None:
    x = np.full(LARGE, 3.0)
    x.setflags(write=False)
    ad.gradient(lambda x: np.sum(x * x), x)
    assert not x.flags.writeable


@pytest.mark.parametrize("n", [SMALL, LARGE])
@pytest.mark.parametrize("place", ["inside", "outside"])
@pytest.mark.parametrize("way", ["slice", "fill", "in place", "out", "copyto", "helper", "method", "at", "flat"])
def test_a_buffer_is_reused_in_a_loop(n: int, place: str, way: str) -> None:
    outside = np.zeros(n)

    class Filler:
        def into(self, buffer: Any, i: float) -> None:
            buffer[:] = i

    filler = Filler()

    def fill(buffer: Any, i: float) -> None:
        for k in range(len(buffer)):
            buffer[k] = i
            if k > 2:
                buffer[k:] = i
                break

    def f(x: Any) -> Any:
        buffer = np.zeros(n) if place == "inside" else outside
        total = 0.0
        for i in (1.0, 2.0, 3.0):
            if way == "slice":
                buffer[:] = i
            elif way == "fill":
                buffer.fill(i)
            elif way == "in place":
                buffer *= 0
                buffer += i
            elif way == "out":
                np.add(0 * buffer, i, out=buffer)
            elif way == "copyto":
                np.copyto(buffer, i)
            elif way == "helper":
                fill(buffer, i)
            elif way == "method":
                filler.into(buffer, i)
            elif way == "flat":
                buffer.flat = i
            else:
                np.add.at(buffer, slice(None), i - buffer)
            total = total + np.sum(x * buffer)
        return total

    np.testing.assert_array_equal(ad.gradient(f, np.ones(n)), np.full(n, 6.0))
    outside[:] = 0.0
    np.testing.assert_array_equal(ad.pullback(f, np.ones(n))[1](1.0)[0], np.full(n, 6.0))


X = np.random.default_rng(0).normal(size=(400, 200))


class Model:
    def __init__(self, X: Any) -> None:
        self.X = X

    def loss(self, w: Any) -> Any:
        return np.sum(np.tanh(self.X @ w))


def squared(X: Any, w: Any) -> Any:
    total = 0.0
    for part in (X, X):
        total += np.sum((part @ w) ** 2)
    return total


@pytest.mark.parametrize(
    "case", ["argument", "partial", "slice", "slice of a global", "global", "method", "listed", "owned twice"]
)
def test_data_is_not_copied(case: str) -> None:
    data = np.array(X)
    owners = [data, data]
    w = np.ones(200)
    runs: dict[str, Any] = {
        "argument": lambda: ad.gradient(squared, data, w)[1],
        "partial": lambda: ad.gradient(functools.partial(squared, data), w),
        "slice": lambda: ad.gradient(lambda X, w: squared(X[10:], w), data, w)[1],
        "slice of a global": lambda: ad.gradient(lambda w: squared(X[10:], w), w),
        "global": lambda: ad.gradient(lambda w: squared(X, w), w),
        "method": lambda: ad.gradient(Model(data).loss, w),
        "listed": lambda: ad.gradient(lambda Xs, w: squared(Xs[0], w), owners, w)[1],
        "owned twice": lambda: ad.gradient(lambda w: squared(owners[1], w), w),
    }
    tracemalloc.start()
    found = runs[case]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    expected = 4 * data.T @ (data @ w)
    if case in ("global", "argument", "partial", "listed", "owned twice"):
        np.testing.assert_allclose(found, expected)
    made = data.nbytes if case in ("argument", "slice", "listed") else 0  # the gradient by the data
    assert peak < made * 3.2 + data.nbytes / 2
    assert data.flags.writeable
    assert X.flags.writeable


def test_a_write_that_nobody_saw_coming_raises() -> None:
    data = np.array(X)

    class Sly:
        def __getattr__(self, name: str) -> Any:
            return getattr(data, "fi" + "ll") if name == "sum" else None

    sly = Sly()

    def f(w: Any) -> Any:
        y = data @ w
        sly.sum(0.0)
        return np.sum(y * y)

    with pytest.raises(ad.ChangedValue, match="was written into while a derivative needs it"):
        ad.gradient(f, np.ones(200))
    assert data.flags.writeable
    assert data.any()


def test_a_view_becomes_writable_after_its_base() -> None:
    data = np.zeros((400, 200))
    view = data[:300]
    seen = []

    def outer(w: Any) -> Any:
        seen.append(ad.gradient(lambda w: np.sum(view @ w), np.ones(200)))
        return np.sum(data @ w) + np.sum(view @ w)

    ad.gradient(outer, np.ones(200))
    assert data.flags.writeable
    assert view.flags.writeable


def _writes_by_default(x: Any, by: Any = np.copyto) -> Any:
    return by(x, 0.0)


class Bag:
    def __init__(self, x: Any) -> None:
        self.x = x

    def __getitem__(self, i: int) -> Any:
        self.x[i] += 1
        return self.x[i]

    @property
    def first(self) -> Any:
        self.x[0] = 1.0
        return self.x[0]


def _sums(x: Any) -> Any:
    total = 0.0
    for row in x:
        total += np.sum(row)
    return total


def _accumulates(x: Any) -> Any:
    total = np.zeros(3)
    for row in x:
        total += row
    return total


BAG = Bag(np.ones(3))


@pytest.mark.parametrize(
    "f",
    [
        _writes_by_default,
        _accumulates,
        lambda x: BAG[0] * x,
        lambda x: BAG.first * x,
        lambda x: [row.fill(0) for row in x],
        lambda x: operator.iadd(x, 1),
        lambda x: operator.setitem(x, 0, 1),
        lambda x: list(map(_accumulates, x)),
        functools.partial(np.multiply, out=BAG.x),
        functools.wraps(_accumulates)(lambda *a: _accumulates(*a)),
        lambda x: exec("x[0] = 1"),
        lambda x: x.method_of_nobody_knows_whom(),
        lambda x: setattr(x, "flat", 0),
        np.copyto,
        BAG.__getitem__,
    ],
)
def test_code_that_may_write_is_known(f: Any) -> None:
    assert could_write(f, (1.0,))
    assert could_write(lambda x: f(x), (1.0,))
    assert could_write(lambda g, x: g(x), (f, 1.0))


@pytest.mark.parametrize(
    "f",
    [
        np.sum,
        _sums,
        squared,
        Model(X).loss,
        lambda x: np.linalg.norm(np.fft.fft(x).real) + sum(x) + len(x),
        lambda x: {"a": [y for y in x if y > 0], "b": x.T @ x}["a"],
        functools.partial(squared, X),
        ad.primitive(squared),
    ],
)
def test_code_that_writes_nothing_is_known(f: Any) -> None:
    assert not could_write(f, (1.0,))
    assert not could_write(lambda x: f(x), (1.0, {"w": [X]}))


def test_what_a_verdict_rests_on_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return _sums(x)

    assert not could_write(f, (X,))
    monkeypatch.setitem(globals(), "_sums", _accumulates)
    assert could_write(f, (X,))

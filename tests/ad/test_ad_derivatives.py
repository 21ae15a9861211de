"""pullback, gradient, value_and_gradient and jacobian: values, structures, nesting and errors."""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict, defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import pytest

from rulecheck import ad

X = np.array([0.5, -1.0, 2.0])


def test_one_argument_gives_its_gradient_several_a_tuple() -> None:
    assert ad.gradient(lambda x: x * x, 3.0) == 6.0
    assert ad.gradient(lambda x, y: x * y, 3.0, 2.0) == (2.0, 3.0)
    assert ad.value_and_gradient(lambda x: x * x, 3.0) == (9.0, 6.0)
    value, back = ad.pullback(lambda x: x * x, 3.0)
    assert (value, back(1.0), back(2.0)) == (9.0, (6.0,), (12.0,))


def test_a_gradient_has_the_type_of_its_argument() -> None:
    assert type(ad.gradient(lambda x: np.sin(x), 1.0)) is float
    assert type(ad.gradient(lambda x: np.sin(x), np.float32(1.0))) is np.float32
    assert ad.gradient(lambda x: np.sum(np.exp(x) * 2), X.astype(np.float32)).dtype == np.float32
    assert ad.gradient(lambda x: np.sum(x @ np.ones((3, 3))), X.astype(np.float32)).dtype == np.float32
    assert ad.gradient(lambda x: np.mean(x), X.astype(np.float32)).dtype == np.float32
    assert ad.gradient(lambda x: 1.0, X).tolist() == [0.0, 0.0, 0.0]
    assert ad.gradient(lambda x, y: x * 2.0, 1.0, 5.0) == (2.0, 0.0)
    zero = ad.gradient(lambda x: x * 3.0, np.array(2.0))
    assert np.shape(zero) == ()
    assert zero == 3.0


class Pair(NamedTuple):
    a: Any
    b: Any


@dataclass(frozen=True)
class Model:
    weight: Any
    size: int
    inner: Any = None


class Slotted:
    __slots__ = ("_Slotted__hidden", "a")

    def __init__(self, a: Any) -> None:
        self.a = a
        self.__hidden = 2.0 * a

    def total(self) -> Any:
        return self.a * self.__hidden


def test_a_gradient_has_the_structure_of_its_argument() -> None:
    p = {"w": [2.0, (X, "name")], "n": 3, "pair": Pair(1.0, None)}
    g = ad.gradient(lambda p: p["w"][0] * np.sum(p["w"][1][0]) * p["n"] * p["pair"].a, p)
    assert g["n"] is None
    assert g["w"][0] == pytest.approx(4.5)
    np.testing.assert_allclose(g["w"][1][0], np.full(3, 6.0))
    assert g["w"][1][1] is None
    assert g["pair"] == Pair(pytest.approx(9.0), None)


def test_objects_keep_their_type_and_get_a_tangent() -> None:
    model = Model(X, 3, Model(2.0, 1))

    def f(m: Any) -> Any:
        assert type(m) is Model
        assert isinstance(m.inner, Model)
        return np.sum(m.weight) * m.inner.weight * m.size

    g = ad.gradient(f, model)
    assert isinstance(g, ad.Tangent)
    assert list(g) == ["weight", "inner"]
    np.testing.assert_allclose(g.weight, np.full(3, 6.0))
    assert g.inner == ad.Tangent(weight=4.5)
    assert model.weight is X
    with pytest.raises(AttributeError, match="it has weight, inner"):
        _ = g.size


def test_slots_and_private_names() -> None:
    g = ad.gradient(lambda s: s.total(), Slotted(3.0))
    assert g.a == 6.0
    assert g["_Slotted__hidden"] == 3.0


def test_objects_that_refer_to_themselves() -> None:
    class Node:
        def __init__(self, x: Any) -> None:
            self.x = x
            self.me = self

    assert ad.gradient(lambda n: n.x * n.me.x, Node(3.0)).x == 6.0


def test_structured_values_and_results() -> None:
    value, back = ad.pullback(lambda x: {"a": x * 2.0, "m": Model(x, 3), "n": 7}, X)
    assert type(value["m"]) is Model
    assert value["n"] == 7
    np.testing.assert_allclose(value["a"], 2 * X)
    (g,) = back({"a": np.ones(3), "m": ad.Tangent(weight=np.full(3, 0.5)), "n": None})
    np.testing.assert_allclose(g, np.full(3, 2.5))


def test_tangents_calculate() -> None:
    t = ad.Tangent(a=1.0, b=ad.Tangent(c=X))
    assert t + t == 2.0 * t
    assert t - t == t * 0.0
    assert -t == t / -1.0
    assert t + ad.Tangent(d=1.0) == ad.Tangent(a=1.0, b=ad.Tangent(c=X), d=1.0)
    assert "Tangent(a=1.0" in repr(t)


def test_tangents_of_containers_calculate() -> None:
    t = ad.Tangent(pair=Pair(1.0, X), items=[2.0, None], named={"w": X})
    double = ad.Tangent(pair=Pair(2.0, 2 * X), items=[4.0, None], named={"w": 2 * X})
    assert t + t == 2.0 * t == t * np.float64(2.0) == np.float64(2.0) * t == double
    assert sum([t, t]) == double
    assert t != double
    assert type((t + t).pair) is Pair


def test_a_field_without_a_derivative_may_as_well_be_missing() -> None:
    assert ad.Tangent(a=1.0, shape=(None, None), inner=ad.Tangent()) == ad.Tangent(a=1.0)
    assert ad.Tangent(a=1.0) != ad.Tangent(a=1.0, b=0.5)

    @dataclass
    class Shaped:
        weight: Any
        shape: tuple[int, ...] = (3, 3)
        settings: Any = field(default_factory=lambda: {"steps": [1, 2]})

    assert list(ad.gradient(lambda m: np.sum(m.weight), Shaped(X))) == ["weight"]
    assert ad.gradient(lambda x, m: x * m.weight, 2.0, Shaped(3)) == (3.0, None)


class Registry(dict[str, Any]):
    def __init__(self, name: str) -> None:
        self.name = name


class Stack(list[Any]):
    def __init__(self, *items: Any) -> None:
        super().__init__(items)


class Point(tuple[Any, ...]):
    def __new__(cls, x: Any, y: Any) -> Point:
        return super().__new__(cls, (x, y))

    @property
    def norm(self) -> Any:
        return self[0] ** 2 + self[1] ** 2


def test_a_users_own_containers_are_looked_into() -> None:
    registry = Registry("r")
    registry["w"] = X

    def weighed(r: Any) -> Any:
        assert type(r) is Registry
        assert r.name == "r"
        return np.sum(r["w"] ** 2)

    np.testing.assert_allclose(ad.gradient(weighed, registry)["w"], 2 * X)
    assert registry["w"] is X
    assert ad.gradient(lambda d: d["a"] * d["b"], OrderedDict(a=2.0, b=3.0)) == {"a": 3.0, "b": 2.0}
    assert ad.gradient(lambda d: d["a"] ** 2, defaultdict(float, a=2.0)) == {"a": 4.0}
    assert ad.gradient(lambda s: s[0] * s[1], Stack(2.0, 3.0)) == [3.0, 2.0]
    assert ad.gradient(lambda p: p.norm, Point(1.0, 2.0)) == (2.0, 4.0)
    assert ad.gradient(lambda x, info: x * info.max_exp, 2.0, sys.float_info)[0] == sys.float_info.max_exp
    for container in (registry, OrderedDict(a=2.0), Stack(2.0, X), Point(1.0, 2.0)):
        value, _ = ad.pullback(lambda c: c, container)
        assert type(value) is type(container)
        ad.check_gradients(lambda c: c, container)


def test_an_enumeration_is_a_constant() -> None:
    class Mode(Enum):
        FAST = 0.5
        SLOW = 2.0

    assert ad.gradient(lambda x, mode: x * mode.value if mode is Mode.FAST else -x, 2.0, Mode.FAST) == (0.5, None)


def test_nesting_confuses_no_perturbations() -> None:
    assert ad.gradient(lambda x: x * ad.gradient(lambda y: x + y, 2.0), 3.0) == 1.0
    assert ad.gradient(lambda x: x * ad.gradient(lambda y: x * y, 2.0), 3.0) == 6.0
    inner = lambda x: ad.gradient(lambda y: y * y * x, x)  # noqa: E731
    assert ad.gradient(inner, 3.0) == 12.0


def test_derivatives_of_any_order() -> None:
    def derived(f: Any) -> Any:
        return lambda x: ad.gradient(f, x)

    f: Any = lambda x: x**5  # noqa: E731
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0):
        f = derived(f)
        assert f(2.0) == pytest.approx(expected)


def test_hessians() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.sin(x) * x[::-1]) + np.log(1 + x @ x) + np.prod(x)

    H = ad.jacobian(lambda x: ad.gradient(f, x), X)
    np.testing.assert_allclose(H, H.T, atol=1e-12)
    ad.check_gradients(lambda x: ad.gradient(f, x), X)


def test_gradients_through_structures_nest() -> None:
    g = ad.gradient(lambda x: np.sum(ad.gradient(lambda m: np.sum(m.weight**3), Model(x, 1)).weight), X)
    np.testing.assert_allclose(g, 6 * X)


def test_jacobian() -> None:
    W = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(ad.jacobian(lambda x: W @ x, X), W)
    assert ad.jacobian(lambda x: np.outer(x, x), X).shape == (3, 3, 3)
    assert ad.jacobian(lambda x: x * x, 3.0) == 6.0
    da, db = ad.jacobian(lambda a, b: a * b, X, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(da, np.diag([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(db, np.diag(X))


def test_complex_numbers_follow_the_convention() -> None:
    z = np.array([1.0 + 2.0j, -0.5j])
    np.testing.assert_allclose(ad.gradient(lambda z: np.sum(np.abs(z) ** 2), z), 2 * z)
    np.testing.assert_allclose(ad.gradient(lambda z: np.sum(np.real(z * z)), z), 2 * np.conj(z))
    real = ad.gradient(lambda x: np.sum(np.abs(x * 1j + 1) ** 2), X)
    assert real.dtype == np.float64
    np.testing.assert_allclose(real, 2 * X)
    ad.check_gradients(lambda z: np.exp(z) * z / (1 + z), z)


def test_there_must_be_something_to_differentiate() -> None:
    with pytest.raises(TypeError, match=r"nothing to differentiate.*got an array of int64, int"):
        ad.gradient(lambda x, n: np.sum(x), np.arange(3), 3)
    g = ad.gradient(lambda x, n: np.sum(x[:n]), X, 2)
    assert g[0].tolist() == [1.0, 1.0, 0.0]
    assert g[1] is None


@pytest.mark.parametrize(
    ("f", "said"),
    [
        (lambda x: x * x, r"an array of shape \(3,\).*jacobian or pullback"),
        (lambda x: np.sum(x * 1j), "complex"),
        (lambda x: None, "NoneType"),
        (lambda x: (np.sum(x), 1.0), "tuple"),
    ],
)
def test_a_gradient_is_that_of_a_real_number(f: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        ad.gradient(f, X)


def test_the_cotangent_must_fit_the_value() -> None:
    _, back = ad.pullback(lambda x: x * x, X)
    with pytest.raises(ad.BadCotangent, match=r"shape \(2,\), and its argument has \(3,\)"):
        back(np.ones(2))


def test_a_value_kept_from_another_derivative_is_noticed() -> None:
    kept = []
    ad.gradient(lambda x: (kept.append(x), np.sum(x))[1], X)
    with pytest.raises(ad.EscapedValue):
        ad.gradient(lambda x: np.sum(x * kept[0]), X)
    with pytest.raises(ad.EscapedValue):
        ad.gradient(lambda x: kept[0], X)


def test_threads_are_apart() -> None:
    answers: list[float] = []

    def work(x: float) -> None:
        with ad.precedence("most-specific"):
            answers.extend(ad.gradient(lambda y: np.sin(y) * x, x) for _ in range(50))

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted({round(a, 9) for a in answers}) == sorted(round(i * float(np.cos(i)), 9) for i in range(4))


def test_constants_of_other_levels_pass_through() -> None:
    value, back = ad.pullback(lambda x: (x, np.arange(3), 5.0), X)
    assert value[2] == 5.0
    np.testing.assert_allclose(back((np.ones(3), None, None))[0], np.ones(3))


def test_check_gradients_names_what_differs() -> None:
    @ad.primitive
    def wrong(m: Any) -> Any:
        return np.sum(m.weight**2)

    @ad.adjoint(wrong, Model)
    def _(m: Any) -> Any:
        d = 2 * m.weight
        d[1] += 1.0
        return wrong(m), lambda dy: ad.Tangent(weight=dy * d)

    with pytest.raises(ad.GradientMismatch, match=r"argument 2\['m'\]\.weight\[1\]: the pullback gives") as caught:
        ad.check_gradients(lambda x, p: x * wrong(p["m"]), 1.5, {"m": Model(X, 3)})
    assert "weight[0]" not in str(caught.value)


@pytest.mark.parametrize("at", [3.0, X, 2 + 1j])
def test_check_gradients_names_a_value_that_is_not_the_codes(at: Any) -> None:
    @ad.primitive
    def square(x: Any) -> Any:
        return x * x

    @ad.adjoint(square, object)
    def _(x: Any) -> Any:
        return x * x * 1.001, lambda dy: np.conj(2 * x) * dy

    with pytest.raises(ad.GradientMismatch, match=r"^value\['a'\]\[1\].*: .* under a derivative, .* without one"):
        ad.check_gradients(lambda x: {"a": (x, square(x))}, at)


def test_check_gradients_names_a_value_of_another_shape() -> None:
    @ad.primitive
    def total(x: Any) -> Any:
        return np.sum(x)

    @ad.adjoint(total, object)
    def _(x: Any) -> Any:
        return np.sum(x, keepdims=True), lambda dy: np.ones(x.shape) * dy

    with pytest.raises(ad.GradientMismatch, match=r"value: .* has shape \(1,\), without one shape \(\)"):
        ad.check_gradients(total, X)


def test_what_two_fields_share_counts_for_each() -> None:
    part = Model(X, 1)
    g = ad.gradient(lambda m: np.sum(m.weight.weight) + 2 * np.sum(m.inner.weight), Model(part, 1, part))
    np.testing.assert_allclose(g.weight.weight, np.ones(3))
    np.testing.assert_allclose(g.inner.weight, np.full(3, 2.0))

    @ad.primitive
    def twice(x: Any) -> Any:
        shared = Model(x, 1)
        return Model(shared, 1, shared)

    @ad.adjoint(twice, ad.AbstractVector)
    def _(x: Any) -> Any:
        return twice(x), lambda dy: dy.weight.weight + dy.inner.weight

    out = ad.gradient(lambda x: np.sum(twice(x).weight.weight * 3.0) + np.sum(twice(x).inner.weight), X)
    np.testing.assert_allclose(out, np.full(3, 4.0))

"""What users do without meaning to: odd cotangents and results, escaped values, threads."""

from __future__ import annotations

import operator
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rulecheck import ad


@dataclass
class Pair:
    a: Any
    n: int = 1


@pytest.mark.parametrize(
    ("f", "cotangent", "says"),
    [
        (lambda x: Pair(x * 2), 3.0, "should be a Tangent with fields of Pair.*and is a float"),
        (
            lambda x: Pair(x * 2),
            np.ones(2),
            r"is an array, and Pair cannot be turned into one.*give Pair a method to_array",
        ),
        (lambda x: Pair(x * 2), ad.Tangent(b=np.ones(2)), "has a field 'b', which Pair has not"),
        (lambda x: (x, x), (np.ones(2),), "should be a sequence of 2, and is a tuple of 1"),
        (lambda x: x * 2, np.ones(3), r"has shape \(3,\), and its argument has \(2,\)"),
        (lambda x: x * 2, "a", "should be an array of shape"),
        (lambda x: {"a": x}, [1.0], "should be a dict, and is a list of 1"),
    ],
)
def test_a_cotangent_of_another_structure(f: Callable[[Any], Any], cotangent: Any, says: str) -> None:
    _, back = ad.pullback(f, np.ones(2))
    with pytest.raises(ad.BadCotangent, match=says):
        back(cotangent)


def test_a_gradient_has_the_kind_of_its_argument() -> None:
    for cotangent in (1, True, np.int64(1), np.float32(1)):
        (found,) = ad.pullback(lambda x: x * 2, 2.0)[1](cotangent)
        assert type(found) is float
    (found,) = ad.pullback(lambda x: x * 2, np.ones(2))[1](np.ones(2, int))
    assert found.dtype == np.float64
    for f in (lambda x: x * x, lambda x: 1.0, lambda x: ad.gradient(lambda y: y**3, x)):
        found = ad.gradient(f, np.array(2.0))
        assert (type(found), found.shape) == (np.ndarray, ())
    for kind in (np.float16, np.float32, np.float64, np.complex64):
        for f in (
            lambda x: x * np.float64(2),
            lambda x: np.sum(x * np.ones(3)),
            lambda x: np.sum(np.full(2, 2.0) @ ad.array([x, x])),
        ):
            assert type(ad.gradient(lambda x, f=f: np.abs(f(x)), kind(1))) is kind


def test_the_jacobian_of_other_structures() -> None:
    x = np.array([1.0, 2.0])
    assert ad.jacobian(lambda p: p.a * 3, Pair(x)) == ad.Tangent(a=3 * np.eye(2))
    first, none = ad.jacobian(lambda x, n: x * n, x, 3)
    assert none is None
    np.testing.assert_array_equal(first, 3 * np.eye(2))
    found = ad.jacobian(lambda p: p["x"] * p["y"][0], {"x": x, "y": [2.0, 1.0]})
    np.testing.assert_array_equal(found["x"], 2 * np.eye(2))
    np.testing.assert_array_equal(found["y"][0], x)
    np.testing.assert_array_equal(found["y"][1], [0.0, 0.0])
    assert ad.jacobian(lambda x: x[:0], x).shape == (0, 2)
    assert ad.jacobian(lambda p: p.a[:0], Pair(x)).a.shape == (0, 2)
    for f, kind in ((lambda x: (x, x), "a tuple"), (lambda x: [x[0]], "a list"), (Pair, "a Pair")):
        with pytest.raises(TypeError, match=f"this one returned {kind}: put its parts into one array"):
            ad.jacobian(f, x)


def test_a_value_that_was_kept_from_an_ended_derivative() -> None:
    kept: list[Any] = []

    def keeping(x: Any) -> Any:
        kept.append(x)
        return x * x

    ad.gradient(keeping, 2.0)
    for f in (lambda x: x * kept[0], lambda x: kept[0], lambda x: np.sum(ad.array([x, kept[0]]))):
        with pytest.raises(ad.EscapedValue, match="ended"):
            ad.gradient(f, 2.0)
    kept.clear()

    def inner_kept(x: Any) -> Any:
        ad.gradient(keeping, x)
        return x * kept[0]

    with pytest.raises(ad.EscapedValue, match="ended"):
        ad.gradient(inner_kept, 2.0)


def test_a_derivative_in_another_thread_within_one() -> None:
    def f(x: Any) -> Any:
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(lambda i: ad.gradient(lambda y: y * y * x * i, 2.0), range(4))) * x

    assert ad.gradient(f, 3.0) == 4 * 6 * 2 * 3.0
    assert ad.gradient(lambda x: ad.gradient(f, x), 3.0) == 4 * 6 * 2


def test_one_function_traced_by_several_threads() -> None:
    def f(x: Any) -> Any:
        parts: list[Any] = [None] * 4

        def work(i: int) -> None:
            y = x
            for _ in range(500):
                y = np.sin(y) + x @ np.eye(2)[:, i % 2] * (i + 1)
                u, _ = np.linalg.eigh(np.eye(2) + 0.0 * y[0])
                y = y + 0.0 * u
            parts[i] = y

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return np.sum(parts[0] + parts[1] + parts[2] + parts[3])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        found = {tuple(ad.gradient(f, np.array([0.3, 0.4]))) for _ in range(3)}
    finally:
        sys.setswitchinterval(before)
    assert len({tuple(np.round(g, 9)) for g in found}) == 1
    assert len(found) == 1 or max(np.ptp(list(found), axis=0)) < 1e-9


def test_several_threads_keep_the_same_large_array() -> None:
    x = np.random.default_rng(0).normal(size=(300, 100))
    wrong: list[Any] = []
    right = 2 * x.T @ (x @ np.ones(100))

    def work() -> None:
        for _ in range(30):
            found = ad.gradient(lambda w: np.sum((x @ w) ** 2), np.ones(100))
            if not np.allclose(found, right):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    x[0, 0] = 1.0  # nobody holds it any more


def test_a_long_chain_and_a_deep_one() -> None:
    def chained(x: Any) -> Any:
        for _ in range(100_000):
            x = x * 1.00001
        return x

    assert ad.gradient(chained, 1.0) == pytest.approx(1.00001**100_000)


class Scaling(ad.AbstractMatrix):
    def __init__(self, d: Any) -> None:
        self.d = d

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return (len(self.d), len(self.d))

    def __matmul__(self, x: Any) -> Any:
        return (self.d * ad.asarray(x).T).T

    def __rmatmul__(self, x: Any) -> Any:
        return ad.asarray(x) * self.d

    def to_array(self) -> Any:
        return self.d[:, None] * np.eye(len(self.d))


class Column(ad.AbstractVector):
    def __init__(self, v: Any) -> None:
        self.v = v

    @property
    def shape(self) -> tuple[int]:  # type: ignore[override]
        return (len(self.v),)

    def to_array(self) -> Any:
        return self.v


D, V = np.array([2.0, -1.0, 0.5]), np.array([0.3, 0.7, -0.4])


def test_a_gradient_of_a_structured_gradient() -> None:
    def loss(A: Any, v: Any) -> Any:
        return np.sum(np.sin(A @ v) ** 2)

    ad.check_gradients(lambda A, v: ad.gradient(loss, A, v), Scaling(D), V, rtol=1e-5)
    ad.check_gradients(lambda A: ad.pullback(loss, A, V)[1](2.0), Scaling(D), rtol=1e-5)
    value, _ = ad.pullback(lambda A: ad.gradient(loss, A, V)[0], Scaling(D))
    assert type(value) is ad.Tangent
    assert type(value.d) is np.ndarray
    dense = ad.jacobian(lambda d: ad.gradient(lambda d: np.sum(np.sin(d * V) ** 2), d), D)
    np.testing.assert_allclose(ad.jacobian(lambda A: ad.gradient(loss, A, V)[0].d, Scaling(D)).d, dense)


@pytest.mark.parametrize("b", [V, Column(V), V.reshape(3, 1)], ids=["array", "vector", "matrix"])
@pytest.mark.parametrize("flip", [lambda A: A.T, lambda A: A.H], ids=["T", "H"])
def test_a_transposed_matrix_times_a_vector_is_a_vector(b: Any, flip: Any) -> None:
    class Opted(Scaling):
        pass

    for wrapper in (ad.Transpose[Opted], ad.Adjoint[Opted]):
        ad.opt_out(operator.matmul, wrapper, ad.AbstractVector)
        ad.opt_out(operator.matmul, wrapper, ad.AbstractMatrix)
    expected = np.diag(D) @ ad.asarray(b)
    for matrix in (Scaling(D), Opted(D)):
        np.testing.assert_allclose(flip(matrix) @ b, expected)
        np.testing.assert_allclose(ad.pullback(lambda A, b: flip(A) @ b, matrix, b)[0], expected)
        ad.check_gradients(lambda A, b: flip(A) @ b, matrix, b)


def test_methods_that_keep_values_in_the_object() -> None:
    class Caching(Scaling):
        def __matmul__(self, x: Any) -> Any:
            if "twice" not in self.__dict__:
                self.twice = self.d * 2
            self.d = self.d * 1.0
            return self.twice * x

    ad.opt_out(operator.matmul, Caching, ad.AbstractVector)
    matrix = Caching(D)
    for _ in range(2):
        found = ad.gradient(lambda A: np.sum(A @ V), matrix)
        assert found == ad.Tangent(d=2 * V)
    assert list(vars(matrix)) == ["d"]


def test_an_error_in_a_rule_tells_which() -> None:
    class InRule(Scaling):
        pass

    class InPullback(Scaling):
        pass

    class Listed(Scaling):
        pass

    @ad.adjoint(operator.matmul, InRule, ad.AbstractVector)
    def one(A: Any) -> Any:
        return A.d, lambda dy: (None,)

    @ad.adjoint(operator.matmul, InPullback, ad.AbstractVector)
    def two(A: Any, b: Any) -> Any:
        return A.d * b, lambda dy: {}["no such key"]

    @ad.adjoint(operator.matmul, Listed, ad.AbstractVector)
    def three(A: Any, b: Any) -> Any:
        return A.d * b, lambda dy: [None, dy]

    for kind, error, note in (
        (
            InRule,
            TypeError,
            r"raised in rule matmul\(InRule, AbstractVector\) at .*test_ad_misuse.py:\d+, which answers",
        ),
        (InPullback, KeyError, r"raised in the pullback of rule matmul\(InPullback, AbstractVector\) at .*:\d+"),
    ):
        with pytest.raises(error) as caught:
            ad.gradient(lambda A: np.sum(A @ V), kind(D))
        assert re.match(note, caught.value.__notes__[0])
    with pytest.raises(ad.BadCotangent, match="returned a list; return a tuple"):
        ad.gradient(lambda A: np.sum(A @ V), Listed(D))
    assert ad.gradient(lambda A: np.sum(A @ V), Scaling(D)) == ad.Tangent(d=V)


def test_a_question_about_no_types() -> None:
    with pytest.raises(TypeError, match="which takes the types of a call's arguments"):
        ad.which(operator.matmul)


@pytest.mark.parametrize("w", [V, Column(V), Column(V).T.T], ids=["array", "vector", "twice"])
@pytest.mark.parametrize("policy", ["rules-first", "most-specific"])
def test_the_inner_product_of_vectors_is_a_number(w: Any, policy: str) -> None:
    v = Column(D)
    for product in (lambda v, w: v.T @ w, lambda v, w: v.H @ w, lambda v, w: v @ w):
        assert np.shape(product(v, w)) == ()
        assert product(v, w) == pytest.approx(D @ V)
        with ad.precedence(policy):
            assert np.shape(ad.pullback(product, v, w)[0]) == ()
            ad.check_gradients(product, v, w)
    z = Column(D + 1j * V)
    assert z.H @ Column(V * 2j) == pytest.approx(np.vdot(z.v, V * 2j))
    ad.check_gradients(lambda z, w: z.H @ w, z, Column(V * 2j))


def test_operands_of_one_type_that_only_has_a_reflected_method() -> None:
    class Reflected(Scaling):
        __matmul__ = ad.AbstractMatrix.__matmul__

        def __radd__(self, x: Any) -> Any:
            return ad.asarray(x) + np.diag(ad.asarray(self.d))

    A, B = Reflected(D), Reflected(V)
    for f in (operator.add, np.add, operator.matmul, np.matmul):
        np.testing.assert_allclose(f(A, B), f(np.diag(D), np.diag(V)))
        ad.check_gradients(f, A, B)


def test_a_plain_object_to_the_left_leaves_the_call_to_the_array() -> None:
    class Plain:
        pass

    class Accepting(Scaling):
        def __rmul__(self, other: Any) -> Any:
            return 2 * self.d

    assert ad.gradient(lambda A: np.sum(np.multiply(Plain(), A)), Accepting(D)) == ad.Tangent(d=np.full(3, 2.0))


def test_a_rule_stands_where_it_was_registered() -> None:
    def answer(*args: Any) -> Any:
        return 1.0, lambda dy: tuple(None for _ in args)

    class First(Scaling):
        pass

    class Second(Scaling):
        pass

    ad.adjoint(operator.matmul, First, Column)(answer)
    ad.adjoint(operator.matmul, Second, Column)(answer)
    places = [ad.which(operator.matmul, kind, Column).steps[0].entries[0].place for kind in (First, Second)]
    lines = [int(str(place).rpartition(":")[2]) for place in places]
    assert lines[1] == lines[0] + 1


def test_a_right_operand_with_its_own_method_is_asked_before_a_less_specific_rule() -> None:
    ran: list[str] = []

    class Right(Scaling):
        def __rmatmul__(self, x: Any) -> Any:
            ran.append("own")
            return ad.asarray(x) * self.d

    v, A = Column(V), Right(D)
    with ad.precedence("most-specific"):
        found = ad.gradient(lambda v, A: np.sum(v @ A), v, A)
        assert ad.which(operator.matmul, Column, Right).steps[-1].layer == "trace"
        assert ad.which(operator.matmul, Right, Right).steps[-1].entries[0].signature.startswith("Scaling.__matmul__")
    assert ran == ["own"]
    assert found == (ad.Tangent(v=D), ad.Tangent(d=V))
    assert ad.gradient(lambda v, A: np.sum(v @ A), v, A) == found


def test_an_operator_under_the_name_of_another_asks_for_itself() -> None:
    class Odd(Scaling):
        __rmul__ = Scaling.__rmatmul__

    @ad.adjoint(operator.matmul, float, Odd)
    def never(*args: Any) -> Any:
        raise AssertionError

    @ad.adjoint(operator.mul, float, Odd)
    def always(x: Any, A: Any) -> Any:
        return x * A.d, lambda dy: (np.sum(dy * A.d), None)

    assert ad.gradient(lambda x: np.sum(x * Odd(D)), 2.0) == np.sum(D)


def test_which_knows_classes_that_ask_no_table() -> None:
    class Stranger:
        def __matmul__(self, other: Any) -> Any:
            return 3.0

    class Nobody:
        pass

    class Wide(Scaling):
        pass

    ad.adjoint(operator.matmul, object, Wide)(lambda x, A: (1.0, lambda dy: (None, None)))
    assert Stranger() @ Wide(D) == 3.0
    first, last = ad.which(operator.matmul, Stranger, Wide).steps
    assert first.reason == "a method of no array type runs first, and decides"
    assert last.entries[0].signature.endswith("Stranger.__matmul__(Stranger, object)")
    assert ad.which(operator.matmul, Nobody, Wide).steps[-1].layer == "rule"
    assert ad.which(operator.matmul, float, Wide).steps[-1].layer == "rule"


def test_objects_that_no_copy_of_their_fields_would_be_equal_to() -> None:
    class Settings(SimpleNamespace):
        pass

    assert ad.gradient(lambda s: s.rate**2 * (type(s) is Settings), Settings(rate=3.0, name="a")) == ad.Tangent(
        rate=6.0
    )
    source = Random(3)
    source.gauss(0, 1)  # which keeps a float for the next call
    drawn = Random(3)
    drawn.gauss(0, 1)
    found = ad.value_and_gradient(lambda x, r: x * r.random(), 1.0, source)
    assert found == (drawn.random(), (found[0], None))


def test_an_object_that_is_not_differentiated_is_not_copied() -> None:
    ended = []

    class Handle:
        def __init__(self, name: str) -> None:
            self.name = name

        def __del__(self) -> None:
            ended.append(self.name)

    handle = Handle("a")
    assert ad.gradient(lambda x, h: x * len(h.name), 2.0, handle) == (1.0, None)
    assert ended == []


@pytest.mark.parametrize("call", ["abs(b)", "-b", "2.0**b", "b**2.0", "x**b", "b / x", "x - b", "np.abs(b)"])
def test_an_operator_has_a_fallback_by_arrays(call: str) -> None:
    x = np.array([0.4, 1.3, 2.2])

    def of(kind: Any) -> Callable[[Any], Any]:
        return lambda v: ad.asarray(eval(call, {"b": kind(v), "x": x, "np": np}))

    values = np.array([0.3, -0.7, 0.4]) if "**2" in call or "abs" in call else np.array([0.3, 0.7, 0.4])
    np.testing.assert_allclose(of(Column)(values), of(lambda v: v)(values))
    ad.check_gradients(of(Column), values)

"""Rules and opt-outs: who answers a call, what rules are told, and what is said when something is wrong."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import operator
import typing
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad.arrays import key_of
from rulecheck.ad.lattice import LATTICE
from rulecheck.ad.registry import TABLE

X = np.array([0.5, -1.0, 2.0])


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Take out again what a test registers."""
    before = {f: {e.order for e in TABLE.entries(f)} for f in list(TABLE.functions())}
    yield
    for function in list(TABLE.functions()):
        for entry in TABLE.entries(function):
            if entry.order not in before.get(function, ()):
                TABLE.remove(function, entry.signature)


class Diagonal(ad.AbstractMatrix):
    def __init__(self, d: Any) -> None:
        self.d = d

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return (len(self.d), len(self.d))

    def to_array(self) -> Any:
        return np.diag(self.d) if isinstance(self.d, np.ndarray) else None

    def __matmul__(self, x: ad.AbstractVector) -> Any:
        return self.d * x

    def __rmatmul__(self, x: Any) -> Any:
        return x * self.d

    def __add__(self, other: Any) -> Any:
        return Diagonal(self.d + other.d) if isinstance(other, Diagonal) else NotImplemented

    def __mul__(self, other: float) -> Any:
        return Diagonal(self.d * other)

    __rmul__ = __mul__

    def sum(self) -> Any:
        return np.sum(self.d)

    def solve(self, b: Any) -> Any:
        return b / self.d


class Special(Diagonal):
    pass


A = Diagonal(np.array([1.0, 2.0, 4.0]))


def watched(function: Any, *kinds: Any) -> list[Any]:
    """A rule for the function that answers 7.0 and writes down what it was told."""
    calls: list[Any] = []

    @ad.adjoint(function, *kinds)
    def rule(*args: Any, active: Any) -> Any:
        calls.append(active)
        return 7.0, lambda dy: (None,) * len(args)

    return calls


@pytest.mark.parametrize(
    ("f", "function", "kinds", "active"),
    [
        (lambda A, x: A @ x, operator.matmul, (Diagonal, ad.AbstractVector), (True, True)),
        (lambda A, x: np.matmul(A, x), operator.matmul, (Diagonal, ad.Vector), (True, True)),
        (lambda A, x: operator.matmul(A, X), np.matmul, (Diagonal, ad.Vector), (True, False)),
        (lambda A, x: X @ A, operator.matmul, (ad.Vector, Diagonal), (False, True)),
        (lambda A, x: x @ A, operator.matmul, (ad.AbstractVector, Diagonal), (True, True)),
        (lambda A, x: A + A, operator.add, (Diagonal, ad.AbstractMatrix), (True, True)),
        (lambda A, x: A + np.eye(3), operator.add, (Diagonal, ad.Matrix), (True, False)),
        (lambda A, x: np.eye(3) + A, operator.add, (ad.Matrix, Diagonal), (False, True)),
        (lambda A, x: np.subtract(np.eye(3), A), operator.sub, (ad.Matrix, Diagonal), (False, True)),
        (lambda A, x: 2 * A, operator.mul, (float | int, Diagonal), (False, True)),
        (lambda A, x: A * x[0], operator.mul, (ad.AbstractMatrix, float), (True, True)),
        (lambda A, x: -A, operator.neg, (Diagonal,), (True,)),
        (lambda A, x: np.sum(A), np.sum, (Diagonal,), (True,)),
        (lambda A, x: np.linalg.solve(A, x), np.linalg.solve, (Diagonal, ad.AbstractVector), (True, True)),
        (lambda A, x: np.exp(A), np.exp, (Diagonal,), (True,)),
        (lambda A, x: A.T @ X, operator.matmul, (ad.Transpose[Diagonal], ad.AbstractVector), (True, False)),
    ],
)  # fmt: skip
def test_every_spelling_is_answered_by_the_table(f: Any, function: Any, kinds: Any, active: Any) -> None:
    calls = watched(function, *kinds)
    assert ad.value_and_gradient(f, A, X)[0] == 7.0
    assert calls == [active]


@pytest.mark.parametrize(
    "f",
    [
        lambda A, x: np.sum(A @ x),
        lambda A, x: np.sum(x @ A),
        lambda A, x: np.sum((A + A) @ x),
        lambda A, x: np.sum(np.eye(3) + A),
        lambda A, x: (2 * A).sum() + np.sum(A),
        lambda A, x: np.sum(A * x[1] @ x),
        lambda A, x: np.sum(np.linalg.solve(A, x)),
        lambda A, x: np.sum(np.exp(ad.asarray(Dense(A.d)))),
        lambda A, x: np.sum(A.T @ x) + np.sum(A.H @ x),
        lambda A, x: np.sum(A @ np.outer(x, x)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("policy", ["rules-first", "most-specific"])
def test_gradients_agree_whoever_answers(f: Any, policy: str) -> None:
    with ad.precedence(policy):
        ad.check_gradients(f, A, X)


class Dense(ad.AbstractVector):
    def __init__(self, v: Any) -> None:
        self.v = v

    shape = property(lambda self: np.shape(self.v))  # type: ignore[assignment]

    def __getitem__(self, i: Any) -> Any:
        return self.v[i]


def test_the_most_specific_entry_wins_whatever_the_order() -> None:
    narrow = watched(operator.matmul, Special, ad.AbstractVector)
    wide = watched(operator.matmul, Diagonal, ad.AbstractVector)
    ad.gradient(lambda A: A @ X, Special(A.d))
    ad.gradient(lambda A: A @ X, A)
    assert (len(narrow), len(wide)) == (1, 1)


def test_a_union_is_less_specific_than_its_part() -> None:
    for union in (Diagonal | Dense, typing.Union[Diagonal, Dense], (Diagonal, Dense)):  # noqa: UP007
        wide = watched(np.cos, union)
        narrow = watched(np.cos, Diagonal)
        ad.gradient(lambda A: np.cos(A), A)
        assert (len(narrow), len(wide)) == (1, 0)
        ad.gradient(lambda v: np.cos(v), Dense(X))
        assert len(wide) == 1


def test_an_ambiguity_names_both_with_their_places_and_can_be_resolved() -> None:
    watched(operator.matmul, Diagonal, object)
    first = np.sum(A @ X)
    watched(operator.matmul, object, ad.Vector)
    for _ in range(2):
        with pytest.raises(ad.AmbiguousRule) as caught:
            ad.gradient(lambda A: A @ X, A)
        text = str(caught.value)
        assert "rule matmul(Diagonal, object) at " in text
        assert "rule matmul(object, Vector) at " in text
        assert text.count("test_ad_registry.py:") == 2
        assert "register one for exactly (Diagonal, Vector)" in text
    assert np.sum(A @ X) == first
    ad.opt_out(operator.matmul, Diagonal, ad.Vector)
    np.testing.assert_allclose(ad.gradient(lambda A: np.sum(A @ X), A).d, X)


def test_a_user_rule_on_plain_arrays_is_asked() -> None:
    assert ad.gradient(lambda x: np.sum(np.sinh(x)), np.zeros(2)).tolist() == [1.0, 1.0]
    calls = watched(np.sinh, ad.AbstractVector)
    ad.gradient(lambda x: np.sum(np.sinh(x)), np.zeros(2))
    assert calls == [(True,)]
    ad.opt_out(np.sinh, ad.Vector)
    assert ad.gradient(lambda x: np.sum(np.sinh(x)), np.zeros(2)).tolist() == [1.0, 1.0]
    assert len(calls) == 1
    calls = watched(operator.add, ad.Matrix, ad.Matrix)
    ad.gradient(lambda x: x + x, np.eye(2))
    assert calls == [(True, True)]


def test_a_function_that_cannot_be_seen_is_refused() -> None:
    with pytest.raises(TypeError, match=r"math\.sin cannot be intercepted.*rulecheck\.ad\.primitive"):
        ad.adjoint(__import__("math").sin, float)
    with pytest.raises(TypeError, match="cannot be intercepted"):
        ad.opt_out(len, Diagonal)
    with pytest.raises(TypeError, match="at least one type"):
        ad.opt_out(operator.matmul)
    with pytest.raises(TypeError, match="made of types"):
        ad.opt_out(operator.matmul, "Diagonal")


def test_a_primitive_asks_the_table() -> None:
    @ad.primitive
    def energy(A: Any, x: Any) -> Any:
        """The energy."""
        return np.sum(A.d * x * x)

    assert energy(A, X) == np.sum(A.d * X * X)
    assert energy.__doc__ == "The energy."
    traced = ad.gradient(energy, A, X)
    calls = watched(energy, Diagonal, ad.AbstractVector)
    ad.gradient(energy, A, X)
    assert len(calls) == 1
    ad.opt_out(energy, Diagonal, ad.AbstractVector)
    np.testing.assert_allclose(ad.gradient(energy, A, X)[1], traced[1])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (7.0, r"returns \(value, pullback\), not float"),
        ((7.0, lambda dy: (dy,)), "returned 1 cotangents for 2 arguments"),
        ((7.0, lambda dy: (None, np.ones(5))), r"cotangent 2 has shape \(5,\), and its argument has \(3,\)"),
        ((7.0, lambda dy: (ad.Tangent(e=1.0), None)), "has a field 'e', which Diagonal has not"),
        ((7.0, lambda dy: (np.ones((2, 2)), None)), r"cotangent 1 has shape \(2, 2\), and its argument has \(3, 3\)"),
        ((7.0, lambda dy: (None, ad.Tangent(d=1.0))), "should be an array"),
    ],
)
def test_a_bad_rule_is_named(answer: Any, said: str) -> None:
    @ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)
    def rule(A: Any, x: Any) -> Any:
        return answer

    with pytest.raises(ad.BadCotangent, match=said) as caught:
        ad.gradient(lambda A, x: A @ x, A, X)
    assert "rule matmul(Diagonal, AbstractVector) at " in str(caught.value)


def test_keywords_reach_rules_that_take_them() -> None:
    @ad.adjoint(np.sum, Diagonal)
    def rule(A: Any, axis: Any = None) -> Any:
        return 7.0 if axis == 0 else 1.0, lambda dy: (None,)

    assert ad.value_and_gradient(lambda A: np.sum(A, axis=0), A)[0] == 7.0
    with pytest.raises(ad.NotTraceable, match=r"passes keepdims=.*give it the keyword, or opt out"):
        ad.gradient(lambda A: np.sum(A, keepdims=True), A)


def test_a_cotangent_given_to_a_rule_cannot_be_written_into() -> None:
    @ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)
    def rule(A: Any, x: Any) -> Any:
        def back(dy: Any) -> Any:
            dy *= 2.0
            return None, dy

        return A @ x, back

    with pytest.raises(ValueError, match="read-only"):
        ad.gradient(lambda x: np.sum(A @ x), X)


def test_methods_that_are_assigned_later_ask_too() -> None:
    class Late(ad.AbstractMatrix):
        def __init__(self, d: Any) -> None:
            self.d = d

        shape = property(lambda self: (3, 3))  # type: ignore[assignment]

    Late.__matmul__ = lambda self, x: self.d * x  # type: ignore[method-assign]
    assert np.sum(Late(A.d) @ X) == np.sum(A.d * X)
    calls = watched(operator.matmul, Late, ad.AbstractVector)
    ad.gradient(lambda A: A @ X, Late(A.d))
    assert calls == [(True, False)]


def test_virtual_subclasses_ask_too() -> None:
    @ad.AbstractMatrix.register
    class Foreign:
        def __init__(self, d: Any) -> None:
            self.d = d
            self.shape = (len(d), len(d))

        def __matmul__(self, x: Any) -> Any:
            return self.d * x

        def to_array(self) -> Any:
            return np.diag(ad.asarray(self.d))

    assert isinstance(Foreign(X), ad.AbstractMatrix)
    foreign = Foreign(A.d)
    ad.check_gradients(lambda A, x: np.sum(A @ x) + np.sum(x @ A), foreign, X)
    for f, kinds in (
        (lambda A: A @ X, (Foreign, ad.AbstractVector)),
        (lambda A: X @ A, (ad.AbstractVector, Foreign)),
    ):
        calls = watched(operator.matmul, *kinds)
        ad.gradient(f, foreign)
        assert len(calls) == 1


def test_most_specific_compares_only_what_the_method_constrains() -> None:
    class Plain(ad.AbstractMatrix):
        def __init__(self, d: Any) -> None:
            self.d = d

        shape = property(lambda self: (3, 3))  # type: ignore[assignment]

        def __matmul__(self, x):  # type: ignore[no-untyped-def]
            return self.d * x

        def __mul__(self, x: ad.Vector) -> Any:
            return self.d * x

    generic = watched(operator.matmul, ad.AbstractMatrix, ad.Vector)
    exact = watched(operator.mul, Plain, ad.AbstractVector)
    with ad.precedence("most-specific"):
        ad.gradient(lambda A: np.sum(A @ X), Plain(X))
        assert generic == []
        ad.gradient(lambda A: np.sum(A * X), Plain(X))
        assert exact == []  # less specific in the second argument
        mine = watched(operator.matmul, Plain, object)
        ad.gradient(lambda A: A @ X, Plain(X))
        assert len(mine) == 1
    ad.gradient(lambda A: A * X, Plain(X))
    assert len(exact) == 1
    with pytest.raises(ValueError, match="'rules-first' and 'most-specific'"), ad.precedence("none"):
        pass


def test_which_tells_the_walk_without_running_it() -> None:
    walk = ad.which(operator.matmul, Diagonal, X)
    assert [s.layer for s in walk.steps] == ["rule"]
    assert str(walk).startswith("matmul(Diagonal, Vector)\n  rule claims: rule matmul(AbstractMatrix, AbstractVector)")
    with ad.precedence("most-specific"):
        walk = ad.which(operator.matmul, Diagonal, X)
    assert [s.outcome.value for s in walk.steps] == ["declines", "claims"]
    assert "less specific than the method" in repr(walk)
    assert "method Diagonal.__matmul__(Diagonal, AbstractVector) at " in repr(walk)
    assert "for those ask about Vector and Matrix" in str(ad.which(operator.matmul, Diagonal, np.ndarray))
    ad.opt_out(np.matmul, Diagonal, ad.AbstractVector)
    assert "opted out" in repr(ad.which(operator.matmul, A, ad.Vector))
    assert "AbstractMatrix, AbstractVector" in repr(ad.which(operator.matmul, ad.Matrix, ad.Vector))
    assert "method Diagonal.sum(Diagonal) at" in repr(ad.which(np.sum, Diagonal))
    watched(operator.matmul, ad.AbstractVector, Diagonal)
    watched(operator.matmul, ad.Vector, ad.AbstractMatrix)
    assert "ambiguous" in repr(ad.which(operator.matmul, X, A))


def test_keys_follow_rank_and_kind() -> None:
    assert [key_of(v) for v in (X, np.eye(2), np.zeros((1, 1, 1)))] == [ad.Vector, ad.Matrix, np.ndarray]
    numbers = [np.float32(1), np.array(1.0), 1.0, np.int8(1), True, np.complex64(1)]
    assert [key_of(v) for v in numbers] == [float, float, float, int, bool, complex]
    assert LATTICE.linearise(ad.Vector) == (ad.Vector, ad.AbstractVector, np.ndarray, ad.AbstractArray, object)
    assert [k.__name__ for k in LATTICE.linearise(float)] == ["float", "Real", "Complex", "Number", "object"]
    assert LATTICE.linearise(ad.Transpose[Special])[:4] == (
        ad.Transpose[Special], ad.Transpose[Diagonal], ad.Transpose[ad.AbstractMatrix], ad.Transpose[ad.AbstractArray],
    )  # fmt: skip
    assert ad.Transpose in LATTICE.linearise(ad.Transpose[Special])


def test_lazy_wrappers() -> None:
    t = A.T
    assert type(t) is ad.Transpose[Diagonal] is ad.Transpose[Diagonal]
    assert t.T is A
    assert A.H.H is A
    assert isinstance(t, ad.Transpose)
    assert issubclass(ad.Transpose[Special], ad.Transpose[Diagonal])
    assert not issubclass(ad.Transpose[Diagonal], ad.Transpose[Special])
    assert not issubclass(ad.Transpose[Diagonal], ad.Adjoint)
    assert type(ad.Transpose(A)) is ad.Transpose[Diagonal]
    assert type(ad.Adjoint(X)) is ad.Adjoint[ad.Vector]
    assert type(ad.Transpose(ad.Adjoint(A))) is ad.Transpose[ad.Adjoint[Diagonal]]
    assert type(copy.copy(t)) is type(t)
    np.testing.assert_allclose(t @ X, A.d * X)
    row = Dense(X).T
    assert row.shape == (1, 3)
    np.testing.assert_allclose(ad.asarray(row), X[None, :])
    np.testing.assert_allclose(ad.asarray(Dense(X * 1j).H), -1j * X[None, :])
    M = np.arange(9.0).reshape(3, 3)
    np.testing.assert_allclose(row @ M, X @ M)
    np.testing.assert_allclose(np.ones(3) @ t, A.d)
    with pytest.raises(TypeError, match="takes a type"):
        ad.Transpose["Diagonal"]
    with pytest.raises(TypeError, match="already has its parameter"):
        ad.Transpose[Diagonal][Diagonal]
    with pytest.raises(TypeError, match="numpy arrays of rank 2"):
        ad.Matrix()


def test_while_nothing_is_traced_the_method_runs_as_it_is() -> None:
    calls = watched(operator.matmul, Diagonal, ad.AbstractVector)
    np.testing.assert_allclose(A @ X, A.d * X)
    assert (A * 2.0).d.tolist() == [2.0, 4.0, 8.0]
    assert type(A + A) is Diagonal
    np.testing.assert_allclose(np.eye(3) + A, np.eye(3) + np.diag(A.d))
    np.testing.assert_allclose(X @ A, A.d * X)
    assert calls == []
    with pytest.raises(TypeError):
        A @ "text"


def test_numpy_sees_a_structured_value_as_its_array() -> None:
    np.testing.assert_array_equal(np.asarray(A), np.diag(A.d))
    np.testing.assert_array_equal(np.array([Dense(X), Dense(X)]), np.stack([X, X]))
    assert np.shape(A) == (3, 3)

    class Nothing(ad.AbstractVector):
        shape = (2,)

    with pytest.raises(TypeError, match=r"Nothing cannot be turned into an array: give it a method to_array\(\)"):
        np.asarray(Nothing())
    with pytest.raises(ad.NotTraceable):
        ad.gradient(lambda A: np.sum(np.asarray(A)), Diagonal(A.d))


def test_a_subclass_is_asked_first_by_every_spelling() -> None:
    class Reflecting(Diagonal):
        def __rmatmul__(self, other: Any) -> Any:
            return "mine"

    for product in (operator.matmul, np.matmul):
        assert product(A, Reflecting(A.d)) == "mine"


def test_a_policy_is_the_tasks_own() -> None:
    def answers() -> str:
        return ad.which(operator.matmul, Diagonal, X).steps[-1].layer

    async def under(policy: str, turn: asyncio.Event, mine: asyncio.Event, found: list[str]) -> None:
        with ad.precedence(policy):
            mine.set()
            await turn.wait()
            found.append(answers())
        found.append(answers())

    async def both() -> tuple[list[str], list[str]]:
        a, b = asyncio.Event(), asyncio.Event()
        first: list[str] = []
        second: list[str] = []
        await asyncio.gather(under("most-specific", b, a, first), under("rules-first", a, b, second))
        return first, second

    assert asyncio.run(both()) == (["trace", "rule"], ["rule", "rule"])
    assert answers() == "rule"


def test_a_generator_that_ends_in_another_context_disturbs_no_policy() -> None:
    def steps() -> Iterator[None]:
        with ad.precedence("most-specific"):
            yield

    run = steps()
    contextvars.copy_context().run(next, run)
    run.close()
    assert ad.which(operator.matmul, Diagonal, X).steps[-1].layer == "rule"


@pytest.mark.parametrize(
    ("function", "count", "says"),
    [(operator.matmul, 3, "matmul takes two operands, not 3"), (np.negative, 2, "neg takes one operand, not 2")],
)
def test_a_signature_that_no_call_of_an_operator_has(function: Any, count: int, says: str) -> None:
    kinds = [ad.AbstractMatrix] * count
    for register in (lambda: ad.opt_out(function, *kinds), lambda: ad.adjoint(function, *kinds)(lambda *a: None)):
        with pytest.raises(TypeError, match=says):
            register()
    with pytest.raises(TypeError, match=says):
        ad.which(function, *kinds)
    ad.opt_out(operator.pow, *[ad.AbstractMatrix] * 3)
    ad.opt_out(operator.matmul, Diagonal)

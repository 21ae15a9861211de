"""The two cases that the project started from."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

from rulecheck import ad


def rows_of(c: Any, n: int) -> Any:
    """Row i of the circulant whose first column is c."""
    return c[(np.arange(n)[:, None] - np.arange(n)[None, :]) % n]


def fresh_types() -> tuple[type, type, list[str]]:
    """New types each time, so that registrations of one test do not touch another."""
    calls: list[str] = []

    class Bell(ad.AbstractVector):
        def __init__(self, x: Any) -> None:
            self.x = x

        @property
        def shape(self) -> tuple[int, ...]:
            return np.shape(self.x)

        def to_array(self) -> Any:
            return self.x

    class Circulant(ad.AbstractMatrix):
        def __init__(self, c: Any) -> None:
            self.c = c

        @property
        def shape(self) -> tuple[int, ...]:
            return (len(self.c), len(self.c))

        def to_array(self) -> Any:
            calls.append("to_array")
            return rows_of(self.c, len(self.c))

        @property
        def T(self) -> Any:
            c = self.c
            return Circulant(c[-np.arange(len(c))])

        def __matmul__(self, b: ad.AbstractVector) -> Any:
            calls.append("fast")
            return rows_of(self.c, len(self.c)) @ ad.asarray(b)

    return Circulant, Bell, calls


def expected(c: Any, b: Any) -> tuple[Any, Any]:
    n = len(c)
    return np.full(n, b.sum()), np.full(n, c.sum())


C, B = np.array([1.0, 2.0, 4.0, 0.5]), np.array([0.5, -1.0, 3.0, 2.0])


def test_generic_rule_shadows_the_fast_product() -> None:
    Circulant, _, calls = fresh_types()
    dA, db = ad.gradient(lambda A, b: np.sum(A @ b), Circulant(C), B)
    np.testing.assert_allclose(dA.c, expected(C, B)[0])
    np.testing.assert_allclose(db, expected(C, B)[1])
    assert "to_array" in calls


def test_opting_out_after_a_first_use_traces_the_fast_product() -> None:
    Circulant, _, calls = fresh_types()

    def loss(A: Any, b: Any) -> Any:
        return np.sum(A @ b)

    before = ad.gradient(loss, Circulant(C), B)
    ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)
    calls.clear()
    after = ad.gradient(loss, Circulant(C), B)
    assert calls == ["fast"]
    np.testing.assert_allclose(after[0].c, before[0].c, rtol=1e-12)
    np.testing.assert_allclose(after[1], before[1], rtol=1e-12)


def test_a_rule_that_forwards_traces_the_fast_product() -> None:
    Circulant, _, calls = fresh_types()

    @ad.adjoint(operator.matmul, Circulant, ad.AbstractVector)
    def forward(A: Any, b: Any) -> Any:
        return ad.pullback(operator.matmul, A, b)

    dA, db = ad.gradient(lambda A, b: np.sum(A @ b), Circulant(C), B)
    assert calls == ["fast"]
    np.testing.assert_allclose(dA.c, expected(C, B)[0])
    np.testing.assert_allclose(db, expected(C, B)[1])


def test_most_specific_needs_no_override() -> None:
    Circulant, Bell, calls = fresh_types()
    with ad.precedence("most-specific"):
        dA, db = ad.gradient(lambda A, b: np.sum(A @ b), Circulant(C), B)
        assert calls == ["fast"]
        calls.clear()
        dA2, db2 = ad.gradient(lambda A, b: np.sum(b.T @ A), Circulant(C), Bell(B))
        assert calls == ["fast"]
    np.testing.assert_allclose(dA.c, expected(C, B)[0])
    np.testing.assert_allclose(db, expected(C, B)[1])
    np.testing.assert_allclose(dA2.c, expected(C, B)[0])
    np.testing.assert_allclose(db2.x, expected(C, B)[1])


@pytest.mark.parametrize("side", ["T", "H"])
def test_a_row_times_a_matrix_goes_by_the_library_to_the_fast_product(side: str) -> None:
    Circulant, Bell, calls = fresh_types()

    def loss(b: Any, A: Any) -> Any:
        return np.sum(getattr(b, side) @ A)

    if side == "H":
        Circulant.H = property(lambda self: self.T)  # real fields
    before = ad.gradient(loss, Bell(B), Circulant(C))
    assert "to_array" in calls
    calls.clear()
    wrapper = ad.Transpose if side == "T" else ad.Adjoint
    ad.opt_out(operator.matmul, wrapper[Bell], Circulant)
    if side == "T":
        ad.opt_out(operator.matmul, Circulant, Bell)
    else:
        ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)
    after = ad.gradient(loss, Bell(B), Circulant(C))
    assert calls == ["fast"]
    np.testing.assert_allclose(after[0].x, before[0].x, rtol=1e-12)
    np.testing.assert_allclose(after[1].c, before[1].c, rtol=1e-12)


@pytest.mark.parametrize("own", ["T", "H"])
@pytest.mark.parametrize("product", ["b.T @ A", "b.H @ A", "A.T @ b", "A.H @ b", "b.T @ A.H", "b.H @ A.T"])
def test_the_one_transpose_that_a_matrix_has_serves_for_both(product: str, own: str) -> None:
    Circulant, Bell, calls = fresh_types()
    turned = Circulant.T
    Circulant.T = ad.AbstractMatrix.T  # type: ignore[attr-defined]
    conjugate = np.conj if own == "H" else np.positive
    setattr(Circulant, own, property(lambda self: Circulant(conjugate(turned.fget(self).c))))
    multiply = eval(f"lambda A, b: {product}")
    for c, b in ((C, B), (C + 1j * B, B - 2j * C)):
        dense = rows_of(c, 4)
        matrix = dense.T if product.endswith("A.T") else dense.conj().T if product.endswith("A.H") else dense
        turn = (lambda x: x.T) if ".T @" in product else lambda x: x.conj().T
        value = turn(dense) @ b if product.endswith("b") else turn(b) @ matrix
        np.testing.assert_allclose(np.ravel(ad.asarray(multiply(Circulant(c), Bell(b)))), value)
        calls.clear()
        with ad.precedence("most-specific"):
            ad.check_gradients(lambda c, b: np.sum(np.abs(ad.asarray(multiply(Circulant(c), Bell(b))) + 1) ** 2), c, b)
        assert set(calls) == {"fast"}


def test_an_error_in_a_product_is_told_and_not_gone_round() -> None:
    Circulant, Bell, _ = fresh_types()

    def failing(self: Any, b: Any) -> Any:
        return Bell(rows_of(self.c, 4) @ b.x) if type(b) is Bell else 1 / 0

    Circulant.__matmul__ = failing  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError) as caught:
        ad.gradient(lambda b: np.sum(Circulant(C) @ Bell(b)), B)
    assert "raised in the pullback of rule matmul(AbstractMatrix, AbstractVector)" in caught.value.__notes__[0]


@pytest.mark.parametrize("override", [False, True])
@pytest.mark.parametrize("product", ["b @ A", "b.T @ A", "b.H @ A", "A.H @ b", "A @ b"])
def test_a_method_that_takes_no_plain_arrays_is_no_hindrance(product: str, override: bool) -> None:
    Circulant, Bell, _ = fresh_types()
    multiply = eval(f"lambda A, b: {product}")

    def strict(self: Any, b: Any) -> Any:
        return Bell(rows_of(self.c, len(self.c)) @ b.x)

    Circulant.__matmul__ = strict  # type: ignore[attr-defined]
    if override:
        for left, right in ((Circulant, Bell), (ad.Transpose[Bell], Circulant), (ad.Adjoint[Bell], Circulant)):
            ad.opt_out(operator.matmul, left, right)
    weights = np.arange(1.0, 5.0)
    ad.check_gradients(lambda c, b: np.sum(weights * ad.asarray(multiply(Circulant(c), Bell(b)))), C, B)
    ad.check_gradients(lambda c: np.sum(weights * ad.asarray(B @ Circulant(c))), C)


@pytest.mark.parametrize("policy", ["rules-first", "most-specific"])
@pytest.mark.parametrize("side", ["T", "H"])
def test_a_row_stays_a_row_whoever_answers(side: str, policy: str) -> None:
    """So that `b.T @ A @ b` is a number while a derivative is taken, as it is without."""
    Circulant, Bell, _ = fresh_types()
    Circulant.__matmul__ = lambda self, b: Bell(rows_of(self.c, len(self.c)) @ ad.asarray(b))  # type: ignore[attr-defined]

    def form(c: Any, b: Any) -> Any:
        return getattr(Bell(b), side) @ Circulant(c) @ Bell(b)

    with ad.precedence(policy):
        value, gradient = ad.value_and_gradient(form, C, B)
        assert value == pytest.approx(form(C, B))
        assert value == pytest.approx(B @ rows_of(C, 4) @ B)
        np.testing.assert_allclose(gradient[1], (rows_of(C, 4) + rows_of(C, 4).T) @ B)
        ad.check_gradients(form, C, B)
        row, back = ad.pullback(lambda b: getattr(Bell(b), side) @ Circulant(C), B)
        assert np.shape(row) == np.shape(getattr(Bell(B), side) @ Circulant(C))
        np.testing.assert_allclose(np.ravel(row), B @ rows_of(C, 4))
        np.testing.assert_allclose(back(np.ones(np.shape(row)))[0], rows_of(C, 4).sum(1))
    complex_b = B + 1j * C
    ad.check_gradients(lambda b: np.sum(np.abs(ad.asarray(getattr(Bell(b), side) @ Circulant(C)) + 1j) ** 2), complex_b)


@pytest.mark.parametrize("column", [lambda b: b.T.H, lambda b: b.H.T, lambda b: b.T.H.T.T])
def test_a_column_times_a_row_is_a_matrix(column: Any) -> None:
    _, Bell, _ = fresh_types()

    def product(a: Any, b: Any) -> Any:
        return column(Bell(a)) @ Bell(b).T

    np.testing.assert_allclose(product(C, B), np.outer(C, B))
    ad.check_gradients(product, C, B)

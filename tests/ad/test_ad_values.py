"""The value under a derivative is numpy's own, of the same dtype, and the derivative is that of differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rulecheck import ad

RANDOM = np.random.default_rng(11)
TALL, B = RANDOM.normal(size=(5, 3)), RANDOM.normal(size=(5, 2))
COMPLEX = TALL + 1j * RANDOM.normal(size=(5, 3))
LEFT, RIGHT = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 3))
V = RANDOM.normal(size=7)
VANDER = np.vander(np.linspace(0, 1, 20), 12)
SINE = np.sin(np.arange(20.0))


def holds(f: Callable[..., Any], *args: Any) -> None:
    plain = np.asarray(f(*args))
    value = np.asarray(ad.pullback(f, *args)[0])
    assert value.dtype == plain.dtype
    np.testing.assert_allclose(value, plain, rtol=1e-14)
    ad.check_gradients(f, *args)
    if all(np.asarray(each).dtype != np.float32 for each in args):

        def squared(*args: Any) -> Any:
            y = f(*args)
            return np.sum(np.real(y * np.conj(y)))

        ad.check_gradients(lambda *args: ad.gradient(squared, *args), *args, rtol=1e-5, atol=1e-6)


def solution(a: Any, b: Any) -> Any:
    return np.linalg.lstsq(a, b, rcond=None)[0]


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (solution, (TALL, B)),
        (solution, (TALL, B[:, 0])),
        (solution, (TALL.T.copy(), B[:3])),
        (solution, (COMPLEX, B + 1j * B[::-1])),
        (solution, (COMPLEX.T.copy(), (B + 1j * B[::-1])[:3])),
        (lambda x, y: solution(x @ y, np.ones(4)), (LEFT, RIGHT)),
        (lambda a: np.linalg.lstsq(a, B, 1e-6)[0], (TALL,)),
        (np.linalg.pinv, (TALL,)),
        (np.linalg.pinv, (TALL.T.copy(),)),
        (np.linalg.pinv, (COMPLEX,)),
        (np.linalg.pinv, (np.stack([LEFT, 2 * LEFT]),)),
        (lambda x, y: np.linalg.pinv(x @ y, rcond=1e-10), (LEFT, RIGHT)),
        (lambda a: np.linalg.pinv(a, rtol=1e-3), (TALL,)),
        (lambda a: np.linalg.qr(a)[0], (COMPLEX,)),
        (lambda a: np.linalg.qr(a)[1], (COMPLEX,)),
        (lambda a: np.linalg.qr(a)[1], (np.stack([COMPLEX[:3], COMPLEX[2:]]),)),
        (lambda a, q: np.quantile(a, q), (V, 0.3)),
        (lambda a, q: np.quantile(a, q, axis=0), (TALL, np.array([[0.2], [0.55]]))),
        (lambda a, q: np.percentile(a, q, keepdims=True), (V, np.array([12.0, 77.0]))),
        (lambda x: np.copysign(x, 0.0), (V,)),
        (lambda x: np.copysign(x, -0.0), (V,)),
        (lambda x: np.copysign(x, np.float32(-0.0) * np.ones(7)), (V,)),
        (np.power, (-np.abs(V), 1.5 + 0.5j)),
        (lambda v, z: v**z, (-np.abs(V), np.array(0.5 - 0.25j))),
        (np.sign, (V + 1j * V[::-1],)),
        (lambda z: np.sign(z) * np.abs(z), (V[:3] + 0.5j,)),
        (lambda x: x * np.sign(x), (V,)),
        (np.float_power, (np.abs(V).astype(np.float32), np.float32(1.5))),
        (lambda x: np.float_power(x, 3), (V,)),
        (lambda v: v.compress([True, False, True]), (V,)),
        (lambda v: v.compress([0, 1], axis=1), (TALL,)),
        (lambda h: np.heaviside(np.array([-1.0, 0.0, 2.0]), h), (V[:3],)),
    ],
)  # fmt: skip
def test_value_and_both_derivatives(f: Any, args: Any) -> None:
    holds(f, *args)


def parts(*found: Any) -> Any:
    return np.concatenate([np.ravel(part) for part in found])


def eig_of(a: Any) -> Any:
    w, v = np.linalg.eig(a)
    return parts(np.abs(w), np.abs(v))


def svd_of(a: Any) -> Any:
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return parts(np.abs(u), s, np.abs(vh), np.matmul(u, vh))


SQUARE = RANDOM.normal(size=(4, 4))


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (eig_of, (SQUARE,)),
        (eig_of, (SQUARE + 1j * SQUARE.T,)),
        (lambda a: parts(*np.linalg.eig(a)), (SQUARE @ SQUARE.T + 0.1 * SQUARE,)),
        (lambda a: np.real(np.linalg.eigvals(a)), (SQUARE,)),
        (lambda a: np.sum(np.linalg.eigvals(a) ** 3, axis=-1), (np.stack([SQUARE + 1j * SQUARE.T, 2j - SQUARE]),)),
        (svd_of, (COMPLEX,)),
        (svd_of, (COMPLEX.T.copy(),)),
        (svd_of, (COMPLEX[:3],)),
        (svd_of, (np.stack([COMPLEX[:2], COMPLEX[2:4]]),)),
        (lambda a, b: np.linspace(a, b, 5), (V[:2], 3.0)),
        (lambda a, b: np.linspace(a, b, 4, endpoint=False, axis=-1), (V[:2], V[2:4])),
        (lambda a, b: np.linspace(a, b, 3, retstep=True)[1], (1.0, 4.0)),
        (lambda a: np.linspace(0.0, a, 1), (4.0,)),
        (lambda x: np.real_if_close(x + 0j) * x, (V,)),
        (lambda z: np.real_if_close(z), (COMPLEX,)),
        (np.column_stack, (V,)),
        (lambda x: np.vstack([x, x], casting="same_kind"), (V,)),
        (lambda x: np.unwrap(8 * x), (V,)),
        (np.linalg.cond, (SQUARE,)),
        (lambda a: np.linalg.cond(a, 1), (SQUARE,)),
        (lambda a: np.linalg.cond(a, -2), (np.stack([SQUARE, SQUARE + 1]),)),
        (lambda a: np.linalg.tensorinv(np.reshape(a, (2, 2, 4))), (SQUARE,)),
        (lambda a: np.linalg.tensorsolve(np.reshape(a, (2, 2, 4)), a[:2, :2]), (SQUARE,)),
        (lambda a, b: np.linalg.tensorsolve(np.reshape(a, (4, 2, 2)), b, axes=(0,)), (SQUARE, V[:4].reshape(2, 2))),
        (np.nanmedian, (TALL,)),
    ],
)  # fmt: skip
def test_functions_that_were_not_known(f: Any, args: Any) -> None:
    holds(f, *args)


@pytest.mark.parametrize("decomposed", [np.linalg.eig, np.linalg.eigh, lambda a: np.linalg.svd(a)])
def test_what_depends_on_an_arbitrary_phase_is_told(decomposed: Any) -> None:
    a = SQUARE + 1j * SQUARE.T
    part = 0 if "lambda" in str(decomposed) else 1
    with pytest.raises(ad.NotTraceable, match="phases of complex vectors, which are arbitrary"):
        ad.gradient(lambda a: np.sum(np.imag(decomposed(a + np.conj(a.T))[part])), a)


def test_an_ill_conditioned_problem_is_solved_as_numpy_solves_it() -> None:
    np.testing.assert_array_equal(ad.pullback(solution, VANDER, SINE)[0], solution(VANDER, SINE))
    np.testing.assert_array_equal(ad.pullback(np.linalg.pinv, VANDER)[0], np.linalg.pinv(VANDER))
    _, back = ad.pullback(solution, VANDER, SINE)
    g = RANDOM.normal(size=12)
    np.testing.assert_allclose(back(g)[1], np.linalg.pinv(VANDER).T @ g, rtol=1e-6)


def test_without_full_rank_the_derivative_is_that_along_the_rank() -> None:
    low = LEFT @ RIGHT
    value, back = ad.pullback(np.linalg.pinv, low)
    np.testing.assert_array_equal(value, np.linalg.pinv(low))
    (d,) = back(np.ones_like(value))
    along = LEFT @ RANDOM.normal(size=(2, 3)) + RANDOM.normal(size=(4, 2)) @ RIGHT  # keeps the rank
    at = [LEFT @ RIGHT + t * along for t in (0.0,)]
    left, right = RANDOM.normal(size=(4, 2)), RANDOM.normal(size=(2, 3))
    ahead, behind = ((LEFT + t * left) @ (RIGHT + t * right) for t in (1e-6, -1e-6))
    change = np.sum(np.linalg.pinv(ahead, 1e-10) - np.linalg.pinv(behind, 1e-10)) / 2e-6
    np.testing.assert_allclose(np.sum(d * (left @ RIGHT + LEFT @ right)), change, rtol=1e-5)
    assert np.linalg.matrix_rank(at[0]) == 2


@pytest.mark.parametrize("reduce", [np.nanmax, np.nanmin])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_extremes_of_what_is_not_there(reduce: Any, axis: Any) -> None:
    x = np.array([[np.nan, 1.0, 2.0], [np.nan] * 3])
    for each in (x, np.full((2, 3), np.nan)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = reduce(each, axis=axis, keepdims=True)
            value, back = ad.pullback(lambda x: reduce(x, axis=axis, keepdims=True), each)
            np.testing.assert_array_equal(value, expected)
            (d,) = back(np.ones_like(value))
        assert np.sum(d) == np.sum(~np.isnan(expected))
        assert not np.any(d[np.isnan(each)])
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        ad.pullback(lambda x: reduce(x, axis=1), x)


@pytest.mark.parametrize(
    "f",
    [
        lambda z: z.real**2 + z.imag**2,
        lambda z: abs(z) ** 2,
        lambda z: (z * z).real,
        lambda z: z.real,
        lambda z: z.imag,
        lambda z: (z * z.conjugate()).real,
        lambda z: np.abs(np.exp(z)),
        lambda z: (2.0 * z + 1).imag,
        lambda z: (z / (1 + 2j)).imag + (3j - z).real,
        lambda z: (2**z).real + (z**2.5).imag,
        lambda z: np.real(np.sum(z * np.array([1, 2j]))),
        lambda z: np.angle(z) + np.real(np.sqrt(z)),
        lambda z: np.real(np.sign(z)),
        lambda z: np.real(ad.array([z, 2 * z, 1.0])[1]),
    ],
)
@pytest.mark.parametrize("z", [1.5 + 0.5j, np.complex128(-0.5 + 2j)])
def test_complex_numbers_of_python(f: Any, z: Any) -> None:
    found = ad.gradient(f, z)
    assert type(found) is type(z)
    ad.check_gradients(f, z)
    ad.check_gradients(lambda z: ad.gradient(f, z), z)
    assert ad.gradient(f, np.array(z)) == pytest.approx(found)


@pytest.mark.parametrize("look", [lambda x: {2.0: 5.0}.get(x, 0.0), lambda x: x in {2.0}, hash, lambda x: {x: 1}[x]])
def test_a_traced_value_is_looked_up_nowhere(look: Any) -> None:
    with pytest.raises(ad.NotTraceable, match="looked up in a dict or a set"):
        ad.gradient(lambda x: x * look(x), 2.0)


def _written(way: str, x: Any) -> Any:
    z = np.zeros(3)
    if way == "item":
        z[0] = x
    elif way == "flat":
        z.flat[0] = x
    elif way == "fill":
        z.fill(x)
    elif way == "slice":
        z[:] = x
    elif way == "mask":
        z[np.array([True, False, True])] = x
    elif way == "put":
        np.put(z, 0, x)
    elif way == "itself":
        z[0] = ad.gradient(lambda y: y * x, 2.0)
    return np.sum(z)


@pytest.mark.parametrize("way", ["item", "flat", "fill", "slice", "mask", "put", "itself"])
def test_writing_a_traced_value_into_an_array_is_told_in_own_words(way: str) -> None:
    with pytest.raises(ad.NotTraceable, match=r"rulecheck\.ad|numpy\.where") as caught:
        ad.gradient(lambda x: _written(way, x), 2.0)
    assert not str(caught.value).startswith("setting an array element")


def test_an_error_of_the_function_itself_stays_as_it_is() -> None:
    def f(x: Any) -> Any:
        raise ValueError("of its own")

    with pytest.raises(ValueError, match="of its own") as caught:
        ad.gradient(f, 2.0)
    assert caught.value.__cause__ is None


def test_cotangents_of_both_levels_meet_at_one_array() -> None:
    def inner(a: Any, b: Any) -> Any:
        return (np.sum(a[0] * b) + np.sum(a[1:] * 3.0) + np.sum(a[0] * 2.0) + np.sum(a * b)) ** 2

    def outer(b: Any) -> Any:
        return np.sum(ad.gradient(lambda a: inner(a, b), np.ones(3)))

    ad.check_gradients(outer, 2.0)
    ad.check_gradients(
        lambda a: ad.gradient(lambda a: np.sum(np.interp(a[0] * a, a, a * a)), a), np.array([0.1, 0.4, 0.8])
    )


SINGLE = [
    "np.median(x)", "np.median(x, axis=0)", "np.quantile(x, 0.3)", "np.quantile(x, [0.3])", "np.percentile(x, 40)",
    "np.cov(x)", "np.corrcoef(x)", "np.linspace(x[0], x[1], 5)", "np.linspace(0.0, x[0, 0], 3)", "np.insert(x, 1, 5.0)",
    "np.linalg.matrix_power(x[:3], 0)", "np.insert(np.arange(3), 1, x[0, 0] + 1)", "np.float_power(x, 2)",
    "np.insert(x, 1, x[0].astype(float), axis=0)", "np.std(x)", "np.mean(x, axis=0)", "np.linalg.norm(x)", "np.var(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", SINGLE)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_value_has_numpys_precision(text: str, dtype: Any) -> None:
    if dtype is np.float16 and "linalg" in text:
        return
    x = (np.abs(TALL) + 0.5).astype(dtype)
    plain = eval(text, {"np": np, "x": x})
    value, back = ad.pullback(lambda x: eval(text, {"np": np, "x": x}), x)
    assert np.asarray(value).dtype == np.asarray(plain).dtype
    np.testing.assert_allclose(value, plain, rtol=1e-6 if dtype is np.float32 else 3e-3)
    assert back(np.ones_like(value))[0].dtype == dtype

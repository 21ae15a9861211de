"""Functions and settings of numpy beyond the commonest: the same value as numpy, and right derivatives, twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rulecheck import ad

RANDOM = np.random.default_rng(23)
NAMES: dict[str, Any] = {
    "np": np,
    "ad": ad,
    "M": np.array([[True, False, True, True], [True, True, False, True], [False, True, True, True]]),
    "w": RANDOM.uniform(0.5, 1.5, 3),
    "knots": np.array([0.0, 0.4, 1.1, 2.5]),
}
X = RANDOM.uniform(0.3, 0.9, (3, 4)) + np.arange(12).reshape(3, 4) / 7
V = np.array([0.31, 1.17, 0.73, 0.52])
Z = X + 1j * X[::-1]
WITH_NAN = np.where(np.eye(3, 4) == 1, np.nan, X)

ON_MATRICES = """
np.sum(x, where=M); np.sum(x, axis=1, where=M, initial=2.0); np.mean(x, axis=0, where=M); np.mean(x, dtype=np.float64)
np.prod(x, where=M, axis=1); np.prod(x, initial=3.0); np.prod(x, axis=()); np.max(x, axis=1, where=M, initial=0.1)
np.max(x, initial=99.0); np.min(x, axis=0, initial=-1.0)
np.var(x, axis=1, where=M); np.std(x, axis=0, where=M, ddof=1)
np.var(x, correction=1); np.std(x, mean=np.mean(x, axis=0, keepdims=True), axis=0); np.std(x, axis=())
np.average(x, axis=0, weights=w, returned=True); np.average(x, axis=(0, 1), weights=x * x)
np.cumsum(x, axis=1, dtype=float); np.cumprod(x, 0, dtype=float)
np.diff(x, prepend=0.5, axis=0); np.diff(x, append=x[:, :2])
np.median(x, axis=(0, 1)); np.median(x, axis=(1, 0), keepdims=True)
np.quantile(x, 0.3); np.quantile(x, [0.1, 0.55], axis=0)
np.percentile(x, 30, axis=-1, keepdims=True); np.quantile(x, [[0.2], [1.0]], axis=(0, 1)); np.quantile(x, 0.0)
np.unique(x); np.sort(x, stable=True); np.partition(x, 1, axis=0); np.partition(x, [0, 3]); np.partition(x, 2, None)
np.amax(x, axis=1); np.amin(x, keepdims=True); np.amax(x, axis=0, where=M, initial=0.1)
np.insert(x, 1, 5.0, axis=1); np.insert(x, [0, 2], x[:, :2], axis=1); np.insert(x, 2, x[0], axis=0); np.insert(x, 3, 1)
np.insert(x, [1, 1], 2.0); np.insert(x, slice(0, 2), x[:1], axis=0); np.insert(x, -1, x[:, 0], axis=1)
np.full_like(x, x[0, 0]); np.full_like(x, 2.0) * x; np.full_like(x, x[0], shape=(2, 4))
np.bincount([0, 1, 1, 4], weights=x[0]); np.bincount([0, 0, 1], x[:, 0], 5); np.pad(x, 1, constant_values=x[0, 0])
np.pad(x, {0: 1}); np.pad(x, {-1: (1, 2)}, constant_values=3.0)
np.reshape(x, (4, 3), order="F"); x.reshape(2, 6, order="F")
np.ravel(x, order="F"); x.flatten("F"); np.reshape(x, (4, 3), copy=True); np.meshgrid(x[0], x[:, 0], sparse=True)
x.mT; x.flat[2] * x.flat[3]; x[:, []]; x.searchsorted(0.5) * x if x.ndim == 1 else x; x.nbytes * x; x.itemsize * x
np.copy(x); np.astype(x, complex); np.cumulative_sum(x, axis=0); np.cumulative_prod(x, axis=1, include_initial=True)
np.unstack(x, axis=1); np.gradient(x); np.gradient(x, 0.5, axis=0)
np.gradient(x, 0.5, 2.0); np.cov(x); np.corrcoef(x)
np.cov(x, rowvar=False, bias=True); np.extract(M, x); np.linalg.trace(x); np.linalg.diagonal(x, offset=1)
np.linalg.matrix_norm(x); np.linalg.vector_norm(x); np.linalg.vector_norm(x, axis=(0, 1), ord=3, keepdims=True)
np.linalg.matrix_transpose(x); np.linalg.svdvals(x); np.linalg.outer(x[0], x[1]); np.linalg.vecdot(x, x * x, axis=0)
np.linalg.tensordot(x, x.T, axes=1); np.linalg.matmul(x, x.T); np.linalg.cross(x[:, 0], x[:, 1]); np.matvec(x, x[0])
np.vecmat(x[:, 0], x); np.vecdot(x, x, axis=0); np.einsum("ij,kj,kl,il->", x, x, x, x); np.inner(x[0], x[1])
np.fft.fft2(x, s=(3, -1), axes=(0, 1)); np.fft.rfftn(x, axes=(0, 0)); np.fft.ihfft(x, 5); np.fft.hfft(x, axis=0)
np.linalg.norm(x, 1); np.linalg.norm(x, -1); np.linalg.norm(x, -2); np.linalg.norm(x, -np.inf, keepdims=True)
np.linalg.norm(ad.array([x, x * x, x]), 2, axis=(2, 0)); np.linalg.norm(ad.array([x, x * x]), "nuc", (1, 2), True)
np.linalg.norm(ad.array([x, x * x]), -np.inf, axis=(0, -1)); np.linalg.matrix_norm(ad.array([x, x * x]), ord=-1)
np.linalg.norm(x, -1, axis=0); np.linalg.norm(x[0], 0) * x; np.linalg.norm(x, -np.inf, axis=1)
np.choose([[0, 1, 1, 0]], [x, x * x]); np.choose([2, -1, 5, 0], [x[0], 2.0, x[2]], mode="wrap")
np.choose(np.array([[0], [9]]), [x[0], x[1]], mode="clip"); np.vander(x[0]); np.vander(x[:, 1], 2, increasing=True)
np.vander(x[0] - x[0, 0], 3); np.linalg.lstsq(x.T, (x * x).T)[0]; np.linalg.lstsq(x.T, x[0])[1]
np.linalg.lstsq(x, x[:, 0])[3]; np.apply_along_axis(np.sum, 1, x); np.apply_along_axis(np.outer, 0, x, [1.0, 2.0])
np.apply_along_axis(lambda r, k: np.cumsum(r)[:2] * k, -1, x, k=3.0)
np.add.reduceat(x, [0, 2, 1]); np.multiply.reduceat(x, [1, 3, 0, 2], axis=1); np.maximum.reduceat(x[0], [0, 1, 3])
np.linalg.norm(x - x); np.std(x * 0, axis=1) + x[:, 0]
"""
ON_VECTORS = """
np.interp(x, knots, [0.0, 1.0, 4.0, 2.0]); np.interp(x, knots, [0.0, 1.0, 4.0, 2.0], left=-1.0, right=7.0)
np.interp(0.6, knots, x); np.interp([-1.0, 0.7, 9.0], knots, x)
np.interp(0.6, x[0] + knots, x); np.interp(x[0], knots, knots**2)
np.polyval([1.0, 2.0, 3.0], x); np.polyval(x, 2.0)
np.ediff1d(x); np.correlate(x, [1.0, 2.0], "full"); np.correlate(x, x)
np.logaddexp.reduce(x); np.array([1.0, 2.0, 3.0, 4.0]) @ ad.array(x.tolist()); np.sinc(x); np.sinc(x - x)
"""
ON_COMPLEX = """
np.sinc(x); np.fft.hfft(x)
np.fft.hfft(x, 5, axis=0, norm="ortho"); np.fft.irfftn(x, s=(3, -1), axes=(0, 1)); np.cov(x)
np.vecmat(x[:, 0], x); np.linalg.vecdot(x, x * 2j, axis=0); np.correlate(x[0], x[1], "same"); np.std(x, axis=0)
"""
ON_MISSING = """
np.nansum(x, axis=0); np.nanprod(x); np.nanmax(x, axis=0); np.nanmin(x, axis=1, keepdims=True); np.nanvar(x, ddof=1)
np.nanstd(x, axis=1); np.nancumsum(x); np.nancumprod(x, axis=1); np.nanmean(x, axis=0, keepdims=True)
"""


def listed(text: str, value: Any) -> list[Any]:
    return [pytest.param(e.strip(), value, id=e.strip()) for line in text.splitlines() for e in line.split("; ") if e]


@pytest.mark.parametrize(
    ("expression", "x"),
    [*listed(ON_MATRICES, X), *listed(ON_VECTORS, V), *listed(ON_COMPLEX, Z), *listed(ON_MISSING, WITH_NAN)],
)
def test_value_and_derivatives(expression: str, x: Any) -> None:
    f = eval(f"lambda x: {expression}", NAMES)
    value, _ = ad.pullback(f, x)
    same(value, f(x))
    if np.isnan(x).any():
        there = ~np.isnan(x)
        _, back = ad.pullback(f, x)
        (found,) = back(np.ones_like(value))
        assert not found[~there].any()
        assert np.isfinite(found).all()
        ad.check_gradients(lambda known: f(ad_filled(x, known, there)), x[there])
        return
    ad.check_gradients(f, x)
    ad.check_gradients(lambda x: pulled(f, x), x, rtol=1e-4, atol=1e-6)


def ad_filled(x: Any, known: Any, there: Any) -> Any:
    """The array with other values where it has no NaN, traced or not."""
    position = np.cumsum(there.ravel()).reshape(there.shape) - 1
    return np.where(there, known[position], np.nan)


def pulled(f: Any, x: Any) -> Any:
    """A gradient that depends on the value, so that its own derivative has all terms."""
    value, back = ad.pullback(f, x)
    parts = value if isinstance(value, (tuple, list)) else [value]
    weights = [2 * v if np.iscomplexobj(v) else np.cos(v) for v in parts]
    return back(type(value)(weights) if isinstance(value, (tuple, list)) else weights[0])[0]


def same(mine: Any, theirs: Any) -> None:
    if isinstance(theirs, (tuple, list)):
        assert len(mine) == len(theirs)
        for a, b in zip(mine, theirs, strict=True):
            same(a, b)
        return
    assert np.shape(mine) == np.shape(theirs)
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14)


def test_the_determinant_of_singular_matrices_twice() -> None:
    for matrix in (
        np.zeros((2, 2)),
        np.ones((3, 3)) + np.diag([0.0, 0.0, 1.0]),
        np.zeros((1, 1)),
        np.diag([0.0, 2.0, 3.0, 1.0]),
    ):
        ad.check_gradients(np.linalg.det, matrix)
        ad.check_gradients(lambda a: ad.gradient(np.linalg.det, a), matrix)


def test_a_third_derivative_through_reads_and_writes() -> None:
    def cubed(x: Any) -> Any:
        return np.sum(x[[0, 0, 2]] ** 3 * x[0])

    first = lambda x: ad.gradient(cubed, x)  # noqa: E731
    second = lambda x: ad.gradient(lambda y: np.sum(first(y) * V[:3]), x)  # noqa: E731
    ad.check_gradients(second, V[:3], rtol=1e-5)


@pytest.mark.parametrize(
    "call",
    ["np.std(x, axis=0)", "np.var(x)", "np.mean(x, where=M)", "np.std(x, ddof=1, where=M)", "np.nanmean(x, axis=1)"]
    + ["np.nanstd(x)", "np.nanvar(x, axis=0)", "np.diag(x[0], 1)", "np.amax(x, axis=0)", "np.partition(x, 1)"],
)
def test_single_precision_stays(call: str) -> None:
    x = X.astype(np.float32)
    f = eval(f"lambda x: {call}", NAMES)
    value, back = ad.pullback(f, x)
    assert value.dtype == f(x).dtype == np.float32
    assert back(np.ones_like(value)[()])[0].dtype == np.float32


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ("np.linalg.norm(ad.array([x, x]), 2)", ValueError, "norm: of order 2 along which axes"),
        ("np.linalg.norm(x, 5)", ValueError, "no norm of matrices of order 5"),
        ("np.linalg.norm(x, 'fro', 0)", ValueError, "no 'fro' norm of vectors"),
        ("np.add.reduceat(x, [0, 9])", IndexError, "not all within an axis of 3"),
        ("np.choose([0, 3], [x[0, :2], x[1, :2]])", ValueError, "invalid entry in choice array"),
    ],
)
def test_a_call_that_numpy_refuses_or_that_has_no_derivative(call: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ad.gradient(lambda x: np.sum(eval(call, NAMES, {"x": x})), X)

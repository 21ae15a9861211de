"""Every function of numpy that has a derivative, against central differences: real, complex, and twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rulecheck.ad as ad

RANDOM = np.random.default_rng(7)


def real(*shape: int) -> Any:
    """Values between 0.2 and 0.9, all different: inside every function's domain and away from kinks."""
    return np.asarray(RANDOM.permutation(np.linspace(0.2, 0.9, int(np.prod(shape)) or 1)).reshape(shape))


def cplx(*shape: int) -> Any:
    return real(*shape) + 1j * real(*shape)


def spd(n: int, make: Callable[..., Any] = real) -> Any:
    """A Hermitian positive definite matrix."""
    a = make(n, n)
    return a @ a.conj().T + n * np.eye(n)


def sym(a: Any) -> Any:
    return (a + np.conj(np.swapaxes(a, -1, -2))) / 2


A, B, X, Y, M = real(3, 4), real(4, 2), real(3), real(3), real(3, 3) + 2 * np.eye(3)
V, W, T3 = real(6), real(4), real(2, 3, 4)
C, Z, CM, CV = cplx(3, 4), cplx(3), cplx(3, 3) + 2 * np.eye(3), cplx(6)
BOOL = np.array([True, False, True])

CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}


def case(name: str, f: Callable[..., Any], *args: Any) -> None:
    assert name not in CASES
    CASES[name] = (f, args)


ANALYTIC = [
    np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan, np.sinh, np.cosh, np.tanh,
    np.arcsin, np.arccos, np.arctan, np.arcsinh, np.arctanh, np.sqrt, np.square, np.reciprocal, np.negative,
    np.positive, np.conjugate, np.real, np.imag, np.absolute, np.angle, np.sinc,
]  # fmt: skip
for f in ANALYTIC:
    case(f"{f.__name__}-real", f, X)
    if f is not np.sinc:
        case(f"{f.__name__}-complex", f, Z)
case("arccosh-real", np.arccosh, X + 1)
case("arccosh-complex", np.arccosh, Z)
for f in (np.cbrt, np.deg2rad, np.rad2deg, np.radians, np.degrees, np.fabs, np.nan_to_num):
    case(f.__name__, f, X)
for g in (np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power):
    case(f"{g.__name__}-real", g, X, Y)
    case(f"{g.__name__}-complex", g, Z, Z + 0.3)
    case(f"{g.__name__}-mixed", g, X, Z)
    case(f"{g.__name__}-broadcast", g, A, W)
    case(f"{g.__name__}-number", lambda x, g=g: g(x, 2.0) + g(2.0, x), X)
for g in (np.arctan2, np.hypot, np.logaddexp, np.logaddexp2, np.maximum, np.minimum, np.fmax, np.fmin, np.copysign):
    case(g.__name__, g, X, real(3) + 0.013)
case("remainder", np.remainder, X * 9, Y + 0.013)
case("fmod", np.fmod, X * 9, Y + 0.013)
case("divmod", lambda a, b: np.divmod(a, b)[1], X * 9, Y + 0.013)
case("ldexp", lambda a: np.ldexp(a, 3), X)
case("clip", lambda x: np.clip(x, 0.4, 0.7), V)
case("clip-bounds", np.clip, V, 0.41, 0.69)
case("where", lambda a, b: np.where(BOOL, a, b), X, Y)
case("where-broadcast", lambda a, b: np.where(BOOL[:, None], a, b), A, 0.5)
case("select", lambda a, b: np.select([BOOL, ~BOOL], [a, b]), X, Y)

for axis in (None, 0, -1, (0, 2)):
    for keep in (False, True):
        for h in (np.sum, np.mean, np.var, np.std, np.prod, np.max, np.min):
            case(f"{h.__name__}-{axis}-{keep}", lambda x, h=h, axis=axis, k=keep: h(x, axis=axis, keepdims=k), T3)
for h in (np.sum, np.mean, np.var, np.std, np.prod, np.cumsum, np.cumprod):
    case(f"{h.__name__}-complex", h, C)
case("prod-zeros", lambda x: np.prod(x * np.array([1.0, 0, 1]), axis=-1), real(4, 3))
case("prod-one-zero", lambda x: np.prod(x - np.array([X[0], 0, 0])), X.copy())
case("cumsum-axis", lambda x: np.cumsum(x, axis=1), T3)
case("cumprod-axis", lambda x: np.cumprod(x, axis=1), T3)
case("cumprod-zeros", lambda x: np.cumprod(x * np.array([1.0, 0, 1, 1, 0, 1])), V)
case("ptp", np.ptp, A)
case("average", lambda x, w: np.average(x, axis=1, weights=w), A, W)
case("nansum", lambda x: np.nansum(x, axis=0), A)
case("nanmean", lambda x: np.nanmean(x, axis=0), A)
case("sort", lambda x: np.sort(x, axis=0), A)
case("median-even", lambda x: np.median(x, axis=1), A)
case("median-odd", lambda x: np.median(x, axis=0, keepdims=True), A)
case("median-all", np.median, A)
case("diff", lambda x: np.diff(x, n=2, axis=1), A)
case("trapezoid", np.trapezoid, V, np.cumsum(V))
case("ufunc-reduce", lambda x: np.add.reduce(x, axis=1) * np.multiply.reduce(x, axis=1), A)
case("maximum-reduce", lambda x: np.maximum.reduce(x, axis=1) - np.minimum.reduce(x), real(4, 4))
case("logaddexp-reduce", lambda x: np.logaddexp.reduce(x, axis=1), A)
case("ufunc-outer", lambda a, b: np.multiply.outer(a, b) + np.subtract.outer(a, b), X, W)
case("accumulate", lambda x: np.add.accumulate(x) + np.multiply.accumulate(x), X)

for order in (None, 1, 2, 3, np.inf, -np.inf):
    case(f"norm-vector-{order}", lambda x, o=order: np.linalg.norm(x, o), V)
for order in (None, "fro", "nuc", 1, 2, np.inf):
    case(f"norm-matrix-{order}", lambda x, o=order: np.linalg.norm(x, o), A)
case("norm-axis", lambda x: np.linalg.norm(x, axis=1, keepdims=True), T3)
case("norm-complex", np.linalg.norm, C)

SHAPES = [
    ("ravel", np.ravel), ("reshape", lambda x: np.reshape(x, (4, -1))), ("transpose", np.transpose),
    ("transpose-axes", lambda x: np.transpose(x, (1, 2, 0))), ("swapaxes", lambda x: np.swapaxes(x, 0, 2)),
    ("moveaxis", lambda x: np.moveaxis(x, (0, 1), (1, 2))), ("rollaxis", lambda x: np.rollaxis(x, 2)),
    ("expand", lambda x: np.expand_dims(x, (0, 2))), ("squeeze", lambda x: np.squeeze(x[:1])),
    ("broadcast", lambda x: np.broadcast_to(x, (5, 2, 3, 4))), ("flip", lambda x: np.flip(x, 1)),
    ("flipall", np.flip), ("fliplr", np.fliplr), ("flipud", np.flipud), ("roll", lambda x: np.roll(x, 2)),
    ("roll-axes", lambda x: np.roll(x, (1, 2), (0, 2))), ("rot90", lambda x: np.rot90(x, 3)),
    ("tile", lambda x: np.tile(x, (2, 1, 3))), ("tile-more", lambda x: np.tile(x, (2, 1, 1, 2))),
    ("repeat", lambda x: np.repeat(x, 2, axis=1)), ("repeat-each", lambda x: np.repeat(x, [1, 0, 2], axis=1)),
    ("take", lambda x: np.take(x, [[0, 2], [1, 1]], axis=1)), ("take-flat", lambda x: np.take(x, [5, -1, 5])),
    ("take-clip", lambda x: np.take(x, [9, 1], axis=0, mode="clip")), ("trace", np.trace),
    ("trace-axes", lambda x: np.trace(x, 1, 2, 1)), ("diagonal", lambda x: np.diagonal(x, -1, 1, 2)),
    ("compress", lambda x: np.compress([True, False, True], x, axis=1)), ("atleast", np.atleast_3d),
    ("pad", lambda x: np.pad(x, ((1, 0), (0, 2), (1, 1)))), ("pad-edge", lambda x: np.pad(x, 1, mode="edge")),
    ("pad-reflect", lambda x: np.pad(x, 1, mode="reflect")), ("pad-wrap", lambda x: np.pad(x, 1, mode="wrap")),
    ("delete", lambda x: np.delete(x, 1, axis=1)), ("index", lambda x: x[1, ::2, None, -1]),
    ("index-array", lambda x: x[[0, 1, 0], [2, 2, 2]]), ("index-bool", lambda x: x[x > 0.5]),
    ("index-mixed", lambda x: x[:, [0, 0, 1], 1:]), ("ellipsis", lambda x: x[..., 0]),
    ("real-of-complex", lambda x: np.real((1 + 2j) * x)), ("concatenate", lambda x: np.concatenate([x, 2 * x], axis=1)),
    ("concatenate-flat", lambda x: np.concatenate([x, x], axis=None)), ("stack", lambda x: np.stack([x, -x], axis=-1)),
    ("hstack", lambda x: np.hstack([x, x])), ("vstack", lambda x: np.vstack([x, np.ones((1, 3, 4))])),
    ("dstack", lambda x: np.dstack([x, 3 * x])), ("append", lambda x: np.append(x, x, axis=0)),
    ("split", lambda x: np.split(x, 2, axis=2)[1]), ("array_split", lambda x: np.array_split(x, 2, axis=1)[0]),
    ("vsplit", lambda x: np.vsplit(x, 2)[0]), ("hsplit", lambda x: np.hsplit(x, [1])[1]),
    ("dsplit", lambda x: np.dsplit(x, 2)[0]), ("block", lambda x: np.block([[x[0], x[1]], [x[1], x[0]]])),
    ("take_along", lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1)),
    ("tril", np.tril), ("triu", np.triu),
    ("broadcast_arrays", lambda x: np.broadcast_arrays(x, x[0])[1]), ("copy", lambda x: x.copy() + x.flatten()[0]),
    ("methods", lambda x: x.sum(0).mean() + x.T.reshape(-1).max() + x.std() + x.clip(0.3, 0.6).sum()),
    ("iterate", lambda x: sum(row.sum() * i for i, row in enumerate(x))),
]  # fmt: skip
for name, f in SHAPES:
    case(name, f, T3)
case("hstack-1d", lambda a, b: np.hstack([a, b, 1.0]), X, W)
case("column_stack", lambda a, b: np.column_stack([a, b]), X, A)
case("meshgrid", lambda a, b: np.meshgrid(a, b)[0] * np.meshgrid(a, b)[1], X, W)
case("meshgrid-ij", lambda a, b: np.meshgrid(a, b, indexing="ij")[1], X, W)
for k in (-1, 0, 2):
    case(f"diag-vector-{k}", lambda x, k=k: np.diag(x, k), X)
    case(f"diag-matrix-{k}", lambda x, k=k: np.diag(x, k), A)
case("diagflat", np.diagflat, A)

for name, a, b in [
    ("vv", X, Y), ("mv", A, W), ("vm", X, A), ("mm", A, B), ("cc", C, B), ("rc", real(2, 3), C), ("cv", C, W),
    ("vc", Z, C), ("zz", Z, Z * 2),
]:  # fmt: skip
    case(f"matmul-{name}", lambda a, b: a @ b, a, b)
    case(f"dot-{name}", np.dot, a, b)
case("matmul-stack", np.matmul, real(5, 1, 2, 3), real(4, 3, 2))
case("matmul-stack-vector", np.matmul, real(5, 2, 3), X)
case("matmul-vector-stack", np.matmul, X, real(5, 3, 2))
case("dot-nd", np.dot, T3, real(5, 4, 2))
case("dot-scalar", np.dot, 0.5, X)
case("inner", np.inner, T3, A)
case("outer", np.outer, A, Y)
case("vdot", np.vdot, Z, Z[::-1].copy())
case("vecdot", np.vecdot, C, C + 1)
case("matrix_transpose", np.matrix_transpose, T3)
case("kron", np.kron, A, B)
case("kron-ranks", np.kron, X, A)
case("cross", np.cross, real(4, 3), real(4, 3))
case("tensordot", lambda a, b: np.tensordot(a, b, axes=([0, 2], [1, 0])), T3, real(4, 2, 5))
case("tensordot-1", lambda a, b: np.tensordot(a, b, 1), T3, B)
case("tensordot-0", lambda a, b: np.tensordot(a, b, 0), X, B)
case("multi_dot", lambda a, b, c: np.linalg.multi_dot([a, b, c]), A, B, real(2, 3))
for k in (-2, 0, 1, 5):
    case(f"matrix_power-{k}", lambda a, k=k: np.linalg.matrix_power(a, k), M)
for mode in ("full", "same", "valid"):
    case(f"convolve-{mode}", lambda a, b, m=mode: np.convolve(a, b, m), V, X)
    case(f"convolve-{mode}-short", lambda a, b, m=mode: np.convolve(a, b, m), X, V)
    case(f"convolve-{mode}-complex", lambda a, b, m=mode: np.convolve(a, b, m), CV, W)
for expression, operands in {
    "ij,jk->ik": (A, B), "ij,jk": (A, B), "ij->ji": (A,), "ij->": (A,), "ii->i": (M,), "ii": (M,), "ij,ij->j": (A, A),
    "...ij,...jk->...ik": (real(2, 3, 4), B), "i,i": (X, Y), "i,j->ij": (X, W), "ijk,jil->kl": (T3, real(3, 2, 2)),
    "ij,jk,kl->il": (A, B, real(2, 3)), "ij->i": (A,), "iij->j": (real(2, 2, 3),), "i...->...": (T3,),
    "i,ij,j": (X, A, W),
}.items():  # fmt: skip
    case(f"einsum-{expression}", lambda *ops, e=expression: np.einsum(e, *ops), *operands)
case("einsum-complex", lambda a, b: np.einsum("ij,ij->i", a, b), C, C + 1)
case("einsum-lists", lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), A, B)
case("einsum-size-one", lambda a, b: np.einsum("ij,jk->ik", a, b), real(3, 1), B)

case("solve-vector", np.linalg.solve, M, X)
case("solve-matrix", np.linalg.solve, M, A)
case("solve-complex", np.linalg.solve, CM, Z)
case("solve-stack", np.linalg.solve, real(2, 3, 3) + 2 * np.eye(3), A)
case("inv", np.linalg.inv, M)
case("inv-complex-stack", np.linalg.inv, cplx(2, 3, 3) + 2 * np.eye(3))
case("pinv", np.linalg.pinv, A)
case("det", np.linalg.det, M)
case("det-complex", np.linalg.det, CM)
case("det-stack", np.linalg.det, real(2, 3, 3))
case("det-singular", lambda x: np.linalg.det(x * np.array([1.0, 1, 0])), M)
case("slogdet", np.linalg.slogdet, M)
case("slogdet-complex", np.linalg.slogdet, CM)
case("cholesky", lambda a: np.linalg.cholesky(sym(a)), spd(3))
case("cholesky-complex", lambda a: np.linalg.cholesky(sym(a)), spd(3, cplx))
case("cholesky-stack", lambda a: np.linalg.cholesky(sym(a)), np.stack([spd(3), spd(3)]))
case("eigvalsh", lambda a: np.linalg.eigvalsh(sym(a)), spd(3))
case("eigh", lambda a: (lambda w, v: (w, np.abs(v)))(*np.linalg.eigh(sym(a))), spd(3))
case("eigh-complex", lambda a: (lambda w, v: (w, np.abs(v)))(*np.linalg.eigh(sym(a))), spd(3, cplx))
case("svd-values", lambda a: np.linalg.svd(a, compute_uv=False), A)
case("svd-values-complex", lambda a: np.linalg.svd(a, compute_uv=False), C)
for name, x in [("wide", A), ("tall", A.T.copy()), ("square", M)]:
    case(f"svd-{name}", lambda a: np.linalg.svd(a, full_matrices=False), x)
case("qr-tall", np.linalg.qr, A.T.copy())
case("qr-square", np.linalg.qr, M)

for norm in ("backward", "ortho", "forward"):
    for n in (None, 4, 6, 9):
        for t in (np.fft.fft, np.fft.ifft):
            case(f"{t.__name__}-{norm}-{n}-real", lambda x, t=t, n=n, o=norm: t(x, n=n, norm=o), V)
            case(f"{t.__name__}-{norm}-{n}-complex", lambda x, t=t, n=n, o=norm: t(x, n=n, norm=o), CV)
        case(f"rfft-{norm}-{n}", lambda x, n=n, o=norm: np.fft.rfft(x, n=n, norm=o), V)
        case(f"irfft-{norm}-{n}", lambda x, n=n, o=norm: np.fft.irfft(x, n=n, norm=o), CV)
for t in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft):
    case(f"{t.__name__}-axis", lambda x, t=t: t(x, axis=0), A)
for t in (
    np.fft.fft2,
    np.fft.ifft2,
    np.fft.rfft2,
    np.fft.irfft2,
    np.fft.fftn,
    np.fft.ifftn,
    np.fft.rfftn,
    np.fft.irfftn,
):
    case(f"{t.__name__}", t, T3)
    case(f"{t.__name__}-s", lambda x, t=t: t(x, s=(4, 3), axes=(0, 1)), T3)
case("fftshift", np.fft.fftshift, A)
case("ifftshift", lambda x: np.fft.ifftshift(x, axes=1), A)


@pytest.mark.parametrize("name", CASES)
def test_gradient_is_that_of_differences(name: str) -> None:
    f, args = CASES[name]
    ad.check_gradients(f, *args)


# Once only: the cofactors of a singular matrix, and complex singular values, whose pullback needs complex U and V.
ONCE = {"det-singular", "svd-values-complex"}


@pytest.mark.parametrize("name", [n for n in CASES if n not in ONCE])
def test_second_derivative(name: str) -> None:
    """The gradient of a weighted sum is itself differentiable, and right."""
    f, args = CASES[name]

    def slope(*at: Any) -> Any:
        return ad.gradient(lambda *inner: weighted(f(*inner)), *at)

    ad.check_gradients(slope, *args, rtol=1e-5, atol=1e-6, samples=6)


def weighted(y: Any) -> Any:
    """A real number that depends on every element, unevenly and not linearly."""
    if isinstance(y, (tuple, list)):
        total = 0.0
        for part in y:
            total = total + weighted(part)
        return total
    weights = np.cos(np.arange(np.size(y), dtype=float)).reshape(np.shape(y))
    if np.iscomplexobj(y):
        return np.sum(np.real(y) * weights) + 0.5 * np.sum(np.imag(y) * np.imag(y) * weights)
    return np.sum(y * weights) + 0.5 * np.sum(y * y * weights)


@pytest.mark.parametrize(
    "name", ["sum-None-False", "matmul-mm", "fft-backward-None-real", "solve-vector", "std-0-False"]
)
def test_single_precision_stays_single(name: str) -> None:
    f, args = CASES[name]
    single = [a.astype(np.complex64 if a.dtype.kind == "c" else np.float32) for a in args]
    value, back = ad.pullback(f, *single)
    for a, g in zip(single, back(np.ones_like(value)), strict=True):
        assert g.dtype == a.dtype
        assert g.shape == a.shape

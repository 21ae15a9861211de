"""A thousand forms of numpy under the embedded engine and under JAX: the value, the gradient, and the second gradient.

Run `python benchmarks/against_jax.py` (it takes some minutes; `pip install jax` first). Every form is an expression in
`np` and in x and y, evaluated once with numpy and once with jax.numpy. The gradient is that of a fixed weighting of the
result; the second one is that of a weighting of the gradient. The value has to be numpy's own. Where the two disagree
on a gradient, or JAX has none, central differences say who is right: "wrong" are only those that these speak against. A
form that the engine refuses is counted apart.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

import jax
import jax.numpy as jnp
import numpy as np

from rulecheck import ad

jax.config.update("jax_enable_x64", True)
RANDOM = np.random.default_rng(5)
Form = tuple[str, tuple[Any, ...]]

UNARY = """
exp expm1 exp2 log log2 log10 log1p sqrt cbrt square reciprocal sin cos tan sinh cosh tanh arctan arcsinh absolute
fabs negative positive sign deg2rad rad2deg sinc floor ceil trunc rint nan_to_num real imag conjugate angle i0
"""
INSIDE = ("arcsin", "arccos", "arctanh")
COMPLEX = """
exp log sqrt square reciprocal sin cos tan sinh cosh tanh absolute negative conjugate real imag angle sign arctan
arcsinh arcsin arccos expm1 log1p
"""
BINARY = """
add subtract multiply divide power maximum minimum fmax fmin arctan2 hypot logaddexp logaddexp2 remainder fmod
copysign float_power heaviside nextafter
"""
OPERATORS = (
    "x + y",
    "x - y",
    "x * y",
    "x / y",
    "x ** y",
    "x % y",
    "2.0 - x",
    "3 / x",
    "2.0 ** x",
    "x ** 2",
    "x ** -1.5",
    "x ** 0",
    "-x",
    "abs(x - y)",
)
REDUCTIONS = """
sum mean prod max min std var median ptp nansum nanmean nanmax nanmin nanprod nanvar nanstd average
"""
CUMULATIVE = ("cumsum", "cumprod", "nancumsum", "nancumprod", "sort", "diff", "flip")
ON_MATRIX = """
x.T; x.ravel(); x.reshape(2, 6); np.reshape(x, (6, 2), order="F"); x[1]; x[:, 1]; x[::-1, 1:3]; x[[0, 2, 0]]
x[np.array([0, 2]), np.array([1, 1])]; x[..., None]; x[None]; x[x > 0.5]; x[:, ::-2]; x[-1, -1]; np.squeeze(x[None])
np.expand_dims(x, 1); np.swapaxes(x, 0, 1); np.moveaxis(x, 0, 1); np.transpose(x, (1, 0)); np.rollaxis(x, 1)
np.roll(x, 1); np.roll(x, 2, axis=1); np.roll(x, (1, 2), axis=(0, 1)); np.rot90(x); np.rot90(x, 2); np.fliplr(x)
np.flipud(x); np.flip(x); np.flip(x, 0); np.tile(x, 2); np.tile(x, (2, 1)); np.tile(x, (2, 1, 2)); np.repeat(x, 2)
np.repeat(x, 3, axis=1); np.repeat(x, np.array([1, 0, 2]), axis=0); np.concatenate([x, x * x])
np.concatenate([x, x], axis=1); np.concatenate([x, x], axis=None); np.stack([x, 2 * x]); np.stack([x, x], axis=-1)
np.vstack([x, x[0]]); np.hstack([x, x]); np.dstack([x, x]); np.column_stack([x[:, 0], x]); np.append(x, x)
np.append(x, x, axis=0); np.split(x, 2, axis=1)[1]; np.array_split(x, 2)[0]; np.hsplit(x, 2)[0]; np.vsplit(x, 3)[2]
np.diag(x); np.diag(x[0]); np.diag(x[0], 1); np.diagonal(x, 1); np.diagonal(x, -1); np.trace(x); np.trace(x, 1)
np.tril(x); np.triu(x, 1); np.tril(x, -1); np.where(x > 0.5, x, x * x); np.where(x > 0.5, x, 0.0)
np.clip(x, 0.3, 0.8); np.clip(x, None, 0.5); np.clip(x, 0.5, None); np.select([x > 0.6, x > 0.3], [x, x * x], 0.1)
np.pad(x, 1); np.pad(x, ((1, 0), (0, 2))); np.pad(x, 1, mode="edge"); np.pad(x, 1, mode="reflect")
np.pad(x, 1, mode="wrap"); np.pad(x, 1, mode="symmetric"); np.pad(x, 1, constant_values=2.0)
np.take(x, np.array([0, 5, 5])); np.take(x, np.array([1, 1]), axis=1)
np.take_along_axis(x, np.array([[0], [1], [0]]), axis=1); np.compress(np.array([True, False, True]), x, axis=0)
np.extract(x > 0.4, x); np.delete(x, 1, axis=0); np.delete(x, np.array([0, 2]), axis=1)
np.insert(x, 1, 5.0, axis=0); np.broadcast_to(x, (2, 3, 4)); np.atleast_1d(x); np.atleast_2d(x[0]); np.atleast_3d(x)
np.ravel(x); np.meshgrid(x[0], x[:, 0])[0]; np.outer(x[0], x[1]); np.inner(x, x); np.dot(x, x.T); np.vdot(x, x)
np.matmul(x, x.T); x @ x.T; x.T @ x; x @ x[0]; x[:, 0] @ x; x[0] @ x[1]; np.tensordot(x, x, axes=2)
np.tensordot(x, x, axes=([0], [0])); np.tensordot(x, x.T, 1); np.kron(x[:2, :2], x); np.cross(x[:, 0], x[:, 1])
np.cross(x.T, x.T[::-1]); np.einsum("ij->ji", x); np.einsum("ij->", x); np.einsum("ij->i", x)
np.einsum("ij,ij->i", x, x); np.einsum("ij,kj->ik", x, x); np.einsum("ii->i", x[:, :3])
np.einsum("ij,jk,kl->il", x, x.T, x); np.einsum("...i,...i", x, x); np.einsum("ij,kl->ijkl", x[:2, :2], x[:2, :2])
np.einsum("ii", x[:, :3]); np.einsum("i,i,i->", x[0], x[1], x[2]); np.linalg.norm(x); np.linalg.norm(x, axis=0)
np.linalg.norm(x, axis=1, keepdims=True); np.linalg.norm(x, 1); np.linalg.norm(x, np.inf); np.linalg.norm(x, 2)
np.linalg.norm(x, "nuc"); np.linalg.norm(x, "fro"); np.linalg.norm(x[0], 3); np.linalg.norm(x[0], 1)
np.linalg.norm(x[0], np.inf); np.linalg.norm(x, -np.inf); np.linalg.norm(x[0], -1); np.linalg.norm(x, 3, axis=1)
np.linalg.svd(x, compute_uv=False); np.linalg.svd(x, full_matrices=False)[0]
np.linalg.svd(x, full_matrices=False)[2]; np.linalg.pinv(x); np.linalg.pinv(x.T); np.linalg.qr(x.T)[0]
np.linalg.qr(x.T)[1]; np.linalg.lstsq(x.T, x[0], rcond=None)[0]; np.linalg.multi_dot([x, x.T, x])
np.linalg.matrix_rank(x) * x; np.cov(x); np.corrcoef(x); np.cov(x, rowvar=False); np.cov(x, bias=True)
np.average(x, axis=0, weights=np.array([1.0, 2, 3])); np.average(x, weights=x); np.quantile(x, 0.3)
np.quantile(x, np.array([0.2, 0.7]), axis=1); np.percentile(x, 40, axis=0); np.median(x, axis=(0, 1))
np.quantile(x, 0.3, axis=0, keepdims=True); np.nanmedian(x); np.nanquantile(x, 0.4); np.gradient(x)[0]
np.gradient(x, axis=1); np.gradient(x[0]); np.gradient(x[0], 0.5); np.ediff1d(x); np.diff(x, n=2, axis=1)
np.diff(x, prepend=0.0); np.trapezoid(x); np.trapezoid(x, dx=0.5, axis=0); np.trapezoid(x[0], x[1])
np.interp(x[0], np.array([0.0, 0.5, 1.0]), np.array([1.0, 3.0, 2.0]))
np.interp(np.array([0.3, 0.6]), np.array([0.0, 0.5, 1.0]), x[:, 0]); np.polyval(x[0], x[1])
np.polyval(np.array([1.0, 2, 3]), x); np.convolve(x[0], x[1]); np.convolve(x[0], x[1, :2], "same")
np.convolve(x[0], x[1, :2], "valid"); np.correlate(x[0], x[1]); np.correlate(x[0], x[1, :2], "full")
np.vander(x[0]); np.unwrap(x); np.max(x * x[::-1], axis=1); np.min(x, axis=(0, 1)); np.sum(x, where=x > 0.5)
np.mean(x, axis=0, where=x > 0.2); np.max(x, initial=0.5, axis=0); np.prod(x, axis=(0, 1))
np.std(x, ddof=1, axis=0); np.var(x, axis=1, ddof=1, keepdims=True); np.sum(x, axis=(0, 1), keepdims=True)
np.logaddexp.reduce(x[0]) if np is not jnp else jax.nn.logsumexp(x[0]); np.linspace(x[0], x[1], 5)
np.linspace(0.0, x[0, 0], 4); np.full_like(x, 2.0) * x; np.ones_like(x) * x; np.zeros_like(x) + x
np.piecewise(x, [x < 0.5, x >= 0.5], [lambda v: v * v, lambda v: -v]); np.apply_along_axis(lambda v: v * v[0], 1, x)
np.vectorize(lambda v: v * v)(x); np.unique(x); np.partition(x, 2)[:, 2]; np.sort(x, axis=None); np.sort(x, axis=0)
np.array([x[0, 0], x[1, 1]]) if np is jnp else ad.array([x[0, 0], x[1, 1]]); np.fft.fft(x); np.fft.ifft(x)
np.fft.rfft(x); np.fft.irfft(x); np.fft.fft(x, axis=0); np.fft.fft(x, n=6); np.fft.fft(x, n=2); np.fft.fft2(x)
np.fft.ifft2(x); np.fft.fftn(x); np.fft.rfft2(x); np.fft.irfft2(x); np.fft.rfftn(x); np.fft.hfft(x); np.fft.ihfft(x)
np.fft.fftshift(x); np.fft.ifftshift(x); np.fft.rfft(x, norm="ortho"); np.fft.fft(x, norm="forward")
np.fft.irfft(x, n=5); np.fft.irfft(x, n=6, norm="ortho"); np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(x[0])))
np.abs(np.fft.fft(x))
"""
ON_SQUARE = """
np.linalg.inv(x); np.linalg.det(x); np.linalg.slogdet(x)[1]; np.linalg.solve(x, x[0]); np.linalg.solve(x, x.T)
np.linalg.matrix_power(x, 3); np.linalg.matrix_power(x, -2); np.linalg.matrix_power(x, 0)
np.linalg.cholesky(x @ x.T + 3 * np.eye(3)); np.linalg.eigvalsh(x + x.T); np.linalg.eigh(x + x.T)[0]
np.abs(np.linalg.eigh(x + x.T)[1]); np.linalg.qr(x)[0]; np.linalg.qr(x)[1]; np.linalg.svd(x)[0]; np.linalg.svd(x)[1]
np.linalg.svd(x)[2]; np.linalg.cond(x); np.trace(np.linalg.inv(x)); np.linalg.tensorsolve(x, x[0])
np.linalg.tensorinv(x, ind=1); np.linalg.eigvals(x @ x.T + np.diag(np.arange(3.0))); np.linalg.pinv(x)
np.linalg.lstsq(x, x[0], rcond=None)[0]
np.fill_diagonal(x, 0.0, inplace=False) if np is jnp else x * (1 - np.eye(3)); np.linalg.norm(x, -2); np.kron(x, x)
np.linalg.slogdet(x)[0] * x; np.exp(x) @ x; x @ np.diag(x[0]) @ x.T; np.einsum("ij,jk,ki->", x, x, x)
np.log(np.linalg.det(x @ x.T))
"""
ON_STACK = """
np.linalg.inv(x); np.linalg.det(x); np.linalg.solve(x, x); np.linalg.slogdet(x)[1]; np.matmul(x, x); x @ x[0]
np.einsum("bij,bjk->bik", x, x); np.swapaxes(x, 1, 2); np.transpose(x, (2, 0, 1)); np.sum(x, axis=(0, 2))
np.max(x, axis=(1, 2)); np.linalg.svd(x, compute_uv=False)
np.linalg.cholesky(x @ np.swapaxes(x, 1, 2) + 3 * np.eye(3)); np.linalg.qr(x)[1]; np.linalg.norm(x, axis=(1, 2))
np.linalg.pinv(x); np.tensordot(x, x, axes=([1, 2], [1, 2])); np.dot(x, x[0]); np.cumsum(x, axis=1)
np.sort(x, axis=1); np.trace(x, axis1=1, axis2=2); np.diagonal(x, axis1=1, axis2=2); np.moveaxis(x, 0, -1)
np.mean(x, axis=(0, 1), keepdims=True); np.std(x, axis=(1, 2)); np.prod(x, axis=1); np.fft.fftn(x); np.fft.fft2(x)
np.flip(x, axis=(0, 2)); np.roll(x, 1, axis=2)
"""
CHAINS = """
np.exp(-x); np.tanh(x @ x.T); np.log(1 + np.exp(x)); x / np.sum(x); np.sqrt(np.sum(x * x, axis=1)); np.sin(x) ** 2
np.cos(x * x); np.sum(np.outer(x[0], x[1])); np.max(x, axis=1) - np.log(np.sum(np.exp(x), axis=1))
np.mean((x - np.mean(x, axis=0)) ** 2)
"""
# The beginnings of forms that are taken for complex matrices as well.
LINEAR = (
    "x.ravel", "x.reshape", "x[", "np.einsum", "np.matmul", "x @", "x.T", "np.dot", "np.inner", "np.outer", "np.conc",
    "np.fft.fft", "np.fft.ifft",
)  # fmt: skip
SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2, 3))
PAIRS = (((3,), (3,)), ((2, 3), (3,)), ((), (2, 3)), ((2, 1), (1, 3)), ((), ()))


def real(*shape: int, low: float = 0.15, high: float = 0.95) -> Any:
    """Numbers apart from each other and from every kink."""
    return float(RANDOM.uniform(low, high)) if not shape else RANDOM.uniform(low, high, shape)


def complexes(*shape: int) -> Any:
    """Complex numbers away from cuts."""
    return np.asarray(real(*shape) + 1j * real(*shape))[()]


def listed(text: str) -> list[str]:
    """The expressions of a text."""
    return [e.strip() for line in text.split("\n") for e in line.split("; ") if e.strip()]


def forms() -> Iterator[Form]:
    """All forms, each with its arguments."""
    for name in UNARY.split():
        for shape in SHAPES:
            yield f"np.{name}(x)", (real(*shape),)
            yield f"np.{name}(x)", (real(*shape) + 1.3,)
        if name not in ("log", "log2", "log10", "log1p", "sqrt", "arccosh"):
            yield f"np.{name}(x)", (-real(3),)
    for name in INSIDE:
        for shape in SHAPES:
            yield f"np.{name}(x)", (real(*shape),)
            yield f"np.{name}(-x * 0.9)", (real(*shape),)
    for shape in SHAPES:
        yield "np.arccosh(x + 1.2)", (real(*shape),)
    for name in COMPLEX.split():
        for shape in SHAPES:
            yield f"np.{name}(x)", (complexes(*shape),)
    for name in BINARY.split():
        for left, right in PAIRS:
            yield f"np.{name}(x, y)", (real(*left), real(*right))
        yield f"np.{name}(x, 0.4)", (real(3),)
        yield f"np.{name}(0.4, x)", (real(3),)
        yield f"np.{name}(x, x * x)", (real(2, 3),)
    for text in OPERATORS:
        for left, right in PAIRS:
            yield text, (real(*left), real(*right))
        if "%" not in text and "abs" not in text:
            yield text, (complexes(3), complexes(3))
    for name in REDUCTIONS.split():
        for axis in ("", ", axis=0", ", axis=1", ", axis=-1", ", axis=1, keepdims=True", ", axis=0, keepdims=True"):
            yield f"np.{name}(x{axis})", (real(3, 4),)
        yield f"np.{name}(x)", (real(5),)
        yield f"np.{name}(np.sin(x) * y)", (real(4), real(4))
    for name in ("sum", "mean", "prod", "var", "std"):
        for axis in ("", ", axis=0"):
            yield f"np.{name}(x{axis})", (complexes(2, 3),)
    for name in CUMULATIVE:
        for axis in ("", ", axis=0", ", axis=1"):
            yield f"np.{name}(x{axis})", (real(3, 4),)
        yield f"np.{name}(x)", (real(5),)
    yield from ((text, (real(3, 4),)) for text in listed(ON_MATRIX))
    square = real(3, 3) + np.diag([1.1, 1.7, 2.3])
    yield from ((text, (square,)) for text in listed(ON_SQUARE))
    yield from ((text, (np.stack([square, square.T + 0.3 * np.eye(3)]),)) for text in listed(ON_STACK))
    yield from ((text, (real(3, 4),)) for text in listed(CHAINS))
    for text in listed(ON_MATRIX):
        if text.startswith(LINEAR) and ">" not in text.replace("->", ""):
            yield text, (complexes(3, 4),)


def evaluated(text: str, numpy: Any) -> Callable[..., Any]:
    """The form as a function."""
    code = compile(text, text, "eval")

    def run(*args: Any) -> Any:
        names = dict(zip("xy", args, strict=False))
        return eval(code, {"np": numpy, "jnp": jnp, "jax": jax, "ad": ad, **names})

    return run


def weights(shape: tuple[int, ...]) -> Any:
    """Fixed numbers to weigh a result with."""
    return np.cos(np.arange(1.0, 1 + int(np.prod(shape, dtype=int)))).reshape(shape)


def loss_of(run: Callable[..., Any], numpy: Any) -> Callable[..., Any]:
    """A real number made of a form's result."""

    def loss(*args: Any) -> Any:
        y = run(*args)
        w = weights(np.shape(y))
        total = numpy.sum(w * numpy.real(y))
        return total + numpy.sum(w[..., ::-1] * numpy.imag(y)) if np.ndim(w) and numpy.iscomplexobj(y) else total

    return loss


def weighed(found: Any, numpy: Any) -> Any:
    """A real number made of a gradient."""
    total = 0.0
    for g in found:
        w = weights(np.shape(g))
        total = total + numpy.sum(w * numpy.real(g)) + (numpy.sum(w * numpy.imag(g)) if numpy.iscomplexobj(g) else 0.0)
    return total


def by_engine(run: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
    """The value and both gradients."""
    loss = loss_of(run, np)

    def gradients(*args: Any) -> Any:
        found = ad.gradient(loss, *args)
        return found if len(args) > 1 else (found,)

    value, _ = ad.pullback(run, *args)
    second = ad.gradient(lambda *args: weighed(gradients(*args), np), *args)
    return [value, *gradients(*args), *(second if len(args) > 1 else (second,))]


def by_jax(run: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
    """The same by JAX, whose gradients by complex numbers are the conjugates."""
    args = tuple(map(jnp.asarray, args))
    loss, numbers = loss_of(run, jnp), tuple(range(len(args)))

    def gradients(*args: Any) -> Any:
        return tuple(map(jnp.conj, jax.grad(loss, argnums=numbers)(*args)))

    def everything(*args: Any) -> Any:
        second = jax.grad(lambda *args: weighed(gradients(*args), jnp), argnums=numbers)(*args)
        return [run(*args), *gradients(*args), *map(jnp.conj, second)]

    try:
        return list(jax.jit(everything)(*args))
    except jax.errors.JAXTypeError:  # a shape depends on a value
        return everything(*args)


def by_differences(run: Callable[..., Any], args: tuple[Any, ...], second: bool) -> list[Any]:
    """Central differences of numpy's function, or of the engine's gradient."""
    loss = loss_of(run, np)

    def function(*args: Any) -> float:
        if not second:
            return float(loss(*args))
        found = ad.gradient(loss, *args)
        return float(weighed(found if len(args) > 1 else (found,), np))

    found = []
    for number, arg in enumerate(args):
        d = np.zeros(np.shape(arg), np.result_type(arg, float))
        for index in np.ndindex(np.shape(arg)):
            for unit in (1.0, 1j) if np.iscomplexobj(arg) else (1.0,):
                step = np.zeros(np.shape(arg), d.dtype)
                step[index] = 1e-6 * unit
                ahead, behind = (function(*args[:number], arg + s, *args[number + 1 :]) for s in (step, -step))
                d[index] += unit * (ahead - behind) / 2e-6
        found.append(d)
    return found


def agree(a: Any, b: Any, tolerance: float = 1e-7) -> bool:
    """Whether two results are the same but for rounding."""
    a, b = np.asarray(a), np.asarray(b)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))


def judge(text: str, args: tuple[Any, ...]) -> tuple[str, str]:
    """The verdict on one form, and what there is to say."""
    try:
        plain = evaluated(text, np)(*args)
    except Exception as error:
        return "not numpy's", f"{type(error).__name__}: {error}"
    if np.asarray(plain).dtype == object or type(plain) in (list, tuple):
        return "not numpy's", "no array"
    try:
        mine = by_engine(evaluated(text, np), args)
    except ad.ADError as error:
        return "refused", str(error)
    except Exception as error:
        return "raises", f"{type(error).__name__}: {error}"
    if not agree(mine[0], plain, 1e-12) or np.asarray(mine[0]).dtype != np.asarray(plain).dtype:
        return "wrong", f"value: {mine[0]!r} is not {plain!r}"
    try:
        theirs: list[Any] | None = by_jax(evaluated(text, jnp), args)
    except Exception as error:
        theirs = None
        why = f"{type(error).__name__}: {str(error)[:80]}"
    count = len(args)
    if theirs is not None:
        if all(agree(a, b) for a, b in zip(mine[1:], theirs[1:], strict=True)):
            return "agrees", ""
        why = "JAX differs"
    parts = (mine[1 : 1 + count], mine[1 + count :])
    for title, part, differences in zip(("gradient", "second gradient"), parts, (False, True), strict=True):
        expected = by_differences(evaluated(text, np), args, differences)
        if not all(agree(a, b, 1e-4) for a, b in zip(part, expected, strict=True)):
            return "wrong", f"{title}: {part!r}, differences {expected!r}"
    return "right by differences", why


def main() -> None:
    """Print what is to be looked at, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="forms that contain this")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    counts: collections.Counter[str] = collections.Counter()
    for text, args in forms():
        if options.only not in text:
            continue
        verdict, why = judge(text, args)
        counts[verdict] += 1
        if verdict != "agrees":
            shapes = ", ".join(str(np.shape(a)) + ("c" if np.iscomplexobj(a) else "") for a in args)
            print(f"{verdict}: {text} at {shapes}: {' '.join(why.split())[:300]}", flush=True)
    print(f"{sum(counts.values())} forms: {dict(counts.most_common())}")
    sys.exit(1 if counts["wrong"] else 0)


if __name__ == "__main__":
    main()

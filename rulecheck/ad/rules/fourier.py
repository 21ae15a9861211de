"""Discrete Fourier transforms: each is linear, and is pulled back by its adjoint.

With F the matrix of the transform, the cotangent is F^H g: the inverse transform with the scale of the forward one,
which numpy spells by the opposite `norm`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.numpy_pullbacks import pullbacks_of, rewrite
from rulecheck.ad.rules.helpers import conj

_OPPOSITE: dict[Any, Any] = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def fitted(x: Any, n: int, axis: int) -> Any:
    """The array cut, or padded with zeros, to length n along an axis: the transpose of what `n=` does."""
    have = np.shape(x)[axis]
    if have == n:
        return x
    x = np.moveaxis(x, axis, -1)
    if have > n:
        x = x[..., :n]
    else:
        x = np.concatenate([x, np.zeros((*np.shape(x)[:-1], n - have), dtype=np.result_type(x))], axis=-1)
    return np.moveaxis(x, -1, axis)


def _adjoint_by(inverse: Callable[..., Any]) -> Callable[..., Any]:
    def pull(g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
        return fitted(inverse(g, axis=axis, norm=_OPPOSITE[norm]), np.shape(x)[axis], axis)

    return pull


pullbacks_of(np.fft.fft, _adjoint_by(np.fft.ifft), keeps=False)
pullbacks_of(np.fft.ifft, _adjoint_by(np.fft.fft), keeps=False)


def _weights(n: int, ndim: int, axis: int, inner: float) -> Any:
    """One for the frequencies that stand once in a real signal's spectrum of n, `inner` for those that stand twice."""
    weights = np.full(n // 2 + 1, inner)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return weights.reshape([-1 if a == axis % ndim else 1 for a in range(ndim)])


def _rfft(g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    n = np.shape(x)[axis] if n is None else n
    halved = g * _weights(n, np.ndim(x), axis, 0.5)
    return fitted(np.fft.irfft(halved, n=n, axis=axis, norm=_OPPOSITE[norm]), np.shape(x)[axis], axis)


def _irfft(g: Any, y: Any, x: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    n = np.shape(y)[axis]
    doubled = np.fft.rfft(g, axis=axis, norm=_OPPOSITE[norm]) * _weights(n, np.ndim(x), axis, 2.0)
    return fitted(doubled, np.shape(x)[axis], axis)


pullbacks_of(np.fft.rfft, _rfft, keeps=False)
pullbacks_of(np.fft.irfft, _irfft, keeps=False)


def _axes(x: Any, s: Any, axes: Any) -> list[tuple[int, Any]]:
    """Each axis with its length, in the order in which numpy transforms them; -1 is the length that there is."""
    if axes is None:
        axes = range(-len(s), 0) if s is not None else range(-np.ndim(x), 0)
    sizes = [-1] * len(axes) if s is None else list(s)
    return [(a, np.shape(x)[a] if n == -1 else n) for a, n in zip(axes, sizes, strict=True)]


def _in_turn(x: Any, one: Callable[..., Any], axes: list[tuple[int, Any]], norm: Any) -> Any:
    for axis, n in reversed(axes):
        x = one(x, n=n, axis=axis, norm=norm)
    return x


@rewrite(np.fft.fftn)
def _fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _in_turn(a, np.fft.fft, _axes(a, s, axes), norm)


@rewrite(np.fft.ifftn)
def _ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    return _in_turn(a, np.fft.ifft, _axes(a, s, axes), norm)


@rewrite(np.fft.rfftn)
def _rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *others, (axis, n) = _axes(a, s, axes)
    return _in_turn(np.fft.rfft(a, n=n, axis=axis, norm=norm), np.fft.fft, others, norm)


@rewrite(np.fft.irfftn)
def _irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    *others, (axis, n) = _axes(a, s, axes)
    if s is None:
        n = 2 * (n - 1)
    return np.fft.irfft(_in_turn(a, np.fft.ifft, others, norm), n=n, axis=axis, norm=norm)


@rewrite(np.fft.fft2)
def _fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _fftn(a, s, axes, norm)


@rewrite(np.fft.ifft2)
def _ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _ifftn(a, s, axes, norm)


@rewrite(np.fft.rfft2)
def _rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _rfftn(a, s, axes, norm)


@rewrite(np.fft.irfft2)
def _irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
    return _irfftn(a, s, axes, norm)


pullbacks_of(np.fft.fftshift, lambda g, y, x, axes=None: np.fft.ifftshift(g, axes=axes), keeps=False)
pullbacks_of(np.fft.ifftshift, lambda g, y, x, axes=None: np.fft.fftshift(g, axes=axes), keeps=False)


@rewrite(np.fft.hfft)
def _hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return np.fft.irfft(conj(a), n=n, axis=axis, norm=_OPPOSITE[norm])


@rewrite(np.fft.ihfft)
def _ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return conj(np.fft.rfft(a, n=n, axis=axis, norm=_OPPOSITE[norm]))

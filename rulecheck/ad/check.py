"""Gradients compared with central differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rulecheck.ad.derivatives import pullback
from rulecheck.ad.structure import fields_of, is_leaf, map_leaves, rebuilt, remapped, resequenced
from rulecheck.ad.tangent import Tangent


class GradientMismatch(AssertionError):
    """A pullback and central differences disagree."""


def check_gradients(
    f: Callable[..., Any], *args: Any, rtol: float | None = None, atol: float | None = None, samples: int = 200
) -> None:
    """Check the pullback of `f` at `args` against central differences, in every argument, and the rules' values.

    A rule that answers in `f` with another value than the code that it stands for is told as well.

    The value of `f` may be a number, an array, or a structure of them, real or complex; it is contracted with fixed
    random weights. Of a leaf with more than `samples` elements so many are drawn. Tolerances default to 1e-6 relative
    and 1e-8 absolute in double precision (3e-2 and 3e-3 in single). Raises GradientMismatch, which names each
    argument, field and index that differs.
    """
    random = np.random.default_rng(20240607)
    value, back = pullback(f, *args)
    weights = map_leaves(lambda y: _weights(random, y), value)
    tangents = back(weights)

    def contracted(*at: Any) -> float:
        return _inner(weights, f(*at))

    _tell(list(_values(value, f(*args), "value")))
    found: list[str] = []
    for position, argument in enumerate(args):
        for path, leaf, put in _below(argument, (f"argument {position + 1}",), lambda new: new):
            analytic = np.asarray(_at(tangents[position], path))
            for index in _indices(random, leaf, samples):
                for unit in (1.0, 1j) if np.iscomplexobj(leaf) else (1.0,):
                    step, tolerances = _scales(leaf, index, rtol, atol)
                    high = contracted(*args[:position], put(_moved(leaf, index, unit * step)), *args[position + 1 :])
                    low = contracted(*args[:position], put(_moved(leaf, index, -unit * step)), *args[position + 1 :])
                    numeric = (high - low) / (2 * step)
                    given = analytic[index].imag if unit == 1j else analytic[index].real
                    if not np.isclose(given, numeric, rtol=tolerances[0], atol=tolerances[1], equal_nan=True):
                        where = f"{path[0]}{''.join(path[1:])}{list(index) if index else ''}"
                        part = " (imaginary part)" if unit == 1j else ""
                        found.append(f"{where}{part}: the pullback gives {given:.10g}, differences {numeric:.10g}")
    _tell(found)


def _tell(found: list[str]) -> None:
    if found:
        rest = f"\n... and {len(found) - 20} more" if len(found) > 20 else ""
        raise GradientMismatch("\n".join(found[:20]) + rest)


Path = tuple[str, ...]


def _values(traced: Any, plain: Any, where: str) -> Iterator[str]:
    """Where the value under a derivative differs from that of the code as it runs without one."""
    leaves = {"".join(path): leaf for path, leaf, _ in _below(plain, (where,), lambda new: new)}
    for path, leaf, _ in _below(traced, (where,), lambda new: new):
        name = "".join(path)
        other = leaves.get(name)
        rtol, atol = (1e-3, 1e-4) if np.finfo(np.asarray(leaf).dtype).eps > 1e-10 else (1e-7, 1e-9)
        if other is None or np.shape(other) != np.shape(leaf):
            shape = "nothing" if other is None else f"shape {np.shape(other)}"
            yield f"{name}: under a derivative it has shape {np.shape(leaf)}, without one {shape}"
        elif not np.allclose(leaf, other, rtol=rtol, atol=atol, equal_nan=True):
            at = tuple(int(i) for i in np.argwhere(~np.isclose(leaf, other, rtol=rtol, atol=atol, equal_nan=True))[0])
            given, wanted = np.asarray(leaf)[at], np.asarray(other)[at]
            yield f"{name}{list(at) if at else ''}: {given:.10g} under a derivative, {wanted:.10g} without one"


def _into(put: Callable[[Any], Any], make: Callable[[Any, Any], Any], place: Any) -> Callable[[Any], Any]:
    return lambda new: put(make(place, new))


def _below(value: Any, path: Path, put: Callable[[Any], Any]) -> Iterator[tuple[Path, Any, Callable[[Any], Any]]]:
    """Every leaf of an argument: the way to it, the leaf, and a function that puts another one in its place."""
    kind = type(value)
    if is_leaf(value):
        yield path, value, put
    elif issubclass(kind, (tuple, list)):
        for i, item in enumerate(value):
            inside = _into(put, lambda i, new: resequenced(value, [*value[:i], new, *value[i + 1 :]]), i)
            yield from _below(item, (*path, f"[{i}]"), inside)
    elif issubclass(kind, dict):
        for key, item in value.items():
            inside = _into(put, lambda key, new: remapped(value, {**value, key: new}), key)
            yield from _below(item, (*path, f"[{key!r}]"), inside)
    else:
        for name, item in (fields_of(value) or {}).items():
            inside = _into(put, lambda name, new: rebuilt(value, {name: new}), name)
            yield from _below(item, (*path, f".{name}"), inside)


def _at(tangent: Any, path: Path) -> Any:
    for step in path[1:]:
        if isinstance(tangent, Tangent):
            tangent = tangent[step[1:]]
        elif isinstance(tangent, dict):
            tangent = next(item for key, item in tangent.items() if f"[{key!r}]" == step)
        else:
            tangent = tangent[int(step[1:-1])]
    return tangent


def _indices(random: np.random.Generator, leaf: Any, samples: int) -> list[tuple[int, ...]]:
    every = list(np.ndindex(np.shape(leaf)))
    if len(every) <= samples:
        return every
    return [every[i] for i in sorted(random.choice(len(every), samples, replace=False))]


def _scales(
    leaf: Any, index: tuple[int, ...], rtol: float | None, atol: float | None
) -> tuple[float, tuple[float, float]]:
    precision = np.finfo(np.asarray(leaf).dtype).eps
    single = precision > 1e-10
    step = float(np.cbrt(precision)) * max(1.0, abs(np.asarray(leaf)[index]))
    defaults = (3e-2, 3e-3) if single else (1e-6, 1e-8)
    return step, (defaults[0] if rtol is None else rtol, defaults[1] if atol is None else atol)


def _moved(leaf: Any, index: tuple[int, ...], by: complex) -> Any:
    if not isinstance(leaf, np.ndarray):
        return type(leaf)(leaf + by)
    moved = leaf.copy()
    moved[index] += by
    return moved


def _weights(random: np.random.Generator, y: Any) -> Any:
    drawn = random.uniform(0.5, 1.5, np.shape(y)) * random.choice([-1.0, 1.0], np.shape(y))
    if np.iscomplexobj(y):
        drawn = drawn + 1j * random.uniform(0.5, 1.5, np.shape(y))
    if not isinstance(y, np.ndarray):
        return type(y)(drawn)
    return drawn.astype(y.dtype)


def _inner(weights: Any, value: Any) -> float:
    """The real inner product of two values of the same structure."""
    total = 0.0
    if is_leaf(weights):
        return float(np.sum(np.real(np.conj(weights) * np.asarray(value)), dtype=np.float64))
    if isinstance(weights, (tuple, list)):
        return sum(_inner(w, v) for w, v in zip(weights, value, strict=True))
    if isinstance(weights, dict):
        return sum(_inner(w, value[key]) for key, w in weights.items())
    own, other = fields_of(weights) or {}, fields_of(value) or {}
    for name, item in own.items():
        total += _inner(item, other[name])
    return total

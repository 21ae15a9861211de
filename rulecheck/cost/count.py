"""Arrays that count the operations done on them.

An operation is a multiplication, an addition, one evaluation of an elementwise function, or the copying of an element.
Views, shapes and dtypes are free. What linear algebra and transforms cost is the leading term of the usual algorithms
(Golub and Van Loan, Matrix Computations, 4th ed.; 5 n log2 n for a transform, as FFTW counts).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from rulecheck.ad.structure import TRANSPARENT, map_leaves

Array = np.ndarray[Any, Any]

_counts: list[Counter[str]] = []


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Within the block, gather the operations on counted arrays, by numpy's name for them."""
    gathered: Counter[str] = Counter()
    _counts.append(gathered)
    try:
        yield gathered
    finally:
        _counts.remove(gathered)


def counted(value: Any) -> Any:
    """The value with each array of floats in it as one that counts; the memory is the same."""
    return map_leaves(lambda leaf: leaf.view(Counted) if isinstance(leaf, np.ndarray) else leaf, value)


class Counted(np.ndarray):
    """An array whose operations are counted, and whose results count as well."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **settings: Any) -> Any:
        """Run the ufunc on plain arrays, and count by the method: an outer product is not an elementwise one."""
        plain = [_plain(x) for x in inputs]
        given = settings.get("out")
        if given is not None:
            settings["out"] = tuple(map(_plain, given))
        result = getattr(ufunc, method)(*plain, **settings)
        _note(
            f"{ufunc.__name__}{'' if method == '__call__' else '.' + method}", _ufunc_work(ufunc, method, plain, result)
        )
        if given is not None:
            return given[0] if len(given) == 1 else given
        return _wrapped(result)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """Run numpy's function on plain arrays, and count by its name."""
        plain_args = _deep(args)
        plain_kwargs = {key: _deep(value) for key, value in kwargs.items()}
        result = function(*plain_args, **plain_kwargs)
        _note(function.__name__, _function_work(function, list(_arrays(plain_args)), plain_args, result))
        return _wrapped(result)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """Itself: what is made of it counts on."""
        return self if dtype is None or dtype == self.dtype else self.astype(dtype)

    def __getitem__(self, index: Any) -> Any:
        """A view is free, a gather copies."""
        result = super().__getitem__(index)
        if isinstance(result, np.ndarray) and not np.may_share_memory(_plain(result), _plain(self)):
            _note("getitem", result.size)
        return result

    def __setitem__(self, index: Any, value: Any) -> None:
        """Writing counts what is written."""
        super().__setitem__(index, _plain(value))
        _note("setitem", int(np.size(self.view(np.ndarray)[index])))

    def copy(self, order: Any = "C") -> Any:
        """Copying counts every element."""
        _note("copy", self.size)
        return super().copy(order)

    def astype(self, *args: Any, **kwargs: Any) -> Any:
        """Converting counts every element."""
        _note("astype", self.size)
        return super().astype(*args, **kwargs)

    def dot(self, other: Any, out: Any = None) -> Any:
        """The method that numpy hands to no protocol."""
        return np.dot(self, other)


TRANSPARENT.add(Counted)


def _note(name: str, work: int) -> None:
    if work:
        for gathered in _counts:
            gathered[name] += work


def _plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def _deep(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return type(value)(map(_deep, value))
    return _plain(value)


def _arrays(value: Any) -> Iterator[Array]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)


def _wrapped(result: Any) -> Any:
    if type(result) is np.ndarray:
        return result.view(Counted)
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make(map(_wrapped, result))
    return type(result)(map(_wrapped, result)) if type(result) in (tuple, list) else result


def _ufunc_work(ufunc: np.ufunc, method: str, inputs: Sequence[Any], result: Any) -> int:
    if method == "at":
        return max(int(np.size(x)) for x in inputs[1:])
    if method in ("reduce", "accumulate", "reduceat"):
        return int(np.size(inputs[0]))
    out = int(np.size(result[0] if isinstance(result, tuple) else result))
    if method == "outer" or ufunc.signature is None:
        return out
    # A product over the last axis of the first operand, as matmul, vecdot and their like are.
    return 2 * out * int(np.shape(inputs[0])[-1])


def _function_work(function: Any, arrays: list[Array], args: Any, result: Any) -> int:
    name, module = function.__name__, function.__module__
    if name in _FREE:
        return 0
    if module.startswith("numpy.fft"):
        size = max([int(np.size(result)), *(a.size for a in arrays)], default=0)
        axis = max([*(np.shape(result)[-1:]), *(a.shape[-1] for a in arrays if a.ndim)], default=1)
        length = size if name.endswith(("n", "2")) else axis
        return 0 if "shift" in name or "freq" in name else round(5 * size * math.log2(max(length, 2)))
    special = _SPECIAL.get(name)
    if special is not None and arrays:
        return special(arrays, args, result)
    made = list(_arrays(result))
    if made and all(any(np.may_share_memory(m, a) for a in arrays) for m in made):
        return 0
    return max([*(a.size for a in arrays), *(m.size for m in made)], default=0)


def _dense(factor: float) -> Callable[[list[Array], Any, Any], int]:
    """`factor` times n^3 for each matrix of n by n, or of m by n as m n min(m, n)."""

    def work(arrays: list[Array], args: Any, result: Any) -> int:
        smaller = min(arrays[0].shape[-2:]) if arrays[0].ndim > 1 else 1
        return round(factor * int(arrays[0].size) * int(smaller))

    return work


def _solve(arrays: list[Array], args: Any, result: Any) -> int:
    n = int(arrays[0].shape[-1])
    return round(2 / 3 * int(arrays[0].size) * n + 2 * n * int(arrays[-1].size))


def _product(arrays: list[Array], args: Any, result: Any) -> int:
    """Two for each product of elements: for dot, inner, vdot and tensordot, from the sizes alone."""
    a, b = arrays[0].size, arrays[-1].size
    return 2 * round(math.sqrt(a * b * max(int(np.size(result)), 1)))


def _einsum(arrays: list[Array], args: Any, result: Any) -> int:
    """The size of the whole index space, times the number of operands."""
    if not isinstance(args[0], str):
        return _product(arrays, args, result)
    extent: dict[str, int] = {}
    batch = 1
    for term, array in zip(args[0].replace(" ", "").split("->")[0].split(","), arrays, strict=False):
        named = [array.shape[i] for i in range(-len(term.replace("...", "")), 0)]
        extent.update(zip(term.replace("...", ""), named, strict=True))
        batch = max(batch, array.size // max(math.prod(named), 1))
    return math.prod(extent.values()) * batch * len(arrays)


def _sorting(arrays: list[Array], args: Any, result: Any) -> int:
    return round(sum(a.size * math.log2(max(a.shape[-1] if a.ndim else 1, 2)) for a in arrays[:1]))


_FREE = {
    *("shape", "ndim", "size", "result_type", "can_cast", "min_scalar_type", "common_type", "isscalar"),
    *("iscomplexobj", "isrealobj", "may_share_memory", "shares_memory", "empty_like", "broadcast_arrays"),
}
_SPECIAL: dict[str, Callable[[list[Array], Any, Any], int]] = {
    **dict.fromkeys(("dot", "inner", "vdot", "tensordot", "multi_dot"), _product),
    "einsum": _einsum,
    **dict.fromkeys(("solve", "tensorsolve"), _solve),
    **dict.fromkeys(("inv", "tensorinv"), _dense(2)),
    **dict.fromkeys(("det", "slogdet"), _dense(2 / 3)),
    "cholesky": _dense(1 / 3),
    "qr": _dense(4 / 3),
    **dict.fromkeys(("eigh", "eigvalsh"), _dense(9)),
    **dict.fromkeys(("eig", "eigvals"), _dense(25)),
    **dict.fromkeys(("svd", "svdvals", "pinv", "lstsq", "matrix_rank"), _dense(20)),
    **dict.fromkeys(("sort", "argsort", "unique", "lexsort"), _sorting),
}

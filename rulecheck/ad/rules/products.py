"""Products and contractions of arrays: most are written in terms of matmul, or of one kernel for einsum."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import kernel, pullbacks_of, rewrite
from rulecheck.ad.rules.helpers import Pull, PullbackPerArgument, conj


def _dot_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * conj(b)
    if np.ndim(b) == 1:
        return np.expand_dims(g, -1) * conj(b)
    free = [i for i in range(np.ndim(b)) if i != np.ndim(b) - 2]
    return np.tensordot(g, conj(b), axes=(list(range(-len(free), 0)), free))


def _dot_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return g * conj(a)
    free = list(range(np.ndim(a) - 1))
    moved = np.tensordot(conj(a), g, axes=(free, free))
    return moved if np.ndim(b) == 1 else np.moveaxis(moved, 0, -2)


pullbacks_of(np.dot, _dot_left, _dot_right)


@rewrite(np.inner)
def _inner(a: Any, b: Any) -> Any:
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(a) == np.ndim(b) == 1 else np.tensordot(a, b, axes=(-1, -1))


@rewrite(np.outer)
def _outer(a: Any, b: Any) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


@rewrite(np.vdot)
def _vdot(a: Any, b: Any) -> Any:
    return np.matmul(conj(np.reshape(a, -1)), np.reshape(b, -1))


@rewrite(np.vecdot)
def _vecdot(a: Any, b: Any, axis: int = -1) -> Any:
    return np.sum(conj(a) * b, axis=axis)


@rewrite(np.tensordot)
def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    if isinstance(axes, (int, np.integer)):
        left, right = list(range(-int(axes), 0)), list(range(int(axes)))
    else:
        left, right = (list(x) if isinstance(x, (tuple, list)) else [x] for x in axes)
    left, right = [i % np.ndim(a) for i in left], [i % np.ndim(b) for i in right]
    shape_a, shape_b = np.shape(a), np.shape(b)
    if [shape_a[i] for i in left] != [shape_b[i] for i in right]:
        raise ValueError("shape-mismatch for sum")
    free_a = [i for i in range(np.ndim(a)) if i not in left]
    free_b = [i for i in range(np.ndim(b)) if i not in right]
    common = int(np.prod([shape_a[i] for i in left], dtype=int))
    flat_a = np.reshape(np.transpose(a, free_a + left), (-1, common))
    flat_b = np.reshape(np.transpose(b, right + free_b), (common, -1))
    return np.reshape(np.matmul(flat_a, flat_b), [shape_a[i] for i in free_a] + [shape_b[i] for i in free_b])


@rewrite(np.kron)
def _kron(a: Any, b: Any) -> Any:
    n = max(np.ndim(a), np.ndim(b))
    a = np.reshape(a, (1,) * (n - np.ndim(a)) + tuple(np.shape(a)))
    b = np.reshape(b, (1,) * (n - np.ndim(b)) + tuple(np.shape(b)))
    sizes = list(zip(np.shape(a), np.shape(b), strict=True))
    wide = np.reshape(a, [m for p, _ in sizes for m in (p, 1)]) * np.reshape(b, [m for _, q in sizes for m in (1, q)])
    return np.reshape(wide, [p * q for p, q in sizes])


@rewrite(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    if np.shape(a)[-1] != 3 or np.shape(b)[-1] != 3:
        raise NotTraceable("cross: there is a derivative for vectors of three elements only")
    x, y = (1, 2, 0), (2, 0, 1)
    parts = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in zip(x, y, strict=True)]
    return np.stack(parts, axis=axisc)


@rewrite(np.linalg.multi_dot)
def _multi_dot(arrays: Any) -> Any:
    first, *rest = arrays
    for array in rest:
        first = np.matmul(first, array)
    return first


@rewrite(np.linalg.matrix_power)
def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return np.eye(np.shape(a)[-1], dtype=np.result_type(a)) + 0 * a
    result = None
    while n:
        if n & 1:
            result = a if result is None else np.matmul(result, a)
        n >>= 1
        a = np.matmul(a, a) if n else a
    return result


def explicit(subscripts: str, ranks: tuple[int, ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with every ellipsis and the implicit result spelled out."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    unused = [c for c in string.ascii_letters if c not in subscripts]
    widest = 0
    for i, (term, rank) in enumerate(zip(terms, ranks, strict=True)):
        if "..." in term:
            extra = rank - len(term.replace("...", ""))
            widest = max(widest, extra)
            # Ellipses are aligned from the right, as broadcasting is.
            terms[i] = term.replace("...", "".join(reversed(unused[:extra])))
    ellipsis = "".join(reversed(unused[:widest]))
    if not arrow:
        joined = inputs.replace(",", "").replace("...", "")
        output = "..." * ("..." in inputs) + "".join(sorted(c for c in set(joined) if joined.count(c) == 1))
    return terms, output.replace("...", ellipsis)


def _factor(position: int) -> Pull:
    def pull(g: Any, y: Any, subscripts: str, *operands: Any) -> Any:
        terms, output = explicit(subscripts, tuple(map(np.ndim, operands)))
        own = terms[position]
        shape = np.shape(operands[position])
        others = [(t, conj(x)) for i, (t, x) in enumerate(zip(terms, operands, strict=True)) if i != position]
        spare = [c for c in string.ascii_letters if c not in "".join(terms) + output]
        wanted = ""
        for letter, n in zip(own, shape, strict=True):
            if letter in wanted:  # a repeated letter reads a diagonal: the cotangent stands on it
                fresh = spare.pop()
                others.append((letter + fresh, np.eye(n)))
                letter = fresh
            elif n == 1 or not any(letter in t for t in [output, *(t for t, _ in others)]):
                others.append((letter, np.ones(n)))  # a letter of this operand alone was summed
            wanted += letter
        expression = ",".join([output, *(t for t, _ in others)])
        return np.einsum(f"{expression}->{wanted}", g, *(x for _, x in others))

    return pull


@kernel(each=PullbackPerArgument(_factor))
def contract(subscripts: str, *operands: Any) -> Any:
    """`numpy.einsum` of an expression in letters."""
    found = np.einsum(subscripts, *operands, optimize=len(operands) > 2)
    return found[()] if np.ndim(found) == 0 else found  # a number, as einsum gives without optimizing


@rewrite(np.einsum)
def _einsum(*args: Any, optimize: Any = False) -> Any:
    if isinstance(args[0], str):
        return contract(*args)
    operands, lists = list(args[0 : 2 * (len(args) // 2) : 2]), list(args[1::2])
    names = sorted({n for found in lists for n in found if n is not Ellipsis})
    letters: dict[Any, str] = {n: string.ascii_letters[i] for i, n in enumerate(names)}
    letters[Ellipsis] = "..."
    expression = ",".join("".join(letters[n] for n in found) for found in lists)
    if len(args) % 2:
        expression += "->" + "".join(letters[n] for n in args[-1])
    return contract(expression, *operands)


def _convolved(other: int) -> Pull:
    def pull(g: Any, y: Any, a: Any, b: Any, mode: Any) -> Any:
        kept, n = (a, b)[other], np.shape((a, b)[1 - other])[0]
        full = np.shape(a)[0] + np.shape(b)[0] - 1
        m = np.shape(g)[0]
        start = {"full": 0, "same": (full - m) // 2, "valid": (full - m) // 2}[mode]
        wide = np.pad(g, (start, full - m - start))
        correlated = np.convolve(wide, conj(np.flip(kept, 0)))
        start = np.shape(kept)[0] - 1
        return correlated[start : start + n]

    return pull


@kernel(_convolved(1), _convolved(0), None)
def convolved(a: Any, b: Any, mode: Any) -> Any:
    """`numpy.convolve` of two vectors."""
    return np.convolve(a, b, mode)


@rewrite(np.convolve)
def _convolve(a: Any, v: Any, mode: Any = "full") -> Any:
    return convolved(a, v, mode)


for ufunc in (np.multiply, np.add, np.subtract, np.divide, np.power, np.maximum, np.minimum):

    @rewrite((ufunc, "outer"))
    def _ufunc_outer(a: Any, b: Any, ufunc: Any = ufunc) -> Any:
        return ufunc(np.reshape(a, tuple(np.shape(a)) + (1,) * np.ndim(b)), b)

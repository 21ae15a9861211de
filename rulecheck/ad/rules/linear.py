"""Matrix products: the pullbacks for arrays, and the generic rules for the users' types."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractMatrix, AbstractVector, Adjoint, Transpose, applied
from rulecheck.ad.convert import asarray, hermitian
from rulecheck.ad.numpy_pullbacks import pullbacks_of
from rulecheck.ad.outer_products import gather_outer_product
from rulecheck.ad.registry import adjoint
from rulecheck.ad.rules.helpers import conj, transposed


def _outer(a: Any, b: Any) -> Any:
    """The products of all elements of two vectors, over leading axes."""
    return np.expand_dims(a, -1) * np.expand_dims(b, -2)


def _matmul_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return g * conj(b) if np.ndim(a) == 1 else _outer(g, conj(b))
    if np.ndim(a) == 1:
        return np.matmul(conj(b), np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, transposed(b))


def _matmul_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    rank = a.ndim
    if rank == 2:
        return np.matmul(conj(a.T), g)
    if rank == 1:
        return g * conj(a) if np.ndim(b) == 1 else _outer(conj(a), g)
    if np.ndim(b) == 1:
        return np.matmul(transposed(a), np.expand_dims(g, -1))[..., 0]
    return np.matmul(transposed(a), g)


pullbacks_of(np.matmul, _matmul_left, _matmul_right, gather=gather_outer_product)


@adjoint(operator.matmul, AbstractMatrix, AbstractVector)
def matrix_vector(A: Any, b: Any, active: tuple[bool, bool]) -> Any:
    """The cotangent of the matrix is an outer product, dense whatever the matrix is; a row gives a number."""
    y = asarray(A @ b)
    row = np.ndim(y) == 0

    def pullback(dy: Any) -> Any:
        dA = np.outer(dy, conj(asarray(b))) if active[0] else None
        if not active[1]:
            return dA, None
        return dA, asarray(_upright(A))[:, 0] * dy if row else _applied(hermitian(A), dy)

    return y[()] if row else y, pullback


@adjoint(operator.matmul, AbstractVector, AbstractMatrix)
def vector_matrix(a: Any, B: Any, active: tuple[bool, bool]) -> Any:
    """The same from the left."""
    y = asarray(a @ B)

    def pullback(dy: Any) -> Any:
        da = conj(_applied(B, conj(dy))) if active[0] else None
        dB = np.outer(conj(asarray(a)), dy) if active[1] else None
        return da, dB

    return y, pullback


def _upright(A: Any) -> Any:
    """The conjugate transpose; that of a row is a column of rank 2."""
    found = hermitian(A)
    return found if found.ndim == 2 else asarray(found).reshape(-1, 1)


@adjoint(operator.matmul, AbstractMatrix, AbstractMatrix)
def matrix_matrix(A: Any, B: Any, active: tuple[bool, bool]) -> Any:
    """Both cotangents are dense; a row times a matrix may give a vector, or a row again, which stays one."""
    product = A @ B
    row = isinstance(product, (Transpose, Adjoint)) and product.parent.ndim == 1
    y = (Adjoint if isinstance(product, Adjoint) else Transpose)(asarray(product.parent)) if row else asarray(product)

    def pullback(dy: Any) -> Any:
        if row:
            dy = conj(dy.parent) if isinstance(product, Adjoint) else dy.parent
        dy = dy.reshape(A.shape[0], B.shape[1])
        dA = np.reshape(_applied(dy, _upright(B)), A.shape) if active[0] else None
        dB = np.reshape(_applied(_upright(A), dy), B.shape) if active[1] else None  # that of a row is a vector
        return dA, dB

    return y, pullback


@adjoint(operator.matmul, AbstractVector, AbstractVector)
def vector_vector(a: Any, b: Any, active: tuple[bool, bool]) -> Any:
    """The inner product, without conjugation."""
    y = a @ b

    def pullback(dy: Any) -> Any:
        da = dy * conj(asarray(b)) if active[0] else None
        db = dy * conj(asarray(a)) if active[1] else None
        return da, db

    return y, pullback


def _applied(left: Any, right: Any) -> Any:
    """The product of a matrix and a cotangent, as an array."""
    return asarray(applied(left, right))

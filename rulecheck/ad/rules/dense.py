"""Generic rules for functions of numpy on the users' matrices: the value by their own code, the derivative densely."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractMatrix, AbstractVector
from rulecheck.ad.convert import asarray
from rulecheck.ad.derivatives import pullback
from rulecheck.ad.registry import adjoint


def dense(function: Callable[..., Any]) -> Callable[..., Any]:
    """A rule whose value is the function's own, and whose pullback is that of the densified operands."""

    def rule(*args: Any, active: tuple[bool, ...], **settings: Any) -> Any:
        answer = function(*args, **settings)
        if not isinstance(answer, tuple):
            answer = asarray(answer)

        def pull(g: Any) -> tuple[Any, ...]:
            arrays = [asarray(a) for a in args]
            positions = [i for i, is_active in enumerate(active) if is_active]

            def of_active(*changed: Any) -> Any:
                for i, array in zip(positions, changed, strict=True):
                    arrays[i] = array
                return function(*arrays, **settings)

            _, back = pullback(of_active, *(arrays[i] for i in positions))
            found = dict(zip(positions, back(g), strict=True))
            return tuple(found.get(i) for i in range(len(args)))

        return answer, pull

    rule.__name__ = f"dense_{function.__name__}"
    return rule


for function in (np.linalg.det, np.linalg.slogdet, np.linalg.inv, np.linalg.cholesky):
    adjoint(function, AbstractMatrix)(dense(function))

for product in (np.linalg.solve, np.dot):
    adjoint(product, AbstractMatrix, AbstractVector)(dense(product))
    adjoint(product, AbstractMatrix, AbstractMatrix)(dense(product))

adjoint(np.dot, AbstractVector, AbstractMatrix)(dense(np.dot))
adjoint(np.dot, AbstractVector, AbstractVector)(dense(np.dot))

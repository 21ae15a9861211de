"""The system `numpy`: who answers an operator, a ufunc or a function when an ndarray meets a user's class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.systems.base import Model, System

if TYPE_CHECKING:
    from rulecheck.sources.program import Program


def _model(program: Program) -> Model:
    from rulecheck.systems.numpy.model import NumpyModel

    return NumpyModel(program)


SYSTEM = System(
    name="numpy",
    registrars=frozenset(),
    tokens=(
        rb"__r(?:matmul|add|sub|mul|truediv|floordiv|mod|divmod|pow|and|or|xor|lshift|rshift)__",
        rb"__matmul__",
        rb"__array_",
    ),
    model=_model,
)

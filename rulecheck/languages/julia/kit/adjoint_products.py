"""Products that LinearAlgebra answers by others: `v' * B` is `(B' * v)'`, where v is a vector and B a matrix."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch.parametric import Term, subtype
from rulecheck.languages.julia.kit.operand_types import FLIPS, OperandTypes, wrapper_parts
from rulecheck.languages.julia.kit.project_methods import ProjectMethods

MULTIPLY = "Base.*"


class AdjointProducts:
    """Such products of one project, told by the types of their operands."""

    def __init__(self, methods: ProjectMethods, operands: OperandTypes) -> None:
        self._declarations = methods.library.declarations
        self._operands = operands

    def inner(self, function: str, operands: Sequence[Term]) -> tuple[Term, Term] | None:
        """The operands of the product that LinearAlgebra makes of another; None where it makes none."""
        if function != MULTIPLY or len(operands) != 2:
            return None
        left, right = operands
        parts = wrapper_parts(left)
        vector = self._declarations.parse("AbstractArray{T,1} where T")
        if parts is None or not subtype(parts[1], vector):
            return None
        flipped = self._operands.wrapped(FLIPS[parts[0]], right)
        matrix = self._declarations.parse("AbstractArray{T,2} where T")
        if flipped is None or not subtype(right, matrix) or not subtype(flipped, matrix):
            return None  # a row times a column is a number, and two rows have no product
        return flipped, parts[1]

    def outer(self, function: str, operands: Sequence[Term]) -> tuple[Term, Term] | None:
        """The operands of the product that is answered by this one: `v' * A'` for `A * v`."""
        if function != MULTIPLY or len(operands) != 2:
            return None
        matrix, vector = operands
        parts = wrapper_parts(matrix)
        flip = FLIPS[parts[0]] if parts is not None else "Base.adjoint"
        flipped, row = self._operands.wrapped(flip, matrix), self._operands.wrapped(flip, vector)
        if flipped is None or row is None:
            return None
        return (row, flipped) if self.inner(function, (row, flipped)) == (matrix, vector) else None

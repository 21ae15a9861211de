"""Calls in source that numpy may answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from rulecheck.facts import NDARRAY, Expr
from rulecheck.model.operand_misses import REFLECTED
from rulecheck.model.operand_sites import OperandSites
from rulecheck.systems.numpy.functions import SHARED, FunctionKind, meaning, spelling


class NumpySites(OperandSites):
    """Calls of operators, of numpy's functions, and of `x.dot(A)`."""

    array = NDARRAY
    package = "numpy"
    words = ("numpy", "np")
    # Something of numpy's name, too, may bring an array.
    imports = rb"^[ \t]*(?:from[ \t]+numpy\b|import[ \t][^\n#]*\bnumpy\b)|\bimport\b[^\n#]*\b(?:numpy|np)\b"
    product = "numpy.ndarray.dot"

    def candidates(self, methods: Collection[str]) -> Iterator[str]:
        """What means an operator of the class, and numpy's functions that mean what a method of that name does."""
        for operator in REFLECTED:
            if operator.method in methods or operator.reflected in methods:
                yield from meaning(operator)
        yield from (f"{module}.{name}" for name in SHARED.intersection(methods) for module in ("numpy", "numpy.linalg"))

    def takes_two(self, function: str) -> bool | None:
        """Whether a function means an operator of two operands."""
        found = spelling(function)
        return None if found is None else found.operator is not None and found.operator.reflected is not None

    def operands(self, function: str, arguments: Sequence[Expr]) -> Sequence[Expr]:
        """The first argument, the first two of what means an operator, and those of an `einsum` that means `a @ b`."""
        found = spelling(function)
        if found is None or found.kind not in (FunctionKind.UFUNC, FunctionKind.FUNCTION):
            return ()
        if function == "numpy.einsum":
            return _product(arguments)
        if not self.takes_two(function):
            return arguments[:1]
        return arguments[:2] if len(arguments) >= 2 else ()


def _product(arguments: Sequence[Expr]) -> Sequence[Expr]:
    """The operands of an `einsum` that means `a @ b`; none for any other."""
    if len(arguments) != 3 or arguments[0][0] != "const" or not isinstance(arguments[0][1], str):
        return ()
    inputs, arrow, output = arguments[0][1].replace(" ", "").partition("->")
    left, comma, right = inputs.partition(",")
    if not comma or not 1 <= len(left) <= 2 or not 1 <= len(right) <= 2 or "." in inputs:
        return ()
    contracts = left[-1] == right[0] and len({*left, *right}) == len(left) + len(right) - 1
    kept = left[:-1] + right[1:]
    given = output if arrow else "".join(sorted(kept))
    return arguments[1:] if contracts and given == kept else ()

"""The operators of Python and the spellings that mean the same: `A @ b`, `np.matmul(A, b)`, `operator.matmul(A, b)`.

Names only: the engine looks the functions up, the analyser compares names. The canonical name is the one in `operator`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: its canonical function, its methods, and the numpy ufunc that means the same."""

    function: str
    symbol: str
    method: str
    reflected: str | None
    ufunc: str


def _binary(name: str, symbol: str, ufunc: str) -> Operator:
    stem = name.rstrip("_")
    return Operator(f"operator.{name}", symbol, f"__{stem}__", f"__r{stem}__", f"numpy.{ufunc}")


BINARY: tuple[Operator, ...] = (
    _binary("matmul", "@", "matmul"),
    _binary("add", "+", "add"),
    _binary("sub", "-", "subtract"),
    _binary("mul", "*", "multiply"),
    _binary("truediv", "/", "divide"),
    _binary("floordiv", "//", "floor_divide"),
    _binary("mod", "%", "remainder"),
    _binary("pow", "**", "power"),
    _binary("and_", "&", "bitwise_and"),
    _binary("or_", "|", "bitwise_or"),
    _binary("xor", "^", "bitwise_xor"),
    _binary("lshift", "<<", "left_shift"),
    _binary("rshift", ">>", "right_shift"),
)

COMPARISON: tuple[Operator, ...] = (
    Operator("operator.lt", "<", "__lt__", "__gt__", "numpy.less"),
    Operator("operator.le", "<=", "__le__", "__ge__", "numpy.less_equal"),
    Operator("operator.eq", "==", "__eq__", "__eq__", "numpy.equal"),
    Operator("operator.ne", "!=", "__ne__", "__ne__", "numpy.not_equal"),
    Operator("operator.gt", ">", "__gt__", "__lt__", "numpy.greater"),
    Operator("operator.ge", ">=", "__ge__", "__le__", "numpy.greater_equal"),
)

UNARY: tuple[Operator, ...] = (
    Operator("operator.neg", "-", "__neg__", None, "numpy.negative"),
    Operator("operator.pos", "+", "__pos__", None, "numpy.positive"),
    Operator("operator.abs", "abs", "__abs__", None, "numpy.absolute"),
    Operator("operator.invert", "~", "__invert__", None, "numpy.invert"),
)

OPERATORS: tuple[Operator, ...] = BINARY + COMPARISON + UNARY

BY_METHOD: dict[str, Operator] = {o.method: o for o in OPERATORS}
BY_REFLECTED: dict[str, Operator] = {o.reflected: o for o in BINARY if o.reflected}
BY_FUNCTION: dict[str, Operator] = {o.function: o for o in OPERATORS}

_SPELLINGS: dict[str, str] = {
    **{o.ufunc: o.function for o in OPERATORS},
    "numpy.true_divide": "operator.truediv",
    "numpy.mod": "operator.mod",
    "numpy.abs": "operator.abs",
    "numpy.bitwise_not": "operator.invert",
    "builtins.abs": "operator.abs",
    "builtins.pow": "operator.pow",
    "numpy.pow": "operator.pow",
    "operator.and_": "operator.and_",
    **{f"operator.{o.method}": o.function for o in OPERATORS},
}


def miscounted(function: str, count: int, *, may_be_fewer: bool = False) -> str | None:
    """What is wrong with so many operands of an operator, by its canonical name; None for other functions."""
    operator = BY_FUNCTION.get(function)
    if operator is None:
        return None
    most = 1 if operator.reflected is None else 2
    if count == most or (may_be_fewer and count < most) or (function == "operator.pow" and count == 3):
        return None
    return (
        f"{function.rpartition('.')[2].rstrip('_')} takes {'one operand' if most == 1 else 'two operands'}, not {count}"
    )


def canonical(function: str) -> str:
    """The one name under which a function's rules are kept, whatever the spelling."""
    return _SPELLINGS.get(function, function)

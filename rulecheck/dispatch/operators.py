"""The operators of Python and the spellings that mean the same: `A @ b`, `np.matmul(A, b)`, `operator.matmul(A, b)`.

Names only: the engine looks the functions up, the analyser compares names. The canonical name is the one in `operator`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: its canonical function, and the names of its methods; None where it has no such form.

    A comparison's reflected form is the comparison the other way round.
    """

    function: str
    symbol: str
    method: str
    reflected: str | None = None
    in_place: str | None = None

    @property
    def is_unary(self) -> bool:
        """Whether it takes one operand."""
        return self.reflected is None

    @property
    def is_comparison(self) -> bool:
        """Whether it compares its operands."""
        return self.method in ("__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__")


def _binary(name: str, symbol: str) -> Operator:
    stem = name.rstrip("_")
    return Operator(f"operator.{name}", symbol, f"__{stem}__", f"__r{stem}__", f"__i{stem}__")


BINARY: tuple[Operator, ...] = (
    _binary("matmul", "@"),
    _binary("add", "+"),
    _binary("sub", "-"),
    _binary("mul", "*"),
    _binary("truediv", "/"),
    _binary("floordiv", "//"),
    _binary("mod", "%"),
    _binary("pow", "**"),
    _binary("and_", "&"),
    _binary("or_", "|"),
    _binary("xor", "^"),
    _binary("lshift", "<<"),
    _binary("rshift", ">>"),
)

COMPARISON: tuple[Operator, ...] = (
    Operator("operator.lt", "<", "__lt__", "__gt__"),
    Operator("operator.le", "<=", "__le__", "__ge__"),
    Operator("operator.eq", "==", "__eq__", "__eq__"),
    Operator("operator.ne", "!=", "__ne__", "__ne__"),
    Operator("operator.gt", ">", "__gt__", "__lt__"),
    Operator("operator.ge", ">=", "__ge__", "__le__"),
)

UNARY: tuple[Operator, ...] = (
    Operator("operator.neg", "-", "__neg__"),
    Operator("operator.pos", "+", "__pos__"),
    Operator("operator.abs", "abs", "__abs__"),
    Operator("operator.invert", "~", "__invert__"),
)

# A function that asks as operators do, without a symbol or a form in place.
DIVMOD = Operator("builtins.divmod", "divmod", "__divmod__", "__rdivmod__")

OPERATORS: tuple[Operator, ...] = BINARY + COMPARISON + UNARY

BY_METHOD: dict[str, Operator] = {o.method: o for o in OPERATORS}
BY_REFLECTED: dict[str, Operator] = {o.reflected: o for o in BINARY if o.reflected}
BY_IN_PLACE: dict[str, Operator] = {o.in_place: o for o in BINARY if o.in_place}
BY_FUNCTION: dict[str, Operator] = {o.function: o for o in OPERATORS}

# Every function that asks as an operator does: the operator, and whether it is its form in place ("operator.iadd").
ASKING: dict[str, tuple[Operator, bool]] = {
    **{o.function: (o, False) for o in (*OPERATORS, DIVMOD)},
    **{f"operator.{o.in_place.strip('_')}": (o, True) for o in BINARY if o.in_place},
}

# numpy's functions that mean an operator, each under its first name.
UFUNCS: dict[str, str] = {
    "operator.matmul": "numpy.matmul",
    "operator.add": "numpy.add",
    "operator.sub": "numpy.subtract",
    "operator.mul": "numpy.multiply",
    "operator.truediv": "numpy.divide",
    "operator.floordiv": "numpy.floor_divide",
    "operator.mod": "numpy.remainder",
    "operator.pow": "numpy.power",
    "operator.and_": "numpy.bitwise_and",
    "operator.or_": "numpy.bitwise_or",
    "operator.xor": "numpy.bitwise_xor",
    "operator.lshift": "numpy.left_shift",
    "operator.rshift": "numpy.right_shift",
    "operator.lt": "numpy.less",
    "operator.le": "numpy.less_equal",
    "operator.eq": "numpy.equal",
    "operator.ne": "numpy.not_equal",
    "operator.gt": "numpy.greater",
    "operator.ge": "numpy.greater_equal",
    "operator.neg": "numpy.negative",
    "operator.pos": "numpy.positive",
    "operator.abs": "numpy.absolute",
    "operator.invert": "numpy.invert",
    DIVMOD.function: "numpy.divmod",
}

_SPELLINGS: dict[str, str] = {
    **{UFUNCS[o.function]: o.function for o in OPERATORS},
    "numpy.true_divide": "operator.truediv",
    "numpy.mod": "operator.mod",
    "numpy.abs": "operator.abs",
    "numpy.bitwise_not": "operator.invert",
    "numpy.pow": "operator.pow",
    "builtins.abs": "operator.abs",
    "builtins.pow": "operator.pow",
    **{f"operator.{o.method}": o.function for o in OPERATORS},
}


def miscounted(function: str, count: int, *, may_be_fewer: bool = False) -> str | None:
    """What is wrong with so many operands of an operator, by its canonical name; None for other functions."""
    operator = BY_FUNCTION.get(function)
    if operator is None:
        return None
    most = 1 if operator.is_unary else 2
    if count == most or (may_be_fewer and count < most) or (function == "operator.pow" and count == 3):
        return None
    return (
        f"{function.rpartition('.')[2].rstrip('_')} takes {'one operand' if most == 1 else 'two operands'}, not {count}"
    )


def canonical(function: str) -> str:
    """The one name under which a function's rules are kept, whatever the spelling."""
    return _SPELLINGS.get(function, function)


def spellings(function: str) -> tuple[str, ...]:
    """Every name of a function, its canonical one first."""
    return (function, *(name for name, meant in _SPELLINGS.items() if meant == function))

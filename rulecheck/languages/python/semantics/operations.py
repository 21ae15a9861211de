"""What an operator gives, by Python's own protocol: methods, reflected methods, numbers, arrays."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch.operators import BY_FUNCTION, canonical
from rulecheck.facts import Attribute, Function
from rulecheck.languages.python.semantics import arrays
from rulecheck.languages.python.semantics.evaluator import ShapeEvaluator
from rulecheck.languages.python.semantics.shapes import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    LIST,
    NEVER,
    NONE_TYPE,
    NUMBERS,
    SET,
    STR,
    TUPLE,
    Cls,
    Fun,
    Map,
    Mod,
    Seq,
    Shape,
    Super,
    Tup,
    class_of,
    is_array,
    is_ranked,
    parts,
    unite,
)

NOT_IMPLEMENTED = "builtins.NotImplementedType"
_COMPARISONS = frozenset(f"operator.{n}" for n in ("lt", "le", "eq", "ne", "gt", "ge"))
_LOGIC = frozenset(("operator.and_", "operator.or_", "operator.xor"))


class Operations:
    """Evaluates operators."""

    def __init__(self, inference: ShapeEvaluator) -> None:
        self._infer = inference

    def apply(self, function: str, operands: Sequence[Shape | None]) -> Shape | None:
        """The shape of an operator's value; `operator.iadd` and its like are the augmented assignments."""
        if any(o is None for o in operands):
            return None
        known = [o for o in operands if o is not None]
        if len(known) == 1:
            return unite(self._unary(canonical(function), m) for m in parts(known[0]))
        if len(known) != 2:
            return None
        found: list[Shape | None] = [self._pair(function, a, b) for a in parts(known[0]) for b in parts(known[1])]
        shape = unite(found) if found else None
        return None if shape == NEVER else shape

    def _unary(self, function: str, operand: Shape) -> Shape | None:
        if operand in NUMBERS:
            if function == "operator.invert":
                return INT if operand in (INT, BOOL) else None
            if function == "operator.abs":
                return FLOAT if operand == COMPLEX else INT if operand == BOOL else operand
            return INT if operand == BOOL else operand
        if is_array(operand):
            return operand if is_ranked(operand) else None
        operator = BY_FUNCTION.get(function)
        return self._method(operand, operator.method, []) if operator is not None else None

    def _pair(self, function: str, left: Shape, right: Shape) -> Shape | None:
        plain = function
        if function not in BY_FUNCTION and function.startswith("operator.i"):
            name = "operator." + function.removeprefix("operator.i")
            plain = name if name in BY_FUNCTION else f"{name}_"
            in_place = self._in_place(function, left, right)
            if in_place is not None:
                return in_place
            if self._has(left, f"__{function.removeprefix('operator.')}__"):
                return None
        plain = canonical(plain)
        if isinstance(left, Cls | Mod | Fun | Super) or isinstance(right, Cls | Mod | Fun | Super):
            return None
        if left in NUMBERS and right in NUMBERS:
            return self._numbers(plain, str(left), str(right))
        if (is_array(left) or is_array(right)) and all(is_array(o) or o in NUMBERS for o in (left, right)):
            return arrays.operated(plain, left, right)
        built = self._builtin(plain, left, right)
        if built is not None:
            return built
        return self._protocol(plain, left, right)

    def _in_place(self, function: str, left: Shape, right: Shape) -> Shape | None:
        name = f"__{function.removeprefix('operator.').rstrip('_')}__"
        if is_array(left):
            return left if function != "operator.imatmul" and (is_array(right) or right in NUMBERS) else None
        if isinstance(left, Seq) and left.wrapper == LIST and function == "operator.iadd":
            return Seq(LIST, unite((left.element, self._infer.element(right))))
        if self._has(left, name):
            return self._method(left, name, [right])
        return None

    def _has(self, shape: Shape, name: str) -> bool:
        owner = class_of(shape)
        return owner is not None and self._infer.types.lookup(owner, name) is not None

    def _numbers(self, function: str, left: str, right: str) -> Shape | None:
        if function in _COMPARISONS:
            return BOOL
        if function in _LOGIC:
            if left == right == BOOL:
                return BOOL
            return INT if FLOAT not in (left, right) and COMPLEX not in (left, right) else None
        if function in ("operator.lshift", "operator.rshift"):
            return INT
        widest = max(NUMBERS.index(left), NUMBERS.index(right), NUMBERS.index(INT))
        if function == "operator.truediv":
            return NUMBERS[max(widest, NUMBERS.index(FLOAT))]
        if function == "operator.pow":
            return COMPLEX if NUMBERS[widest] == COMPLEX else None  # 2 ** -1 is a float, (-8.0) ** 0.5 is complex
        if function in ("operator.add", "operator.sub", "operator.mul", "operator.floordiv", "operator.mod"):
            return NUMBERS[widest]
        return None

    def _builtin(self, function: str, left: Shape, right: Shape) -> Shape | None:
        if left == STR and (function == "operator.mod" or (function == "operator.add" and right == STR)):
            return STR
        if function == "operator.mul" and {left, right} <= {STR, INT, BOOL} and STR in (left, right):
            return STR
        if isinstance(left, Seq) and isinstance(right, Seq) and left.wrapper == right.wrapper:
            if left.wrapper in (LIST, TUPLE) and function == "operator.add":
                return Seq(left.wrapper, unite((left.element, right.element)))
            if left.wrapper == SET and function in _LOGIC | {"operator.sub"}:
                return Seq(SET, unite((left.element, right.element)))
        if isinstance(left, Tup) and isinstance(right, Tup) and function == "operator.add":
            return Tup((*left.items, *right.items))
        if function == "operator.mul" and right in (INT, BOOL):
            if isinstance(left, Seq) and left.wrapper in (LIST, TUPLE):
                return left
            if isinstance(left, Tup):
                return Seq(TUPLE, unite(left.items))
        plain = all(isinstance(o, Seq | Map | Tup) or o == STR or o in NUMBERS for o in (left, right))
        return BOOL if plain and function in ("operator.eq", "operator.ne") else None

    def _protocol(self, function: str, left: Shape, right: Shape) -> Shape | None:
        """The operand's methods in the order in which Python asks them; what may answer NotImplemented passes on."""
        operator = BY_FUNCTION.get(function)
        if operator is None:
            return None
        own, other = class_of(left), class_of(right)
        if own is None or other is None:
            return None
        if is_array(left):
            return self._array_first(right, other, operator.reflected)
        turns = [(left, operator.method, right), (right, operator.reflected, left)]
        if self._reflected_first(own, other, operator.reflected):
            turns.reverse()
        elif own == other and function not in _COMPARISONS:
            turns.pop()
        answers: list[Shape | None] = []
        for receiver, method, argument in turns:
            if method is None:
                continue
            owner = class_of(receiver)
            if is_array(receiver) and answers:
                return None
            if owner is None or self._infer.types.lookup(owner, method) is None:
                if owner is None or self._infer.open(receiver) or owner.startswith(("builtins.", "numpy.")):
                    if owner in NUMBERS or (owner == NONE_TYPE and function not in _COMPARISONS):
                        continue  # a number declines every type that it does not know, and None has no operators
                    return None
                continue
            given = self._method(receiver, method, [argument])
            if given is None:
                return None
            passes = NOT_IMPLEMENTED in parts(given)
            answers += [m for m in parts(given) if m != NOT_IMPLEMENTED]
            if not passes:
                return unite(answers)
        # Where every method declines, the operator raises: no value arrives.
        return unite(answers) if answers else NEVER

    def _reflected_first(self, own: str, other: str, reflected: str | None) -> bool:
        if reflected is None or own == other or not self._infer.types.is_subtype(other, own):
            return False
        mine = self._infer.types.find(own, reflected)
        theirs = self._infer.types.find(other, reflected)
        return theirs is not None and (mine is None or mine[0] != theirs[0])

    def _array_first(self, right: Shape, other: str, reflected: str | None) -> Shape | None:
        """`ndarray OP x`: the array declines only for a type that switches its protocol off, or answers it itself."""
        if self._infer.open(right) or reflected is None:
            return None
        if any((d := self._infer.types.type(o)) is not None and d.dynamic for o in self._infer.types.mro(other)):
            return None
        found = self._infer.types.find(other, "__array_ufunc__")
        if found is None:
            priority = self._infer.types.find(other, "__array_priority__")
            declines = priority is not None and _positive(priority[1])
        elif isinstance(found[1], Function):
            # The engine's arrays hand an operator on to the method that Python would have asked.
            declines = found[0].startswith("rulecheck.ad.")
        else:
            declines = found[1].certain and found[1].value == ("const", None)
        if not declines:
            return None
        given = self._method(right, reflected, [arrays.ANY])
        return None if given is None or NOT_IMPLEMENTED in parts(given) else given

    def _method(self, receiver: Shape, name: str, arguments: list[Shape]) -> Shape | None:
        member = self._infer.attribute(receiver, name)
        return self._infer.calling.apply(member, arguments, {}) if isinstance(member, Fun) else None


def _positive(member: Function | Attribute) -> bool:
    if isinstance(member, Function) or not member.certain:
        return False
    value = member.value
    return value[0] == "const" and isinstance(value[1], int | float) and value[1] > 0

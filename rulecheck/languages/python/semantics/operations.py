"""What an operator gives, by Python's own protocol: methods, reflected methods, numbers, arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rulecheck.dispatch.datamodel import Ending, Reply, Says, exchange
from rulecheck.dispatch.operators import ASKING, BY_FUNCTION, Operator, canonical
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
_DECLINED = ("name", "NotImplemented")
_COMPARISONS = frozenset(f"operator.{n}" for n in ("lt", "le", "eq", "ne", "gt", "ge"))
_LOGIC = frozenset(("operator.and_", "operator.or_", "operator.xor"))


class Operations:
    """Evaluates operators; `handing_on` are packages whose arrays hand an operator on, as Python would."""

    def __init__(self, inference: ShapeEvaluator, handing_on: frozenset[str]) -> None:
        self._infer = inference
        self._handing_on = tuple(f"{package}." for package in handing_on)

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
        operator, is_in_place = ASKING.get(function, (None, False))
        if is_in_place:
            in_place = self._in_place(function, left, right)
            if in_place is not None:
                return in_place
            if is_array(left):
                return None
        plain = canonical(operator.function if operator is not None else function)
        if isinstance(left, Cls | Mod | Fun | Super) or isinstance(right, Cls | Mod | Fun | Super):
            return None
        if left in NUMBERS and right in NUMBERS:
            return self._numbers(plain, str(left), str(right))
        if (is_array(left) or is_array(right)) and all(is_array(o) or o in NUMBERS for o in (left, right)):
            return arrays.operated(plain, left, right)
        built = self._builtin(plain, left, right)
        if built is not None:
            return built
        return self._protocol(plain, left, right, is_in_place)

    def _in_place(self, function: str, left: Shape, right: Shape) -> Shape | None:
        if is_array(left):
            return left if function != "operator.imatmul" and (is_array(right) or right in NUMBERS) else None
        if isinstance(left, Seq) and left.wrapper == LIST and function == "operator.iadd":
            return Seq(LIST, unite((left.element, self._infer.element(right))))
        return None

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

    def _protocol(self, function: str, left: Shape, right: Shape, in_place: bool) -> Shape | None:
        """The operand's methods in the order in which Python asks them; what may answer NotImplemented passes on."""
        operator, _ = ASKING.get(function, (None, False))
        own, other = class_of(left), class_of(right)
        if operator is None or own is None or other is None:
            return None
        if is_array(left):
            return self._array_first(right, other, operator.reflected)
        view = _Operands(self._infer, operator)
        found = exchange(view, operator, (_Operand(own, left), _Operand(other, right)), in_place=in_place)
        answers: list[Shape | None] = []
        for asked in found.candidates:
            given = view.given(asked.kind, asked.name)
            if given is None or (is_array(asked.kind.shape) and answers):
                return None
            answers += [m for m in parts(given) if m != NOT_IMPLEMENTED]
        if found.ending is Ending.IDENTITY:
            answers.append(BOOL)
        # Where every method declines, the operator raises: no value arrives.
        return unite(answers) if answers else NEVER

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
            declines = found[0].startswith(self._handing_on)
        else:
            declines = found[1].certain and found[1].value == ("const", None)
        if not declines:
            return None
        given = self._method(right, reflected, [arrays.ANY])
        return None if given is None or NOT_IMPLEMENTED in parts(given) else given

    def _method(self, receiver: Shape, name: str, arguments: list[Shape]) -> Shape | None:
        return _called(self._infer, receiver, name, arguments)


def _called(infer: ShapeEvaluator, receiver: Shape, name: str, arguments: list[Shape]) -> Shape | None:
    """What a method of a receiver gives."""
    member = infer.attribute(receiver, name)
    return infer.calling.apply(member, arguments, {}) if isinstance(member, Fun) else None


@dataclass(frozen=True, slots=True)
class _Operand:
    """An operand by its class, which is what Python compares, and with all that is known of it."""

    name: str
    shape: Shape = field(compare=False)


class _Operands:
    """Operands as Python's protocol asks them."""

    def __init__(self, infer: ShapeEvaluator, operator: Operator) -> None:
        self._infer = infer
        self._operator = operator
        self._given: dict[tuple[int, str], Shape | None] = {}

    def reply(self, kind: _Operand, name: str, other: _Operand | None) -> Reply[str]:
        """What an operand's class says of a method; UNTOLD where that, or what it gives, may be one or another."""
        found = self._infer.types.find(kind.name, name)
        if found is None:
            return Reply(self._without(kind))
        if isinstance(found[1], Attribute):
            if found[1].certain and found[1].value == ("const", None):
                return Reply(Says.NONE, found[0])
        elif found[1].results and all(result == _DECLINED for result in found[1].results):
            return Reply(Says.DECLINES, found[0])
        given = _called(self._infer, kind.shape, name, [other.shape] if other is not None else [])
        self._given[id(kind), name] = given
        kinds = parts(given) if given is not None else ()
        if NOT_IMPLEMENTED not in kinds:
            return Reply(Says.ANSWERS if given is not None else Says.UNTOLD, found[0])
        return Reply(Says.UNTOLD if len(kinds) > 1 else Says.DECLINES, found[0])

    def _without(self, kind: _Operand) -> Says:
        """What a class says that has no such method in its source: a number declines every type that it does not know,
        and None has no operators.
        """
        declines = kind.name == NONE_TYPE and not self._operator.is_comparison
        if kind.name in NUMBERS or declines:
            return Says.ABSENT
        untold = self._infer.open(kind.shape) or kind.name.startswith(("builtins.", "numpy."))
        return Says.UNTOLD if untold else Says.ABSENT

    def is_subtype(self, kind: _Operand, base: _Operand) -> bool:
        """Whether a class derives from another."""
        return self._infer.types.is_subtype(kind.name, base.name)

    def given(self, kind: _Operand, name: str) -> Shape | None:
        """What a method gives that was asked; None where it is not known."""
        return self._given.get((id(kind), name))


def _positive(member: Function | Attribute) -> bool:
    if isinstance(member, Function) or not member.certain:
        return False
    value = member.value
    return value[0] == "const" and isinstance(value[1], int | float) and value[1] > 0

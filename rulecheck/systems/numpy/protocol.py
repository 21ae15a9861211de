"""The layers of numpy's operator protocol, in the order in which they are asked (checked on numpy 2.4.6).

For an operator: a subclass's reflected method; the left operand's own method; `__array_ufunc__`; the conversion to an
array; the right operand's reflected method. `ndarray.__matmul__` stands for the third and fourth: where it defers,
they decline. A ufunc begins at the third. Any other function asks `__array_function__`, hands over to a method of its
argument, and ends at the conversion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rulecheck.dispatch.operators import COMPARISON, UFUNCS
from rulecheck.dispatch.walk import Outcome, asked_in_turn
from rulecheck.facts import TypeName, short
from rulecheck.systems.numpy.functions import FunctionKind, FunctionSpelling
from rulecheck.systems.numpy.view import ClassesView, MethodSlot, Presence

NDARRAY_PRIORITY = 0.0
DEFAULT_PRIORITY = -1_000_000.0
"""What numpy takes for an object that has no `__array_priority__`, or none that is a number."""

CONVERSIONS = ("__array_struct__", "__array_interface__", "__array__")
"""What numpy looks for on an object to make an array of it, in its order, before it tries it as a sequence."""

SUBCLASS, FORWARD, FUNCTION, METHOD, UFUNC, ARRAY, REFLECTED = LAYERS = (
    "subclass",
    "forward",
    "__array_function__",
    "method",
    "__array_ufunc__",
    "array",
    "reflected",
)
"""Every layer, in the order in which those that a kind of function has are asked."""


class Effect(Enum):
    """What comes of the layer's answer."""

    # A method or protocol of the class itself answers.
    ASKED = "asked"
    # `__array__` or its like makes a dense array, and numpy's own loop answers.
    DENSE = "dense"
    # `__len__` and `__getitem__` are used to read it element by element.
    SEQUENCE = "sequence"
    # It becomes a scalar of dtype object, and the operator is asked for every element.
    OBJECT = "object"
    RAISES = "raises"


@dataclass(frozen=True, slots=True)
class LayerAnswer:
    """What one layer says. `slot` is the attribute that answers, `operand` whose it is, `name` how it is called."""

    layer: str
    outcome: Outcome
    reason: str
    effect: Effect = Effect.ASKED
    operand: TypeName | None = None
    name: str | None = None
    slot: MethodSlot | None = None


Asking = Callable[[ClassesView, FunctionSpelling, Sequence[TypeName]], LayerAnswer]


def answers(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> Iterator[LayerAnswer]:
    """Ask each layer in turn; the last answer does not decline, unless nobody answers the call."""
    return asked_in_turn(layer(types, spelling, operands) for layer in _LAYERS_OF[spelling.kind].values())


def last_answer(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    """Who answers the call."""
    *_, last = answers(types, spelling, operands)
    return last


def _declines(layer: str, reason: str) -> LayerAnswer:
    return LayerAnswer(layer, Outcome.DECLINES, reason)


def _uncertain(layer: str, type_: TypeName, name: str) -> LayerAnswer:
    reason = f"whether {short(type_)} has {name} cannot be told from source"
    return LayerAnswer(layer, Outcome.AMBIGUOUS, reason, operand=type_, name=name)


def _asks(layer: str, type_: TypeName, name: str, slot: MethodSlot) -> LayerAnswer:
    """The answer of a method that is looked up and called."""
    said = f"{short(type_)}.{name}"
    match slot.presence:
        case Presence.UNKNOWN:
            return _uncertain(layer, type_, name)
        case Presence.ABSENT:
            return _declines(layer, f"{short(type_)} has no {name}")
        case Presence.DECLINES:
            return _declines(layer, f"{said} returns NotImplemented")
        case Presence.NONE:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} is None: TypeError", Effect.RAISES, type_, name, slot)
        case Presence.STUB:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} raises", Effect.RAISES, type_, name, slot)
        case _:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} is called", Effect.ASKED, type_, name, slot)


def _methods(spelling: FunctionSpelling) -> tuple[str, str]:
    operator = spelling.operator
    assert operator is not None
    assert operator.reflected is not None
    return operator.method, operator.reflected


def _overrides(types: ClassesView, spelling: FunctionSpelling, left: TypeName, right: TypeName) -> bool:
    """Whether Python asks the right operand first: a subclass with a reflected method of its own."""
    if left == right or not types.is_subtype(right, left):
        return False
    if spelling.operator in COMPARISON:  # of these, any subclass is asked first
        return True
    reflected = _methods(spelling)[1]
    mine, inherited = types.slot(right, reflected), types.slot(left, reflected)
    if mine.presence is inherited.presence is Presence.NONE:  # what is compared is the value
        return False
    return mine.owner != inherited.owner or mine.presence is Presence.UNKNOWN


def _subclass(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    left, right = operands
    reflected = _methods(spelling)[1]
    if not _overrides(types, spelling, left, right):
        return _declines(SUBCLASS, f"{short(right)} is no subclass of {short(left)} that overrides {reflected}")
    slot = types.slot(right, reflected)
    if slot.presence is Presence.NUMPY:
        return _declines(SUBCLASS, f"{short(right)}.{reflected} is numpy's")
    return _asks(SUBCLASS, right, reflected, slot)


def _forward(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    left, right = operands
    name, reflected = _methods(spelling)
    slot = types.slot(left, name)
    if slot.presence is Presence.NUMPY:
        return _declines(FORWARD, f"{short(left)}.{name} is numpy's: it defers, or calls {_ufunc(spelling)}")
    if (
        _overrides(types, spelling, left, right)
        and types.slot(right, reflected).presence is Presence.NUMPY
        and _shut(FORWARD, types, spelling, operands) is None
    ):
        return _declines(FORWARD, f"{short(right)}.{reflected} is numpy's and is asked first")
    return _asks(FORWARD, left, name, slot)


def _reflected(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    left, right = operands
    name = _methods(spelling)[1]
    slot = types.slot(right, name)
    if left == right and spelling.operator not in COMPARISON:
        return _declines(REFLECTED, f"both are {short(left)}: {name} is not asked")
    if slot.presence is Presence.NUMPY:
        return _declines(REFLECTED, f"{short(right)}.{name} is numpy's")
    return _asks(REFLECTED, right, name, slot)


def _ufunc(spelling: FunctionSpelling) -> str:
    assert spelling.operator is not None
    return UFUNCS[spelling.operator.function].replace("numpy.", "np.")


def _array_ufunc(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    closed = _shut(UFUNC, types, spelling, operands)
    if closed is not None:
        return closed
    found: list[tuple[TypeName, MethodSlot]] = []
    for type_ in _in_order(types, spelling, operands):
        slot = types.slot(type_, "__array_ufunc__")
        if slot.presence is Presence.UNKNOWN:
            return _uncertain(UFUNC, type_, "__array_ufunc__")
        if slot.presence is Presence.NONE:
            reason = f"{short(type_)}.__array_ufunc__ is None: TypeError"
            return LayerAnswer(UFUNC, Outcome.CLAIMS, reason, Effect.RAISES, type_, "__array_ufunc__", slot)
        if slot.presence not in (Presence.ABSENT, Presence.NUMPY):
            found.append((type_, slot))
    if not found:
        return _declines(UFUNC, "no operand has __array_ufunc__")
    return _asks_in_turn(UFUNC, types, "__array_ufunc__", found)


def _in_order(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> Sequence[TypeName]:
    """The operands as the ufunc gets them: a comparison that the right operand's numpy answers is turned round."""
    if spelling.kind is FunctionKind.OPERATOR and spelling.operator in COMPARISON:
        forward, reflected = _methods(spelling)
        mirrored = types.slot(operands[0], forward).presence is not Presence.NUMPY
        if mirrored or (
            _overrides(types, spelling, *operands) and types.slot(operands[1], reflected).presence is Presence.NUMPY
        ):
            return operands[::-1]
    return operands


def _array_function(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    found: list[tuple[TypeName, MethodSlot]] = []
    for type_ in operands:
        slot = types.slot(type_, "__array_function__")
        if slot.presence is Presence.UNKNOWN:
            return _uncertain(FUNCTION, type_, "__array_function__")
        if slot.presence is not Presence.ABSENT:
            found.append((type_, slot))
    # What ndarray and its heirs have answers in its turn, unless a stranger takes part.
    if all(slot.presence is Presence.NUMPY for _, slot in found):
        return _declines(FUNCTION, "no argument has an __array_function__ of its own")
    if not all(types.is_array(type_) for type_, _ in found):
        found = [(type_, slot) for type_, slot in found if slot.presence is not Presence.NUMPY]
    return _asks_in_turn(FUNCTION, types, "__array_function__", found)


def _asks_in_turn(
    layer: str, types: ClassesView, name: str, found: Sequence[tuple[TypeName, MethodSlot]]
) -> LayerAnswer:
    """The answer of a protocol: the first operand's that does not return NotImplemented, else a TypeError."""
    left = list(found)
    while left:
        type_, slot = _first(types, left)
        if slot.presence is Presence.NUMPY:
            return _declines(layer, f"{short(type_)}.{name} is numpy's")
        if slot.presence is not Presence.DECLINES:
            return _asks(layer, type_, name, slot)
        left.remove((type_, slot))
    type_, slot = found[0]
    reason = f"{short(type_)}.{name} returns NotImplemented: TypeError"
    return LayerAnswer(layer, Outcome.CLAIMS, reason, Effect.RAISES, type_, name, slot)


def _first(types: ClassesView, found: Sequence[tuple[TypeName, MethodSlot]]) -> tuple[TypeName, MethodSlot]:
    """The operand that a protocol asks first: from left to right, but a subclass before its base."""
    best = found[0]
    for other in found[1:]:
        if other[0] != best[0] and types.is_subtype(other[0], best[0]):
            best = other
    return best


def _method(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    name = spelling.hands_to
    if name is None:
        return _declines(METHOD, "the function hands over to no method")
    first = operands[0]
    slot = types.instance_slot(first, name)
    if types.is_array(first) and slot.presence in (Presence.ABSENT, Presence.NUMPY):
        return _declines(METHOD, f"{short(first)}.{name} is numpy's")
    return _asks(METHOD, first, name, slot)


def _reduction(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    if not spelling.reduces:
        return _declines(UFUNC, "the function is no reduction")
    return _array_ufunc(types, spelling, operands)


def _array(types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> LayerAnswer:
    closed = _shut(ARRAY, types, spelling, operands)
    if closed is not None:
        return closed
    strangers = [t for t in operands if not types.is_array(t)]
    if not strangers:
        return LayerAnswer(ARRAY, Outcome.CLAIMS, "all operands are arrays", Effect.ASKED)
    converted = [conversion(types, spelling, t) for t in strangers]
    # What cannot be told, or raises, decides; otherwise the first stranger stands for the call.
    for answer in converted:
        if answer.outcome is Outcome.AMBIGUOUS or answer.effect is Effect.RAISES:
            return answer
    return converted[0]


def conversion(types: ClassesView, spelling: FunctionSpelling, type_: TypeName) -> LayerAnswer:
    """How numpy makes an array of an operand that is none."""
    said = short(type_)
    for name in CONVERSIONS:
        slot = types.instance_slot(type_, name)
        if slot.presence is Presence.UNKNOWN:
            return _uncertain(ARRAY, type_, name)
        if slot.presence in (Presence.NONE, Presence.STUB):
            reason = f"{said}.{name} {'is None' if slot.presence is Presence.NONE else 'raises'}"
            return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.RAISES, type_, name, slot)
        if slot.presence is not Presence.ABSENT:
            return LayerAnswer(ARRAY, Outcome.CLAIMS, f"{said}.{name} makes it dense", Effect.DENSE, type_, name, slot)
    length, item = types.slot(type_, "__len__"), types.slot(type_, "__getitem__")
    for name, slot in (("__len__", length), ("__getitem__", item)):
        if slot.presence is Presence.UNKNOWN:
            return _uncertain(ARRAY, type_, name)
    # A dict is no sequence to numpy, nor is what inherits from it.
    if length.presence is Presence.REAL and item.defined and not types.is_subtype(type_, "builtins.dict"):
        reason = f"{said} is read element by element through __len__ and __getitem__"
        return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.SEQUENCE, type_, "__getitem__", item)
    if not spelling.wants_dimensions:
        reason = f"{said} becomes a scalar of dtype object, and each element of the array is asked alone"
        return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.OBJECT, type_)
    reason = f"{said} becomes a scalar of dtype object, which has too few dimensions"
    return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.RAISES, type_)


def _shut(
    layer: str, types: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]
) -> LayerAnswer | None:
    """Why an operator never comes as far as the ufunc: no ndarray takes part, or its method defers."""
    if spelling.kind is not FunctionKind.OPERATOR or len(operands) == 1:
        return None
    left, right = operands
    forward, reflected = _methods(spelling)
    # Numpy's comparisons cannot tell whether they are the reflected ones; its other operators can, by the slots.
    compares = spelling.operator in COMPARISON
    methods = () if compares else (forward, reflected)
    if types.slot(left, forward).presence is Presence.NUMPY:
        return _defers(layer, types, left, right, methods)
    if types.slot(right, reflected).presence is Presence.NUMPY and (compares or left != right):
        return _defers(layer, types, *((right, left) if compares else (left, right)), methods)
    return _declines(layer, "neither operand's method is numpy's")


def _defers(
    layer: str, types: ClassesView, left: TypeName, right: TypeName, methods: tuple[str, ...]
) -> LayerAnswer | None:
    """Numpy's rule for giving an operator up in favour of the other operand; None where it does not."""
    own = {types.slot(right, name).presence for name in methods}
    if left == right or types.is_exact_array(right) or own == {Presence.NUMPY}:
        return None
    ufunc = types.slot(right, "__array_ufunc__")
    if ufunc.presence is Presence.UNKNOWN:
        return _uncertain(layer, right, "__array_ufunc__")
    if ufunc.presence is Presence.NONE:
        return _declines(layer, f"{short(right)}.__array_ufunc__ is None: {short(left)} defers")
    if ufunc.presence is not Presence.ABSENT or types.is_subtype(right, left):
        return None
    priority = types.instance_slot(right, "__array_priority__")
    if priority.presence is Presence.UNKNOWN or (priority.presence is Presence.REAL and priority.number is None):
        return _uncertain(layer, right, "__array_priority__")
    mine = types.instance_slot(left, "__array_priority__").number
    least = NDARRAY_PRIORITY if types.is_array(left) else DEFAULT_PRIORITY
    theirs = DEFAULT_PRIORITY if priority.number is None else priority.number
    if theirs > (least if mine is None else mine):
        return _declines(layer, f"{short(right)}.__array_priority__ is higher: {short(left)} defers")
    return None


_LAYERS_OF: dict[FunctionKind, dict[str, Asking]] = {
    FunctionKind.OPERATOR: {
        SUBCLASS: _subclass,
        FORWARD: _forward,
        UFUNC: _array_ufunc,
        ARRAY: _array,
        REFLECTED: _reflected,
    },
    FunctionKind.UFUNC: {UFUNC: _array_ufunc, ARRAY: _array},
    FunctionKind.FUNCTION: {FUNCTION: _array_function, METHOD: _method, UFUNC: _reduction, ARRAY: _array},
    FunctionKind.METHOD: {ARRAY: _array},
}


def layers_of(kind: FunctionKind) -> Mapping[str, Asking]:
    """The layers that a kind of function has, each as what asks it."""
    return _LAYERS_OF[kind]

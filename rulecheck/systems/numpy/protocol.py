"""The layers of numpy's operator protocol, in the order in which they are asked (checked on numpy 2.4.6).

For an operator: a subclass's reflected method; the left operand's own method; `__array_ufunc__`; the conversion to an
array; the right operand's reflected method. `ndarray.__matmul__` stands for the third and fourth: where it defers,
they decline. A ufunc begins at the third. Any other function asks `__array_function__`, hands over to a method of its
argument, and ends at the conversion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from rulecheck.dispatch.datamodel import Asked, Says, turns
from rulecheck.dispatch.operators import COMPARISON, UFUNCS
from rulecheck.dispatch.walk import Outcome, asked_in_turn
from rulecheck.facts import NDARRAY, TypeName, short
from rulecheck.languages.python.kit.class_slots import ClassesView, MethodSlot, OperatorView, Presence, name_of
from rulecheck.model.operand_protocol import Effect, LayerAnswer, asks, declines, uncertain
from rulecheck.systems.numpy.functions import FunctionKind, FunctionSpelling, spelling

NDARRAY_PRIORITY = 0.0
DEFAULT_PRIORITY = -1_000_000.0
"""What numpy takes for an object that has no `__array_priority__`, or none that is a number."""

CONVERSIONS = ("__array_struct__", "__array_interface__", "__array__")
"""What numpy looks for on an object to make an array of it, in its order, before it tries it as a sequence."""

IN_PLACE, SUBCLASS, FORWARD, FUNCTION, METHOD, UFUNC, ARRAY, REFLECTED = LAYERS = (
    "in place",
    "subclass",
    "forward",
    "__array_function__",
    "method",
    "__array_ufunc__",
    "array",
    "reflected",
)
"""Every layer, in the order in which those that a kind of function has are asked."""


class Asking(Protocol):
    """What asks one layer."""

    def __call__(
        self, classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling
    ) -> LayerAnswer: ...


class NumpyProtocol:
    """Who answers the calls of numpy's functions, and of operators that meet an ndarray."""

    array = NDARRAY
    converting = ARRAY

    def answers(self, classes: ClassesView, function: str, operands: Sequence[TypeName]) -> Iterator[LayerAnswer]:
        """Ask each layer in turn; the last answer does not decline, unless nobody answers the call."""
        found = spelling(function)
        if found is None:
            return iter(())
        asked = layers_of(classes, found, operands)
        return asked_in_turn(layer(classes, operands, found) for layer in asked.values())


def _methods(spelling: FunctionSpelling) -> tuple[str, str]:
    operator = spelling.operator
    assert operator is not None
    assert operator.reflected is not None
    return operator.method, operator.reflected


def _turns(
    classes: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]
) -> dict[str, Asked[TypeName, str]]:
    """Whom Python's operator asks, by the layer that stands for it; of a subclass first, if it says anything."""
    assert spelling.operator is not None
    found: dict[str, Asked[TypeName, str]] = {}
    in_place = spelling.kind is FunctionKind.IN_PLACE
    for position, turn in enumerate(turns(OperatorView(classes), spelling.operator, operands, in_place=in_place)):
        if turn.name == spelling.operator.in_place:
            found[IN_PLACE] = turn
            continue
        first = position == int(in_place) and turn.reply.says is not Says.ABSENT
        found[FORWARD if turn.operand == 0 else SUBCLASS if first else REFLECTED] = turn
    return found


def _in_place(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    turn = _turns(classes, spelling, operands)[IN_PLACE]
    return asks(IN_PLACE, turn.kind, turn.name, classes.slot(turn.kind, turn.name))


def _subclass(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    left, right = operands
    turn = _turns(classes, spelling, operands).get(SUBCLASS)
    if turn is None:
        reflected = _methods(spelling)[1]
        return declines(SUBCLASS, f"{short(right)} is no subclass of {short(left)} that overrides {reflected}")
    slot = classes.slot(right, turn.name)
    if slot.presence is Presence.NATIVE:
        return declines(SUBCLASS, f"{short(right)}.{turn.name} is numpy's")
    return asks(SUBCLASS, right, turn.name, slot)


def _forward(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    left, right = operands
    found = _turns(classes, spelling, operands)
    name, slot = found[FORWARD].name, classes.slot(left, found[FORWARD].name)
    if slot.presence is Presence.NATIVE:
        return declines(FORWARD, f"{short(left)}.{name} is numpy's: it defers, or calls {_ufunc(spelling)}")
    if _is_native_first(classes, found) and _shut(FORWARD, classes, spelling, operands) is None:
        return declines(FORWARD, f"{short(right)}.{found[SUBCLASS].name} is numpy's and is asked first")
    return asks(FORWARD, left, name, slot)


def _is_native_first(classes: ClassesView, found: Mapping[str, Asked[TypeName, str]]) -> bool:
    """Whether an heir of ndarray on the right is asked first, and its method is numpy's."""
    turn = found.get(SUBCLASS)
    return turn is not None and classes.slot(turn.kind, turn.name).presence is Presence.NATIVE


def _reflected(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    left, right = operands
    found = _turns(classes, spelling, operands)
    turn = found.get(REFLECTED) or found.get(SUBCLASS)
    if turn is None:
        return declines(REFLECTED, f"both are {short(left)}: {_methods(spelling)[1]} is not asked")
    slot = classes.slot(right, turn.name)
    if slot.presence is Presence.NATIVE:
        return declines(REFLECTED, f"{short(right)}.{turn.name} is numpy's")
    return asks(REFLECTED, right, turn.name, slot)


def _ufunc(spelling: FunctionSpelling) -> str:
    assert spelling.operator is not None
    return UFUNCS[spelling.operator.function].replace("numpy.", "np.")


def _is_array(classes: ClassesView, type_: TypeName) -> bool:
    """Whether a type is ndarray or derives from it."""
    return classes.is_subtype(type_, NDARRAY)


def _array_ufunc(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    closed = _shut(UFUNC, classes, spelling, operands)
    if closed is not None:
        return closed
    found: list[tuple[TypeName, MethodSlot]] = []
    for type_ in _in_order(classes, spelling, operands):
        slot = classes.slot(type_, "__array_ufunc__")
        if slot.presence is Presence.UNKNOWN:
            return uncertain(UFUNC, type_, "__array_ufunc__")
        if slot.presence is Presence.NONE:
            reason = f"{short(type_)}.__array_ufunc__ is None: TypeError"
            return LayerAnswer(UFUNC, Outcome.CLAIMS, reason, Effect.RAISES, type_, "__array_ufunc__", slot)
        if slot.presence not in (Presence.ABSENT, Presence.NATIVE):
            found.append((type_, slot))
    if not found:
        return declines(UFUNC, "no operand has __array_ufunc__")
    return _asks_in_turn(UFUNC, classes, "__array_ufunc__", found)


def _in_order(classes: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> Sequence[TypeName]:
    """The operands as the ufunc gets them: a comparison that the right operand's numpy answers is turned round."""
    if spelling.kind is FunctionKind.OPERATOR and spelling.operator in COMPARISON:
        mirrored = classes.slot(operands[0], _methods(spelling)[0]).presence is not Presence.NATIVE
        if mirrored or _is_native_first(classes, _turns(classes, spelling, operands)):
            return operands[::-1]
    return operands


def _array_function(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    found: list[tuple[TypeName, MethodSlot]] = []
    for type_ in operands:
        slot = classes.slot(type_, "__array_function__")
        if slot.presence is Presence.UNKNOWN:
            return uncertain(FUNCTION, type_, "__array_function__")
        if slot.presence is not Presence.ABSENT:
            found.append((type_, slot))
    # What ndarray and its heirs have answers in its turn, unless a stranger takes part.
    if all(slot.presence is Presence.NATIVE for _, slot in found):
        return declines(FUNCTION, "no argument has an __array_function__ of its own")
    if not all(_is_array(classes, type_) for type_, _ in found):
        found = [(type_, slot) for type_, slot in found if slot.presence is not Presence.NATIVE]
    return _asks_in_turn(FUNCTION, classes, "__array_function__", found)


def _asks_in_turn(
    layer: str, classes: ClassesView, name: str, found: Sequence[tuple[TypeName, MethodSlot]]
) -> LayerAnswer:
    """The answer of a protocol: the first operand's that does not return NotImplemented, else a TypeError."""
    left = list(found)
    while left:
        type_, slot = _first(classes, left)
        if slot.presence is Presence.NATIVE:
            return declines(layer, f"{short(type_)}.{name} is numpy's")
        if slot.presence is not Presence.DECLINES:
            return asks(layer, type_, name, slot)
        left.remove((type_, slot))
    type_, slot = found[0]
    reason = f"{short(type_)}.{name} returns NotImplemented: TypeError"
    return LayerAnswer(layer, Outcome.CLAIMS, reason, Effect.RAISES, type_, name, slot)


def _first(classes: ClassesView, found: Sequence[tuple[TypeName, MethodSlot]]) -> tuple[TypeName, MethodSlot]:
    """The operand that a protocol asks first: from left to right, but a subclass before its base."""
    best = found[0]
    for other in found[1:]:
        if other[0] != best[0] and classes.is_subtype(other[0], best[0]):
            best = other
    return best


def _method(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    name = spelling.hands_to
    if name is None:
        return declines(METHOD, "the function hands over to no method")
    first = operands[0]
    slot = classes.instance_slot(first, name)
    if _is_array(classes, first) and slot.presence in (Presence.ABSENT, Presence.NATIVE):
        return declines(METHOD, f"{short(first)}.{name} is numpy's")
    return asks(METHOD, first, name, slot)


def _reduction(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    if not spelling.reduces:
        return declines(UFUNC, "the function is no reduction")
    return _array_ufunc(classes, operands, spelling)


def _array(classes: ClassesView, operands: Sequence[TypeName], spelling: FunctionSpelling) -> LayerAnswer:
    closed = _shut(ARRAY, classes, spelling, operands)
    if closed is not None:
        return closed
    strangers = [t for t in operands if not _is_array(classes, t)]
    if not strangers:
        return LayerAnswer(ARRAY, Outcome.CLAIMS, "all operands are arrays", Effect.ASKED)
    converted = [conversion(classes, spelling, t) for t in strangers]
    # What cannot be told, or raises, decides; otherwise the first stranger stands for the call.
    for answer in converted:
        if answer.outcome is Outcome.AMBIGUOUS or answer.effect is Effect.RAISES:
            return answer
    return converted[0]


def conversion(classes: ClassesView, spelling: FunctionSpelling, type_: TypeName) -> LayerAnswer:
    """How numpy makes an array of an operand that is none."""
    said = short(type_)
    for name in CONVERSIONS:
        slot = classes.instance_slot(type_, name)
        if slot.presence is Presence.UNKNOWN:
            return uncertain(ARRAY, type_, name)
        if slot.presence in (Presence.NONE, Presence.STUB):
            reason = f"{said}.{name} {'is None' if slot.presence is Presence.NONE else 'raises'}"
            return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.RAISES, type_, name, slot)
        if slot.presence is not Presence.ABSENT:
            return LayerAnswer(ARRAY, Outcome.CLAIMS, f"{said}.{name} makes it dense", Effect.DENSE, type_, name, slot)
    length, item = classes.slot(type_, "__len__"), classes.slot(type_, "__getitem__")
    for name, slot in (("__len__", length), ("__getitem__", item)):
        if slot.presence is Presence.UNKNOWN:
            return uncertain(ARRAY, type_, name)
    # A dict is no sequence to numpy, nor is what inherits from it.
    if length.presence is Presence.REAL and item.defined and not classes.is_subtype(type_, "builtins.dict"):
        reason = f"{said} is read element by element through __len__ and __getitem__"
        return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.SEQUENCE, type_, "__getitem__", item)
    if not spelling.wants_dimensions:
        reason = f"{said} becomes a scalar of dtype object, and each element of the array is asked alone"
        return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.OBJECT, type_)
    reason = f"{said} becomes a scalar of dtype object, which has too few dimensions"
    return LayerAnswer(ARRAY, Outcome.CLAIMS, reason, Effect.RAISES, type_)


def _shut(
    layer: str, classes: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]
) -> LayerAnswer | None:
    """Why an operator never comes as far as the ufunc: no ndarray takes part, or its method defers."""
    if spelling.kind not in (FunctionKind.OPERATOR, FunctionKind.IN_PLACE) or len(operands) == 1:
        return None
    left, right = operands
    forward, reflected = _methods(spelling)
    # Numpy's comparisons cannot tell whether they are the reflected ones; its other operators can, by the slots.
    compares = spelling.operator in COMPARISON
    methods = () if compares else (forward, reflected)
    if classes.slot(left, forward).presence is Presence.NATIVE:
        return _defers(layer, classes, left, right, methods)
    if classes.slot(right, reflected).presence is Presence.NATIVE and (compares or left != right):
        return _defers(layer, classes, *((right, left) if compares else (left, right)), methods)
    return declines(layer, "neither operand's method is numpy's")


def _defers(
    layer: str, classes: ClassesView, left: TypeName, right: TypeName, methods: tuple[str, ...]
) -> LayerAnswer | None:
    """Numpy's rule for giving an operator up in favour of the other operand; None where it does not."""
    own = {classes.slot(right, name).presence for name in methods}
    if left == right or name_of(right) == NDARRAY or own == {Presence.NATIVE}:
        return None
    ufunc = classes.slot(right, "__array_ufunc__")
    if ufunc.presence is Presence.UNKNOWN:
        return uncertain(layer, right, "__array_ufunc__")
    if ufunc.presence is Presence.NONE:
        return declines(layer, f"{short(right)}.__array_ufunc__ is None: {short(left)} defers")
    if ufunc.presence is not Presence.ABSENT or classes.is_subtype(right, left):
        return None
    priority = classes.instance_slot(right, "__array_priority__")
    if priority.presence is Presence.UNKNOWN or (priority.presence is Presence.REAL and priority.number is None):
        return uncertain(layer, right, "__array_priority__")
    mine = classes.instance_slot(left, "__array_priority__").number
    least = NDARRAY_PRIORITY if _is_array(classes, left) else DEFAULT_PRIORITY
    theirs = DEFAULT_PRIORITY if priority.number is None else priority.number
    if theirs > (least if mine is None else mine):
        return declines(layer, f"{short(right)}.__array_priority__ is higher: {short(left)} defers")
    return None


_OPERATOR: dict[str, Asking] = {
    SUBCLASS: _subclass,
    FORWARD: _forward,
    UFUNC: _array_ufunc,
    ARRAY: _array,
    REFLECTED: _reflected,
}
_LAYERS_OF: dict[FunctionKind, dict[str, Asking]] = {
    FunctionKind.OPERATOR: _OPERATOR,
    FunctionKind.IN_PLACE: {IN_PLACE: _in_place, **_OPERATOR},
    FunctionKind.UFUNC: {UFUNC: _array_ufunc, ARRAY: _array},
    FunctionKind.FUNCTION: {FUNCTION: _array_function, METHOD: _method, UFUNC: _reduction, ARRAY: _array},
    FunctionKind.METHOD: {ARRAY: _array},
}


def layers_of(classes: ClassesView, spelling: FunctionSpelling, operands: Sequence[TypeName]) -> Mapping[str, Asking]:
    """The layers that a call of a function has, each as what asks it; none of a call that numpy has no part in."""
    kind = spelling.kind
    if kind in (FunctionKind.OPERATOR, FunctionKind.IN_PLACE) and len(operands) != 2:
        return {}
    if kind is FunctionKind.IN_PLACE and _is_array(
        classes, operands[0]
    ):  # an array is changed, whatever the other operand is
        return {}
    return _LAYERS_OF[kind] if operands else {}

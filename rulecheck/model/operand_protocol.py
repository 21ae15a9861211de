"""What the layers of an array library's protocol say of a call's operands, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rulecheck.dispatch.operators import Operator
from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import TypeName, short
from rulecheck.finding import Severity
from rulecheck.languages.python.kit.class_slots import ClassesView, MethodSlot, Presence


class Effect(Enum):
    """What comes of a layer's answer."""

    # A method or protocol of the class itself answers.
    ASKED = "asked"
    # A dense array is made of the operand, and the library's own code answers.
    DENSE = "dense"
    # It is read element by element.
    SEQUENCE = "sequence"
    # It becomes a scalar of dtype object, and the operator is asked for every element.
    OBJECT = "object"
    RAISES = "raises"


SILENT = (Effect.DENSE, Effect.OBJECT)
CONSEQUENCES = {
    Effect.DENSE: "makes a dense array of the operand",
    Effect.SEQUENCE: "reads the operand element by element",
    Effect.OBJECT: "silently gives an array of objects",
    Effect.RAISES: "raises",
}
SEVERITIES = {
    Effect.DENSE: Severity.WARNING,
    Effect.SEQUENCE: Severity.WARNING,
    Effect.OBJECT: Severity.ERROR,
    Effect.RAISES: Severity.NOTE,
}


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

    @property
    def converts(self) -> bool:
        """Whether the operand is converted, or the call raises, where a method of its own might have been asked."""
        return self.outcome is Outcome.CLAIMS and self.effect is not Effect.ASKED


class OperandProtocol(Protocol):
    """How a library answers: an operator or function, asked layer by layer."""

    # The library's own array type, and the layer that converts what is none.
    array: str
    converting: str

    def answers(self, classes: ClassesView, function: str, operands: Sequence[TypeName]) -> Iterator[LayerAnswer]:
        """Ask each layer in turn, up to the first that does not decline."""
        ...


def last_answer(
    protocol: OperandProtocol, classes: ClassesView, function: str, operands: Sequence[TypeName]
) -> LayerAnswer | None:
    """Who answers the call; the last that declines where nobody does, and None where the library has no part in it."""
    answers = tuple(protocol.answers(classes, function, operands))
    return answers[-1] if answers else None


def beside_array(protocol: OperandProtocol, type_: TypeName, right: bool) -> tuple[TypeName, TypeName]:
    """The operands of a call that a type makes with the library's array, from one side."""
    return (protocol.array, type_) if right else (type_, protocol.array)


def call_beside_array(operator: Operator, right: bool) -> str:
    """How such a call is written."""
    if operator.symbol == "divmod":
        return "divmod(x, A)" if right else "divmod(A, x)"
    return f"x {operator.symbol} A" if right else f"A {operator.symbol} x"


def declines(layer: str, reason: str) -> LayerAnswer:
    """The answer of a layer that leaves the call to the next."""
    return LayerAnswer(layer, Outcome.DECLINES, reason)


def uncertain(layer: str, type_: TypeName, name: str) -> LayerAnswer:
    """The answer of a layer that source does not tell."""
    reason = f"whether {short(type_)} has {name} cannot be told from source"
    return LayerAnswer(layer, Outcome.AMBIGUOUS, reason, operand=type_, name=name)


def asks(layer: str, type_: TypeName, name: str, slot: MethodSlot) -> LayerAnswer:
    """The answer of a method that is looked up and called."""
    said = f"{short(type_)}.{name}"
    match slot.presence:
        case Presence.UNKNOWN:
            return uncertain(layer, type_, name)
        case Presence.ABSENT:
            return declines(layer, f"{short(type_)} has no {name}")
        case Presence.DECLINES:
            return declines(layer, f"{said} returns NotImplemented")
        case Presence.NONE:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} is None: TypeError", Effect.RAISES, type_, name, slot)
        case Presence.STUB:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} raises", Effect.RAISES, type_, name, slot)
        case _:
            return LayerAnswer(layer, Outcome.CLAIMS, f"{said} is called", Effect.ASKED, type_, name, slot)

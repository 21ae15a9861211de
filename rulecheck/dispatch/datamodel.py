"""Python's operator protocol: whose method is asked, in which order, and what happens where all decline.

What the data model says is written here once, for classes of running programs and for those that were only read. It
asks a view of them two questions, what a type says of a method and whether a type is a subtype of another, and runs
nothing. The order is CPython's:

- an operator asks the left operand's method, then the right one's reflected method. The right one is asked first if its
  type is a subtype of the left one's and has another reflected method than that; operands of one type share an answer;
- in place, the left operand's method for that is asked before all these;
- a comparison asks the right operand first if its type is a subtype, whether it has a method of its own or not, and
  both operands where they have the same type; where all decline, `==` and `!=` compare identities;
- who has None for a method that is asked raises TypeError at once: nobody is asked after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from rulecheck.dispatch.operators import Operator

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
M = TypeVar("M")
M_co = TypeVar("M_co", covariant=True)


class Says(Enum):
    """What a type says of a method that it is asked for."""

    ANSWERS = "answers"
    DECLINES = "declines"  # returns NotImplemented
    NONE = "None"  # `__add__ = None`
    ABSENT = "absent"  # has none, or no other than `object` gives it
    UNTOLD = "untold"  # has one, or may have one, and whether that answers cannot be told


@dataclass(frozen=True, slots=True)
class Reply(Generic[M_co]):
    """What a type says of a method, and the method: equal for two types that share one, None where it is unknown."""

    says: Says
    method: M_co | None = None


class TypeView(Protocol[T_contra, M_co]):
    """Types, as far as the protocol asks about them. Equal types are the same type."""

    def reply(self, kind: T_contra, name: str, other: T_contra | None, /) -> Reply[M_co]:
        """What a type says of its method `name`, called with an operand of type `other`; None for a unary one."""
        ...

    def is_subtype(self, kind: T_contra, base: T_contra, /) -> bool:
        """Whether a type is another one, or derives from it; virtual subclasses do not."""
        ...


@dataclass(frozen=True, slots=True)
class Asked(Generic[T, M]):
    """A method that is asked, and of which operand: 0 is the left one. Absent methods are not asked.

    `!=` asks `__eq__`, and negates its answer, where a type has no `__ne__`.
    """

    operand: int
    kind: T
    name: str
    reply: Reply[M]


class Ending(Enum):
    """How a call ends in which nobody answers whom a view leaves untold."""

    ANSWERED = "answered"  # by the last that was asked
    TYPE_ERROR = "TypeError"
    IDENTITY = "identity"  # `==` and `!=` of operands that decline


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T, M]):
    """Who is asked in a call, in order, up to the one that surely ends it, and how it ends."""

    operator: Operator
    asked: tuple[Asked[T, M], ...]
    ending: Ending

    @property
    def candidates(self) -> tuple[Asked[T, M], ...]:
        """All whose answer the call's may be, in the order in which they are asked."""
        return tuple(a for a in self.asked if a.reply.says in (Says.ANSWERS, Says.UNTOLD))

    @property
    def answer(self) -> Asked[T, M] | None:
        """Whose answer the call's is; None where nobody answers, and where that cannot be told."""
        found = self.candidates
        return found[0] if self.ending is Ending.ANSWERED and len(found) == 1 else None

    @property
    def raises(self) -> bool:
        """Whether the call surely raises TypeError."""
        return self.ending is Ending.TYPE_ERROR and not self.candidates

    @property
    def blocked_by(self) -> Asked[T, M] | None:
        """Who ends the call with None for a method, if nobody answers before."""
        last = self.asked[-1:]
        return last[0] if last and last[0].reply.says is Says.NONE else None


def exchange(view: TypeView[T, M], operator: Operator, kinds: Sequence[T], *, in_place: bool = False) -> Exchange[T, M]:
    """Who is asked where an operator is applied to operands of these types; with `in_place` as in `a += b`."""
    asked: list[Asked[T, M]] = []
    for each in turns(view, operator, kinds, in_place=in_place):
        says = each.reply.says
        if says is Says.ABSENT:
            continue
        asked.append(each)
        if says is Says.NONE:
            return Exchange(operator, tuple(asked), Ending.TYPE_ERROR)
        if says is Says.ANSWERS:
            return Exchange(operator, tuple(asked), Ending.ANSWERED)
    identity = operator.method in ("__eq__", "__ne__")
    return Exchange(operator, tuple(asked), Ending.IDENTITY if identity else Ending.TYPE_ERROR)


def turns(
    view: TypeView[T, M], operator: Operator, kinds: Sequence[T], *, in_place: bool = False
) -> Iterator[Asked[T, M]]:
    """Whom the protocol asks if all before decline, those with nothing to say included."""
    if operator.is_unary:
        (kind,) = kinds
        reply = view.reply(kind, operator.method, None)
        if reply.says is Says.DECLINES:  # nobody else is asked: NotImplemented is what the call gives
            reply = Reply(Says.ANSWERS, reply.method)
        yield Asked(0, kind, operator.method, reply)
        return
    left, right = kinds
    assert operator.reflected is not None
    if in_place and operator.in_place is not None:
        yield Asked(0, left, operator.in_place, view.reply(left, operator.in_place, right))
    of_left, of_right = (0, left, operator.method, right), (1, right, operator.reflected, left)
    if operator.is_comparison:
        first_right = left != right and view.is_subtype(right, left)
        for turn in (of_right, of_left) if first_right else (of_left, of_right):
            yield _compared(view, *turn)
        return
    reply = view.reply(right, operator.reflected, left)
    first_right = left != right and view.is_subtype(right, left) and _is_overloaded(view, operator, reply, left, right)
    if first_right:
        yield Asked(1, right, operator.reflected, reply)
    yield Asked(0, left, operator.method, view.reply(left, operator.method, right))
    if left != right and not first_right:
        yield Asked(1, right, operator.reflected, reply)


def _is_overloaded(view: TypeView[T, M], operator: Operator, reply: Reply[M], left: T, right: T) -> bool:
    """Whether a subtype has another reflected method than its base, as far as the methods are known."""
    assert operator.reflected is not None
    inherited = view.reply(left, operator.reflected, right)
    if reply.says is Says.NONE or inherited.says is Says.NONE:
        return reply.says is not inherited.says
    return reply.method is None or reply.method != inherited.method


def _compared(view: TypeView[T, M], operand: int, kind: T, name: str, other: T) -> Asked[T, M]:
    reply = view.reply(kind, name, other)
    if name == "__ne__" and reply.says is Says.ABSENT:
        return Asked(operand, kind, "__eq__", view.reply(kind, "__eq__", other))
    return Asked(operand, kind, name, reply)

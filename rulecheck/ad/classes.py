"""Classes of the running program, as Python's operator protocol asks about them."""

from __future__ import annotations

from collections.abc import Sequence
from types import WrapperDescriptorType
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractArray, Matrix, Vector
from rulecheck.ad.intercept import has_reflected
from rulecheck.dispatch.datamodel import Asked, Reply, Says, exchange
from rulecheck.dispatch.operators import Operator

_PLAIN = (np.ndarray, np.generic, int, float, complex)


def is_plain(kind: type) -> bool:
    """Whether a type is that of arrays or numbers, which the users' types are asked before."""
    return kind is Matrix or kind is Vector or issubclass(kind, _PLAIN)


def found_in(kind: type, name: str) -> tuple[type, Any] | None:
    """The class that a method is found in, and the method as it stands there; `object`'s own do not count."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return None if base is object else (base, base.__dict__[name])
    return None


class ClassView:
    """What classes say of their methods. Whether a method that somebody wrote declines, only a run can tell."""

    def reply(self, kind: type, name: str, other: type | None, /) -> Reply[Any]:
        """Arrays, numbers and the library's fallbacks leave an operator to the users' types."""
        if is_plain(kind):
            method = getattr(kind, name, None)
            return Reply(Says.DECLINES if other is not None and not is_plain(other) else Says.UNTOLD, method)
        found = found_in(kind, name)
        if found is None:
            return Reply(Says.ABSENT)
        owner, method = found
        if method is None:
            return Reply(Says.NONE)
        if isinstance(method, WrapperDescriptorType):  # written in C, where nobody knows of the users' types
            return Reply(Says.DECLINES if other is not None and not is_plain(other) else Says.UNTOLD, method)
        if owner is AbstractArray and other is not None:
            yields = issubclass(other, AbstractArray) and has_reflected(AbstractArray, name, kind, other)
            return Reply(Says.DECLINES if yields else Says.ANSWERS, method)
        return Reply(Says.UNTOLD, method)

    def is_subtype(self, kind: type, base: type, /) -> bool:
        """By inheritance alone."""
        return base in kind.__mro__


VIEW = ClassView()


def asked_in_turn(operator: Operator, kinds: Sequence[type], *, in_place: bool = False) -> list[Asked[type, Any]]:
    """Whose methods are asked, in Python's order, leaving out who surely declines; the last may have None for one."""
    asked = exchange(VIEW, operator, kinds, in_place=in_place).asked
    return [a for a in asked if a.reply.says is not Says.DECLINES]

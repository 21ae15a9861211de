"""What numpy looks for on a class, as a view: the walk sees classes through this alone, read from source or live."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rulecheck.facts import TypeName
from rulecheck.place import Place


class Presence(Enum):
    """How an attribute stands on a class, along its bases."""

    ABSENT = "absent"
    NONE = "None"
    REAL = "real"
    # Its body only raises, or is `...`.
    STUB = "stub"
    # Its body only returns NotImplemented: the next in line is asked.
    DECLINES = "declines"
    # An operator's method that is ndarray's own, inherited or not.
    NUMPY = "numpy"
    # A base without source, a metaclass, a condition: it cannot be said from source.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MethodSlot:
    """One attribute of one class: where it comes from, and its value where that is a number."""

    presence: Presence
    owner: str | None = None
    place: Place | None = None
    number: float | None = None
    owned: bool = False

    @property
    def defined(self) -> bool:
        """Whether the attribute is there, whatever its value."""
        return self.presence not in (Presence.ABSENT, Presence.UNKNOWN)


ABSENT = MethodSlot(Presence.ABSENT)
UNKNOWN = MethodSlot(Presence.UNKNOWN)


class ClassesView(Protocol):
    """Classes as the walk sees them."""

    def slot(self, type_: TypeName, name: str) -> MethodSlot:
        """A class attribute, looked up along the bases; `numpy.ndarray` and its heirs have numpy's as `NUMPY`."""
        ...

    def instance_slot(self, type_: TypeName, name: str) -> MethodSlot:
        """The same, where numpy looks at the instance: what `__init__` may set counts too."""
        ...

    def is_array(self, type_: TypeName) -> bool:
        """Whether the type is `numpy.ndarray` or a subclass of it."""
        ...

    def is_exact_array(self, type_: TypeName) -> bool:
        """Whether the type is `numpy.ndarray` itself."""
        ...

    def is_subtype(self, sub: TypeName, sup: TypeName) -> bool:
        """Whether one class is the other or inherits from it."""
        ...

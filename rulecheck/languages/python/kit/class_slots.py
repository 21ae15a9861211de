"""What a class has under a name, along its bases, as Python looks it up; what source does not settle is `UNKNOWN`."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from rulecheck.dispatch.datamodel import Reply, Says
from rulecheck.facts import OBJECT, Attribute, Expr, Function, Generic, TypeDef, TypeName
from rulecheck.languages.python.program import Program
from rulecheck.languages.python.semantics.types import is_harmless
from rulecheck.place import Place

# Bases that bring nothing that a protocol asks for, whether or not their source is found.
_EMPTY = frozenset({OBJECT, "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
# These give way to a stranger on the other side of an operator.
_POLITE = (int, float, complex, str, bytes, bool)
# A name of a special method that is put together: f"__r{op}__", "__%s__".
_MADE_UP = re.compile(r"""["']__r?(?:[{%]|["'])""")


class Presence(Enum):
    """How an attribute stands on a class, along its bases."""

    ABSENT = "absent"
    NONE = "None"
    REAL = "real"
    # Its body only raises, or is `...`.
    STUB = "stub"
    # Its body only returns NotImplemented: the next in line is asked.
    DECLINES = "declines"
    # That of a library's class whose code is not Python's: what it answers, the system has to know.
    NATIVE = "native"
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
    """Classes as a protocol sees them, read from source or live."""

    def slot(self, type_: TypeName, name: str) -> MethodSlot:
        """A class attribute, looked up along the bases."""
        ...

    def instance_slot(self, type_: TypeName, name: str) -> MethodSlot:
        """The same, where a protocol looks at the instance: what `__init__` may set counts too."""
        ...

    def is_subtype(self, sub: TypeName, sup: TypeName) -> bool:
        """Whether one class is the other or inherits from it."""
        ...


_SAYS = {
    Presence.ABSENT: Says.ABSENT,
    Presence.NONE: Says.NONE,
    Presence.REAL: Says.ANSWERS,
    Presence.STUB: Says.ANSWERS,
    Presence.DECLINES: Says.DECLINES,
    Presence.NATIVE: Says.DECLINES,
    Presence.UNKNOWN: Says.UNTOLD,
}


class GivenAttributes:
    """The same classes, after some were given attributes in their bodies."""

    def __init__(self, classes: ClassesView, given: Mapping[tuple[str, str], MethodSlot]) -> None:
        self._classes = classes
        self._given = given

    def slot(self, type_: TypeName, name: str) -> MethodSlot:
        """A class attribute: the given one, unless a class in between has its own."""
        found = self._classes.slot(type_, name)
        for (changed, given), slot in self._given.items():
            if given != name or not self.is_subtype(type_, changed):
                continue
            if not found.defined or found.owner is None or self.is_subtype(changed, found.owner):
                return slot
        return found

    def instance_slot(self, type_: TypeName, name: str) -> MethodSlot:
        """The same as before: what is given is no field."""
        return self._classes.instance_slot(type_, name)

    def is_subtype(self, sub: TypeName, sup: TypeName) -> bool:
        """Whether one class is the other or inherits from it."""
        return self._classes.is_subtype(sub, sup)


class OperatorView:
    """Classes as Python's operators ask them: whatever a library's own method answers, it hands a stranger on."""

    def __init__(self, classes: ClassesView) -> None:
        self._classes = classes

    def reply(self, kind: TypeName, name: str, _: TypeName | None) -> Reply[str]:
        """What a class says of a method, and which class has it."""
        slot = self._classes.slot(kind, name)
        return Reply(_SAYS[slot.presence], slot.owner)

    def is_subtype(self, kind: TypeName, base: TypeName) -> bool:
        """Whether one class is the other or inherits from it."""
        return self._classes.is_subtype(kind, base)


def name_of(type_: TypeName) -> str:
    """The class's own name: of a parametric type, the wrapper's."""
    while isinstance(type_, Generic):
        type_ = type_.wrapper
    return type_


class SourceClasses:
    """The classes of a program. `natives` names what each class of a library has whose code is not Python's."""

    def __init__(self, program: Program, natives: Mapping[str, frozenset[str]]) -> None:
        self.program = program
        self._natives = natives
        self._slots: dict[tuple[str, str], MethodSlot] = {}
        self._makers: dict[str, _Mentions] = {}

    def slot(self, type_: TypeName, name: str) -> MethodSlot:
        """A class attribute, looked up along the bases."""
        key = (name_of(type_), name)
        found = self._slots.get(key)
        if found is None:
            found = self._slots[key] = self._look_up(*key)
        return found

    def instance_slot(self, type_: TypeName, name: str) -> MethodSlot:
        """The same, where a protocol looks at the instance: a field of that name hides what the class says."""
        if any(name in d.fields and name not in d.methods for d in self.definitions(type_)):
            declared = self.slot(type_, name)
            # A class attribute is a field too: it is only uncertain where a method assigns it anew.
            return declared if declared.defined and declared.number is not None else UNKNOWN
        return self.slot(type_, name)

    def is_subtype(self, sub: TypeName, sup: TypeName) -> bool:
        """Whether one class is the other or inherits from it."""
        return name_of(sup) in self.program.mro(name_of(sub))

    def definitions(self, type_: TypeName) -> list[TypeDef]:
        """The class and its bases as far as their source was found, in the order of their attributes' look-up."""
        found = (self.program.type(name) for name in self.program.mro(name_of(type_)))
        return [d for d in found if d is not None]

    def _look_up(self, type_: str, name: str) -> MethodSlot:
        for owner in self.program.mro(type_):
            if owner in _EMPTY:
                continue
            if owner in self._natives:
                return MethodSlot(Presence.NATIVE, owner) if name in self._natives[owner] else ABSENT
            slot = _builtin(owner, name) if owner.startswith("builtins.") else self._defined(owner, name)
            if slot is not ABSENT:
                return slot
        return ABSENT

    def _defined(self, owner: str, name: str) -> MethodSlot:
        """What one class of source has under a name itself."""
        definition = self.program.type(owner)
        if definition is None:
            return UNKNOWN
        candidates = (definition.methods.get(name), definition.attributes.get(name))
        # The later of the two stands.
        found = max((c for c in candidates if c is not None), key=lambda c: c.place, default=None)
        if found is None:
            return ABSENT if self._is_plain(definition, name) else UNKNOWN
        if not found.certain:
            return UNKNOWN
        if isinstance(found, Function):
            return MethodSlot(_body(found), owner, found.place, owned=definition.owned)
        return _attribute(found, definition)

    def _is_plain(self, definition: TypeDef, name: str) -> bool:
        """Whether the class has no more under a name than what stands in its body."""
        if not definition.complete:
            return False
        return not definition.dynamic or (self._is_made(definition) and name not in self._made(definition))

    def _is_made(self, definition: TypeDef) -> bool:
        """Whether all that makes a class dynamic are decorators and a metaclass."""
        made = definition.decorators or definition.metaclass is not None
        return bool(made) and not any(name in definition.methods for name in ("__getattr__", "__getattribute__"))

    def _made(self, definition: TypeDef) -> _Mentions:
        """What the sources of a class's decorators and metaclass may give it: what they mention."""
        found = self._makers.get(definition.name)
        if found is None:
            makers = [d[1] if d[0] == "call" else d for d in definition.decorators if not is_harmless(d)]
            names = [self.program.resolve(definition.module, m[1]) if m[0] == "name" else None for m in makers]
            if definition.metaclass not in (None, "abc.ABCMeta"):
                names.append(definition.metaclass)
            found = self._makers[definition.name] = _Mentions([self._source_of(name, definition) for name in names])
        return found

    def _source_of(self, name: str | None, made: TypeDef) -> str | None:
        """The text of the file that defines a name, but for the class that it makes; None where it is not found."""
        module = name
        if name is not None and self.program.function(name) is None:
            self.program.type(name)  # reads the file, whoever asked for it before or not
        while module:
            path = self.program.path_of(module)
            if path is not None:
                lines = self.program.text(path).split("\n")
                if path == made.place.path:
                    del lines[made.place.line - 1 : made.place.end_line]
                return "\n".join(lines)
            module = module.rpartition(".")[0]
        return None


class _Mentions:
    """The attributes that sources may set: those that they name, or all where a source is missing or makes names up."""

    def __init__(self, sources: list[str | None]) -> None:
        self._texts = [text for text in sources if text is not None]
        self._all = None in sources or any(_MADE_UP.search(text) for text in self._texts)

    def __contains__(self, name: str) -> bool:
        return self._all or any(name in text for text in self._texts)


def _body(function: Function) -> Presence:
    if not function.is_stub:
        return Presence.REAL
    declines = any(result == ("name", "NotImplemented") for result in function.results)
    return Presence.DECLINES if declines else Presence.STUB


def _attribute(found: Attribute, definition: TypeDef) -> MethodSlot:
    presence = Presence.NONE if found.value == ("const", None) else Presence.REAL
    return MethodSlot(presence, definition.name, found.place, _number(found.value), definition.owned)


def _number(value: Expr) -> float | None:
    match value:
        case ("const", int() | float() as number):
            return float(number)
        case ("op", "operator.neg", (operand,)):
            positive = _number(operand)
            return None if positive is None else -positive
        case ("name", "np.inf" | "numpy.inf" | "math.inf") | ("call", ("name", "float"), (("const", "inf"),), _):
            return float("inf")
    return None


def _builtin(owner: str, name: str) -> MethodSlot:
    type_ = getattr(builtins, owner.removeprefix("builtins."), None)
    if not isinstance(type_, type):
        return UNKNOWN
    if name not in vars(type_):
        return ABSENT
    if type_ in _POLITE and name.startswith("__"):
        return MethodSlot(Presence.DECLINES, owner)
    return MethodSlot(Presence.REAL, owner)

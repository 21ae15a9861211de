"""Which classes have objects of their own: told from abstract methods, constructors, names, and their heirs."""

from __future__ import annotations

from collections.abc import Collection

from rulecheck.facts import OBJECT, Function, TypeDef, TypeName
from rulecheck.languages.python.kit.class_slots import name_of
from rulecheck.languages.python.program import Program

_ABSTRACT = frozenset({"abstractmethod", "abstractproperty"})
# Decorators that write the constructor.
_CONSTRUCTED = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
_GENERAL = frozenset({OBJECT, "abc.ABC", "typing.Generic", "typing.Protocol"})
_TESTS = frozenset({"test", "tests", "conftest"})


class ClassRoles:
    """Judges the classes of one program; every verdict is made once.

    `made` are a library's bases of which objects are made although no constructor says how.
    """

    def __init__(self, program: Program, made: Collection[str] = ()) -> None:
        self._program = program
        self._made = made
        self._abstract: dict[str, bool] = {}

    def is_abstract(self, type_: TypeName) -> bool:
        """Whether no object is of exactly this class: a protocol, a mixin, or a base with methods left to fill in."""
        name = name_of(type_)
        if name not in self._abstract:
            self._abstract[name] = self._is_abstract(name)
        return self._abstract[name]

    def is_mixin(self, type_: str) -> bool:
        """Whether a class is there to be mixed into others: abstract, and without a way to make objects."""
        return not self._has_constructor(type_) and self.is_abstract(type_)

    def concrete(self, type_: str) -> tuple[str, ...]:
        """The concrete classes that stand for a class: itself, or those of the project below an abstract one."""
        if not self.is_abstract(type_):
            return (type_,)
        return tuple(s for s in self._program.subclasses(type_) if not self.is_abstract(s))

    def _is_abstract(self, type_: str) -> bool:
        definition = self._program.type(type_)
        if definition is None:
            return False
        if "mixin" in definition.name.rpartition(".")[2].lower() or "typing.Protocol" in definition.bases:
            return True
        resolved = self._namespace(type_)
        if any(map(_is_declared_only, resolved.values())):
            return True
        gaps = {f.name.rpartition(".")[2] for f in resolved.values() if f.is_stub and not f.results}
        # To find its heirs, the files that hold some have to be read: last, and only where they decide.
        if self._has_constructor(type_):
            return bool(gaps) and any(gaps & self._own_names(heir) for heir in self._program.subclasses(type_))
        return bool(gaps or self._program.subclasses(type_))

    def _namespace(self, type_: str) -> dict[str, Function]:
        """The methods of a class with those that it inherits."""
        found: dict[str, Function] = {}
        for base in reversed(self._program.mro(type_)):
            definition = self._program.type(base)
            if definition is not None:
                for name in definition.attributes:
                    found.pop(name, None)
                found.update(definition.methods)
        return found

    def _own_names(self, type_: str) -> set[str]:
        definition = self._program.type(type_)
        return set() if definition is None else {*definition.methods, *definition.attributes}

    def _has_constructor(self, type_: str) -> bool:
        """Whether a class or a base says how objects are made; a mixin leaves that to others."""
        for base in self._program.mro(type_):
            definition = self._program.type(base)
            if base in _GENERAL:
                continue
            if definition is None or base in self._made or _makes_objects(definition):
                return True
        return False


def is_of_tests(type_: str) -> bool:
    """Whether a class belongs to tests, by the names of modules that test runners look for."""
    parts = type_.split(".")[:-1]
    return any(part in _TESTS or part.startswith("test_") or part.endswith("_test") for part in parts)


def _is_declared_only(function: Function) -> bool:
    names = (d[1].rpartition(".")[2] for d in function.decorators if d[0] == "name")
    return any(name in _ABSTRACT for name in names)


def _makes_objects(definition: TypeDef) -> bool:
    if "__init__" in definition.methods or "__new__" in definition.methods:
        return True
    decorated = (d[1] if d[0] == "call" else d for d in definition.decorators)
    return any(d[0] == "name" and d[1].rpartition(".")[2] in _CONSTRUCTED for d in decorated)

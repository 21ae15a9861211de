"""The lattice of a program's classes by name: each one's own order, virtual bases, and the tower of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch import Lattice
from rulecheck.facts import OBJECT, Generic, TypeName
from rulecheck.languages.python.program import Program

_BUILTINS = {"builtins.bool": ("builtins.bool", "builtins.int", OBJECT)}
# What numbers answer to, beyond object, as `numbers` registers them.
_NUMBERS: dict[TypeName, tuple[TypeName, ...]] = {
    "builtins.bool": ("builtins.int", "numbers.Integral"),
    "builtins.int": ("numbers.Integral",),
    "builtins.float": ("numbers.Real",),
    "builtins.complex": ("numbers.Complex",),
}
_TOWER = ("numbers.Integral", "numbers.Rational", "numbers.Real", "numbers.Complex", "numbers.Number", OBJECT)


class ClassLattice(Lattice[TypeName]):
    """The hierarchy of the types that a program names; a system adds what its own library makes of some."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program

    def declared(self, key: TypeName) -> Sequence[TypeName]:
        """The class's own C3 order, the universal type last."""
        if isinstance(key, Generic):
            return (key, OBJECT)
        if key.startswith("builtins."):
            return _BUILTINS.get(key, (key, OBJECT) if key != OBJECT else (OBJECT,))
        if key in _TOWER:
            return _TOWER[_TOWER.index(key) :]
        order = self.program.mro(key) or (key,)
        return order if order[-1] == OBJECT else (*order, OBJECT)

    def virtual(self, key: TypeName) -> Sequence[TypeName]:
        """The abstract types on which the class was registered, and what numbers are."""
        if isinstance(key, Generic) or key in _NUMBERS:
            return _NUMBERS.get(key, ())
        return self.program.virtual(key)

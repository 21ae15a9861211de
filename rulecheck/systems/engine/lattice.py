"""The engine's type lattice over names: what `rulecheck.ad` makes of classes at run time, told from source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.dispatch import Lattice
from rulecheck.facts import NDARRAY, OBJECT, Generic, TypeName
from rulecheck.systems.engine.names import ABSTRACT_ARRAY, MATRIX, VECTOR, WRAPPERS

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_BUILTINS = {"builtins.bool": ("builtins.bool", "builtins.int", OBJECT)}
# What numbers answer to, beyond object: the table of `rulecheck.ad.lattice`.
_NUMBERS: dict[TypeName, tuple[TypeName, ...]] = {
    "builtins.bool": ("builtins.int", "numbers.Integral"),
    "builtins.int": ("numbers.Integral",),
    "builtins.float": ("numbers.Real",),
    "builtins.complex": ("numbers.Complex",),
}
_TOWER = ("numbers.Integral", "numbers.Rational", "numbers.Real", "numbers.Complex", "numbers.Number", OBJECT)


class NameLattice(Lattice[TypeName]):
    """The hierarchy of the types that a program names."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def declared(self, key: TypeName) -> Sequence[TypeName]:
        """The class's own C3 order, the universal type last."""
        if isinstance(key, Generic) or key == NDARRAY:
            return (key, OBJECT)
        if key.startswith("builtins."):
            return _BUILTINS.get(key, (key, OBJECT) if key != OBJECT else (OBJECT,))
        if key in _TOWER:
            return _TOWER[_TOWER.index(key) :]
        order = self._program.mro(key) or (key,)
        return order if order[-1] == OBJECT else (*order, OBJECT)

    def virtual(self, key: TypeName) -> Sequence[TypeName]:
        """The engine's abstract types on which the class was registered, and its fixed tables of numbers and arrays."""
        if key in (VECTOR, MATRIX):
            return (NDARRAY,)
        if key == NDARRAY:
            return (ABSTRACT_ARRAY,)
        if isinstance(key, Generic) or key in _NUMBERS:
            return _NUMBERS.get(key, ())
        return [base for base in self._program.virtual(key) if ABSTRACT_ARRAY in self.declared(base)]

    def unwrap(self, key: TypeName) -> tuple[TypeName, TypeName] | None:
        """`Transpose[P]` and `Adjoint[P]` follow their parameter's line."""
        if isinstance(key, Generic) and key.wrapper in WRAPPERS:
            return key.wrapper, key.parameter
        return None

    def wrap(self, wrapper: TypeName, parameter: TypeName) -> TypeName:
        """`wrapper[parameter]`."""
        assert isinstance(wrapper, str)
        return Generic(wrapper, parameter)

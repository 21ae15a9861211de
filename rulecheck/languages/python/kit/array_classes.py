"""Which classes stand for arrays: told from shapes, products, conversions, and what their methods take."""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.dispatch.lattice import members_of
from rulecheck.dispatch.operators import BY_FUNCTION
from rulecheck.facts import UNKNOWN, Attribute, Expr, Function, TypeName, inside, present
from rulecheck.languages.python.kit.class_roles import ClassRoles
from rulecheck.languages.python.kit.class_slots import MethodSlot, Presence, SourceClasses, name_of
from rulecheck.languages.python.program import Program

MATMUL = BY_FUNCTION["operator.matmul"]
_NUMBERS = frozenset(f"numbers.{name}" for name in ("Number", "Complex", "Real", "Rational", "Integral"))
_SCALARS = ("__float__", "__complex__", "__int__")
_ELEMENTS = ("builtins.float", "builtins.complex", "builtins.int")
# What the shape of a pulse, a distribution or a picture may be, and an array's is not.
_NO_SHAPES = frozenset(f"builtins.{name}" for name in ("str", "bool", "int", "float", "dict"))


class ArrayClasses:
    """Judges the classes of one program.

    Only an array-like type can be wronged by an array library: to a symbol or an uncertain number, an array of objects
    is what its users want. `array` is the library's own type, and `conversions` are what makes one of an object.
    """

    def __init__(
        self, program: Program, classes: SourceClasses, roles: ClassRoles, array: str, conversions: Sequence[str]
    ) -> None:
        self._program = program
        self._classes = classes
        self._roles = roles
        self._array = array
        self._conversions = conversions

    def is_array_like(self, type_: TypeName, by_product: bool = True) -> bool:
        """Whether a class has a shape, `@`, or a conversion to an array that is not a number's.

        Without `by_product`, `@` does not count: it is also the composition of what is no array.
        """
        slot = self._classes.slot
        if any(base in _NUMBERS for base in self._program.mro(name_of(type_))):
            return False
        if self._has_shape(type_):
            return True
        is_scalar = any(slot(type_, name).defined for name in _SCALARS)
        # A symbol has every operator; who multiplies numbers and arrays has the product from both sides.
        sides = (str(MATMUL.reflected),) if is_scalar else (MATMUL.method, str(MATMUL.reflected))
        if by_product and any(self._multiplies(type_, side) for side in sides):
            return True
        return not is_scalar and any(slot(type_, name).presence is Presence.REAL for name in self._conversions)

    def _has_shape(self, type_: TypeName) -> bool:
        """Whether a class has a shape that may be an array's, or leaves one for others to fill in."""
        presence = self._classes.slot(type_, "shape").presence
        if presence in (Presence.STUB, Presence.NONE):
            return True
        if presence is not Presence.REAL and not any("shape" in d.fields for d in self._classes.definitions(type_)):
            return False
        known = self._program.attribute_type(name_of(type_), "shape")
        members: frozenset[TypeName] = members_of(present(known)) if known is not None else frozenset()
        if not members or any(name_of(member) not in _NO_SHAPES for member in members):
            return True
        # Of an array with names for its axes the shape may be a dict.
        return self._classes.slot(type_, "ndim").presence is Presence.REAL

    def _multiplies(self, type_: TypeName, name: str) -> bool:
        """Whether a class has a product of its own with arrays: not another way to write `*`, and of no others only."""
        slot = self._classes.slot(type_, name)
        found = self._program.lookup(name_of(type_), name)
        alias = found.value if isinstance(found, Attribute) else UNKNOWN
        if alias[0] == "name" and alias[1].rpartition(".")[2] in ("__mul__", "__rmul__"):
            return False
        return slot.presence is Presence.REAL and self.takes_arrays(slot, name, name_of(type_))

    def takes_arrays(self, method: MethodSlot, name: str, type_: str | None = None) -> bool:
        """Whether a method may do something with an array, as far as annotations, tests and attributes say."""
        return self._takes(method, name, (self._array,), type_)

    def takes_numbers(self, method: MethodSlot, name: str, type_: str | None = None) -> bool:
        """The same of an array or one of its elements, and of tests and attributes alone."""
        return self._takes(method, name, (self._array, *_ELEMENTS), type_)

    def _takes(self, method: MethodSlot, name: str, given: tuple[str, ...], type_: str | None) -> bool:
        function = self._program.lookup(method.owner, name) if method.owner is not None else None
        if method.owner is not None and isinstance(function, Attribute) and function.value[0] == "name":
            function = self._program.lookup(method.owner, function.value[1].rpartition(".")[2])  # __rmul__ = __mul__
        refuses = self._program.refuses
        said = len(given) == 1
        return not (isinstance(function, Function) and all(refuses(function, 1, g, type_, said) for g in given))

    def is_meant(self, method: MethodSlot, name: str) -> bool:
        """Whether a method was written for array-like operands: a number's operators are not, whoever inherits them."""
        owner = method.owner
        # A library's mixin calls the very function that its array's operator does.
        if owner is None or owner.startswith(("builtins.", f"{self._array.partition('.')[0]}.")):
            return False
        if not (self.is_array_like(owner) or self.is_for_arrays(owner)):
            return False
        function = self._program.lookup(owner, name)
        return not (isinstance(function, Function) and _computes_nothing(function))

    def is_for_arrays(self, owner: str, by_product: bool = True) -> bool:
        """Whether most of what is made of a mixin is array-like: of a few that have a `shape` it may be any number."""
        if not self._roles.is_mixin(owner):
            return False
        made = [h for h in self._program.subclasses(owner) if not self._roles.is_abstract(h)]
        return not made or 2 * sum(self.is_array_like(h, by_product) for h in made) > len(made)

    def hands_out(self, type_: str) -> bool:
        """Whether the conversion to an array only hands out one that the object holds: nothing is made dense."""
        function = self._program.lookup(type_, "__array__")
        if not isinstance(function, Function) or not function.parameters:
            return False
        return bool(function.results) and all(_is_held(r, function.parameters[0].name) for r in function.results)


def _computes_nothing(function: Function) -> bool:
    """Whether a method gives the same whatever it is given: a literal, or its own object with no look at the other."""
    if not all(result[0] in ("const", "param") for result in function.results):
        return False
    own, *others = [p.name for p in function.parameters] or [""]
    if any(result[0] == "param" and result[1] != own for result in function.results):
        return False
    return not any(_mentions(call.expr, name) for call in function.calls for name in others)


def _mentions(expr: Expr, parameter: str) -> bool:
    if expr == ("param", parameter):
        return True
    return any(_mentions(part, parameter) for part in inside(expr))


def _is_held(result: Expr, own: str) -> bool:
    """Whether a result is an attribute of the object itself, or numpy's array of one."""
    if result[0] == "call" and result[1][0] == "name" and result[2]:
        numpys = result[1][1].partition(".")[0] in ("np", "numpy")
        return numpys and result[1][1].rpartition(".")[2] in ("asarray", "array") and _is_held(result[2][0], own)
    return bool(result[0] == "attr" and result[1] == ("param", own))

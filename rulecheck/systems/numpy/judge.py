"""Which classes numpy can wrong, and which class is to blame.

Only an array-like type can be wronged: to a symbol or an uncertain number, an array of objects is what its users want.
A mixin or abstract base is judged by the concrete classes below it, those that tests make to try it apart, and a class
is to blame only where none of its own bases is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rulecheck.dispatch.lattice import members_of
from rulecheck.dispatch.operators import Operator
from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import NDARRAY, OBJECT, UNKNOWN, Attribute, Expr, Function, TypeDef, TypeName, inside, present
from rulecheck.systems.numpy.functions import MATMUL, REFLECTED, spelling
from rulecheck.systems.numpy.protocol import ARRAY, CONVERSIONS, Effect, LayerAnswer, last_answer
from rulecheck.systems.numpy.source import SourceTypes, name_of
from rulecheck.systems.numpy.view import MethodSlot, Presence

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_NUMBERS = frozenset(f"numbers.{name}" for name in ("Number", "Complex", "Real", "Rational", "Integral"))
_ABSTRACT = frozenset({"abstractmethod", "abstractproperty"})
_SCALARS = ("__float__", "__complex__", "__int__")
_TESTS = frozenset({"test", "tests", "conftest"})
# Decorators that write the constructor.
_CONSTRUCTED = frozenset({"dataclass", "define", "frozen", "mutable", "attrs"})
_ELEMENTS = ("builtins.float", "builtins.complex", "builtins.int")
# What the shape of a pulse, a distribution or a picture may be, and an array's is not.
_NO_SHAPES = frozenset(f"builtins.{name}" for name in ("str", "bool", "int", "float", "dict"))
_GENERAL = frozenset({OBJECT, "abc.ABC", "typing.Generic", "typing.Protocol"})


@dataclass(frozen=True, slots=True)
class Miss:
    """A method of a class that numpy answers in place of: for `x @ A`, the class's own `__rmatmul__`."""

    operator: Operator
    type: str
    # The method that was hidden, and whether the class stands on the right of the ndarray.
    name: str
    right: bool
    method: MethodSlot
    answer: LayerAnswer


class Judge:
    """Judges the classes of one program; every verdict is made once."""

    def __init__(self, program: Program, types: SourceTypes) -> None:
        self.program = program
        self.types = types
        self._misses: dict[tuple[str, str, str, bool], Miss | None] = {}
        self._abstract: dict[str, bool] = {}
        self._left: dict[str, bool] = {}

    def misses(self, type_: str) -> Iterator[Miss]:
        """Every reflected operator of a class that ndarray's operator never asks for."""
        if "<locals>" in type_ and _is_tests(type_):
            return  # a test made it for itself
        found = [m for o in REFLECTED if (m := self.reflected_miss(o, type_)) is not None]
        # Alone, `__radd__` is there for the builtin sum, which starts from 0.
        if [m.operator.symbol for m in found] not in ([], ["+"]) and not self.is_left_to_heirs(type_):
            yield from found

    def all_misses(self, type_: str) -> list[Miss]:
        """The same, and the side of `@` that it leaves to the other."""
        partial = self.partial_miss(type_)
        return [*self.misses(type_), *([partial] if partial is not None else [])]

    def reflected_miss(self, operator: Operator, type_: str) -> Miss | None:
        """Whether `x OP A` ends at the conversion of A, though A has a reflected method to ask."""
        assert operator.reflected is not None
        return self._miss(operator, type_, operator.reflected, right=True)

    def partial_miss(self, type_: str) -> Miss | None:
        """Whether one side of `@` is specialised, and the other side makes a dense array of the operand."""
        for own, other, right in ((MATMUL.method, MATMUL.reflected, True), (MATMUL.reflected, MATMUL.method, False)):
            assert own is not None
            assert other is not None
            if self.types.slot(type_, other).presence is Presence.ABSENT:
                miss = self._miss(MATMUL, type_, own, right)
                if miss is None or miss.answer.effect is not Effect.DENSE or not self.takes_arrays(miss.method, own):
                    continue
                owner = miss.method.owner if not self.hands_out(type_) else None
                if owner is not None and (self.is_array_like(owner, False) or self._is_for_arrays(owner, False)):
                    return miss
        return None

    def _miss(self, operator: Operator, type_: str, name: str, right: bool) -> Miss | None:
        key = (operator.function, type_, name, right)
        if key not in self._misses:
            self._misses[key] = self._find_miss(operator, type_, name, right)
        return self._misses[key]

    def _find_miss(self, operator: Operator, type_: str, name: str, right: bool) -> Miss | None:
        method = self.types.slot(type_, name)
        if method.presence is not Presence.REAL or not self.is_array_like(type_) or not self._is_meant(method, name):
            return None
        found = spelling(operator.function)
        assert found is not None
        answer = last_answer(self.types, found, (NDARRAY, type_) if right else (type_, NDARRAY))
        if answer.layer != ARRAY or answer.outcome is not Outcome.CLAIMS or answer.effect is Effect.ASKED:
            return None
        if answer.effect is Effect.RAISES and not self.takes_arrays(method, name, type_):
            return None  # it raises, whoever is asked
        if answer.effect in (Effect.OBJECT, Effect.SEQUENCE) and not self.takes_numbers(method, name, type_):
            return None  # it is for others of its own kind: of an array's elements none is taken either
        return Miss(operator, type_, name, right, method, answer)

    def takes_arrays(self, method: MethodSlot, name: str, type_: str | None = None) -> bool:
        """Whether a method may do something with an ndarray, as far as annotations, tests and attributes say."""
        return self._takes(method, name, (NDARRAY,), type_)

    def takes_numbers(self, method: MethodSlot, name: str, type_: str | None = None) -> bool:
        """The same of an ndarray or one of its elements, and of tests and attributes alone."""
        return self._takes(method, name, (NDARRAY, *_ELEMENTS), type_)

    def _takes(self, method: MethodSlot, name: str, given: tuple[str, ...], type_: str | None) -> bool:
        function = self.program.lookup(method.owner, name) if method.owner is not None else None
        if method.owner is not None and isinstance(function, Attribute) and function.value[0] == "name":
            function = self.program.lookup(method.owner, function.value[1].rpartition(".")[2])  # __rmul__ = __mul__
        refuses = self.program.refuses
        said = len(given) == 1
        return not (isinstance(function, Function) and all(refuses(function, 1, g, type_, said) for g in given))

    def _is_meant(self, method: MethodSlot, name: str) -> bool:
        """Whether a method was written for array-like operands: a number's operators are not, whoever inherits them."""
        owner = method.owner
        # Numpy's mixin calls the very ufunc that ndarray's operator does.
        if owner is None or owner.startswith(("builtins.", "numpy.")):
            return False
        if not (self.is_array_like(owner) or self._is_for_arrays(owner)):
            return False
        function = self.program.lookup(owner, name)
        return not (isinstance(function, Function) and _computes_nothing(function))

    def _is_for_arrays(self, owner: str, by_product: bool = True) -> bool:
        """Whether most of what is made of a mixin is array-like: of a few that have a `shape` it may be any number."""
        if not self.is_mixin(owner):
            return False
        made = [h for h in self.program.subclasses(owner) if not self.is_abstract(h)]
        return not made or 2 * sum(self.is_array_like(h, by_product) for h in made) > len(made)

    def blamed(self, miss: Miss) -> str | None:
        """The class that a miss is due to: the topmost one that has it and is no mixin, or that all below it share."""
        for base in reversed(self.program.mro(miss.type)):
            # Where the method is not there, neither is the miss; who derives from that base need not be known.
            if self.program.type(base) is None or not self.types.slot(base, miss.name).defined:
                continue
            has_it = self._is_shared if self.is_mixin(base) else self._has
            aside = not has_it(base, miss) or self.is_left_to_heirs(base)
            if not aside and not self._is_stand_in(base, miss.method.owner):
                return base
        return None

    def _has(self, type_: str, miss: Miss) -> bool:
        return self._miss(miss.operator, type_, miss.name, miss.right) is not None

    def _is_shared(self, mixin: str, miss: Miss) -> bool:
        """Whether several classes are made of a mixin, and every one has the miss: one remedy there ends them all.

        Of a mixin that is array-like itself, a few may take no arrays.
        """
        if self.types.slot(mixin, miss.name).owner != miss.method.owner:
            return False
        below = self.program.subclasses(mixin)
        made = [h for h in below if not self.is_abstract(h) and not self._is_stand_in(h, miss.method.owner)]
        having = [heir for heir in made if self._has(heir, miss)]
        others = [heir for heir in made if heir not in having]
        few = self.is_array_like(mixin) and not any(map(self.is_array_like, others))
        return len(having) > max(1, len(others)) and (few or not others)

    def _is_stand_in(self, type_: str, owner: str | None) -> bool:
        """Whether tests made a class of a mixin, to try the mixin's methods: no user meets it."""
        return owner is not None and _is_tests(type_) and not _is_tests(owner) and self.is_mixin(owner)

    def is_projects(self, miss: Miss) -> bool:
        """Whether the class to blame is the project's own; otherwise it is a matter between two libraries."""
        blamed = self.blamed(miss)
        definition = self.program.type(blamed) if blamed is not None else None
        return definition is not None and definition.owned

    def concrete(self, type_: str) -> tuple[str, ...]:
        """The concrete classes that stand for a class: itself, or those of the project below an abstract one."""
        if not self.is_abstract(type_):
            return (type_,)
        return tuple(s for s in self.program.subclasses(type_) if not self.is_abstract(s))

    def is_array_like(self, type_: TypeName, by_product: bool = True) -> bool:
        """Whether a class has a shape, `@`, or a conversion to an array that is not a number's.

        Without `by_product`, `@` does not count: it is also the composition of what is no array.
        """
        types = self.types
        if any(base in _NUMBERS for base in self.program.mro(name_of(type_))):
            return False
        if self._has_shape(type_):
            return True
        is_scalar = any(types.slot(type_, name).defined for name in _SCALARS)
        # A symbol has every operator; who multiplies numbers and arrays has the product from both sides.
        sides = (str(MATMUL.reflected),) if is_scalar else (MATMUL.method, str(MATMUL.reflected))
        if by_product and any(self._multiplies(type_, side) for side in sides):
            return True
        return not is_scalar and any(types.slot(type_, name).presence is Presence.REAL for name in CONVERSIONS)

    def _has_shape(self, type_: TypeName) -> bool:
        """Whether a class has a shape that may be an array's, or leaves one for others to fill in."""
        presence = self.types.slot(type_, "shape").presence
        if presence in (Presence.STUB, Presence.NONE):
            return True
        if presence is not Presence.REAL and not any("shape" in d.fields for d in self.types.definitions(type_)):
            return False
        known = self.program.attribute_type(name_of(type_), "shape")
        members: frozenset[TypeName] = members_of(present(known)) if known is not None else frozenset()
        if not members or any(name_of(member) not in _NO_SHAPES for member in members):
            return True
        # Of an array with names for its axes the shape may be a dict.
        return self.types.slot(type_, "ndim").presence is Presence.REAL

    def _multiplies(self, type_: TypeName, name: str) -> bool:
        """Whether a class has a product of its own with arrays: not another way to write `*`, and of no others only."""
        slot = self.types.slot(type_, name)
        found = self.program.lookup(name_of(type_), name)
        alias = found.value if isinstance(found, Attribute) else UNKNOWN
        if alias[0] == "name" and alias[1].rpartition(".")[2] in ("__mul__", "__rmul__"):
            return False
        return slot.presence is Presence.REAL and self.takes_arrays(slot, name, name_of(type_))

    def is_mixin(self, type_: str) -> bool:
        """Whether a class is there to be mixed into others: abstract, and without a way to make objects."""
        return not self._has_constructor(type_) and self.is_abstract(type_)

    def is_left_to_heirs(self, type_: str) -> bool:
        """Whether classes below see to numpy's protocols themselves, and the project makes no object of this one.

        Where several of them do not, it is this one that forgets.
        """
        if type_ not in self._left:
            heirs = () if self._sees_to_numpy(type_) else self.program.subclasses(type_)
            self._left[type_] = any(map(self._sees_to_numpy, heirs)) and self._is_bare(type_, heirs)
        return self._left[type_]

    def _is_bare(self, type_: str, heirs: tuple[str, ...]) -> bool:
        last = [h for h in heirs if not self.program.subclasses(h) and not _is_tests(h)]
        return sum(not self._sees_to_numpy(h) for h in last) < 2 and not self._is_made(type_)

    def _sees_to_numpy(self, type_: str) -> bool:
        return any(self.types.slot(type_, name).defined for name in ("__array_ufunc__", "__array_priority__"))

    def _is_made(self, type_: str) -> bool:
        """Whether the project calls a class by its name."""
        last = type_.rpartition(".")[2]

        def wanted(expr: Expr) -> bool:
            return bool(expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] == last)

        calls = self.program.calls_matching(wanted, (type_,), holding=(frozenset((last.encode(),)), ()))
        return any(self.program.resolve(call.module, call.expr[1][1]) == type_ for call in calls)

    def is_abstract(self, type_: TypeName) -> bool:
        """Whether no object is of exactly this class: a protocol, a mixin, or a base with methods left to fill in."""
        name = name_of(type_)
        if name not in self._abstract:
            self._abstract[name] = self._is_abstract(name)
        return self._abstract[name]

    def _is_abstract(self, type_: str) -> bool:
        definition = self.program.type(type_)
        if definition is None:
            return False
        if "mixin" in definition.name.rpartition(".")[2].lower() or "typing.Protocol" in definition.bases:
            return True
        resolved = self._namespace(type_)
        if any(self._is_declared_only(f) for f in resolved.values()):
            return True
        gaps = {f.name.rpartition(".")[2] for f in resolved.values() if f.is_stub and not f.results}
        # To find its heirs, the files that hold some have to be read: last, and only where they decide.
        if self._has_constructor(type_):
            return bool(gaps) and any(gaps & self._own_names(heir) for heir in self.program.subclasses(type_))
        return bool(gaps or self.program.subclasses(type_))

    def _namespace(self, type_: str) -> dict[str, Function]:
        """The methods of a class with those that it inherits."""
        found: dict[str, Function] = {}
        for definition in reversed(self.types.definitions(type_)):
            for name in definition.attributes:
                found.pop(name, None)
            found.update(definition.methods)
        return found

    def _is_declared_only(self, function: Function) -> bool:
        names = (d[1].rpartition(".")[2] for d in function.decorators if d[0] == "name")
        return any(name in _ABSTRACT for name in names)

    def _own_names(self, type_: str) -> set[str]:
        definition = self.program.type(type_)
        return set() if definition is None else {*definition.methods, *definition.attributes}

    def _has_constructor(self, type_: str) -> bool:
        """Whether a class or a base says how objects are made; a mixin leaves that to others."""
        for base in self.program.mro(type_):
            definition = self.program.type(base)
            if base in _GENERAL:
                continue
            if definition is None or _makes_objects(definition):
                return True
        return False

    @cached_property
    def suspects(self) -> frozenset[str]:
        """The project's classes that are array-like: the only ones whose calls are worth a look."""
        return frozenset(d.name for d in self.program.owned_types() if self.is_array_like(d.name))

    @cached_property
    def exposed(self) -> frozenset[str]:
        """Those of them that some spelling converts, though they have methods to ask: calls of others are of no use."""
        missing = (n for n in self.suspects if any(self.is_projects(m) for m in self.all_misses(n)))
        return frozenset((*missing, *(name for name in self.suspects if self._is_exposed(name))))

    def hands_out(self, type_: str) -> bool:
        """Whether the conversion to an array only hands out one that the object holds: nothing is made dense."""
        function = self.program.lookup(type_, "__array__")
        if not isinstance(function, Function) or not function.parameters:
            return False
        return bool(function.results) and all(_is_held(r, function.parameters[0].name) for r in function.results)

    def _is_exposed(self, type_: str) -> bool:
        for function in ("operator.mul", "numpy.multiply", "numpy.dot"):
            found = spelling(function)
            assert found is not None
            answer = last_answer(self.types, found, (NDARRAY, type_))
            if answer.layer == ARRAY and answer.outcome is Outcome.CLAIMS and answer.effect is not Effect.RAISES:
                return True
        return False


def _is_tests(type_: str) -> bool:
    """Whether a class belongs to tests, by the names of modules that test runners look for."""
    parts = type_.split(".")[:-1]
    return any(part in _TESTS or part.startswith("test_") or part.endswith("_test") for part in parts)


def _computes_nothing(function: Function) -> bool:
    """Whether a method gives the same whatever it is given: a literal, or its own object with no look at the other."""
    if not all(result[0] in ("const", "param") for result in function.results):
        return False
    own, *others = [p.name for p in function.parameters] or [""]
    if any(result[0] == "param" and result[1] != own for result in function.results):
        return False
    return not any(_mentions(call.expr, name) for call in function.calls for name in others)


def _is_held(result: Expr, own: str) -> bool:
    """Whether a result is an attribute of the object itself, or numpy's array of one."""
    if result[0] == "call" and result[1][0] == "name" and result[2]:
        numpys = result[1][1].partition(".")[0] in ("np", "numpy")
        return numpys and result[1][1].rpartition(".")[2] in ("asarray", "array") and _is_held(result[2][0], own)
    return bool(result[0] == "attr" and result[1] == ("param", own))


def _mentions(expr: Expr, parameter: str) -> bool:
    if expr == ("param", parameter):
        return True
    return any(_mentions(part, parameter) for part in inside(expr))


def _makes_objects(definition: TypeDef) -> bool:
    if "__init__" in definition.methods or "__new__" in definition.methods:
        return True
    decorated = (d[1] if d[0] == "call" else d for d in definition.decorators)
    return any(d[0] == "name" and d[1].rpartition(".")[2] in _CONSTRUCTED for d in decorated)

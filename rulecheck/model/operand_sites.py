"""Calls in source that an array library may answer: its array, or one of its functions, meets an array-like class."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import product

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import Call, Expr, Type, TypeName, present
from rulecheck.languages.python.kit.class_slots import SourceClasses, name_of
from rulecheck.languages.python.program import Program
from rulecheck.languages.unresolved import UNKNOWN_OPERAND
from rulecheck.model.entries import Question, Site
from rulecheck.model.operand_misses import REFLECTED, Misses
from rulecheck.model.verdicts import Shadow

_CHEAP = ("param", "name", "attr", "narrow")
_MOST = 16


class OperandSites(ABC):
    """Finds the calls of one program. A system says what a library's functions are called, and which operands count."""

    # The library's own array type; its package, and the words of which a file that uses it holds one.
    array: str
    package: str
    words: Sequence[str]
    # What an import of it looks like: no array can be told from source in a file that has none.
    imports: bytes
    # A product that is a method of the array with its operand as the argument, by its qualified name.
    product: str

    def __init__(
        self, program: Program, classes: SourceClasses, misses: Misses, shadow: Callable[[Question], Shadow | None]
    ) -> None:
        self._program = program
        self._classes = classes
        self._misses = misses
        self._shadow = shadow
        self._heads: dict[tuple[str, str], str | None] = {}

    @abstractmethod
    def candidates(self, methods: Collection[str]) -> Iterator[str]:
        """The functions that may be shadowed for a class with these methods."""

    @abstractmethod
    def takes_two(self, function: str) -> bool | None:
        """Whether a function takes two operands; None for one that the library does not answer by its protocol."""

    @abstractmethod
    def operands(self, function: str, arguments: Sequence[Expr]) -> Sequence[Expr]:
        """The arguments of a call that are its operands; none where it is no call of interest."""

    def sites(self) -> Iterator[Site]:
        """Every call that may be shadowed; one without questions where an operand is unknown."""
        if not self._shadowed:
            return
        last = self.product.rpartition(".")[2].encode()
        holding = self._names | ({last} if self.product in self._functions else set()), self._signs
        types = sorted(self._shadowed)
        for call in self._program.calls_matching(self._may_matter, types, self.words, self.imports, holding):
            site = self._site(call)
            if site is not None:
                yield site

    def _may_matter(self, expr: Expr) -> bool:
        if expr[0] == "op":
            if expr[1] not in self._functions or len(expr[2]) != 2:
                return False
            left, right = expr[2]
            return bool(left[0] != "const" and right[0] != "const")
        if expr[0] != "call" or not expr[2] or expr[2][0][0] == "star":
            return False
        callee = expr[1]
        if callee[0] == "name":
            last: str = callee[1].rpartition(".")[2]
            return last.encode() in self._names
        multiplies = callee[0] == "attr" and callee[2] == self.product.rpartition(".")[2] and len(expr[2]) == 1
        return bool(multiplies and self.product in self._functions)

    @cached_property
    def _shadowed(self) -> dict[str, frozenset[str]]:
        """The exposed classes, each with the functions of which some call with its objects is shadowed."""
        found = ((name, self._shadowed_for(name)) for name in self._misses.exposed)
        return {name: functions for name, functions in found if functions}

    def _shadowed_for(self, type_: str) -> frozenset[str]:
        methods = {name for d in self._classes.definitions(type_) for name in d.methods}
        return frozenset(name for name in set(self.candidates(methods)) if self._is_shadowed(name, type_))

    def _is_shadowed(self, function: str, type_: str) -> bool:
        two = self.takes_two(function)
        if two is None:
            return False
        asked = ((self.array, type_), (type_, self.array)) if two else ((type_,),)
        return any(self._shadow(Question(function, types, function)) is not None for types in asked)

    @cached_property
    def _functions(self) -> frozenset[str]:
        return frozenset().union(*self._shadowed.values())

    @cached_property
    def _names(self) -> frozenset[bytes]:
        """The functions' own names, of those that are called by one."""
        called = (f for f in self._functions if f.startswith(f"{self.package}.") and f != self.product)
        return frozenset(name.rpartition(".")[2].encode() for name in called)

    @property
    def _signs(self) -> tuple[bytes, ...]:
        """What stands in source for the operators."""
        return tuple(sorted({o.symbol.encode() for o in REFLECTED if o.function in self._functions}))

    def _site(self, call: Call) -> Site | None:
        function, operands = self._function(call)
        if function is None:
            return None
        types: dict[int, tuple[TypeName, ...]] = {}
        ours = unknown = False
        # What costs little to type comes first: where it is a stranger to the library, the rest need not be typed.
        for position in sorted(range(len(operands)), key=lambda i: operands[i][0] not in _CHEAP):
            found: Type | None = self._program.type_of(operands[position], call.module, None, call.scope)
            if found is None:
                if not types and len(operands) > 1 and operands[position][0] not in _CHEAP:
                    return None
                unknown = True
                continue
            types[position] = tuple(sorted(members_of(present(found)), key=str))
            mine = any(self._is_ours(t) for t in types[position])
            if not mine and not all(name_of(t) == self.array for t in types[position]):
                return None
            ours = ours or mine
        if not ours:
            return None
        if unknown:
            return Site((), call.place, call.scope, call.text, UNKNOWN_OPERAND)
        choices = list(product(*(types[position] for position in range(len(operands)))))[:_MOST]
        questions = tuple(Question(function, choice, call.text) for choice in choices)
        return Site(questions, call.place, call.scope, call.text)

    def _is_ours(self, type_: TypeName) -> bool:
        return name_of(type_) in self._shadowed

    def _function(self, call: Call) -> tuple[str | None, Sequence[Expr]]:
        """The function as it is spelled, which is what the library looks at, and its array operands."""
        expr = call.expr
        if expr[0] == "op":
            return expr[1], expr[2]
        callee, arguments = expr[1], expr[2]
        if callee[0] == "attr":
            return self._method(call, callee[1], arguments)
        name = self._librarys(call.module, callee[1])
        arrays = self.operands(name, arguments) if name is not None else ()
        return (name, arrays) if arrays else (None, ())

    def _method(self, call: Call, receiver: Expr, arguments: Sequence[Expr]) -> tuple[str | None, Sequence[Expr]]:
        """`x.dot(A)`: a product that is a method of the array."""
        if not any(map(self._is_ours, self._types(arguments[0], call))):
            return None, ()
        types = self._types(receiver, call)
        arrays = bool(types) and all(name_of(t) == self.array for t in types)
        return (self.product, (receiver, *arguments)) if arrays else (None, ())

    def _types(self, expr: Expr, call: Call) -> frozenset[TypeName]:
        found = self._program.type_of(expr, call.module, None, call.scope)
        return frozenset() if found is None else members_of(found)

    def _librarys(self, module: str, dotted: str) -> str | None:
        """The full name of one of the library's functions; None for any other name."""
        first, dot, rest = dotted.partition(".")
        key = (module, first)
        if key not in self._heads:
            self._heads[key] = self._program.resolve(module, first)
        head = self._heads[key]
        if head is None or head.partition(".")[0] != self.package:
            return None
        return f"{head}{dot}{rest}"

"""Calls in source that numpy may answer: an ndarray, or one of numpy's functions, meets an array-like class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import NDARRAY, Call, Expr, Type, TypeName, present
from rulecheck.model.entries import Question, Site
from rulecheck.model.verdicts import Shadow
from rulecheck.systems.numpy.functions import REFLECTED, SHARED, FunctionKind, meaning, spelling
from rulecheck.systems.numpy.judge import Judge
from rulecheck.systems.numpy.source import name_of

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

UNTYPED = "the type of an operand is not known"

# No ndarray can be told from source where a file does not import numpy, or something of its name.
_IMPORTS_NUMPY = rb"^[ \t]*(?:from[ \t]+numpy\b|import[ \t][^\n#]*\bnumpy\b)|\bimport\b[^\n#]*\b(?:numpy|np)\b"

_CHEAP = ("param", "name", "attr", "narrow")
_MOST = 16
_DOT = "numpy.ndarray.dot"


class CallReader:
    """Finds the calls of one program."""

    def __init__(self, program: Program, judge: Judge, shadow: Callable[[Question], Shadow | None]) -> None:
        self._program = program
        self._judge = judge
        self._shadow = shadow
        self._heads: dict[tuple[str, str], str | None] = {}

    def sites(self) -> Iterator[Site]:
        """Every call that may be shadowed; one without questions where an operand is unknown."""
        if not self._shadowed:
            return
        holding = self._names | ({b"dot"} if _DOT in self._functions else set()), self._signs
        program = self._program
        for call in program.calls_matching(
            self._may_matter, sorted(self._shadowed), ("numpy", "np"), _IMPORTS_NUMPY, holding
        ):
            site = self._site(call)
            if site is not None:
                yield site

    def _may_matter(self, expr: Expr) -> bool:
        if expr[0] == "op":
            if expr[1] not in self._functions:
                return False
            left, right = expr[2]
            return bool(left[0] != "const" and right[0] != "const")
        if expr[0] != "call" or not expr[2] or expr[2][0][0] == "star":
            return False
        callee = expr[1]
        if callee[0] == "name":
            last: str = callee[1].rpartition(".")[2]
            return last.encode() in self._names
        return bool(callee[0] == "attr" and callee[2] == "dot" and len(expr[2]) == 1 and _DOT in self._functions)

    @cached_property
    def _shadowed(self) -> dict[str, frozenset[str]]:
        """The exposed classes, each with the functions of which some call with its objects is shadowed."""
        found = ((name, self._shadowed_for(name)) for name in self._judge.exposed)
        return {name: functions for name, functions in found if functions}

    def _shadowed_for(self, type_: str) -> frozenset[str]:
        judge = self._judge
        methods = {name for d in judge.types.definitions(type_) for name in d.methods}
        asked = [o for o in REFLECTED if o.method in methods or o.reflected in methods]
        candidates = {name for operator in asked for name in meaning(operator)}
        candidates.update(f"{module}.{name}" for name in methods & SHARED for module in ("numpy", "numpy.linalg"))
        return frozenset(name for name in candidates if self._is_shadowed(name, type_))

    def _is_shadowed(self, function: str, type_: str) -> bool:
        found = spelling(function)
        if found is None:
            return False
        pairs = ((NDARRAY, type_), (type_, NDARRAY))
        asked = pairs if found.operator is not None and found.operator.reflected is not None else ((type_,),)
        return any(self._shadow(Question(function, types, function)) is not None for types in asked)

    @cached_property
    def _functions(self) -> frozenset[str]:
        return frozenset().union(*self._shadowed.values())

    @cached_property
    def _names(self) -> frozenset[bytes]:
        """The functions' own names, of those that are called by one."""
        called = (name for name in self._functions if name.startswith("numpy.") and name != _DOT)
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
        # What costs little to type comes first: where it is a stranger to numpy, the rest need not be typed.
        for position in sorted(range(len(operands)), key=lambda i: operands[i][0] not in _CHEAP):
            found: Type | None = self._program.type_of(operands[position], call.module, None, call.scope)
            if found is None:
                if not types and len(operands) > 1 and operands[position][0] not in _CHEAP:
                    return None
                unknown = True
                continue
            types[position] = tuple(sorted(members_of(present(found)), key=str))
            mine = any(self._is_ours(t) for t in types[position])
            if not mine and not all(name_of(t) == NDARRAY for t in types[position]):
                return None
            ours = ours or mine
        if not ours:
            return None
        if unknown:
            return Site((), call.place, call.scope, call.text, UNTYPED)
        choices = list(product(*(types[position] for position in range(len(operands)))))[:_MOST]
        questions = tuple(Question(function, choice, call.text) for choice in choices)
        return Site(questions, call.place, call.scope, call.text)

    def _is_ours(self, type_: TypeName) -> bool:
        return name_of(type_) in self._shadowed

    def _function(self, call: Call) -> tuple[str | None, tuple[Expr, ...]]:
        """The function as it is spelled, which is what numpy looks at, and its array operands."""
        expr = call.expr
        if expr[0] == "op":
            return expr[1], expr[2]
        callee, arguments = expr[1], expr[2]
        if callee[0] == "attr":
            argument = self._program.type_of(arguments[0], call.module, None, call.scope)
            given: frozenset[TypeName] = frozenset() if argument is None else members_of(argument)
            if not any(self._is_ours(t) for t in given):
                return None, ()
            receiver = self._program.type_of(callee[1], call.module, None, call.scope)
            types: frozenset[TypeName] = frozenset() if receiver is None else members_of(receiver)
            if types and all(name_of(t) == NDARRAY for t in types):
                return _DOT, (callee[1], *arguments)
            return None, ()
        name = self._numpys(call.module, callee[1])
        known = spelling(name) if name is not None else None
        if name is None or known is None or known.kind not in (FunctionKind.UFUNC, FunctionKind.FUNCTION):
            return None, ()
        if name == "numpy.einsum":
            arrays = _product(arguments)
        elif known.operator is not None and known.operator.reflected is not None:
            arrays = arguments[:2] if len(arguments) >= 2 else ()
        else:
            arrays = arguments[:1]
        return (name, arrays) if arrays else (None, ())

    def _numpys(self, module: str, dotted: str) -> str | None:
        """The full name of one of numpy's functions; None for any other name."""
        first, dot, rest = dotted.partition(".")
        key = (module, first)
        if key not in self._heads:
            self._heads[key] = self._program.resolve(module, first)
        head = self._heads[key]
        if head is None or head.partition(".")[0] != "numpy":
            return None
        return f"{head}{dot}{rest}"


def _product(arguments: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The operands of an `einsum` that means `a @ b`; none for any other."""
    if len(arguments) != 3 or arguments[0][0] != "const" or not isinstance(arguments[0][1], str):
        return ()
    inputs, arrow, output = arguments[0][1].replace(" ", "").partition("->")
    left, comma, right = inputs.partition(",")
    if not comma or not 1 <= len(left) <= 2 or not 1 <= len(right) <= 2 or "." in inputs:
        return ()
    contracts = left[-1] == right[0] and len({*left, *right}) == len(left) + len(right) - 1
    kept = left[:-1] + right[1:]
    given = output if arrow else "".join(sorted(kept))
    return arguments[1:] if contracts and given == kept else ()

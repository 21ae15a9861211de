"""Calls in the bodies of methods, with operands typed from annotations, constructors and lazy wrappers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from rulecheck.dispatch.parametric import MethodClaim, ParametricError, Term, apply, subtype
from rulecheck.dispatch.parametric.types import ANY, DataType, Value, unwrap
from rulecheck.languages.julia.facts import Body, JuliaCall, JuliaMethod
from rulecheck.model.entries import Question, Site
from rulecheck.systems.zygote.library import spelled

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel

Env = Mapping[str, Term | None]
WRAPPERS = {
    "Base.adjoint": "LinearAlgebra.Adjoint",
    "Base.transpose": "LinearAlgebra.Transpose",
    "LinearAlgebra.adjoint": "LinearAlgebra.Adjoint",
    "LinearAlgebra.transpose": "LinearAlgebra.Transpose",
}
FLIPS = {wrapper: function for function, wrapper in WRAPPERS.items() if function.startswith("Base.")}
MULTIPLY = "Base.*"
# How many ways to instantiate a method's own signature are looked at for its body.
MOST = 4


class Sites:
    """The calls of one project."""

    def __init__(self, model: ZygoteModel) -> None:
        self._model = model
        self._world = model.program.world
        self._turned: dict[tuple[str, Term], Term | None] = {}

    @cached_property
    def all(self) -> list[Site]:
        """Every call that a type of the project takes part in; those whose operands are not known come without
        questions.
        """
        return [site for body in self._model.program.bodies for site in self._sites(body)]

    def _sites(self, body: Body) -> Iterator[Site]:
        calls = [(call, function) for call in body.calls if (function := self._asked(call)) is not None]
        if not calls:
            return
        envs = [self._assigned(body, env) for env in islice(self._envs(body.method), MOST)]
        for call, function in calls:
            questions: dict[Question, None] = {}
            unknown = False
            for env in envs:
                types = [self.type_of(a, call.module, env) for a in self._operands(call.expr)]
                known = [t for t in types if t is not None]
                if len(known) < len(types):
                    unknown = True
                elif any(self.is_own(t) for t in known):
                    questions[self._model.asked(function, known, call.text, self._keywords(call.expr))] = None
            if questions and not unknown:
                yield Site(tuple(questions), call.place, body.method.module, call.text)
            elif questions:
                yield Site((), call.place, body.method.module, call.text, "the type of an operand is not known")

    def _asked(self, call: JuliaCall) -> str | None:
        """The function that a call asks for, where there are methods of it."""
        function = self._callee(call)
        if function is None or not self._model.library.methods(function):
            return None
        try:
            self._model.function_type(function)
        except ParametricError:
            return None
        return function

    def _envs(self, method: JuliaMethod) -> Iterator[dict[str, Term | None]]:
        """Types for the parameters; one that is not annotated is not known."""
        if not method.names:
            yield {}
            return
        seen: set[object] = set()
        for types in self._model.calls_of(method):
            shape = tuple(map(_shape, types[1:]))
            if shape in seen:
                continue  # the likeliest parameters come first
            seen.add(shape)
            env: dict[str, Term | None] = {}
            for name, declared, type_ in zip(method.names, method.arguments, types[1:], strict=False):
                open_ended = declared == ("name", "Core.Any") or declared[0] == "vararg"
                env[name] = None if open_ended else type_
            yield env

    def _assigned(self, body: Body, env: dict[str, Term | None]) -> dict[str, Term | None]:
        """The local variables: one that is assigned several times is not known, and all start from the parameters."""
        counts: dict[str, int] = {}
        for name, _ in body.assignments:
            counts[name] = counts.get(name, 0) + (2 if name in env else 1)
        for name, value in body.assignments:
            env[name] = self.type_of(value, body.method.module, env) if counts[name] == 1 else None
        return env

    def _callee(self, call: JuliaCall) -> str | None:
        expr = call.expr
        if expr[0] == "'":
            return "Base.adjoint"
        if expr[0] == "call":
            return self._function(expr[1], call.module)
        return None

    def _function(self, expr: Sequence[object], module: str) -> str | None:
        from rulecheck.languages.julia.link.type_expressions import dotted

        names = dotted(expr)  # type: ignore[arg-type]
        found = self._world.path(module, names) if names else None
        return found.name if found is not None and found.kind in ("function", "type", "alias") else None

    @staticmethod
    def _operands(expr: Sequence[object]) -> list[Sequence[object]]:
        if expr[0] == "'":
            return [expr[1]]  # type: ignore[list-item]
        return [a for a in expr[2] if a[0] != "kw"]  # type: ignore[attr-defined]

    @staticmethod
    def _keywords(expr: Sequence[object]) -> tuple[str, ...]:
        """The keywords that a call passes by name; what it splats may be nothing."""
        if expr[0] != "call":
            return ()
        given = [*(a for a in expr[2] if a[0] == "kw"), *(expr[3] if len(expr) > 3 else ())]  # type: ignore[attr-defined, misc]
        return tuple(name for k in given if (name := _keyword_name(k)))

    def type_of(self, expr: Sequence[object], module: str, env: Env) -> Term | None:
        """The type of an expression; None where it is not known."""
        tag = expr[0]
        if tag == "sym":
            return env.get(str(expr[1]))
        if tag == "lit":
            names = {bool: "Bool", int: "Int64", float: "Float64", str: "String"}
            return self._named(names.get(type(expr[1]), ""))
        if tag == "'":
            return self._wrapped("Base.adjoint", self.type_of(expr[1], module, env))  # type: ignore[arg-type]
        if tag == "block" and len(expr[1]) == 1:  # type: ignore[arg-type]
            return self.type_of(expr[1][0], module, env)  # type: ignore[index]
        if tag == "::" and expr[1] is not None:
            return self.declared(expr[2], module)  # type: ignore[arg-type]
        if tag == "call":
            return self._called(expr, module, env)
        return None

    def _called(self, expr: Sequence[object], module: str, env: Env) -> Term | None:
        head = expr[1]
        base: Sequence[object] = head[1] if head[0] == "curly" else head  # type: ignore[index, assignment]
        function = self._function(base, module)
        if function is None:
            return None
        arguments: Sequence[Sequence[object]] = expr[2]  # type: ignore[assignment]
        if function in WRAPPERS and len(arguments) == 1:
            return self._wrapped(function, self.type_of(arguments[0], module, env))
        if self._model.owns(function) and self._model.library.declarations.knows(spelled(function)):
            # A parameter may be a variable of the method around it: then the type without parameters stands for it.
            return self.declared(head, module) or self.declared(base, module)  # type: ignore[arg-type]
        return None

    def declared(self, expr: Sequence[object], module: str) -> Term | None:
        """A stand-in for a type that an expression names."""
        from rulecheck.languages.julia.link.type_expressions import TypeReader

        try:
            named = TypeReader(self._world, module, {}).read(expr)  # type: ignore[arg-type]
            found = self._model.witness_types.of(self._model.library.terms.of(named))
        except ParametricError:
            return None
        return found[0] if found and found[0] is not ANY else None

    def _named(self, name: str) -> Term | None:
        return self._model.library.declarations.named(name) if name else None

    def _wrapped(self, function: str, type_: Term | None) -> Term | None:
        """The type of `adjoint(x)` or `transpose(x)`: the lazy wrapper, its parent, or what the project makes of it."""
        if type_ is None:
            return None
        key = (function, type_)
        if key not in self._turned:
            self._turned[key] = None  # of what leads back to itself nothing is known
            self._turned[key] = self._turn(function, type_)
        return self._turned[key]

    def _turn(self, function: str, type_: Term) -> Term | None:
        parts = self._wrapper_parts(type_)
        if parts is not None and FLIPS[parts[0]] == function:
            return parts[1]
        primal = self._model.tables.primal(self._model.asked(function, [type_]))
        if isinstance(primal, MethodClaim) and self._model.program.is_owned(primal.method.value):
            return self._returned(primal.method.value, type_)
        element = self._element(type_)
        if element is None:
            return None
        try:
            return apply(self._model.library.declarations.named(WRAPPERS[function]), [element, type_])
        except ParametricError:
            return None

    def _returned(self, method: JuliaMethod, own: Term) -> Term | None:
        """What a short method of the project gives back, where its last call is a constructor of its own."""
        body = self._bodies.get(id(method))
        if body is None:
            return None
        env: Env = dict.fromkeys(method.names, own)
        return self.type_of(body.calls[0].expr, method.module, env)

    @cached_property
    def _bodies(self) -> dict[int, Body]:
        """The first body of each method that calls something, by the method's identity."""
        return {id(body.method): body for body in reversed(self._model.program.bodies) if body.calls}

    def _wrapper_parts(self, type_: Term) -> tuple[str, Term] | None:
        if type(type_) is DataType and type_.constructor.name in FLIPS and len(type_.parameters) == 2:
            return type_.constructor.name, type_.parameters[1]
        return None

    def _element(self, type_: Term) -> Term | None:
        """The element type of an array type."""
        above: DataType | None = type_ if type(type_) is DataType else None
        while above is not None:
            if above.constructor.name == "AbstractArray":
                return above.parameters[0]
            above = above.above
        return None

    def is_own(self, term: Term) -> bool:
        """Whether a type, or one that it holds, is the project's."""
        inner = unwrap(term)
        if type(inner) is not DataType:
            return False
        return self._model.owns(inner.constructor.name) or any(
            self.is_own(p) for p in inner.parameters if isinstance(p, DataType)
        )

    def redirected(self, question: Question) -> Question | None:
        """The call that LinearAlgebra makes of another: `v' * B` is `(B' * v)'`, where v is a vector and B a matrix."""
        if question.function != MULTIPLY or len(question.types) != 3:
            return None
        _, left, right = question.types
        parts = self._wrapper_parts(left)  # type: ignore[arg-type]
        vector = self._model.library.declarations.parse("AbstractArray{T,1} where T")
        if parts is None or not subtype(parts[1], vector):
            return None
        flipped = self._wrapped(FLIPS[parts[0]], right)  # type: ignore[arg-type]
        matrix = self._model.library.declarations.parse("AbstractArray{T,2} where T")
        if flipped is None or not subtype(right, matrix) or not subtype(flipped, matrix):  # type: ignore[arg-type]
            return None  # a row times a column is a number, and two rows have no product
        return self._model.asked(MULTIPLY, [flipped, parts[1]])

    def leading_to(self, question: Question) -> Question | None:
        """The call with a vector in front that LinearAlgebra answers by a product: `v' * A'` for `A * v`."""
        if question.function != MULTIPLY or len(question.types) != 3:
            return None
        _, matrix, vector = question.types
        parts = self._wrapper_parts(matrix)  # type: ignore[arg-type]
        flip = FLIPS[parts[0]] if parts is not None else "Base.adjoint"
        flipped, row = self._wrapped(flip, matrix), self._wrapped(flip, vector)  # type: ignore[arg-type]
        if flipped is None or row is None:
            return None
        turned = self.redirected(made := self._model.asked(MULTIPLY, [row, flipped]))
        return made if turned is not None and turned.types == question.types else None


def _keyword_name(keyword: Sequence[object]) -> str:
    """The name of a keyword, written out or short: `; by = 1`, `; by`, `; settings.by`."""
    while keyword[0] in ("kw", "."):
        keyword = keyword[1 if keyword[0] == "kw" else 2]  # type: ignore[assignment]
    return str(keyword[1]) if keyword[0] == "sym" else ""


def _shape(type_: Term) -> object:
    """A type without the types that it holds; numbers, as of dimensions, stay."""
    inner = unwrap(type_)
    if type(inner) is not DataType:
        return inner
    return inner.constructor.name, tuple(p for p in inner.parameters if isinstance(p, Value))

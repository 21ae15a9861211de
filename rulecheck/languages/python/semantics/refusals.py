"""Whether a function refuses an argument: raises, returns NotImplemented, or asks of it what it does not have."""

from __future__ import annotations

from rulecheck.dispatch.operators import BY_FUNCTION
from rulecheck.facts import UNKNOWN, Expr, Function, inside
from rulecheck.languages.python.semantics.arrays import MEMBERS
from rulecheck.languages.python.semantics.callables import Calling
from rulecheck.languages.python.semantics.evaluator import Context, ShapeEvaluator
from rulecheck.languages.python.semantics.shapes import NUMBERS, Fun, Shape, class_of, is_array, parts

# Packages whose functions take no other package's arrays. Who writes another's array type means whatever it takes.
_FOREIGN = frozenset(("torch",))
_STRICT = frozenset(("builtins", "numbers", *_FOREIGN))
_DEEPEST = 4
_SUPER: Expr = ("call", ("name", "super"), (), ())


class Refusals:
    """Follows an argument through a method, as far as annotations, tests and attributes tell."""

    def __init__(self, inference: ShapeEvaluator, calling: Calling) -> None:
        self._infer = inference
        self._calling = calling

    def refuses(
        self,
        function: Function,
        position: int,
        given: Shape,
        receiver: str | None = None,
        said: bool = True,
        depth: int = _DEEPEST,
    ) -> bool:
        """Whether a method of an object of class `receiver` (its own, if none is given) never takes the argument.

        What annotations say counts unless `said` is False: many take more than they say.
        """
        if not depth or not _tells(function, position, receiver):
            return False
        calling = self._calling
        name = function.parameters[position].name
        declared = calling.declared(function)
        wanted = declared.get(name)
        if said and wanted is not None and self._is_other(given, wanted):
            return all(self._is_near(class_of(p), function) for p in parts(wanted))
        # What the annotation names is taken, whatever the body asks of it.
        welcome = wanted is not None and self._infer.is_a(given, wanted)
        own: Shape | None = receiver or function.owner
        env = {**declared, name: given}
        if own is not None and position:
            env[function.parameters[0].name] = own
        context = calling.context(function, env, own)
        if context is None:
            return False
        results = [r[2] if r[0] == "when" else r for r in calling.reached(function, context)]
        return all(
            r == ("name", "NotImplemented")
            or self._hands_on(function, r, position, given, context, said, depth)
            or (not welcome and self._asks_too_much(r, name, given))
            for r in results
        )

    def _is_other(self, given: Shape, wanted: Shape) -> bool:
        """Whether what an annotation names is surely not what is given, though its source may not be found."""
        foreign = [(class_of(p) or "").partition(".")[0] in _FOREIGN for p in parts(wanted)]
        return all(foreign) or self._infer.disjoint(given, wanted)

    @staticmethod
    def _is_near(name: str | None, function: Function) -> bool:
        root = name.partition(".")[0] if name is not None else ""
        return root in _STRICT or root == function.module.partition(".")[0]

    def _asks_too_much(self, result: Expr, name: str, given: Shape) -> bool:
        """Whether a result reads an attribute of the argument that neither arrays nor numbers have."""
        if not is_array(given) and given not in NUMBERS:
            return False
        if result[0] == "attr" and _itself(result[1]) == ("param", name):
            return result[2] not in MEMBERS and result[2][:2] != "__"
        if result[0] in ("union", "lambda", "when", "each"):
            return False  # it may be another way that was taken
        return any(self._asks_too_much(part, name, given) for part in inside(result))

    def _hands_on(
        self, function: Function, result: Expr, position: int, given: Shape, context: Context, said: bool, depth: int
    ) -> bool:
        """Whether a result takes that of a method of the same object, which refuses the argument in its turn, or gives
        the operation back to the argument.
        """
        name = function.parameters[position].name
        own, other = ("param", function.parameters[0].name), ("param", name)
        arguments = [_itself(a) for a in result[2]] if result[0] in ("call", "op") else []
        if result[0] == "call" and result[1][0] == "attr" and other in arguments:
            method = self._infer.shape(result[1], context)
            if method is None and result[1][1] == _SUPER:
                return self._ends_above(result[1][2], context)
            return self._method_refuses(method, arguments.index(other), given, context, said, depth)
        if result[0] == "call" and result[1][0] == "attr" and _itself(result[1][1]) == other and own in arguments:
            return bool(result[1][2][:2] == "__")
        operator = BY_FUNCTION.get(result[1]) if result[0] == "op" else None
        if operator is not None and arguments == [own, other]:
            method = self._infer.attribute(context.env.get(own[1]), operator.method)
            return self._method_refuses(method, 0, given, context, said, depth)
        within = inside(result) if result[0] != "union" else ()
        return any(self._hands_on(function, part, position, given, context, said, depth) for part in within)

    def _ends_above(self, name: str, context: Context) -> bool:
        """Whether no class behind the function's own has an attribute for `super()` to find."""
        types = self._infer.types
        line = types.mro(class_of(context.self_shape) or "")
        behind = [types.type(o) for o in line[line.index(context.owner) + 1 :]] if context.owner in line else [None]
        return all(d is not None and d.complete and name not in {*d.methods, *d.attributes} for d in behind)

    def _method_refuses(
        self, method: Shape | None, argument: int, given: Shape, context: Context, said: bool, depth: int
    ) -> bool:
        if not isinstance(method, Fun) or method.receiver is None or method.receiver != context.self_shape:
            return False
        function = self._infer.types.signature(method.name)
        receiver = class_of(method.receiver)
        return function is not None and self.refuses(function, argument + 1, given, receiver, said, depth - 1)


def _tells(function: Function, position: int, receiver: str | None) -> bool:
    """Whether a method's body tells what becomes of the argument at a position."""
    if position >= len(function.parameters) or function.results == (UNKNOWN,):
        return False
    if function.parameters[position].kind != "positional":
        return False
    # Of a stub, whoever derives from the class says what becomes of it.
    return not (function.is_stub and not function.results and receiver == function.owner is not None)


def _itself(expr: Expr) -> Expr:
    """An argument of which tests said that it is not of some type."""
    while expr[0] == "exclude":
        expr = expr[1]
    return expr

"""Following a call through the code that it runs, to the specialised method that waits further down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import canonical
from rulecheck.facts import Call, Expr, Function, Type, TypeName
from rulecheck.systems.base import Question
from rulecheck.systems.engine.protocol import Protocol, Run
from rulecheck.systems.engine.types import alternatives

if TYPE_CHECKING:
    from rulecheck.sources.program import Program

_DEEPEST = 6

Path = tuple[tuple[Question, ...], Run]


class Follower:
    """Walks the bodies that a call would run; `is_special` tells the methods that it looks for."""

    def __init__(
        self,
        program: Program,
        protocol: Protocol,
        dispatched: Callable[[str], bool],
        is_special: Callable[[Function], bool],
    ) -> None:
        self._program = program
        self._protocol = protocol
        self._dispatched = dispatched
        self._is_special = is_special

    def behind(self, run: Run) -> Path | None:
        """The calls on the way to the first specialised method behind a method that runs, and that method."""
        return self._search(run.method, run.env, frozenset(), _DEEPEST)

    def _search(self, function: Function, env: Mapping[str, Type], seen: frozenset[object], depth: int) -> Path | None:
        here = (function.name, tuple(sorted((name, str(type_)) for name, type_ in env.items())))
        if depth == 0 or here in seen:
            return None
        seen |= {here}
        for call in function.calls:
            if self._excluded(call.expr, function.module, env):
                continue
            found = self._through(call, env, seen, depth)
            if found is not None:
                return found
        return None

    def _through(self, call: Call, env: Mapping[str, Type], seen: frozenset[object], depth: int) -> Path | None:
        name = self._program.callee(call.expr, call.module, env, call.scope)
        if name is None:
            return None
        function = canonical(name)
        if self._dispatched(function):
            for types in self._argument_types(call, env):
                run = self._protocol.run(function, types)
                if run is None:
                    continue
                question = Question(function, types, call.text)
                if self._is_special(run.method):
                    return (question,), run
                found = self._search(run.method, run.env, seen, depth - 1)
                if found is not None:
                    return (question, *found[0]), found[1]
            return None
        helper = self._program.function(name)
        if helper is None:
            return None
        return self._search(helper, self._bound(helper, call, env), seen, depth - 1)

    def _argument_types(self, call: Call, env: Mapping[str, Type]) -> Iterator[tuple[TypeName, ...]]:
        known = [self._program.type_of(arg, call.module, env, call.scope) for arg in call.expr[2]]
        if all(t is not None for t in known):
            singles = [alternatives(t) for t in known if t is not None]
            if all(len(s) == 1 for s in singles):
                yield tuple(s[0] for s in singles)

    def _bound(self, helper: Function, call: Call, env: Mapping[str, Type]) -> dict[str, Type]:
        """What the parameters of a plain function or method are bound to by a call."""
        _, callee, arguments, keywords = call.expr
        given: list[Expr] = list(arguments)
        if helper.owner is not None and callee[0] == "attr":
            given.insert(0, callee[1])
        names = [p.name for p in helper.parameters if p.kind == "positional"]
        pairs = [*zip(names, given, strict=False), *((k, v) for k, v in keywords if k in names)]
        bound: dict[str, Type] = {}
        for name, expr in pairs:
            type_ = self._program.type_of(expr, call.module, env, call.scope)
            if type_ is not None:
                bound[name] = type_
        return bound

    def _excluded(self, expr: Expr, module: str, env: Mapping[str, Type]) -> bool:
        """Whether the call stands in a branch that parameters of these types do not take."""
        narrows = expr[0] in ("narrow", "exclude") and expr[1][0] == "param"
        if narrows and self._protocol.fails(expr[1][1], expr[2], expr[0] == "narrow", module, env):
            return True
        return any(self._excluded(part, module, env) for part in _parts(expr))


def _parts(expr: Sequence[object]) -> Iterator[Expr]:
    for part in expr:
        if isinstance(part, tuple):
            if part and isinstance(part[0], str):
                yield part
            else:
                yield from _parts(part)

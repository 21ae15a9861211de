"""The types of expressions as the engine dispatches on them: the reader's inference, through lazy wrappers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rulecheck.dispatch import OneOf
from rulecheck.facts import Call, Expr, Generic, Type, TypeName, present
from rulecheck.systems.engine.names import WRAPPERS
from rulecheck.systems.engine.protocol import Protocol, reader_type
from rulecheck.systems.engine.types import alternatives, choices

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

Environment = Mapping[str, Type]
_OF_NONE = ("operator.eq", "operator.ne")


class Typing:
    """Asks the program, and answers for `x.T`, `x.H` and `x.parent` of array types itself."""

    def __init__(self, program: Program, protocol: Protocol) -> None:
        self._program = program
        self._protocol = protocol

    def of(self, expr: Expr, module: str, env: Environment | None, scope: str) -> Type | None:
        """The type of an expression, or None where it is not known."""
        if expr[0] == "attr" and expr[2] in ("T", "H", "parent"):
            base = self.of(expr[1], module, env, scope)
            if base is not None:
                keys = [self._attribute(key, expr[2]) for key in alternatives(base)]
                if any(keys):
                    known = frozenset(key for key in keys if key is not None)
                    if len(known) < len(set(keys)):
                        return None
                    return reader_type(next(iter(known))) if len(known) == 1 else OneOf(known)
        found = self._program.type_of(expr, module, env, scope)
        if expr[0] == "call" and isinstance(found, str) and found in WRAPPERS:
            return self._wrapped(found, expr, module, env, scope)
        return found

    def _wrapped(self, wrapper: str, expr: Expr, module: str, env: Environment | None, scope: str) -> Type | None:
        """The type that `Transpose(x)` gives: that of its parameter, as `x.T` does."""
        parent = self.of(expr[2][0], module, env, scope) if len(expr[2]) == 1 else None
        if parent is None:
            return None
        known = frozenset(reader_type(Generic(wrapper, key)) for key in alternatives(parent))
        return next(iter(known)) if len(known) == 1 else OneOf(known)  # type: ignore[arg-type]

    def _attribute(self, key: TypeName, name: str) -> TypeName | None:
        if name == "parent":
            parts = self._protocol.parts(key)
            return parts[1] if parts is not None else None
        return self._protocol.flipped(key, name) if self._protocol.is_array(key) else None

    def arguments(self, call: Call, env: Environment | None = None) -> list[tuple[TypeName, ...]]:
        """Every combination of types that a call's positional arguments may have; none where one is not known."""
        expr = call.expr
        if any(arg[0] == "star" for arg in expr[2]):
            return []
        known = [self.of(arg, call.module, env, call.scope) for arg in expr[2]]
        plain = expr[0] != "op" or expr[1] in _OF_NONE
        types = tuple(t if plain else present(t) for t in known if t is not None)
        return choices(types) if types and len(types) == len(known) else []

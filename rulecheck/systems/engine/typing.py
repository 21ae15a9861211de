"""The types of expressions as the engine dispatches on them: the reader's inference, through lazy wrappers."""

from __future__ import annotations

from rulecheck.dispatch import OneOf
from rulecheck.facts import NDARRAY, Expr, Generic, Type, TypeName
from rulecheck.languages.python.kit.argument_types import ArgumentTypes, Environment, members
from rulecheck.languages.python.program import Program
from rulecheck.systems.engine.lattice import key_of, reader_type
from rulecheck.systems.engine.names import MATRIX, VECTOR, WRAPPERS
from rulecheck.systems.engine.protocol import Protocol


class Typing(ArgumentTypes):
    """Asks the program, and answers for `x.T`, `x.H` and `x.parent` of array types itself."""

    def __init__(self, program: Program, protocol: Protocol) -> None:
        super().__init__(program)
        self._protocol = protocol

    def keys(self, type_: Type) -> tuple[TypeName, ...]:
        """A union's members; an array of unknown rank is asked about as each rank that rules tell apart."""
        keys: dict[TypeName, None] = {}
        for member in members(type_):
            keys.update(dict.fromkeys((VECTOR, MATRIX) if member == NDARRAY else (key_of(member),)))
        return tuple(keys)

    def of(self, expr: Expr, module: str, env: Environment | None, scope: str) -> Type | None:
        """The type of an expression, or None where it is not known."""
        if expr[0] == "attr" and expr[2] in ("T", "H", "parent"):
            base = self.of(expr[1], module, env, scope)
            if base is not None:
                keys = [self._attribute(key, expr[2]) for key in self.keys(base)]
                if any(keys):
                    known = frozenset(key for key in keys if key is not None)
                    if len(known) < len(set(keys)):
                        return None
                    return reader_type(next(iter(known))) if len(known) == 1 else OneOf(known)
        found = super().of(expr, module, env, scope)
        if expr[0] == "call" and isinstance(found, str) and found in WRAPPERS:
            return self._wrapped(found, expr, module, env, scope)
        return found

    def _wrapped(self, wrapper: str, expr: Expr, module: str, env: Environment | None, scope: str) -> Type | None:
        """The type that `Transpose(x)` gives: that of its parameter, as `x.T` does."""
        parent = self.of(expr[2][0], module, env, scope) if len(expr[2]) == 1 else None
        if parent is None:
            return None
        known = frozenset[TypeName](Generic(wrapper, key) for key in self.keys(parent))
        return next(iter(known)) if len(known) == 1 else OneOf(known)

    def _attribute(self, key: TypeName, name: str) -> TypeName | None:
        if name == "parent":
            parts = self._protocol.parts(key)
            return parts[1] if parts is not None else None
        return self._protocol.flipped(key, name) if self._protocol.is_array(key) else None

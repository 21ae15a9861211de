"""The types that the arguments of a call may have, as a system dispatches on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import Call, Expr, Type, TypeName, present
from rulecheck.languages.python.program import Program

Environment = Mapping[str, Type]
_OF_NONE = ("operator.eq", "operator.ne")
_MOST = 16


def members(type_: Type) -> tuple[TypeName, ...]:
    """The types that a union has, or the one itself."""
    return tuple(sorted(members_of(type_), key=str))


def choices(alternatives: Sequence[Sequence[TypeName]]) -> list[tuple[TypeName, ...]]:
    """Every combination of what each argument may be, or none where they are too many to say anything of all."""
    found = list(product(*alternatives))
    return found if len(found) <= _MOST else []


class ArgumentTypes:
    """Asks the program; a system that knows more of an expression, or dispatches on other keys, says so."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def of(self, expr: Expr, module: str, env: Environment | None, scope: str) -> Type | None:
        """The type of an expression, or None where it is not known."""
        return self.program.type_of(expr, module, env, scope)

    def keys(self, type_: Type) -> tuple[TypeName, ...]:
        """What the system may dispatch on for a value of a type."""
        return members(type_)

    def arguments(self, call: Call, env: Environment | None = None) -> list[tuple[TypeName, ...]]:
        """Every combination of types that a call's positional arguments may have; none where one is not known."""
        expr = call.expr
        if any(arg[0] == "star" for arg in expr[2]):
            return []
        known = [self.of(arg, call.module, env, call.scope) for arg in expr[2]]
        plain = expr[0] != "op" or expr[1] in _OF_NONE
        types = [self.keys(t if plain else present(t)) for t in known if t is not None]
        return choices(types) if types and len(types) == len(known) else []

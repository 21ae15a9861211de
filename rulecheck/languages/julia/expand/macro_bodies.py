"""What a package's own macros make: their bodies are followed as far as they put quoted code together."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.languages.julia.expand.evaluator import Evaluator, Quoted, Unresolved, splice
from rulecheck.languages.julia.expand.tree_shapes import destructure
from rulecheck.languages.julia.expand.unresolved import StatementScope
from rulecheck.languages.julia.syntax.trees import Ast

REST = "..."
"""Stands behind the name of a macro's parameter that takes all further arguments."""
# Calls that end a macro with an error where its arguments are not what they should be.
REFUSALS = frozenset({"error", "throw"})


def bound(names: tuple[str, ...], arguments: tuple[Ast, ...]) -> dict[str, object] | None:
    """The values of a macro's parameters; None where the arguments do not fit."""
    rest = bool(names) and names[-1].endswith(REST)
    fixed = names[:-1] if rest else names
    if len(arguments) < len(fixed) or (not rest and len(arguments) > len(fixed)):
        return None
    values: dict[str, object] = {name: Quoted(a) for name, a in zip(fixed, arguments, strict=False)}
    if rest:
        values[names[-1].removesuffix(REST)] = [Quoted(a) for a in arguments[len(fixed) :]]
    return values


def make(values: Evaluator, statements: Iterable[Ast], scope: StatementScope) -> Quoted:
    """The code that a macro's body returns; its locals stand in the scope. Raises Unresolved."""
    maker = _Maker(values, scope)
    for statement in statements:
        maker.step(statement)
        if maker.is_over:
            break
    if not isinstance(maker.last, Quoted):
        raise Unresolved
    return maker.last


class _Maker:
    def __init__(self, values: Evaluator, scope: StatementScope) -> None:
        self.values = values
        self.scope = scope
        self.last: object = None
        self.is_over = False

    def step(self, ast: Ast) -> None:
        head = ast[0]
        if head == "return":
            self.last, self.is_over = self.values.value(ast[1], self.scope), True
        elif head == "=" and ast[2][0] in ("sym", "tuple"):
            self.scope.env.update(destructure(ast[2], self.values.value(ast[3], self.scope)))
        elif head == "for":
            self._rounds(ast[1], ast[2])
        elif head == "if":
            self._choose(ast[1])
        elif head == "call" and ast[1] in (("sym", "push!"), ("sym", "append!")):
            self._extend(ast[1][1], ast[2])
        elif head == "call" and ast[1] in (("sym", "||"), ("sym", "&&")) and _refuses(ast[2][1]):
            return
        elif head not in ("str", "lit"):
            self.last = self.values.value(ast, self.scope)

    def _rounds(self, bindings: tuple[tuple[Ast, Ast], ...], body: tuple[Ast, ...]) -> None:
        if not bindings:
            for statement in body:
                self.step(statement)
            return
        (target, values), *rest = bindings
        items = self.values.value(values, self.scope)
        if not isinstance(items, list):
            raise Unresolved
        for item in items:
            self.scope.env.update(destructure(target, item))
            self._rounds(tuple(rest), body)

    def _choose(self, branches: tuple[tuple[Ast | None, tuple[Ast, ...]], ...]) -> None:
        for test, body in branches:
            if test is None or self.values.truth(test, self.scope):
                for statement in body:
                    self.step(statement)
                return

    def _extend(self, how: str, operands: tuple[Ast, ...]) -> None:
        """`push!(code.args, more)` and `append!(code.args, more.args)`, where the code is a block."""
        target = operands[0]
        if target[0] != "." or target[1][0] != "sym" or target[2] != ("sym", "args"):
            raise Unresolved
        name = target[1][1]
        into = self._block(name)
        if how == "push!":
            added = tuple(splice(self.values.value(a, self.scope)) for a in operands[1:])
        else:
            source = operands[1]
            if source[0] != "." or source[1][0] != "sym" or source[2] != ("sym", "args"):
                raise Unresolved
            added = self._block(source[1][1])
        self.scope.env[name] = Quoted(("block", (*into, *added)))

    def _block(self, name: str) -> tuple[Ast, ...]:
        code = self.scope.env.get(name)
        if not isinstance(code, Quoted) or code.ast[0] != "block":
            raise Unresolved
        statements: tuple[Ast, ...] = code.ast[1]
        return statements


def _refuses(ast: Ast) -> bool:
    return ast[0] == "call" and ast[1][0] == "sym" and ast[1][1] in REFUSALS

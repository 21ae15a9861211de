"""What macros and declarations ask of whoever follows a package's statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from rulecheck.languages.julia.expand.evaluator import Evaluator
from rulecheck.languages.julia.expand.unresolved import RawModule, RawPackage, StatementScope
from rulecheck.languages.julia.syntax.trees import Ast

Position = tuple[int, int, int]


class Definer(Protocol):
    """Follows statements, and takes down what they define; macros give it new statements to follow."""

    package: RawPackage
    values: Evaluator

    def run(self, statements: Iterable[Ast], scope: StatementScope) -> None:
        """Follow statements in their order."""
        ...

    def assign(self, ast: Ast, scope: StatementScope) -> None:
        """Follow an assignment."""
        ...

    def bind(self, name: Ast, scope: StatementScope, kind: str) -> None:
        """Note what a name stands for in a module."""
        ...

    def add_method(
        self, signature: Ast, line: int, scope: StatementScope, start: Position, end: Position, **more: Any
    ) -> None:
        """Record a method."""
        ...

    def evaluate(self, ast: Ast, scope: StatementScope) -> None:
        """Follow what is given to `eval`."""
        ...

    def module_of(self, ast: Ast, scope: StatementScope) -> RawModule:
        """The module that an expression names."""
        ...

    def unresolved(self, scope: StatementScope, line: int, reason: str) -> None:
        """Note what could not be followed, and why."""
        ...

"""Registrations: which of the calls and decorators in a file are of a function that registers rules."""

from __future__ import annotations

from typing import Any

from rulecheck.facts import Expr, Registration
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.name_resolution import NameResolution
from rulecheck.languages.python.semantics.types import Types


class Registered:
    """Finds registrations by the names of the registrars, wherever those were imported from."""

    def __init__(self, registrars: frozenset[str], names: NameResolution, types: Types) -> None:
        self._names = names
        self._types = types
        self._functions: dict[str, str] = {}
        self._methods: dict[str, list[tuple[str, str]]] = {}
        for registrar in sorted(registrars):
            meaning = names.absolute(registrar, deep=True)
            if meaning is None or (meaning.kind == "external" and meaning.module != "numpy"):
                self._functions[registrar] = registrar
                owner, _, method = registrar.rpartition(".")
                if owner.rpartition(".")[2][:1].isupper():
                    self._methods.setdefault(method, []).append((owner, registrar))
            elif meaning.kind == "class" and meaning.rest:
                owner = meaning.qualified.rpartition(".")[0]
                self._methods.setdefault(meaning.rest[-1], []).append((owner, registrar))
            elif meaning.kind == "function" and "." in meaning.name:
                owner, _, method = meaning.qualified.rpartition(".")
                self._methods.setdefault(method, []).append((owner, registrar))
            else:
                self._functions[meaning.qualified] = registrar
            self._functions.setdefault(registrar, registrar)

    def of(self, module: Module) -> list[Registration]:
        """The registrations of a module, in the order of source."""
        spellings: dict[str, str | None] = {}
        found = []
        for raw in module.raw.registrations:
            expr, target, span, statement, scope, in_loop, certain = raw
            parts = self._taken_apart(module, expr, spellings)
            if parts is None:
                continue
            registrar, receiver, arguments, keywords, given = parts
            function = None
            if target is not None and target[0] == "function":
                function = self._types.function(f"{module.name}.{module.defined(target[1], statement)}")
            elif target is not None:
                arguments = (*arguments, ("name", target[1]))
            elif given is not None:
                function = self._function_of(module, given)
            if receiver is not None:
                arguments = (receiver, *arguments)
            found.append(
                Registration(
                    registrar,
                    module.name,
                    arguments,
                    keywords,
                    function,
                    module.place(span),
                    module.place(statement),
                    f"{module.name}.{scope}" if scope else module.name,
                    module.owned,
                    in_loop,
                    certain,
                )
            )
        return found

    def _function_of(self, module: Module, expr: Expr) -> Any:
        if expr[0] != "name":
            return None
        meaning = self._names.meaning(module, expr[1], deep=True)
        if meaning is None or meaning.kind != "function":
            return None
        return self._types.function(meaning.qualified)

    def _taken_apart(
        self, module: Module, expr: Expr, spellings: dict[str, str | None]
    ) -> tuple[str, Expr | None, tuple[Expr, ...], tuple[tuple[str, Expr], ...], Expr | None] | None:
        """(registrar, class that a method registrar was asked of, arguments, keywords, registered function)."""
        arguments: tuple[Expr, ...] = ()
        keywords: tuple[tuple[str, Expr], ...] = ()
        given: Expr | None = None
        calls = 0
        while expr[0] == "call":
            callee = expr[1]
            partial = callee[0] == "name" and self._names_partial(module, callee[1])
            if partial and expr[2]:
                arguments = (*expr[2][1:], *arguments)
                keywords = (*expr[3], *keywords)
                expr = expr[2][0]
                continue
            calls += 1
            inner = callee
            while inner[0] == "call" and inner[1][0] == "name" and self._names_partial(module, inner[1][1]):
                inner = inner[2][0] if inner[2] else ("unknown",)
            if inner[0] == "call" and calls == 1:
                given = (
                    expr[2][0] if expr[2] else None
                )  # adjoint(f, T)(g): what is called with g is the registrar's result
            else:
                arguments = (*expr[2], *arguments)
                keywords = (*expr[3], *keywords)
            expr = callee
        if expr[0] != "name":
            return None
        if expr[1] not in spellings:
            spellings[expr[1]] = self._registrar(module, expr[1])
        registrar = spellings[expr[1]]
        if registrar is None:
            return None
        owner, _, _ = expr[1].rpartition(".")
        is_method = any(registrar == r for rows in self._methods.values() for _, r in rows)
        return registrar, ("name", owner) if is_method and owner else None, arguments, keywords, given

    def _names_partial(self, module: Module, name: str) -> bool:
        if name.rpartition(".")[2] != "partial":
            return False
        meaning = self._names.meaning(module, name)
        return meaning is not None and meaning.qualified == "functools.partial"

    def _registrar(self, module: Module, name: str) -> str | None:
        meaning = self._names.meaning(module, name)
        if meaning is None:
            return None
        qualified = meaning.qualified
        if meaning.kind == "value" and meaning.expr[0] == "call" and meaning.expr[2]:
            # A partial application kept under a name.
            return None
        found = self._functions.get(qualified)
        if found is not None:
            return found
        owner, _, last = qualified.rpartition(".")
        for base, registrar in self._methods.get(last, ()):
            if owner and self._types.type(owner) is not None and self._types.is_subtype(owner, base):
                return registrar
        return None

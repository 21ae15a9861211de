"""Every declaration and method that a question may need, from the environment and the project's own sources.

Types are `rulecheck.dispatch.parametric` terms. Tables are made when a function is first asked about.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rulecheck.dispatch.parametric import Alias as NameFor
from rulecheck.dispatch.parametric import Declaration, Declarations, MethodTable, ParametricError, Term, TypeParameter
from rulecheck.dispatch.parametric.signature import shape_of
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint
from rulecheck.languages.julia.facts import JuliaMethod, JuliaType, TypeExpr, Variable
from rulecheck.languages.julia.link.type_expressions import show, split_name
from rulecheck.place import Place
from rulecheck.systems.zygote.terms import Terms

if TYPE_CHECKING:
    from rulecheck.languages.julia.program import JuliaProgram

RRULE = "ChainRulesCore.rrule"
NO_RRULE = "ChainRulesCore.no_rrule"
PULLBACK = "ZygoteRules._pullback"
# Makers of rules that only say "no derivative here": they hide nothing.
NO_DERIVATIVE = frozenset({"@non_differentiable", "@nograd"})
# The maker of a `_pullback` that hands a call on to Zygote's own, where the tool makes one up to try it.
HANDS_ON = "invoke"
# Where constructors stand that are written for types in general: `(::Type{T})(x) where T<:Real`.
ANY_TYPE = "Core.Type"
# What the type algebra itself is made of; Core's declarations of these names say less than it knows.
BUILT_IN = frozenset(["Any", "Tuple", "Type", "Vararg", "DataType", "UnionAll", "Union", "TypeofBottom"])


def tuple_type(arguments: Sequence[TypeExpr], variables: Sequence[Variable]) -> TypeExpr:
    """`Tuple{arguments...} where variables`."""
    made: TypeExpr = ("apply", ("name", "Core.Tuple"), tuple(arguments))
    return ("where", made, variables) if variables else made


def plain(expr: TypeExpr) -> TypeExpr:
    """An expression with `Vararg{<:X}` as `Vararg{X}`, which is the same tuple."""
    if expr[0] == "where" and expr[1][0] == "vararg" and len(expr[2]) == 1 and expr[1][1] == ("var", expr[2][0][0]):
        return ("vararg", plain(expr[2][0][2] or ("name", "Core.Any")), expr[1][2])
    return tuple(plain(part) if isinstance(part, tuple) and part else part for part in expr)


def is_unknown(expr: object) -> bool:
    """Whether a type expression names something that could not be worked out."""
    if not isinstance(expr, tuple) or not expr:
        return False
    return expr[0] == "unknown" or any(is_unknown(part) for part in expr)


def spelled(name: str) -> str:
    """A type's name as `show` writes it: Core's stand alone."""
    return name.removeprefix("Core.")


class Library:
    """A project and its environment brought together."""

    def __init__(self, program: JuliaProgram) -> None:
        self.program = program
        self.declarations = Declarations()
        self.terms = Terms(self.declarations)
        self._rules: dict[str, dict[str, list[JuliaMethod]]] = {}
        self._tables: dict[tuple[str, str], MethodTable[JuliaMethod]] = {}
        # By table: the rules that may be for several functions, each with the type that it takes for them.
        self._open_slots: dict[str, list[tuple[JuliaMethod, Term | None]]] = {}
        self._signatures: dict[int, Term | None] = {}
        self._methods: dict[str, tuple[JuliaMethod, ...]] = {}
        # By a rule's identity: what `Tables` makes of its signature, whichever tables are asked.
        self.beyond: dict[int, Term | None] = {}
        self._functions: dict[str, Term] = {}
        # What is remembered by identity must stay alive, or another method could take its place.
        self._kept: list[JuliaMethod] = []
        # Signatures that name something unknown: counted, and never claimed to answer.
        self.unusable: list[tuple[JuliaMethod, str]] = []
        # Types of which something that they are declared with is not known: rules may apply that do not seem to.
        self.incomplete: set[str] = set()
        own = {type_.name for package in program.packages for type_ in package.types}
        for type_ in program.types():
            if spelled(type_.name) not in BUILT_IN:
                self.declarations.add(self._declared(type_, type_.name in own))
        for alias in program.aliases():
            self.declarations.add(
                NameFor(spelled(alias.name), show(plain(alias.target)), _parameters(alias.parameters))
            )

    def _declared(self, type_: JuliaType, own: bool) -> Declaration:
        if is_unknown((type_.supertype, type_.parameters)):
            self.incomplete.add(spelled(type_.name))
        above = "Any" if is_unknown(type_.supertype) else show(plain(type_.supertype))
        return Declaration(spelled(type_.name), _parameters(type_.parameters), above, type_.kind == "abstract", own)

    def knows(self, function: str) -> bool:
        """Whether a function, with methods or only declared, or a type of that name is known."""
        if self.declarations.knows(spelled(function)) or self.methods(function):
            return True
        module, _, name = split_name(function)
        return self.program.world.member(module, name) == (function, "function")

    def function(self, name: str) -> Term:
        """The type of a function, `typeof(f)`."""
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = self.declarations.function(name)
        return found

    @cached_property
    def context(self) -> Term:
        """The type of the context that Zygote passes: concrete in every version."""
        return self.declarations.parse(self._context)

    @cached_property
    def config(self) -> Term | None:
        """The configuration with which Zygote asks for rules; None where it does so without, as it did at first."""
        try:
            return self.declarations.parse(f"Zygote.ZygoteRuleConfig{{{self._context}}}")
        except ParametricError:
            return None

    @cached_property
    def _context(self) -> str:
        has_parameter = any(t.name == "Zygote.Context" and t.parameters for t in self.program.types())
        return "Zygote.Context{false}" if has_parameter else "Zygote.Context"

    def methods(self, function: str) -> Sequence[JuliaMethod]:
        """A function's methods, in the order of definition; of a type, the constructors by whatever name."""
        found = self._methods.get(function)
        if found is None:
            found = tuple(m for name in self._names_of(function) for m in self.program.methods(name))
            if function == RRULE and self.qualifies_opt_outs:
                found = (*found, *map(_qualified, filter(is_local_half, self.program.owned_methods)))
            self._methods[function] = found
        return found

    def _names_of(self, function: str) -> Sequence[str]:
        """Under which names methods stand that answer the calls of a function or type.

        Julia has one table for the constructors of all types: `Matrix{T}(x)` makes an Array, `(::Type{T})(x)` anything.
        """
        if not self.declarations.knows(spelled(function)):
            return (function,)
        made = self.made_by(function)
        return (ANY_TYPE, made, *(alias for alias, other in self._made_by.items() if other == made))

    def made_by(self, name: str) -> str:
        """The type that an alias is another name of; other names as they are."""
        return self._made_by.get(name, name)

    @cached_property
    def _made_by(self) -> dict[str, str]:
        """The type that each alias is another name of."""
        targets = {a.name: head_name(a.target) for a in self.program.aliases()}
        found: dict[str, str] = {}
        for alias in targets:
            name, passed = alias, {alias}
            while (name := targets.get(name, "")) in targets and name not in passed:
                passed.add(name)
            if name and name not in targets:
                found[alias] = name
        return found

    def hands_on(self, rule: JuliaMethod) -> bool:
        """Whether a `_pullback` only hands a call on to Zygote's own, which asks the next layers."""
        return rule.maker == HANDS_ON or (not rule.maker and rule.place in self._handing)

    @cached_property
    def _handing(self) -> frozenset[Place]:
        bodies = (b for b in self.program.bodies if b.method.function == PULLBACK and not b.method.maker)
        return frozenset(b.method.place for b in bodies if any(_invokes_open(call.expr) for call in b.calls))

    @cached_property
    def qualifies_opt_outs(self) -> bool:
        """Whether `@opt_out rrule(...)` means the `rrule` of ChainRulesCore, imported or not: so from 1.12.1 on."""
        version = self.program.environment.packages.get("ChainRulesCore") or "0"
        return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= (1, 12, 1)

    def rules(self, table: str, function: str) -> list[JuliaMethod]:
        """The methods of a rule table (`rrule`, `no_rrule`, `_pullback`) that may answer for a function."""
        return [*self.own_rules(table, function), *self.own_rules(table, "")]

    def own_rules(self, table: str, function: str) -> Sequence[JuliaMethod]:
        """Those that are for this function alone; for no single one where it is empty."""
        return self._grouped(table).get(function, ())

    def rules_taking(self, table: str, function: str) -> list[JuliaMethod]:
        """The same, without those for several functions of which a look tells that they are not for this one."""
        if table not in self._open_slots:
            every = self._grouped(table).get("", ())
            self._open_slots[table] = [(rule, self._function_slot(table, rule)) for rule in every]
        own = self.declarations.type_of(function)
        taking = [m for m, slot in self._open_slots[table] if slot is None or not obviously_disjoint(slot, own)]
        return [*self._grouped(table).get(function, ()), *taking]

    def _function_slot(self, table: str, rule: JuliaMethod) -> Term | None:
        """What a rule takes for the function; None where that is not known, or is one of many arguments."""
        whole = self.signature(rule)
        if whole is None:
            return None
        leading = 1 + (table == PULLBACK or (bool(rule.arguments) and is_config(rule.arguments[0], rule.variables)))
        fixed = shape_of(whole).fixed
        return fixed[leading] if len(fixed) > leading else None

    def _grouped(self, table: str) -> dict[str, list[JuliaMethod]]:
        if table not in self._rules:
            grouped: dict[str, list[JuliaMethod]] = defaultdict(list)
            for method in self.methods(table):
                grouped[rule_target(table, method)].append(method)
            self._rules[table] = grouped
        return self._rules[table]

    def signature(self, method: JuliaMethod) -> Term | None:
        """The type of a method's whole argument list; None where it names something that is not known."""
        key = id(method)
        if key not in self._signatures:
            self._kept.append(method)
            try:
                whole = tuple_type((method.self_type, *method.arguments), method.variables)
                self._signatures[key] = self.terms.of(whole)
            except ParametricError as error:
                self._signatures[key] = None
                self.unusable.append((method, str(error)))
        return self._signatures[key]

    def table(self, function: str) -> MethodTable[JuliaMethod]:
        """The ordinary methods of a function."""
        found = self._tables.get(("", function))
        return self._table("", function, self.methods(function)) if found is None else found

    def rule_table(self, table: str, function: str) -> MethodTable[JuliaMethod]:
        """The part of a rule table that may answer for a function."""
        if (table, function) not in self._tables:
            grouped = self._grouped(table)
            every = self._table(table, "", grouped.get("", ()))
            self._table(table, function, grouped.get(function, ()), every)
        return self._tables[table, function]

    def _table(
        self, name: str, part: str, methods: Iterable[JuliaMethod], over: MethodTable[JuliaMethod] | None = None
    ) -> MethodTable[JuliaMethod]:
        made = self._tables.get((name, part))
        if made is None:
            made = self._tables[name, part] = MethodTable(over=over)
            for method in methods:
                signature = self.signature(method)
                if signature is not None:
                    made.add(signature, method)
        return made


def _invokes_open(call: tuple[Any, ...]) -> bool:
    """Whether a call is `invoke(_pullback, Tuple{AContext,Any,Vararg{Any}}, ...)`."""
    if call[:2] != ("call", ("sym", "invoke")) or len(call[2]) < 2:
        return False
    function, types = call[2][:2]
    function = function[2] if function[0] == "." else function
    return bool(function == ("sym", "_pullback") and types[0] == "curly" and types[2][1:2] == (("sym", "Any"),))


def head_name(expr: TypeExpr) -> str:
    """The name that a type expression applies; empty for unions and the like."""
    while expr[0] in ("where", "apply"):
        expr = expr[1]
    return str(expr[1]) if expr[0] == "name" else ""


def is_local_half(method: JuliaMethod) -> bool:
    """Whether this is a method of a `rrule` that an opt-out made in its own module."""
    return method.maker == "@opt_out" and method.function.endswith(".rrule") and method.function != RRULE


def _qualified(method: JuliaMethod) -> JuliaMethod:
    return replace(method, function=RRULE, self_type=("typeof", RRULE))


def rule_target(table: str, method: JuliaMethod) -> str:
    """The function that a rule is for; empty where it may be for several (`Any`, types, callable objects)."""
    start = 1 if table == PULLBACK else 0
    for argument in method.arguments[start : start + 2]:
        if argument[0] == "typeof":
            return str(argument[1])
        if argument[0] == "kwtypeof":
            return f"keywords of {argument[1]}"  # no call without keywords
        if not is_config(argument, method.variables):
            break
    return ""


def is_config(argument: TypeExpr, variables: Sequence[Variable]) -> bool:
    """Whether an argument is the configuration, or the context, that stands before the function."""
    while argument[0] in ("where", "apply"):
        argument = argument[1]
    if argument[0] == "var":
        upper = next((upper for name, _, upper in variables if name == argument[1]), None)
        return upper is not None and is_config(upper, ())
    return argument[0] == "name" and str(argument[1]).endswith(("RuleConfig", "Context"))


def _parameters(variables: Sequence[Variable]) -> tuple[TypeParameter, ...]:
    return tuple(
        TypeParameter(
            name,
            "Union{}" if lower is None or is_unknown(lower) else show(plain(lower)),
            "Any" if upper is None or is_unknown(upper) else show(plain(upper)),
        )
        for name, lower, upper in variables
    )

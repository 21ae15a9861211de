"""What Zygote's own tables answer: `_pullback`, `rrule` and `no_rrule`, with the universal entries told apart."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from functools import cached_property

from rulecheck.dispatch.parametric import MethodTable, ParametricError, Resolution, Term
from rulecheck.dispatch.parametric.argument_abstraction import ArgumentAbstraction, Heads, joined
from rulecheck.dispatch.parametric.likeness import exchangeable_in, likeness
from rulecheck.dispatch.parametric.types import Constructor
from rulecheck.languages.julia.facts import ANY, JuliaMethod, TypeExpr, Variable
from rulecheck.model.entries import Question
from rulecheck.place import Place
from rulecheck.systems.zygote.library import NO_RRULE, PULLBACK, RRULE, Library, is_config, tuple_type


class Tables:
    """Look-ups in the tables of a library; `replaced` holds tables that are tried in place of the library's own."""

    def __init__(
        self, library: Library, replaced: dict[tuple[str, str], MethodTable[JuliaMethod]] | None = None
    ) -> None:
        self.library = library
        self._replaced = replaced or {}
        # The rule tables that differ from the library's.
        self.replaced = frozenset(name for name, _ in self._replaced)
        self._beyond = library.beyond
        # By function: the types that some rule looks for, or is asked with.
        self._named: dict[str, frozenset[Constructor]] = {}
        # By function and what its rules see of a call.
        self._alike: dict[tuple[str, tuple[Term, ...]], Hashable] = {}
        # By function and number of types: how rules see each of a call's types.
        self._views: dict[tuple[str, int], list[ArgumentAbstraction]] = {}

    def after(self, added: Sequence[JuliaMethod], without: Sequence[JuliaMethod]) -> Tables:
        """The tables with some rules beside the others, and without all that some other registrations made."""
        gone = {(m.place, m.maker) for m in without}
        made: dict[tuple[str, str], MethodTable[JuliaMethod]] = {}
        names = (RRULE, NO_RRULE)
        for function in {rule_function(m) for m in without}:
            made.update({(name, function): self._without(name, function, gone) for name in names})
        for method in added:
            key = (method.function, rule_function(method))
            if key not in made:
                made[key] = MethodTable(over=self.library.rule_table(*key), trial=True)
            signature = self.library.signature(method)
            if signature is not None:
                made[key].add(signature, method)
        return Tables(self.library, made)

    def _without(self, name: str, function: str, gone: Collection[tuple[Place, str]]) -> MethodTable[JuliaMethod]:
        made: MethodTable[JuliaMethod] = MethodTable()
        for method in self.library.rules(name, function):
            signature = self.library.signature(method)
            if signature is not None and (method.place, method.maker) not in gone:
                made.add(signature, method)
        return made

    def _table(self, name: str, function: str) -> MethodTable[JuliaMethod]:
        return self._replaced.get((name, function)) or self.library.rule_table(name, function)

    @cached_property
    def any_type(self) -> Term:
        """`Type`."""
        return self.library.declarations.named("Type")

    def pullback(self, call: Question) -> Resolution[JuliaMethod]:
        """What `_pullback(context, f, args...)` runs."""
        terms = (self.library.function(PULLBACK), self.library.context, *call.types)
        return self._table(PULLBACK, call.function).lookup(terms)  # type: ignore[arg-type]

    def lookup(self, table: str, call: Question, configured: bool) -> Resolution[JuliaMethod]:
        """What `rrule` or `no_rrule` runs, with or without a configuration in front."""
        config = self.library.config if configured else None
        if configured and config is None:
            return None
        terms = (self.library.function(table), *(() if config is None else (config,)), *call.types)
        return self._table(table, call.function).lookup(terms)

    def seen(self, call: Question) -> tuple[Term, ...]:
        """A call's types as far as the rules tell them from others: rules answer all calls alike that look the same.

        Tables that are tried in place of the library's own are asked too little for that.
        """
        if self._replaced:
            return call.types  # type: ignore[return-value]
        views = self._views.get((call.function, len(call.types)))
        if views is None:
            views = self._views[call.function, len(call.types)] = self._views_of(call)
        return tuple([view.of(type_) for view, type_ in zip(views, call.types, strict=True)])  # type: ignore[arg-type]

    def view(self, call: Question) -> Hashable:
        """What a call has in common with all that the rules answer as they do it."""
        seen = self.seen(call)
        key = (call.function, seen)
        if key not in self._alike:
            like = None if self._replaced else self.likeness(call.function, seen)
            self._alike[key] = seen if like is None else like
        return self._alike[key]

    def _views_of(self, call: Question) -> list[ArgumentAbstraction]:
        library = self.library
        asked: list[tuple[str, tuple[Term, ...]]] = [(PULLBACK, (library.function(PULLBACK), library.context))]
        for table in (RRULE, NO_RRULE):
            own, config = library.function(table), library.config
            asked += [(table, (own,)), *([(table, (own, config))] if config is not None else [])]
        heads: list[Heads] = [frozenset()] * len(call.types)
        for table, leading in asked:
            found = self._table(table, call.function).heads((*leading, *call.types))  # type: ignore[arg-type]
            heads = list(map(joined, heads, found[len(leading) :]))
        return list(map(ArgumentAbstraction, heads))

    def likeness(self, function: str, terms: Iterable[Term]) -> Hashable:
        """What terms have in common with those that the function's rules cannot tell from them; None where nothing."""
        return likeness(terms, self._named_by_rules(function))

    def _named_by_rules(self, function: str) -> frozenset[Constructor]:
        named = self._named.get(function)
        if named is None:
            library = self.library
            rules = (rule for table in (RRULE, NO_RRULE, PULLBACK) for rule in library.own_rules(table, function))
            known = (*map(library.signature, rules), *(() if function else (library.context, library.config)))
            named = exchangeable_in(term for term in known if term is not None)
            self._named[function] = named = named | self._named_by_rules("") if function else named
        return named

    def primal(self, call: Question) -> Resolution[JuliaMethod]:
        """The method that ordinary dispatch runs."""
        return self.library.table(call.function).lookup(call.types)  # type: ignore[arg-type]

    @staticmethod
    def is_generated(method: JuliaMethod) -> bool:
        """Whether this is Zygote's generated `_pullback`, which asks the next layers."""
        return method.function == PULLBACK and method.module.startswith("Zygote") and _is_open(method.arguments[1:])

    @staticmethod
    def is_universal(method: JuliaMethod) -> bool:
        """Whether this is the rule that says that there is none."""
        return method.function in (RRULE, NO_RRULE) and _is_open(method.arguments)

    @staticmethod
    def is_redispatch(method: JuliaMethod) -> bool:
        """Whether this hands a configured question on to the plain rules (or is the universal rule itself)."""
        return (
            method.function in (RRULE, NO_RRULE)
            and method.module.startswith("ChainRulesCore")
            and (_is_open(method.arguments) or _is_open(method.arguments[1:]))
        )

    def call_signature(self, rule: JuliaMethod) -> Term | None:
        """The calls that a rule answers, as the signature of a method of the function itself."""
        skip = _leading(rule)
        key = -id(rule)
        if key not in self._beyond:
            self._beyond[key] = self._tuple_type(rule.arguments[skip:], rule.variables)
        return self._beyond[key]

    def beyond_name(self, method: JuliaMethod) -> Term | None:
        """A rule's signature without the rule table's own name, so that `rrule` and `no_rrule` can be compared."""
        key = id(method)
        if key not in self._beyond:
            self._beyond[key] = self._tuple_type((ANY, *method.arguments), method.variables)
        return self._beyond[key]

    def _tuple_type(self, arguments: Sequence[TypeExpr], variables: Sequence[Variable]) -> Term | None:
        try:
            return self.library.terms.of(tuple_type(arguments, variables))
        except ParametricError:
            return None


def rule_function(method: JuliaMethod) -> str:
    """The function that a rule is for; the rule table's own name where that is no single function."""
    for argument in method.arguments[:2]:
        if argument[0] == "typeof":
            return str(argument[1])
    return method.function


def _leading(rule: JuliaMethod) -> int:
    """How many arguments of a rule stand before the function: the context, or the configuration."""
    if rule.function == PULLBACK:
        return 1
    return 1 if rule.arguments and is_config(rule.arguments[0], rule.variables) else 0


def _is_open(arguments: tuple[object, ...]) -> bool:
    """Whether a signature takes any function with any arguments."""
    return bool(arguments) and all(_any_or_rest(a) for a in arguments)


def _any_or_rest(argument: object) -> bool:
    return argument == ("name", "Core.Any") or (isinstance(argument, tuple) and argument[0] == "vararg")

"""Rule functions: each of their methods is a rule for another function, as `rrule(::typeof(sum), x)` is one for sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from rulecheck.dispatch.parametric import MethodTable, Resolution, Term
from rulecheck.dispatch.parametric.argument_abstraction import ArgumentAbstraction, Heads, joined
from rulecheck.dispatch.parametric.likeness import exchangeable_in, likeness
from rulecheck.dispatch.parametric.signature import shape_of
from rulecheck.dispatch.parametric.term_predicates import obviously_disjoint
from rulecheck.dispatch.parametric.types import Constructor
from rulecheck.languages.julia.facts import ANY, JuliaMethod, TypeExpr, Variable
from rulecheck.languages.julia.kit.library import Library

# How the types are called of what a system hands to a rule before the function.
SETTINGS = ("RuleConfig", "Context")
# The rules that may be for several functions, or for none that can be told.
SEVERAL = ""


def is_setting(argument: TypeExpr, variables: Sequence[Variable]) -> bool:
    """Whether an argument is the configuration, or the context, that stands before the function."""
    while argument[0] in ("where", "apply"):
        argument = argument[1]
    if argument[0] == "var":
        upper = next((upper for name, _, upper in variables if name == argument[1]), None)
        return upper is not None and is_setting(upper, ())
    return argument[0] == "name" and str(argument[1]).endswith(SETTINGS)


def takes_setting(rule: JuliaMethod) -> bool:
    """Whether a rule takes a configuration."""
    return bool(rule.arguments) and is_setting(rule.arguments[0], rule.variables)


def behind_function(rule: JuliaMethod) -> int:
    """The position of the first argument behind the function that a rule is for; 0 where it is for no single one."""
    return next((at + 1 for at, a in enumerate(rule.arguments[:2]) if a[0] == "typeof"), 0)


def rule_function(rule: JuliaMethod) -> str:
    """The function that a rule is for; the rule function's own name where that is no single one."""
    at = behind_function(rule)
    return str(rule.arguments[at - 1][1]) if at else rule.function


class RuleTable:
    """The methods of one rule function; `before` says how many arguments each has before the function."""

    def __init__(
        self, library: Library, name: str, before: int = 0, methods: Callable[[], Iterable[JuliaMethod]] | None = None
    ) -> None:
        self.name = name
        self._library = library
        self._before = before
        self._methods = methods or (lambda: library.methods(name))
        self._grouped: dict[str, list[JuliaMethod]] | None = None
        self._tables: dict[str, MethodTable[JuliaMethod]] = {}
        # The rules that may be for several functions, each with the type that it takes for them.
        self._open: list[tuple[JuliaMethod, Term | None]] | None = None
        # By a rule's identity: the calls that it answers, and its signature beyond the rule function's name.
        self._calls: dict[int, Term | None] = {}
        self._beyond: dict[int, Term | None] = {}

    def target(self, rule: JuliaMethod) -> str:
        """The function that a rule is for; empty where it may be for several (`Any`, types, callable objects)."""
        for argument in rule.arguments[self._before : self._before + 2]:
            if argument[0] == "typeof":
                return str(argument[1])
            if argument[0] == "kwtypeof":
                return f"keywords of {argument[1]}"  # no call without keywords
            if not is_setting(argument, rule.variables):
                break
        return SEVERAL

    @property
    def _groups(self) -> dict[str, list[JuliaMethod]]:
        if self._grouped is None:
            self._grouped = defaultdict(list)
            for method in self._methods():
                self._grouped[self.target(method)].append(method)
        return self._grouped

    def own(self, function: str) -> Sequence[JuliaMethod]:
        """The rules that are for this function alone."""
        return self._groups.get(function, ())

    def of(self, function: str) -> list[JuliaMethod]:
        """The rules that may answer for a function."""
        return [*self.own(function), *self.own(SEVERAL)]

    def taking(self, function: str) -> list[JuliaMethod]:
        """The same, without those for several functions of which a look tells that they are not for this one."""
        if self._open is None:
            self._open = [(rule, self._function_type(rule)) for rule in self.own(SEVERAL)]
        asked = self._library.declarations.type_of(function)
        taking = [m for m, type_ in self._open if type_ is None or not obviously_disjoint(type_, asked)]
        return [*self.own(function), *taking]

    def _leading(self, rule: JuliaMethod) -> int:
        """How many arguments of a rule stand before the function."""
        return self._before or int(takes_setting(rule))

    def _function_type(self, rule: JuliaMethod) -> Term | None:
        """What a rule takes for the function; None where that is not known, or is one of many arguments."""
        whole = self._library.signature(rule)
        if whole is None:
            return None
        fixed, at = shape_of(whole).fixed, 1 + self._leading(rule)
        return fixed[at] if len(fixed) > at else None

    def table(self, function: str) -> MethodTable[JuliaMethod]:
        """The rules that may answer for a function, as dispatch sees them."""
        found = self._tables.get(function)
        if found is None:
            over = self.table(SEVERAL) if function else None
            found = self._tables[function] = self._library.table_of(self.own(function), over)
        return found

    def calls(self, rule: JuliaMethod) -> Term | None:
        """The calls that a rule answers, as the signature of a method of the function itself."""
        key = id(rule)
        if key not in self._calls:
            rest = rule.arguments[self._leading(rule) :]
            self._calls[key] = self._library.arguments(rest, rule.variables)
        return self._calls[key]

    def beyond_name(self, rule: JuliaMethod) -> Term | None:
        """A rule's signature without the rule function's own name, so that rules of two can be compared."""
        key = id(rule)
        if key not in self._beyond:
            self._beyond[key] = self._library.arguments((ANY, *rule.arguments), rule.variables)
        return self._beyond[key]


class RuleTables:
    """The tables of one system, or as they would be with methods `added` and one of the project's taken out.

    `asked` are the ways in which the system asks them: a table's name, and the types before those of the call.
    """

    def __init__(
        self,
        library: Library,
        tables: Mapping[str, RuleTable],
        asked: Sequence[tuple[str, tuple[Term, ...]]],
        added: Sequence[JuliaMethod] = (),
        without: Sequence[JuliaMethod] = (),
    ) -> None:
        self.tables = tables
        self._library = library
        self._asked = asked
        self._added = added
        self._without = {(method.place, method.maker) for method in without}
        # The tables that differ from the library's.
        self.changed = frozenset(method.function for method in (*added, *without))
        self._tried: dict[tuple[str, str], MethodTable[JuliaMethod]] = {}
        # By function: the types that some rule looks for, or is asked with.
        self._named: dict[str, frozenset[Constructor]] = {}
        # By function and number of types: how rules see each of a call's types.
        self._views: dict[tuple[str, int], list[ArgumentAbstraction]] = {}

    def after(self, added: Sequence[JuliaMethod], without: Sequence[JuliaMethod] = ()) -> RuleTables:
        """The same tables after a change; an opt-out that is taken out goes with both of its halves."""
        return RuleTables(self._library, self.tables, self._asked, added, without)

    def table(self, name: str, function: str) -> MethodTable[JuliaMethod]:
        """The rules of one table that may answer for a function."""
        if name not in self.changed:
            return self.tables[name].table(function)
        key = (name, function)
        if key not in self._tried:
            self._tried[key] = self._changed(self.tables[name], function)
        return self._tried[key]

    def _changed(self, table: RuleTable, function: str) -> MethodTable[JuliaMethod]:
        added = [m for m in self._added if m.function == table.name and table.target(m) in (function, SEVERAL)]
        if not self._without:
            return self._library.table_of(added, table.table(function), trial=True)
        kept = (m for m in table.of(function) if (m.place, m.maker) not in self._without)
        return self._library.table_of((*kept, *added))

    def of(self, names: Iterable[str], function: str) -> list[JuliaMethod]:
        """The rules of some tables that may answer for a function."""
        return [rule for name in names for rule in self.tables[name].of(function)]

    def calls(self, rule: JuliaMethod) -> Term | None:
        """The calls that a rule answers, as the signature of a method of the function itself."""
        return self.tables[rule.function].calls(rule)

    def lookup(
        self, name: str, function: str, types: Sequence[Term], leading: Sequence[Term] = ()
    ) -> Resolution[JuliaMethod]:
        """What a rule function runs for a call, given the types before the call's own."""
        return self.table(name, function).lookup((self._library.function(name), *leading, *types))

    def seen(self, function: str, types: tuple[Term, ...]) -> tuple[Term, ...]:
        """A call's types as far as rules tell them from others: they answer all calls alike that look the same.

        Tables that are tried are asked too little for that.
        """
        if self.changed:
            return types
        views = self._views.get((function, len(types)))
        if views is None:
            views = self._views[function, len(types)] = self._views_of(function, types)
        return tuple([view.of(type_) for view, type_ in zip(views, types, strict=True)])

    def _views_of(self, function: str, types: tuple[Term, ...]) -> list[ArgumentAbstraction]:
        heads: list[Heads] = [frozenset()] * len(types)
        for name, leading in self._asked:
            whole = (self._library.function(name), *leading, *types)
            found = self.table(name, function).heads(whole)
            heads = list(map(joined, heads, found[len(whole) - len(types) :]))
        return list(map(ArgumentAbstraction, heads))

    def likeness(self, function: str, terms: Iterable[Term]) -> Hashable:
        """What terms have in common with those that the function's rules cannot tell from them; None where nothing."""
        return likeness(terms, self._named_by_rules(function))

    def _named_by_rules(self, function: str) -> frozenset[Constructor]:
        named = self._named.get(function)
        if named is None:
            names = dict.fromkeys(name for name, _ in self._asked)
            rules = (rule for name in names for rule in self.tables[name].own(function))
            asked = () if function else [term for _, leading in self._asked for term in leading]
            known = (*map(self._library.signature, rules), *asked)
            named = exchangeable_in(term for term in known if term is not None)
            self._named[function] = named = named | self._named_by_rules(SEVERAL) if function else named
        return named

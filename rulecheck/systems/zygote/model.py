"""Zygote as a model: adjoints, chain rules and opt-outs, then the user's method itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rulecheck.dispatch.parametric import MethodClaim, Term, subtype
from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod, PackageFacts
from rulecheck.languages.julia.link.type_expressions import split_name
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Probe, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Obstacle, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer, Walker
from rulecheck.place import Place
from rulecheck.systems.zygote.active_arguments import ActiveArguments
from rulecheck.systems.zygote.display import call_text, shown, shown_rule
from rulecheck.systems.zygote.layers import ADJOINT_LAYER, RRULE_LAYER, TRACE, Layers
from rulecheck.systems.zygote.library import NO_DERIVATIVE, NO_RRULE, PULLBACK, RRULE, Library, spelled
from rulecheck.systems.zygote.names import WrittenNames
from rulecheck.systems.zygote.tables import Tables, rule_function
from rulecheck.systems.zygote.witness_types import WitnessTypes

if TYPE_CHECKING:
    from rulecheck.languages.julia.program import JuliaProgram
    from rulecheck.systems.zygote.audit import ZygoteAudit
    from rulecheck.systems.zygote.overreaching_rules import OverreachingRules
    from rulecheck.systems.zygote.overrides import ZygoteOverrides
    from rulecheck.systems.zygote.sites import Sites

RULE_TABLES = (RRULE, NO_RRULE, PULLBACK, "ChainRulesCore.frule", "ChainRulesCore.no_frule")
# Packages whose purpose is to hold rules for others.
RULE_COLLECTIONS = frozenset({"ChainRules", "Zygote", "ZygoteRules", "ChainRulesCore", "DiffRules"})
# What a project takes that takes care of derivatives in this system.
DIFFERENTIATES = frozenset({"Zygote", "ZygoteRules", "ChainRules", "ChainRulesCore", "Flux", "Lux"})
# What holds the derivatives of functions for those who write a system of their own.
DERIVATIVES = "DiffRules"
# What the interface of arrays and containers asks of every type: written because it must be, not to be faster.
OBLIGATIONS = frozenset(
    f"Base.{name}"
    for name in (
        "getindex", "setindex!", "size", "length", "axes", "similar", "copy", "iterate", "eltype", "ndims", "show",
        "convert", "promote_rule", "hash", "==", "isequal", "isapprox", "firstindex", "lastindex", "getproperty",
        "setproperty!", "propertynames", "IndexStyle", "strides", "parent", "print", "view", "zero", "one", "similar",
        "copyto!", "fill!", "deepcopy", "keys", "values", "haskey", "get", "identity", "collect", "Array", "eachindex",
        "Broadcast.instantiate",
    )
)  # fmt: skip

# Parameters that are functions where nothing else is said.
FUNCTION_NAMES = frozenset({"f", "g", "op", "fn", "func", "fun", "F", "σ"})
TAKES_FUNCTION = frozenset(
    f"Base.{name}"
    for name in (
        "map", "map!", "sum", "prod", "maximum", "minimum", "mapreduce", "reduce", "foldl", "foldr", "mapfoldl",
        "mapfoldr", "any", "all", "count", "filter", "foreach", "broadcast", "broadcasted", "accumulate",
    )
)  # fmt: skip


class ZygoteModel(Model):
    """One Julia project under Zygote."""

    name = "zygote"
    needs_rules = False

    def __init__(self, program: JuliaProgram) -> None:
        self.program = program
        self.library = Library(program)
        self.tables = Tables(self.library)
        own = [t for p in program.packages for t in p.types]
        self.witness_types = WitnessTypes(self.library, own)
        self._active_arguments = ActiveArguments(self.library, own)
        self._entries: dict[int, Entry] = {}
        self._methods: dict[int, JuliaMethod] = {}
        self._function_types: dict[str, Term] = {}
        self._ruled: dict[str, bool] = {}
        # By the identity of entries and methods, which are kept.
        self._special: dict[int, bool] = {}
        self._tried: dict[int, list[tuple[Term, ...]]] = {}
        self._shadows: dict[Question, Shadow | None] = {}

    @cached_property
    def _names(self) -> WrittenNames:
        return WrittenNames(self.library, [name for p in self.program.packages for name in p.modules])

    @cached_property
    def roots(self) -> frozenset[str]:
        """The names of the project's own packages, and of those that its extensions are for."""
        own = {name.partition(".")[0] for p in self.program.packages for name in p.modules}
        return frozenset(own)

    def module_of(self, method: JuliaMethod) -> str:
        """The module in which a method of the project is written; of a script, as the script itself names it."""
        for package in self.program.packages:
            if method.module in package.modules and package.name.partition(".")[0] == "Main":
                return "Main" + method.module.removeprefix(package.name)
        return method.module

    def owns(self, definition: str) -> bool:
        """Whether the project defines a function or type."""
        return definition.partition(".")[0] in self.roots

    def entry(self, method: JuliaMethod) -> Entry:
        """A method or rule as the checks see it; the same object for the same method."""
        found = self._entries.get(id(method))
        if found is None:
            found = self._entries[id(method)] = self._described(method)
            self._methods[id(found)] = method
        return found

    def method(self, entry: Entry) -> JuliaMethod:
        """What an entry that this model made stands for."""
        return self._methods[id(entry)]

    def _described(self, method: JuliaMethod) -> Entry:
        owned = self.program.is_owned(method)
        table = method.function if method.function in RULE_TABLES else ""
        place: Place | None = method.place if owned or method.julia_place.path == "none" else method.julia_place
        if table == PULLBACK:
            place = method.place
        kind = EntryKind.METHOD
        if table:
            kind = EntryKind.OPT_OUT if table in (NO_RRULE, "ChainRulesCore.no_frule") else EntryKind.RULE
        layer = {PULLBACK: ADJOINT_LAYER, RRULE: RRULE_LAYER, NO_RRULE: RRULE_LAYER}.get(table, TRACE)
        return Entry(
            kind,
            rule_function(method) if table else method.function,
            (signature,) if (signature := self.library.signature(method)) is not None else (),
            shown_rule(method) if table else shown(method),
            place,
            owned,
            method.module,
            method.order,
            method.certain,
            layer,
            method.reported if table != PULLBACK and method.reported and method.reported.path != "none" else None,
        )

    def function_type(self, function: str) -> Term:
        """The type by which a call asks for a function; a type that is called is asked for as `Type{...}`."""
        found = self._function_types.get(function)
        if found is None:
            known, name = self.library.declarations, spelled(function)
            found = known.parse(f"Type{{{name}}}") if known.knows(name) else known.function(function)
            self._function_types[function] = found
        return found

    def asked(self, function: str, types: Sequence[Term], text: str = "", keywords: tuple[str, ...] = ()) -> Question:
        """A question; `types` are those of the arguments."""
        own = self.function_type(function)
        return Question(function, (own, *types), text or call_text(function, types), keywords)

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """The call that a person means; raises UnknownName."""
        name, own = self._names.called(function)
        text = f"{function}({', '.join('::' + a for a in arguments)})"
        return Question(name, (own, *map(self._names.type, arguments)), text)

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The places in which Zygote looks for a derivative, and the trace."""
        tables = self.tables
        if change:
            tables = tables.after(*(tuple(map(self.method, entries)) for entries in (change.added, change.without)))
        return Layers(tables, self.entry).all()

    def primal(self, question: Question) -> Entry | None:
        """The method that ordinary dispatch runs."""
        found = self.tables.primal(question)
        return self.entry(found.method.value) if isinstance(found, MethodClaim) else None

    def shadow(self, question: Question) -> Shadow | None:
        """What a rule of somebody else's hides of the project's own methods."""
        try:
            return self._shadows[question]
        except KeyError:
            found = self._shadows[question] = self._shadow(question)
            return found

    def _shadow(self, question: Question) -> Shadow | None:
        walk = self.walk(question)
        winner, end = walk.winner, walk.end
        if winner is None or end is None or end.layer not in (ADJOINT_LAYER, RRULE_LAYER) or winner.owned:
            return None
        rule = self.method(winner)
        if rule.maker in NO_DERIVATIVE or self.tables.is_universal(rule) or self._forbids_change(rule):
            return None
        if self._differentiates_itself or not self._takes_derivatives(question):
            return None
        hidden, path = self._behind(question)
        if hidden is None or not self._is_special(hidden):
            return None
        if len(path) == 1 and self._at_least_as_specific(rule, self.method(hidden)):
            return None
        return Shadow(walk, winner, end.layer, hidden, path)

    @staticmethod
    def _forbids_change(rule: JuliaMethod) -> bool:
        """Whether a rule only says that arrays must not change."""
        return rule.maker == "@adjoint!" and rule_function(rule).endswith("!")

    def _takes_derivatives(self, question: Question) -> bool:
        """Whether a call can take part in a derivative, and a rule that answers it may not be what one wants.

        A rule for numbers calls the method for the value and costs no more than it: that it answers is of interest only
        to a project that takes care of derivatives.
        """
        types = [t for t in question.types if isinstance(t, Term)]
        if not self._active_arguments.any(types) or self._active_arguments.makes_none(types):
            return False
        return self._cares_for_derivatives or not self._active_arguments.only_by_numbers(types)

    @cached_property
    def _differentiates_itself(self) -> bool:
        """Whether the project is a system of its own: Zygote does not meet the types with which that one works."""
        if self.is_rule_collection:
            return False
        return any(map(_takes_derivatives_in, self.program.packages))

    @cached_property
    def _cares_for_derivatives(self) -> bool:
        """Whether the project takes what differentiates, or has rules or opt-outs for its numbers."""
        return bool(self._taken & DIFFERENTIATES) or any(map(self._is_for_numbers, self._all_entries))

    @cached_property
    def _taken(self) -> set[str]:
        """The packages that the project depends on or takes names from; a fix may import a package alone."""
        taken = {name for p in self.program.packages for name in p.dependencies}
        for module in (m for p in self.program.packages for m in p.modules.values()):
            taken.update(name.partition(".")[0] for name in module.using)
            taken.update(source.partition(".")[0] for source, name in module.imports.values() if name)
        return taken

    def _is_for_numbers(self, entry: Entry) -> bool:
        signature = self.tables.call_signature(self.method(entry))
        types = next(self.witness_types.calls(signature), ()) if signature is not None else ()
        return self._active_arguments.any(types[1:]) and self._active_arguments.only_by_numbers(types[1:])

    def _behind(self, question: Question) -> tuple[Entry | None, tuple[Question, ...]]:
        """The project's own method that a call runs, itself or by what the standard library turns it into."""
        path = [question]
        primal = self.primal(question)
        if primal is None or primal.owned:
            return primal, tuple(path)
        turned = self._sites.redirected(question)
        if turned is None:
            return None, tuple(path)
        path.append(turned)
        primal = self.primal(turned)
        return (primal if primal is not None and primal.owned else None), tuple(path)

    def _is_special(self, method: Entry) -> bool:
        known = self._special.get(id(method))
        if known is None:
            known = self._special[id(method)] = self._specialises(method)
        return known

    def _specialises(self, method: Entry) -> bool:
        """Whether a method is the project's own code for a type; one that only refuses the call throws anyway."""
        if not method.owned or method.function in OBLIGATIONS:
            return False
        written = self.method(method)
        if self.owns(written.function) and not self.overrides.mentions_own(_signature(written)):
            return False  # who wrote a rule for this very function had just this code in mind
        return written.kind == "function" and not self.overrides.only_throws(written)

    def _at_least_as_specific(self, rule: JuliaMethod, method: JuliaMethod) -> bool:
        left, right = self.tables.call_signature(rule), self.library.signature(method)
        return left is not None and right is not None and subtype(left, right)

    def probes(self) -> Iterable[Probe]:
        """Each of the project's methods on a function that has rules, with types that its signature takes."""
        return self._all_probes

    @cached_property
    def _all_probes(self) -> list[Probe]:
        return list(self._probed())

    def _probed(self) -> Iterator[Probe]:
        for method in self.program.owned_methods:
            if method.function in RULE_TABLES or method.kind != "function" or not method.certain:
                continue
            if method.function in OBLIGATIONS or not self._has_rules(method.function):
                continue
            entry, behind = self.entry(method), None
            for types in self.calls_of(method):
                question = Question(method.function, types, call_text(method.function, types[1:]))
                primal = self.primal(question)
                if primal is entry:
                    yield Probe(entry, question)
                    behind = behind or self._sites.leading_to(question)
            if behind is not None:
                yield Probe(entry, behind)

    def specialised(self, method: Entry) -> Iterable[tuple[str, str]]:
        """The project's types in a method's signature, with the function's name."""
        written = self.method(method)
        named = _named(_signature(written))
        owners = {self.library.made_by(name) for name in named}
        return [(owner, split_name(written.function)[2]) for owner in sorted(owners) if self.owns(owner)]

    def calls_of(self, method: JuliaMethod) -> Iterator[tuple[Term, ...]]:
        """Types of calls, the function's own first, that a method's signature takes."""
        signature = self.library.signature(method)
        if signature is None:
            return iter(())
        likely = self._tried.get(id(method))
        if likely is None:
            likely = self._tried[id(method)] = self._likely(method)
        return self.witness_types.calls(signature, likely)

    def _likely(self, method: JuliaMethod) -> list[tuple[Term, ...]]:
        """What to try first for parameters without a type: a function where the name says that one is meant."""
        function = self.function_type("Base.identity")
        leading = method.function in TAKES_FUNCTION
        return [
            (function,) if name in FUNCTION_NAMES or (leading and not position) else ()
            for position, name in enumerate(method.names)
        ]

    def _has_rules(self, function: str) -> bool:
        known = self._ruled.get(function)
        if known is None:
            rules = (m for table in (RRULE, PULLBACK) for m in self.library.rules(table, function))
            known = self._ruled[function] = any(rule_function(m) == function for m in rules)
        return known

    @cached_property
    def _sites(self) -> Sites:
        from rulecheck.systems.zygote.sites import Sites

        return Sites(self)

    def sites(self) -> Sequence[Site]:
        """The calls in bodies whose operands' types are known, as far as the project's types take part."""
        return self._sites.all

    @cached_property
    def _all_entries(self) -> list[Entry]:
        # An extension may also be included by the package itself, for Julia versions without extensions.
        found = {
            (m.place, m.function, m.arguments): m
            for m in self.program.owned_methods
            if m.function in RULE_TABLES and self._counts(m)
        }
        return [self.entry(m) for m in found.values()]

    def _counts(self, method: JuliaMethod) -> bool:
        """An opt-out makes two methods, and a rule with keywords two: each counts once."""
        if method.maker == "@opt_out":
            return method.function.rpartition(".")[2].startswith("no_")
        return method.kind != "keyword rule"

    def entries(self) -> Sequence[Entry]:
        """The project's rules and opt-outs, in the order of definition."""
        return self._all_entries

    @cached_property
    def _audit(self) -> ZygoteAudit:
        from rulecheck.systems.zygote.audit import ZygoteAudit

        return ZygoteAudit(self)

    @cached_property
    def _overreaching(self) -> OverreachingRules:
        from rulecheck.systems.zygote.overreaching_rules import OverreachingRules

        return OverreachingRules(self)

    @cached_property
    def overrides(self) -> ZygoteOverrides:
        """What writes fixes."""
        from rulecheck.systems.zygote.overrides import ZygoteOverrides

        return ZygoteOverrides(self)

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """An opt-out where a chain rule fires, a forwarding adjoint where an adjoint does."""
        return self.overrides.for_shadow(shadow)

    def narrowed(self, entry: Entry) -> Fix | None:
        """An opt-out in the place of one that cannot be told from a rule."""
        return self.overrides.narrowed(entry)

    def cost(self, shadow: Shadow) -> Cost | None:
        """Nothing is claimed of growth in Julia."""
        return None

    def shared_calls(self, entry: Entry) -> Iterable[Question]:
        """Calls that an entry shares with others of the project, where neither is more specific."""
        return self._audit.shared(entry)

    def calls_on(self, entry: Entry) -> Iterable[Question]:
        """Calls that a rule's own signature takes, and for which there is a method to run."""
        return self._audit.questions(entry)

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        """Calls that an entry's own signature takes, or that it shares with another."""
        return self._audit.witnesses(entry, other)

    def rivals(self, entry: Entry) -> Iterable[Entry]:
        """The rules and adjoints that share calls with an entry."""
        return self._audit.rivals(entry)

    def crossing(self, entry: Entry) -> Iterable[Entry]:
        """The rules that share a call with an entry, neither being more specific."""
        return self._audit.crossing(entry)

    def identity(self, entry: Entry) -> object:
        """Where an entry is written and what makes it: an opt-out has a half in `rrule` and one in `no_rrule`."""
        method = self.method(entry)
        return method.place, method.maker

    def is_met(self, walk: CallWalk, entry: Entry) -> bool:
        """Whether a walk comes to an entry; what an opt-out answers beside all rules would be traced without it."""
        return super().is_met(walk, entry) and not self._audit.is_out_of_reach(entry)

    def is_judged(self, entry: Entry) -> bool:
        """Whether everything that an entry names is known."""
        return self._audit.is_judged(entry)

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """What is wrong with an opt-out as it is written."""
        return self._audit.hindrance(entry)

    def outdone(self, entry: Entry, walks: Sequence[CallWalk]) -> Obstacle | None:
        """Why what answers all these walks comes before an entry."""
        return self._audit.outdone(entry, walks)

    def as_meant(self, entry: Entry) -> tuple[Walker, str]:
        """The walks as they would be if an opt-out's `rrule` were that of ChainRulesCore."""
        return self._audit.as_meant(entry)

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        """What a rule's signature names."""
        return self._audit.named_in(entry)

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule or method takes."""
        return self._overreaching.keywords_of(entry)

    def untaken(self, rule: Entry, layer: str) -> str:
        """What comes of a keyword that a rule does not take."""
        return self._overreaching.untaken(rule, layer)

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """Rules and opt-outs whose signature is written again."""
        return self._audit.replaced()

    def overreach(self, entry: Entry) -> Overreach | None:
        """What a rule captures that its body cannot serve."""
        return self._overreaching.overreach(entry)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes an entry out of the project's source."""
        return self.overrides.removal(entry)

    @property
    def is_rule_collection(self) -> bool:
        """Whether the project's purpose is to hold rules for others' functions."""
        return bool(self.roots & RULE_COLLECTIONS)


def _takes_derivatives_in(package: PackageFacts) -> bool:
    """Whether a package itself, not an extension of it, takes the derivatives that systems are made with."""
    own = (m for name, m in package.modules.items() if name.partition(".")[0] in (package.name, "Main"))
    return DERIVATIVES in package.dependencies or any(DERIVATIVES in (*m.using, *m.imports) for m in own)


def _named(expr: object) -> set[str]:
    """The types and aliases that a type expression names."""
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "name":
        return {str(expr[1])}
    return set().union(*map(_named, expr)) if expr else set()


def _signature(method: JuliaMethod) -> tuple[object, ...]:
    return (method.self_type, *method.arguments, method.variables)

"""What a rule of somebody else's hides of the project's own methods, and whether anybody would mind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from rulecheck.dispatch.parametric import Term, subtype
from rulecheck.languages.julia.facts import JuliaMethod, PackageFacts
from rulecheck.languages.julia.kit.active_arguments import ActiveArguments
from rulecheck.languages.julia.kit.edits import Edits
from rulecheck.languages.julia.kit.project_methods import OBLIGATIONS, signature_of
from rulecheck.languages.julia.kit.rule_tables import rule_function
from rulecheck.model.entries import Entry, Question
from rulecheck.model.verdicts import Shadow
from rulecheck.model.walker import Walker
from rulecheck.systems.shared.chain_rules import is_universal
from rulecheck.systems.zygote.rules import ADJOINT_LAYER, NO_DERIVATIVE, RRULE_LAYER, ZygoteRules

# What a project takes that takes care of derivatives in this system.
DIFFERENTIATES = frozenset({"Zygote", "ZygoteRules", "ChainRules", "ChainRulesCore", "Flux", "Lux"})
# What holds the derivatives of functions for those who write a system of their own.
DERIVATIVES = "DiffRules"


class Shadows:
    """Shadows in one project; `turned` gives the call that the standard library makes of another."""

    def __init__(
        self,
        rules: ZygoteRules,
        walker: Walker,
        edits: Edits,
        entries: Iterable[Entry],
        turned: Callable[[Question], Question | None],
    ) -> None:
        self._rules = rules
        self._methods = rules.methods
        self._walker = walker
        self._edits = edits
        self._entries = entries
        self._turned = turned
        self._active_arguments = ActiveArguments(rules.library, [t for p in rules.program.packages for t in p.types])
        # By the identity of entries, which are kept.
        self._special: dict[int, bool] = {}
        self._known: dict[Question, Shadow | None] = {}

    def of(self, call: Question) -> Shadow | None:
        """What the answer of the walk hides, directly or behind the call's own primal."""
        try:
            return self._known[call]
        except KeyError:
            found = self._known[call] = self._of(call)
            return found

    def _of(self, call: Question) -> Shadow | None:
        walk = self._walker.walk(call)
        winner, end = walk.winner, walk.end
        if winner is None or end is None or end.layer not in (ADJOINT_LAYER, RRULE_LAYER) or winner.owned:
            return None
        rule = self._rules.method(winner)
        if rule.maker in NO_DERIVATIVE or is_universal(rule) or _forbids_change(rule):
            return None
        if self._differentiates_itself or not self._takes_derivatives(call):
            return None
        hidden, path = self._behind(call)
        if hidden is None or not self._is_special(hidden):
            return None
        if len(path) == 1 and self._at_least_as_specific(rule, self._rules.method(hidden)):
            return None
        return Shadow(walk, winner, end.layer, hidden, path)

    def _takes_derivatives(self, call: Question) -> bool:
        """Whether a call can take part in a derivative, and a rule that answers it may not be what one wants.

        A rule for numbers calls the method for the value and costs no more than it: that it answers is of interest only
        to a project that takes care of derivatives.
        """
        types = [t for t in call.types if isinstance(t, Term)]
        if not self._active_arguments.any(types) or self._active_arguments.makes_none(types):
            return False
        return self._cares_for_derivatives or not self._active_arguments.only_by_numbers(types)

    @cached_property
    def _differentiates_itself(self) -> bool:
        """Whether the project is a system of its own: Zygote does not meet the types with which that one works."""
        if self._rules.is_rule_collection:
            return False
        return any(map(_takes_derivatives_in, self._rules.program.packages))

    @cached_property
    def _cares_for_derivatives(self) -> bool:
        """Whether the project takes what differentiates, or has rules or opt-outs for its numbers."""
        return bool(self._taken & DIFFERENTIATES) or any(map(self._is_for_numbers, self._entries))

    @cached_property
    def _taken(self) -> set[str]:
        """The packages that the project depends on or takes names from; a fix may import a package alone."""
        packages = self._rules.program.packages
        taken = {name for p in packages for name in p.dependencies}
        for module in (m for p in packages for m in p.modules.values()):
            taken.update(name.partition(".")[0] for name in module.using)
            taken.update(source.partition(".")[0] for source, name in module.imports.values() if name)
        return taken

    def _is_for_numbers(self, entry: Entry) -> bool:
        signature = self._rules.tables.calls(self._rules.method(entry))
        types = next(self._methods.witnesses.calls(signature), ()) if signature is not None else ()
        return self._active_arguments.any(types[1:]) and self._active_arguments.only_by_numbers(types[1:])

    def _behind(self, call: Question) -> tuple[Entry | None, tuple[Question, ...]]:
        """The project's own method that a call runs, itself or by what the standard library turns it into."""
        primal = self._rules.primal(call)
        if primal is None or primal.owned:
            return primal, (call,)
        turned = self._turned(call)
        if turned is None:
            return None, (call,)
        primal = self._rules.primal(turned)
        return (primal if primal is not None and primal.owned else None), (call, turned)

    def _is_special(self, method: Entry) -> bool:
        known = self._special.get(id(method))
        if known is None:
            known = self._special[id(method)] = self._specialises(method)
        return known

    def _specialises(self, method: Entry) -> bool:
        """Whether a method is the project's own code for a type; one that only refuses the call throws anyway."""
        if not method.owned or method.function in OBLIGATIONS:
            return False
        written = self._rules.method(method)
        if self._methods.owns(written.function) and not self._methods.mentions_own(signature_of(written)):
            return False  # who wrote a rule for this very function had just this code in mind
        return written.kind == "function" and not self._edits.only_throws(written)

    def _at_least_as_specific(self, rule: JuliaMethod, method: JuliaMethod) -> bool:
        left, right = self._rules.tables.calls(rule), self._rules.library.signature(method)
        return left is not None and right is not None and subtype(left, right)


def _forbids_change(rule: JuliaMethod) -> bool:
    """Whether a rule only says that arrays must not change."""
    return rule.maker == "@adjoint!" and rule_function(rule).endswith("!")


def _takes_derivatives_in(package: PackageFacts) -> bool:
    """Whether a package itself, not an extension of it, takes the derivatives that systems are made with."""
    own = (m for name, m in package.modules.items() if name.partition(".")[0] in (package.name, "Main"))
    return DERIVATIVES in package.dependencies or any(DERIVATIVES in (*m.using, *m.imports) for m in own)

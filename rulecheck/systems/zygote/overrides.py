"""The override that ends a shadow in Julia, tried on the walks before it is offered."""

from __future__ import annotations

import re
from collections.abc import Callable

from rulecheck.dispatch.parametric import Term
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.spelling import Signature, simplified
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.verdicts import Shadow
from rulecheck.systems.shared.chain_rules import NO_RRULE
from rulecheck.systems.zygote.opt_out_repairs import OptOutRepairs
from rulecheck.systems.zygote.pullback_forwards import pullback_forward
from rulecheck.systems.zygote.rules import ADJOINT_LAYER
from rulecheck.systems.zygote.transposed_products import TransposedProducts
from rulecheck.systems.zygote.writing import Writing

_WORD = re.compile(r"[^\W\d]\w*!*")


class ZygoteOverrides:
    """Fixes for one project; `shadow` tells what hides the code of a call."""

    def __init__(self, writing: Writing, repairs: OptOutRepairs, shadow: Callable[[Question], Shadow | None]) -> None:
        self._writing = writing
        self._rules = writing.rules
        self._repairs = repairs
        self._shadow = shadow
        self._products = TransposedProducts(writing, self._is_ended)
        self._known: dict[int, Fix | None] = {}

    def for_shadow(self, shadow: Shadow) -> Fix | None:
        """The narrowest override after which the hidden method is traced and nothing is ambiguous."""
        # By identity: the model makes one shadow for a question, and keeps it.
        if id(shadow) not in self._known:
            self._known[id(shadow)] = self._for_shadow(shadow)
        return self._known[id(shadow)]

    def _for_shadow(self, shadow: Shadow) -> Fix | None:
        hidden = self._rules.method(shadow.hides)
        rule = self._rules.method(shadow.fires)
        if len(shadow.path) > 1:
            found = self._rules.primal(shadow.walk.call)
            return self._products.forward(shadow, hidden, rule, self._rules.method(found) if found else None)
        if shadow.layer == ADJOINT_LAYER:
            return self._forward(hidden, rule) or pullback_forward(self._writing, hidden, rule)
        walker, function = self._writing.walker, shadow.walk.call.function
        same = (call for call in self._writing.calls_of(hidden) if walker.walk(call).winner is shadow.fires)
        calls = [shadow.walk.call, *same]
        return self._repairs.for_calls(function, calls) or self._opt_out(hidden, rule, function, calls)

    def _opt_out(self, hidden: JuliaMethod, rule: JuliaMethod, function: str, calls: list[Question]) -> Fix | None:
        for signature in self._writing.candidates(hidden, rule):
            if not self._writing.signatures.is_own(function, signature):
                continue  # it would change what other packages' calls do
            if not self._writing.trials.opt_out(function, signature, rule).ends(calls):
                continue
            written = self._writing.opt_out(hidden, rule, function, signature)
            if written is not None:
                return written
        return None

    def _is_ended(self, function: str, type_: Term) -> bool:
        """Whether nothing hides the code of a call with one argument, be it by the override that is offered for it."""
        shadow = self._shadow(self._rules.asked(function, [type_]))
        return shadow is None or self.for_shadow(shadow) is not None

    def _forward(self, hidden: JuliaMethod, rule: JuliaMethod) -> Fix | None:
        """An adjoint for the method's own signature that differentiates the method's own code."""
        body = self._writing.edits.body_text(self._writing.edits.text(hidden))
        if hidden.keywords or hidden.takes_any_keyword:
            return None  # the adjoint would capture the calls with keywords, and take none
        if body is None or not all(hidden.names) or hidden.function.partition(".")[0] == "":
            return None
        whole = Signature(hidden.arguments, hidden.variables)
        # A variable that the body uses has to stay the adjoint's own.
        used = any(name in _WORD.findall(body) for name, *_ in hidden.variables)
        signature = whole if used else simplified(whole)
        calls = self._writing.calls_of(hidden)
        if not self._writing.is_answered(hidden.function, signature, rule, calls, hidden):
            return None
        speller = self._writing.spellers.inside(hidden)
        if not self._writing.spellers.reads_as_meant(speller, signature):
            return None
        rest = [a[0] == "vararg" for a in hidden.arguments]
        names = [f"{n}..." if many else n for n, many in zip(hidden.names, rest, strict=True)]
        arguments = speller.arguments(signature.arguments, hidden.names)
        return self._writing.adjoint(hidden, speller, f"({arguments}){speller.where(signature.variables)}", names, body)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes a rule or an opt-out out of the source; None where a loop or a macro made several.

        An opt-out that was meant for a rule and misses it is written again, so that it does switch it off.
        """
        method = self._rules.method(entry)
        if self._repairs.is_missed(method):
            return self._repairs.repaired(method)
        edits = self._writing.edits.removed(method)
        return Fix(FixKind.REMOVE, entry.kind is EntryKind.OPT_OUT, "", edits) if edits else None

    def narrowed(self, entry: Entry) -> Fix | None:
        """An opt-out in the place of one that cannot be told from a rule: where the two meet."""
        method = self._rules.method(entry)
        return self._repairs.repaired(method) if method.function == NO_RRULE else None

"""The override that ends a shadow in Julia, tried on the tables before it is offered."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice, product
from typing import TYPE_CHECKING

from rulecheck.dispatch.parametric import (
    BOTTOM,
    MethodClaim,
    ParametricError,
    Term,
    equal,
    intersect,
    subtype,
)
from rulecheck.dispatch.parametric.overlap_index import OverlapIndex
from rulecheck.dispatch.parametric.types import DataType, UnionAll
from rulecheck.finding import Edit, Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr, Variable
from rulecheck.languages.julia.link.type_expressions import function_text
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.verdicts import Shadow
from rulecheck.systems.zygote.edits import Edits
from rulecheck.systems.zygote.layers import ADJOINT_LAYER
from rulecheck.systems.zygote.library import NO_RRULE, is_config, is_unknown, tuple_type
from rulecheck.systems.zygote.rule_trials import RuleTrials
from rulecheck.systems.zygote.spelling import Signature, Speller, Words, expression_of, simplified

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel
    from rulecheck.systems.zygote.opt_out_repairs import OptOutRepairs
    from rulecheck.systems.zygote.pullback_forwards import PullbackForwards
    from rulecheck.systems.zygote.transposed_products import TransposedProducts

THROWS = re.compile(r"throw|error\(")
REFUSAL = re.compile(r"^(?:\w+\.)*(?:throw(?:_\w+)?|error)\(|\|>\s*throw$")
# How many signatures are tried for one override.
MOST = 16
# How many calls are tried of those that two methods share.
FEW = 4
_WORD = re.compile(r"[^\W\d]\w*!*")


class ZygoteOverrides:
    """Fixes for one model."""

    def __init__(self, model: ZygoteModel) -> None:
        self._model = model
        self._edits = Edits(model)
        self.trials = RuleTrials(model)
        self._known: dict[int, Fix | None] = {}
        self._theirs: dict[int, Signature] = {}
        self._own: dict[str, OverlapIndex[JuliaMethod]] = {}
        self._words: dict[str, Words] = defaultdict(Words)

    def speller(self, method: JuliaMethod) -> Speller:
        """What writes types inside a method's module."""
        return Speller(self._model.program.world, method.module, self._aliases, self._words[method.module])

    @cached_property
    def _aliases(self) -> dict[str, TypeExpr]:
        """Names that stand for a type, without parameters of their own."""
        return {alias.name: alias.target for alias in self._model.program.aliases() if not alias.parameters}

    def for_shadow(self, shadow: Shadow) -> Fix | None:
        """The narrowest override after which the hidden method is traced and nothing is ambiguous."""
        # By identity: the model makes one shadow for a question, and keeps it.
        if id(shadow) not in self._known:
            self._known[id(shadow)] = self._for_shadow(shadow)
        return self._known[id(shadow)]

    def _for_shadow(self, shadow: Shadow) -> Fix | None:
        hidden = self._model.method(shadow.hides)
        rule = self._model.method(shadow.fires)
        if len(shadow.path) > 1:
            return self._transposed_products.forward(shadow, hidden)
        if shadow.layer == ADJOINT_LAYER:
            return self._forward(hidden, rule) or self._pullback_forwards.forward(hidden, rule)
        questions = [shadow.walk.call, *self._calls(hidden, shadow)]
        function = shadow.walk.call.function
        mended = self._opt_out_repairs.for_calls(function, questions)
        if mended is not None:
            return mended
        for signature in self.candidates(hidden, rule):
            if not self.is_own(function, signature):
                continue  # it would change what other packages' calls do
            if not self.trials.opt_out(function, signature, rule).ends(questions):
                continue
            written = self.beside(hidden, rule, function, signature)
            if written is not None:
                return written
        return None

    @cached_property
    def _opt_out_repairs(self) -> OptOutRepairs:
        from rulecheck.systems.zygote.opt_out_repairs import OptOutRepairs

        return OptOutRepairs(self._model, self, self._edits)

    @cached_property
    def _pullback_forwards(self) -> PullbackForwards:
        from rulecheck.systems.zygote.pullback_forwards import PullbackForwards

        return PullbackForwards(self._model, self, self._edits)

    @cached_property
    def _transposed_products(self) -> TransposedProducts:
        from rulecheck.systems.zygote.transposed_products import TransposedProducts

        return TransposedProducts(self._model, self, self._edits)

    def _calls(self, hidden: JuliaMethod, shadow: Shadow) -> list[Question]:
        """The calls of the hidden method that the same rule answers."""
        found = []
        for types in self._model.calls_of(hidden):
            question = Question(hidden.function, types, "")
            if self._model.walk(question).winner is shadow.fires:
                found.append(question)
        return found

    def candidates(self, hidden: JuliaMethod, rule: JuliaMethod) -> Iterator[Signature]:
        """Signatures to try, the plainest first: the method's own, then where it meets the rule."""
        own = simplified(Signature(hidden.arguments, hidden.variables))
        yield from self.slots(own, rule)
        left, right = self._model.library.signature(hidden), self._model.tables.call_signature(rule)
        if left is not None and right is not None:
            yield from self._meet(intersect(left, right))

    def shared(self, left: JuliaMethod, right: JuliaMethod) -> Iterator[Signature]:
        """Where the calls of two rules or opt-outs meet."""
        terms = [self._model.tables.call_signature(rule) for rule in (left, right)]
        if terms[0] is not None and terms[1] is not None:
            yield from self._meet(intersect(terms[0], terms[1]))

    def _narrowed(self, own: Signature, rule: JuliaMethod) -> Signature:
        """A signature with the rule's type wherever it is the narrower of the two."""
        theirs = self._signature_of(rule)
        if len(theirs.arguments) != len(own.arguments) or theirs.variables:
            return own
        chosen = []
        for mine, other in zip(own.arguments, theirs.arguments, strict=True):
            chosen.append(other if self._is_below(other, mine) else mine)
        return Signature(tuple(chosen), own.variables)

    def _signature_of(self, rule: JuliaMethod) -> Signature:
        """The arguments of the calls that a rule answers."""
        found = self._theirs.get(id(rule))
        if found is None:
            start = next((i + 1 for i, a in enumerate(rule.arguments) if a[0] == "typeof"), 0)
            found = self._theirs[id(rule)] = simplified(Signature(rule.arguments[start:], rule.variables))
        return found

    def slots(self, own: Signature, rule: JuliaMethod) -> Iterator[Signature]:
        """A signature, then the same with the rule's type, or where the two meet, in some of its arguments."""
        theirs = self._signature_of(rule)
        yield own
        if len(theirs.arguments) != len(own.arguments) or theirs.variables or own.variables:
            yield self._narrowed(own, rule)
            return
        choices = [self._choices(mine, other) for mine, other in zip(own.arguments, theirs.arguments, strict=True)]
        tried = sorted(product(*(range(len(c)) for c in choices)), key=lambda picks: (sum(picks), picks))
        for picks in tried[1:MOST]:
            yield Signature(tuple(c[pick] for c, pick in zip(choices, picks, strict=True)))

    def _choices(self, mine: TypeExpr, other: TypeExpr) -> list[TypeExpr]:
        """What may stand for an argument: the method's type, the rule's where it is the narrower, where they meet."""
        if self._is_below(mine, other):
            return [mine]
        if self._is_below(other, mine):
            return [mine, other]
        try:
            left, right = (self._model.library.terms.of(e) for e in (mine, other))
        except ParametricError:
            return [mine]
        met = intersect(left, right)
        made = [] if met is BOTTOM else [expression_of(met)]
        foreign = [] if self.mentions_own(mine) else [other]
        return [mine, *made, *foreign]

    def is_own(self, function: str, signature: Signature) -> bool:
        """Whether an override is for the project's function, or for a type of its own."""
        return self._model.owns(function) or self.mentions_own((signature.arguments, signature.variables))

    def mentions_own(self, expr: object) -> bool:
        """Whether a type expression names a type of the project."""
        if not isinstance(expr, tuple):
            return False
        if len(expr) == 2 and expr[0] == "name":
            return self._model.owns(str(expr[1]))
        return any(map(self.mentions_own, expr))

    def _is_below(self, narrow: TypeExpr, wide: TypeExpr) -> bool:
        try:
            return subtype(*(self._model.library.terms.of(e) for e in (narrow, wide)))
        except ParametricError:
            return False

    def _meet(self, term: object) -> Iterator[Signature]:
        variables: list[Variable] = []
        while isinstance(term, UnionAll):
            expr = expression_of(term)
            variables.extend(expr[2])
            term = term.body
        if isinstance(term, DataType) and term.constructor.name == "Tuple" and term.parameters:
            yield simplified(Signature(tuple(map(expression_of, term.parameters[1:])), tuple(variables)))

    def only_throws(self, method: JuliaMethod) -> bool:
        """Whether all that a method does is to throw."""
        text = self._edits.source(method)
        if text is None or not THROWS.search(text):
            return False  # as nearly all are: no body has to be parsed for that
        body = self._edits.body_text(text)
        return body is not None and REFUSAL.search(body) is not None

    def statement(self, method: JuliaMethod) -> str | None:
        """The text of a definition."""
        return self._edits.text(method)

    def instead(self, method: JuliaMethod, text: str) -> tuple[Edit, ...]:
        """Another statement in a definition's place."""
        return self._edits.instead(method, text)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes a rule or an opt-out out of the source; None where a loop or a macro made several.

        An opt-out that was meant for a rule and misses it is written again, so that it does switch it off.
        """
        method = self._model.method(entry)
        if self._opt_out_repairs.is_missed(method):
            return self._opt_out_repairs.mended(method)
        edits = self._edits.removed(method)
        return Fix(FixKind.REMOVE, entry.kind is EntryKind.OPT_OUT, "", edits) if edits else None

    def statement_of(self, rule: JuliaMethod, function: str, signature: Signature, speller: Speller) -> str | None:
        """The opt-out in words; None where its module would not take them for the signature."""
        config = rule.arguments[:1] if is_config(rule.arguments[0], rule.variables) else ()
        if config and config[0][0] == "var":
            config = (("name", "ChainRulesCore.RuleConfig"),)
        leading = speller.arguments((*config, ("typeof", function)))
        rest = speller.arguments(signature.arguments)
        where = speller.where(signature.variables)
        speller.name("ChainRulesCore.rrule")
        if not self.reads_as_meant(speller, signature):
            return None
        return f"ChainRulesCore.@opt_out ChainRulesCore.rrule({', '.join(filter(None, (leading, rest)))}){where}"

    def reads_as_meant(self, speller: Speller, signature: Signature) -> bool:
        """Whether the words for a signature, read again where they will stand, mean that signature."""
        read = speller.read_back(signature)
        if read is None or is_unknown(read):
            return False
        meant = tuple_type(signature.arguments, signature.variables)
        try:
            return equal(*map(self._model.library.terms.of, (meant, read)))
        except ParametricError:
            return False

    def beside(self, method: JuliaMethod, rule: JuliaMethod, function: str, signature: Signature) -> Fix | None:
        """An opt-out of a rule behind a method; None where its module would not take the words for the signature."""
        speller = self.speller(method)
        text = self.statement_of(rule, function, signature, speller)
        if text is None:
            return None
        imports = self._edits.imports(method, {*speller.missing, "ChainRulesCore"})
        edits = self._edits.after(method, text, imports)
        # Never safe: whether Zygote can trace the code, and what takes its structured gradient, only a run can tell.
        return Fix(FixKind.OPT_OUT, False, text, edits, imports, self._model.module_of(method))

    def _forward(self, hidden: JuliaMethod, rule: JuliaMethod) -> Fix | None:
        """An adjoint for the method's own signature that differentiates the method's own code."""
        body = self._edits.body_text(self._edits.text(hidden))
        if hidden.keywords or hidden.takes_any_keyword:
            return None  # the adjoint would capture the calls with keywords, and take none
        if body is None or not all(hidden.names) or hidden.function.partition(".")[0] == "":
            return None
        whole = Signature(hidden.arguments, hidden.variables)
        # A variable that the body uses has to stay the adjoint's own.
        used = any(name in _WORD.findall(body) for name, *_ in hidden.variables)
        signature = whole if used else simplified(whole)
        calls = [Question(hidden.function, types, "") for types in self._model.calls_of(hidden)]
        if not self.is_answered(hidden.function, signature, rule, calls, hidden):
            return None
        speller = self.speller(hidden)
        if not self.reads_as_meant(speller, signature):
            return None
        rest = [a[0] == "vararg" for a in hidden.arguments]
        names = [f"{n}..." if many else n for n, many in zip(hidden.names, rest, strict=True)]
        arguments = speller.arguments(signature.arguments, hidden.names)
        return self.adjoint(hidden, speller, f"({arguments}){speller.where(signature.variables)}", names, body)

    def adjoint(self, hidden: JuliaMethod, speller: Speller, signature: str, names: Sequence[str], body: str) -> Fix:
        """A forwarding adjoint for a function, written behind a method: `body` is what is differentiated."""
        package = "Zygote" if self._edits.sees(hidden, "Zygote") else "ZygoteRules"
        target, given = function_text(hidden.function), ", ".join(names)
        closure = f"({given}{',' if len(names) == 1 and not given.endswith('...') else ''}) -> {body}"
        text = f"{package}.@adjoint {target}{signature} = {package}.pullback({closure}, {given})"
        imports = self._edits.imports(hidden, {*speller.missing, package, target.partition(".")[0]} - {"Base"})
        edits = self._edits.after(hidden, text, imports)
        return Fix(FixKind.FORWARD, False, text, edits, imports, self._model.module_of(hidden))

    def is_answered(
        self,
        function: str,
        signature: Signature,
        rule: JuliaMethod,
        calls: Sequence[Question],
        forwarded: JuliaMethod | None,
    ) -> bool:
        """Whether an adjoint with a signature answers each of the calls, and none for which there is other own code.

        It would forward that method's calls to the wrong code, and without an end where that code comes back to them.
        """
        trial = self.trials.adjoint(function, signature, rule)
        if not trial.answers(calls):
            return False
        return not any(map(trial.captures, self._shared(function, trial.taken, forwarded)))

    def _shared(self, function: str, taken: Term | None, forwarded: JuliaMethod | None) -> Iterator[Question]:
        """Calls that an adjoint would take, and that another of the project's methods runs than the forwarded one."""
        if taken is None:
            return
        for method, met in self._own_methods(function).meeting(taken):
            for types in islice(self._model.witness_types.calls(met), FEW) if method is not forwarded else ():
                question = Question(function, types, "")
                found = self._model.tables.primal(question)
                if isinstance(found, MethodClaim) and found.method.value is method:
                    yield question

    def _own_methods(self, function: str) -> OverlapIndex[JuliaMethod]:
        """The project's methods of a function."""
        found = self._own.get(function)
        if found is None:
            methods = filter(self._model.program.is_owned, self._model.library.methods(function))
            terms = ((m, self._model.library.signature(m)) for m in methods)
            found = self._own[function] = OverlapIndex((m, term) for m, term in terms if term is not None)
        return found

    def narrowed(self, entry: Entry) -> Fix | None:
        """An opt-out in the place of one that cannot be told from a rule: where the two meet."""
        method = self._model.method(entry)
        return self._opt_out_repairs.mended(method) if method.function == NO_RRULE else None

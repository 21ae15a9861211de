"""The override that ends a shadow in Julia, tried on the tables before it is offered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from rulecheck.dispatch import Outcome
from rulecheck.dispatch.parametric import BOTTOM, MethodTable, ParametricError, intersect, subtype
from rulecheck.dispatch.parametric.types import DataType, UnionAll
from rulecheck.finding import Edit, Fix, FixKind
from rulecheck.sources.julia.facts import Method, TypeExpr, Variable
from rulecheck.sources.julia.typeexprs import function_text
from rulecheck.systems.base import Entry, Kind, Question, Shadow
from rulecheck.systems.zygote.edits import Edits
from rulecheck.systems.zygote.layers import ADJOINT_LAYER
from rulecheck.systems.zygote.library import NO_RRULE, PULLBACK, RRULE, is_config
from rulecheck.systems.zygote.spelling import Signature, Speller, expression_of, simplified
from rulecheck.systems.zygote.tables import Tables

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel

REFUSAL = re.compile(r"^(?:throw|error)\(|\|>\s*throw$")
UNQUALIFIED = re.compile(r"@opt_out\s*\(?\s*([rf]rule)\b")
# How many signatures are tried for one override.
MOST = 16
CONTEXT: TypeExpr = ("name", "ZygoteRules.AContext")


class Overrides:
    """Fixes for one model."""

    def __init__(self, model: ZygoteModel) -> None:
        self._model = model
        self._edits = Edits(model)

    def _speller(self, method: Method) -> Speller:
        """What writes types inside a method's module."""
        return Speller(self._model.program.world, method.module, self._aliases)

    @cached_property
    def _aliases(self) -> dict[str, TypeExpr]:
        """Names that stand for a type, without parameters of their own."""
        return {alias.name: alias.target for alias in self._model.program.aliases() if not alias.parameters}

    def for_shadow(self, shadow: Shadow) -> Fix | None:
        """The narrowest override after which the hidden method is traced and nothing is ambiguous."""
        hidden = self._model.method(shadow.hides)
        rule = self._model.method(shadow.fires)
        if shadow.layer == ADJOINT_LAYER:
            return self._forward(hidden, rule) if len(shadow.path) == 1 else None
        questions = [shadow.walk.call]
        if len(shadow.path) == 1:
            questions += self._calls(hidden, shadow)
        for signature in self._candidates(shadow, hidden, rule):
            opt_out = self._opt_out(rule, shadow.walk.call.function, signature)
            if self._ends(opt_out, shadow.walk.call.function, questions):
                return self._written(hidden, rule, shadow.walk.call.function, signature)
        return None

    def _calls(self, hidden: Method, shadow: Shadow) -> list[Question]:
        """The calls of the hidden method that the same rule answers."""
        found = []
        for types in self._model.calls_of(hidden):
            question = Question(hidden.function, types, "")
            if self._model.walk(question).winner is shadow.fires:
                found.append(question)
        return found

    def _candidates(self, shadow: Shadow, hidden: Method, rule: Method) -> Iterator[Signature]:
        """Signatures to try, the plainest first: the method's own, then where it meets the rule."""
        if len(shadow.path) == 1:
            own = simplified(Signature(hidden.arguments, hidden.variables))
            yield from self._slots(own, rule)
            left, right = self._model.library.signature(hidden), self._model.tables.call_signature(rule)
            if left is not None and right is not None:
                yield from self._meet(intersect(left, right))
            return
        types = shadow.walk.call.types[1:]
        widened = Signature(tuple(self._widened(t) for t in types))
        yield from self._slots(self._as_declared(widened, hidden), rule)
        yield from self._slots(widened, rule)
        yield Signature(tuple(expression_of(t) for t in types))  # type: ignore[arg-type]

    def _as_declared(self, widened: Signature, hidden: Method) -> Signature:
        """The wrapped vector of a call by the type that the method behind it declares for its vector."""
        row, matrix = widened.arguments
        if row[0] != "where" or hidden.variables or len(hidden.arguments) != 2:
            return widened
        variables = tuple((n, lo, hidden.arguments[1] if n == "P" else up) for n, lo, up in row[2])
        return Signature((("where", row[1], variables), matrix))

    def _narrowed(self, own: Signature, rule: Method) -> Signature:
        """A signature with the rule's type wherever it is the narrower of the two."""
        start = next((i + 1 for i, a in enumerate(rule.arguments) if a[0] == "typeof"), 0)
        theirs = simplified(Signature(rule.arguments[start:], rule.variables))
        if len(theirs.arguments) != len(own.arguments) or theirs.variables:
            return own
        chosen = []
        for mine, other in zip(own.arguments, theirs.arguments, strict=True):
            chosen.append(other if self._is_below(other, mine) else mine)
        return Signature(tuple(chosen), own.variables)

    def _slots(self, own: Signature, rule: Method) -> Iterator[Signature]:
        """A signature, then the same with the rule's type, or where the two meet, in some of its arguments."""
        start = next((i + 1 for i, a in enumerate(rule.arguments) if a[0] == "typeof"), 0)
        theirs = simplified(Signature(rule.arguments[start:], rule.variables))
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
        foreign = [] if self._mentions_own(mine) else [other]
        return [mine, *made, *foreign]

    def _mentions_own(self, expr: object) -> bool:
        if not isinstance(expr, tuple):
            return False
        if len(expr) == 2 and expr[0] == "name":
            return self._model.owns(str(expr[1]))
        return any(map(self._mentions_own, expr))

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

    def _widened(self, type_: object) -> TypeExpr:
        """A concrete type of a call as one would write it in a signature: parameters left open."""
        assert isinstance(type_, DataType)
        head: TypeExpr = expression_of(type_)
        if not type_.parameters or head[0] != "apply":
            return head
        if type_.constructor.name in ("LinearAlgebra.Adjoint", "LinearAlgebra.Transpose"):
            inner = self._widened(type_.parameters[1])
            variables: tuple[Variable, ...] = (("T", None, None), ("P", None, inner))
            return ("where", ("apply", head[1], (("var", "T"), ("var", "P"))), variables)
        if self._model.owns(type_.constructor.name):
            return head[1]  # type: ignore[no-any-return]
        return head

    def only_throws(self, method: Method) -> bool:
        """Whether all that a method does is to throw."""
        body = self._edits.body_text(method)
        return body is not None and REFUSAL.search(body) is not None

    def statement(self, method: Method) -> str | None:
        """The text of a definition."""
        return self._edits.text(method)

    def instead(self, method: Method, text: str) -> tuple[Edit, ...]:
        """Another statement in a definition's place."""
        return self._edits.instead(method, text)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes a rule or an opt-out out of the source; None where a loop or a macro made several.

        An opt-out that made a function of its own is written again for the `rrule` that it was meant for.
        """
        method = self._model.method(entry)
        text = self._edits.text(method)
        found = UNQUALIFIED.search(text) if text is not None and method.maker == "@opt_out" else None
        if text is not None and found is not None and self._names_another(method, found[1]):
            made = f"{text[: found.start(1)]}ChainRulesCore.{text[found.start(1) :]}"
            imports = self._edits.imports(method, {"ChainRulesCore"})
            return Fix(FixKind.NARROW, False, made, self._edits.instead(method, made), imports)
        edits = self._edits.removed(method)
        return Fix(FixKind.REMOVE, entry.kind is Kind.OPT_OUT, "", edits) if edits else None

    def _names_another(self, method: Method, name: str) -> bool:
        """Whether a module's `rrule` is not the one of ChainRulesCore, because the module made its own."""
        if self._model.library.qualifies_opt_outs:
            return False
        found = self._model.program.world.resolve(method.module, name)
        return found is None or found.name != f"ChainRulesCore.{name}"

    def _opt_out(self, rule: Method, function: str, signature: Signature) -> tuple[Method, Method]:
        """The two methods that `@opt_out rrule(...)` makes."""
        config = rule.arguments[:1] if is_config(rule.arguments[0], rule.variables) else ()
        used = tuple(v for v in rule.variables if config and config[0] == ("var", v[0]))
        arguments = (*config, ("typeof", function), *signature.arguments)
        made = replace(
            rule, function=RRULE, self_type=("typeof", RRULE), arguments=arguments,
            variables=(*used, *signature.variables), maker="@opt_out", names=(),
        )  # fmt: skip
        return made, replace(made, function=NO_RRULE, self_type=("typeof", NO_RRULE))

    def _ends(self, opt_out: tuple[Method, Method], function: str, questions: Iterable[Question]) -> bool:
        """Whether with the opt-out in place each of the calls is traced, and none that it takes is ambiguous."""
        replaced: dict[tuple[str, str], MethodTable[Method]] = {}
        for method in opt_out:
            table = MethodTable(over=self._model.library.rule_table(method.function, function))
            signature = self._model.library.signature(method)
            if signature is None:
                return False
            table.add(signature, method)
            replaced[method.function, function] = table
        tables = Tables(self._model.library, replaced)
        for question in questions:
            end = self._model.walk_with(question, tables).end
            if end is None or end.layer != "trace" or end.outcome is not Outcome.CLAIMS:
                return False
        signature = tables.call_signature(opt_out[0])
        for types in self._model.stand_ins.calls(signature) if signature is not None else ():
            end = self._model.walk_with(Question(function, types, ""), tables).end
            if end is not None and end.outcome is Outcome.AMBIGUOUS and end.layer != "trace":
                return False
        return True

    def _written(self, hidden: Method, rule: Method, function: str, signature: Signature) -> Fix:
        speller = self._speller(hidden)
        config = rule.arguments[:1] if is_config(rule.arguments[0], rule.variables) else ()
        if config and config[0][0] == "var":
            config = (("name", "ChainRulesCore.RuleConfig"),)
        leading = speller.arguments((*config, ("typeof", function)))
        rest = speller.arguments(signature.arguments)
        where = speller.where(signature.variables)
        speller.name("ChainRulesCore.rrule")
        text = f"ChainRulesCore.@opt_out ChainRulesCore.rrule({', '.join(filter(None, (leading, rest)))}){where}"
        imports = self._edits.imports(hidden, {*speller.missing, "ChainRulesCore"})
        edits = self._edits.after(hidden, text, imports)
        return Fix(FixKind.OPT_OUT, not imports, text, edits, imports, self._model.module_of(hidden))

    def _forward(self, hidden: Method, rule: Method) -> Fix | None:
        """An adjoint for the method's own signature that differentiates the method's own code."""
        body = self._edits.body_text(hidden)
        if hidden.keywords or hidden.takes_any_keyword:
            return None  # the adjoint would capture the calls with keywords, and take none
        if body is None or not all(hidden.names) or hidden.function.partition(".")[0] == "":
            return None
        signature = simplified(Signature(hidden.arguments, hidden.variables))
        added = replace(
            rule, function=PULLBACK, self_type=("typeof", PULLBACK), maker="@adjoint", names=(),
            arguments=(CONTEXT, ("typeof", hidden.function), *signature.arguments), variables=signature.variables,
        )  # fmt: skip
        if not self._claims(added, hidden):
            return None
        speller = self._speller(hidden)
        arguments = speller.arguments(signature.arguments, hidden.names)
        rest = [a[0] == "vararg" for a in hidden.arguments]
        names = ", ".join(f"{n}..." if many else n for n, many in zip(hidden.names, rest, strict=True))
        package = "Zygote" if self._edits.sees(hidden, "Zygote") else "ZygoteRules"
        target = function_text(hidden.function)
        where = speller.where(signature.variables)
        closure = f"({names}{',' if names in hidden.names else ''}) -> {body}"
        text = f"{package}.@adjoint {target}({arguments}){where} = {package}.pullback({closure}, {names})"
        imports = self._edits.imports(hidden, {*speller.missing, package, target.partition(".")[0]} - {"Base"})
        edits = self._edits.after(hidden, text, imports)
        return Fix(FixKind.FORWARD, False, text, edits, imports, self._model.module_of(hidden))

    def _claims(self, added: Method, hidden: Method) -> bool:
        """Whether the new adjoint answers every call of the method that an adjoint answered before."""
        signature = self._model.library.signature(added)
        if signature is None:
            return False
        table = MethodTable(over=self._model.library.rule_table(PULLBACK, hidden.function))
        table.add(signature, added)
        tables = Tables(self._model.library, {(PULLBACK, hidden.function): table})
        for types in self._model.calls_of(hidden):
            walk = self._model.walk_with(Question(hidden.function, types, ""), tables)
            end = walk.end
            if end is None or end.outcome is Outcome.AMBIGUOUS:
                return False
        return True

    def narrowed(self, entry: Entry, other: Entry, question: Question) -> Fix | None:
        """An opt-out in the place of one that cannot be told from a rule: where the two meet."""
        own, rule = self._model.method(entry), self._model.method(other)
        if own.function != NO_RRULE or rule.function not in (RRULE, PULLBACK):
            return None
        start = next((i + 1 for i, a in enumerate(own.arguments) if a[0] == "typeof"), 0)
        mine = simplified(Signature(own.arguments[start:], own.variables))
        signature = self._narrowed(mine, rule)
        if signature == mine or not self._ends(
            self._opt_out(rule, question.function, signature), question.function, [question]
        ):
            return None
        speller = self._speller(own)
        inner = speller.arguments((("typeof", question.function), *signature.arguments))
        text = f"ChainRulesCore.@opt_out ChainRulesCore.rrule({inner}){speller.where(signature.variables)}"
        return Fix(FixKind.NARROW, True, text, self._edits.instead(own, text), ())

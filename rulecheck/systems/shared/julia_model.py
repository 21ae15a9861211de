"""What the models of all systems for Julia share: calls in source, calls made up from methods, and names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.adjoint_products import AdjointProducts
from rulecheck.languages.julia.kit.call_sites import TypedCall, typed_calls
from rulecheck.languages.julia.kit.display import call_text
from rulecheck.languages.julia.kit.edits import Edits
from rulecheck.languages.julia.kit.names import WrittenNames
from rulecheck.languages.julia.kit.operand_types import OperandTypes
from rulecheck.languages.julia.kit.project_methods import OBLIGATIONS
from rulecheck.languages.julia.link.type_expressions import split_name
from rulecheck.model.entries import Entry, Probe, Question, Site
from rulecheck.model.model import Model
from rulecheck.systems.shared.julia_rules import JuliaRules, terms_of


class JuliaModel(Model):
    """One Julia project under a system."""

    def __init__(self, rules: JuliaRules) -> None:
        self.program = rules.program
        self.library = rules.library
        self.methods = rules.methods
        self.edits = Edits(rules.program)
        self.rules = rules
        self._operands = OperandTypes(rules.methods)
        self._products = AdjointProducts(rules.methods, self._operands)

    def entry(self, method: JuliaMethod) -> Entry:
        """A method or rule as the checks see it; the same object for the same method."""
        return self.rules.entry(method)

    def method(self, entry: Entry) -> JuliaMethod:
        """What an entry that this model made stands for."""
        return self.rules.method(entry)

    def primal(self, question: Question) -> Entry | None:
        """The method that ordinary dispatch runs."""
        return self.rules.primal(question)

    def owns(self, definition: str) -> bool:
        """Whether the project defines a function or type."""
        return self.methods.owns(definition)

    def identity(self, entry: Entry) -> object:
        """Where an entry is written and what makes it: one statement may make methods in several tables."""
        method = self.method(entry)
        return method.place, method.maker

    def entries(self) -> Sequence[Entry]:
        """The project's rules and opt-outs, in the order of definition."""
        return self.rules.entries

    @cached_property
    def _names(self) -> WrittenNames:
        return WrittenNames(self.library, [name for p in self.program.packages for name in p.modules])

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """The call that a person means; raises UnknownName."""
        name, own = self._names.called(function)
        text = f"{function}({', '.join('::' + a for a in arguments)})"
        return Question(name, (own, *map(self._names.type, arguments)), text)

    def turned(self, call: Question) -> Question | None:
        """The call that the standard library makes of another."""
        operands = self._products.inner(call.function, terms_of(call)[1:])
        return self.rules.asked(call.function, operands) if operands is not None else None

    def specialised(self, method: Entry) -> Iterable[tuple[str, str]]:
        """The project's types in a method's signature, with the function's name."""
        written = self.method(method)
        return [(owner, split_name(written.function)[2]) for owner in self.methods.named_types(written)]

    def probes(self) -> Iterable[Probe]:
        """Each of the project's methods on a function that has rules, with types that its signature takes."""
        return self._all_probes

    @cached_property
    def _all_probes(self) -> list[Probe]:
        return list(self._probed())

    def _probed(self) -> Iterator[Probe]:
        for method in self.program.owned_methods:
            if self.rules.is_rule(method) or method.kind != "function" or not method.certain:
                continue
            if method.function in OBLIGATIONS or not self.rules.has_rules(method.function):
                continue
            entry, behind = self.entry(method), None
            for types in self.methods.calls_of(method):
                call = Question(method.function, types, call_text(method.function, types[1:]))
                if self.primal(call) is entry:
                    yield Probe(entry, call)
                    behind = behind or self._products.outer(call.function, types[1:])
            if behind is not None:
                yield Probe(entry, self.rules.asked(method.function, behind))

    def sites(self) -> Sequence[Site]:
        """The calls in bodies whose operands' types are known, as far as the project's types take part."""
        return self._all_sites

    @cached_property
    def _all_sites(self) -> list[Site]:
        return list(map(self._site, typed_calls(self.methods, self._operands)))

    def _site(self, typed: TypedCall) -> Site:
        call = typed.call
        scope = typed.scope
        if not typed.operands:
            return Site((), call.place, scope, call.text, "the type of an operand is not known")
        questions = (self.rules.asked(typed.function, types, call.text, typed.keywords) for types in typed.operands)
        return Site(tuple(questions), call.place, scope, call.text)

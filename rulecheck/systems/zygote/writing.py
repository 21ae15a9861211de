"""What all overrides are tried and written with: opt-outs and adjoints for one project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from rulecheck.dispatch.parametric import MethodClaim, Term
from rulecheck.dispatch.parametric.overlap_index import OverlapIndex
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.edits import Edits
from rulecheck.languages.julia.kit.override_signatures import OverrideSignatures
from rulecheck.languages.julia.kit.spelling import Signature, Speller, Spellers, simplified
from rulecheck.languages.julia.link.type_expressions import function_text
from rulecheck.model.entries import Question
from rulecheck.model.walker import Walker
from rulecheck.systems.shared.chain_rules import PACKAGE, opt_out_text
from rulecheck.systems.zygote.rules import ZygoteRules
from rulecheck.systems.zygote.trials import Trials

# How many calls are tried of those that two methods share.
FEW = 4


class Writing:
    """Tools for one project."""

    def __init__(self, rules: ZygoteRules, walker: Walker, edits: Edits) -> None:
        self.rules = rules
        self.walker = walker
        self.edits = edits
        self.trials = Trials(rules, walker)
        self.signatures = OverrideSignatures(rules.methods)
        self.spellers = Spellers(rules.library)
        self._own: dict[str, OverlapIndex[JuliaMethod]] = {}

    def calls_of(self, method: JuliaMethod) -> list[Question]:
        """Calls that a method's own signature takes."""
        return [Question(method.function, types, "") for types in self.rules.methods.calls_of(method)]

    def candidates(self, hidden: JuliaMethod, rule: JuliaMethod) -> Iterator[Signature]:
        """Signatures to try, the plainest first: the method's own, then where it meets the rule."""
        yield from self.signatures.narrowed(simplified(Signature(hidden.arguments, hidden.variables)), rule)
        yield from self.signatures.meeting(self.rules.library.signature(hidden), self.rules.tables.calls(rule))

    def opt_out_text(self, method: JuliaMethod, rule: JuliaMethod, function: str, signature: Signature) -> str | None:
        """An opt-out as a method's module spells it."""
        return opt_out_text(self.spellers, self.spellers.inside(method), rule, function, signature)

    def opt_out(self, method: JuliaMethod, rule: JuliaMethod, function: str, signature: Signature) -> Fix | None:
        """An opt-out of a rule behind a method; None where its module would not take the words for the signature."""
        speller = self.spellers.inside(method)
        text = opt_out_text(self.spellers, speller, rule, function, signature)
        if text is None:
            return None
        # Never safe: whether Zygote can trace the code, and what takes its structured gradient, only a run can tell.
        return self.behind(method, FixKind.OPT_OUT, text, {*speller.missing, PACKAGE})

    def behind(self, method: JuliaMethod, kind: FixKind, text: str, packages: Iterable[str]) -> Fix:
        """A statement behind a method's own, with the imports that it needs."""
        imports = self.edits.imports(method, packages)
        edits = self.edits.after(method, text, imports)
        return Fix(kind, False, text, edits, imports, self.rules.methods.module_of(method))

    def adjoint(self, hidden: JuliaMethod, speller: Speller, signature: str, names: Sequence[str], body: str) -> Fix:
        """A forwarding adjoint for a function, written behind a method: `body` is what is differentiated."""
        package = self.package(hidden)
        target, given = function_text(hidden.function), ", ".join(names)
        closure = f"({given}{',' if len(names) == 1 and not given.endswith('...') else ''}) -> {body}"
        text = f"{package}.@adjoint {target}{signature} = {package}.pullback({closure}, {given})"
        packages = {*speller.missing, package, target.partition(".")[0]} - {"Base"}
        return self.behind(hidden, FixKind.FORWARD, text, packages)

    def package(self, method: JuliaMethod) -> str:
        """The package by which a method's module writes adjoints."""
        return "Zygote" if self.edits.sees(method, "Zygote") else "ZygoteRules"

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
        methods = self.rules.methods
        for method, met in self._own_methods(function).meeting(taken) if taken is not None else ():
            for types in islice(methods.witnesses.calls(met), FEW) if method is not forwarded else ():
                found = methods.primal(function, types)
                if isinstance(found, MethodClaim) and found.method.value is method:
                    yield Question(function, types, "")

    def _own_methods(self, function: str) -> OverlapIndex[JuliaMethod]:
        """The project's methods of a function."""
        found = self._own.get(function)
        if found is None:
            library = self.rules.library
            methods = filter(self.rules.program.is_owned, library.methods(function))
            terms = ((m, library.signature(m)) for m in methods)
            found = self._own[function] = OverlapIndex((m, term) for m, term in terms if term is not None)
        return found

"""Forwards without the method's own code: a `_pullback` that hands a call on to Zygote's own, past the adjoints.

Zygote's own `_pullback` asks the next layers, so that what stands there has to be opted out of as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.model.entries import Question
from rulecheck.systems.zygote.edits import Edits
from rulecheck.systems.zygote.library import PULLBACK
from rulecheck.systems.zygote.spelling import Signature, simplified

if TYPE_CHECKING:
    from rulecheck.systems.zygote.model import ZygoteModel
    from rulecheck.systems.zygote.overrides import ZygoteOverrides


class PullbackForwards:
    """Such forwards for one model."""

    def __init__(self, model: ZygoteModel, overrides: ZygoteOverrides, edits: Edits) -> None:
        self._model = model
        self._overrides = overrides
        self._edits = edits

    def forward(self, hidden: JuliaMethod, rule: JuliaMethod) -> Fix | None:
        """A forward for a method's own signature, and the opt-out of the rule behind; None where calls stay hidden."""
        function = hidden.function
        signature = simplified(Signature(hidden.arguments, hidden.variables))
        if hidden.self_type != ("typeof", function) or not self._overrides.is_own(function, signature):
            return None
        speller = self._overrides.speller(hidden)
        if not self._overrides.reads_as_meant(speller, signature):
            return None
        calls = [Question(function, types, "") for types in self._model.calls_of(hidden)]
        trial = self._overrides.trials.forward(function, signature, rule)
        behind = trial.behind(calls)
        lines = []
        package = "Zygote" if self._edits.sees(hidden, "Zygote") else "ZygoteRules"
        needed = {package}
        if behind is not None:
            if behind.function == PULLBACK:
                return None  # another adjoint is as special
            opt_out = self._opt_out(hidden, behind, signature, rule, calls)
            if opt_out is None:
                return None
            lines.append(opt_out)
            needed.add("ChainRulesCore")
        elif not trial.ends(calls):
            return None
        names = [name or f"x{position}" for position, name in enumerate(hidden.names, 1)]
        leading = [name if name not in names else f"{name}_" for name in ("context", "f")]
        taken = speller.arguments((("typeof", function), *signature.arguments), (leading[1], *names))
        rest = [a[0] == "vararg" for a in hidden.arguments]
        given = [*leading, *(f"{n}..." if many else n for n, many in zip(names, rest, strict=True))]
        lines.append(
            f"{package}._pullback({leading[0]}::{package}.AContext, {taken}){speller.where(signature.variables)} = "
            f"invoke({package}._pullback, Tuple{{{package}.AContext,Any,Vararg{{Any}}}}, {', '.join(given)})"
        )
        text = "\n".join(lines)
        imports = self._edits.imports(hidden, {*speller.missing, *needed})
        edits = self._edits.after(hidden, text, imports)
        return Fix(FixKind.FORWARD, False, text, edits, imports, self._model.module_of(hidden))

    def _opt_out(
        self,
        hidden: JuliaMethod,
        behind: JuliaMethod,
        signature: Signature,
        rule: JuliaMethod,
        calls: Sequence[Question],
    ) -> str | None:
        """The statement of an opt-out with which every call that is handed on is traced; None where there is none."""
        function, trials = hidden.function, self._overrides.trials
        for candidate in self._overrides.candidates(hidden, behind):
            beside = trials.opt_out(function, candidate, behind)
            both = trials.forward(function, signature, rule, beside)
            if self._overrides.is_own(function, candidate) and both.ends(calls):
                return self._overrides.statement_of(behind, function, candidate, self._overrides.speller(hidden))
        return None

"""Forwards without the method's own code: a `_pullback` that hands a call on to Zygote's own, past the adjoints.

Zygote's own `_pullback` asks the next layers, so that what stands there has to be opted out of as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.kit.spelling import Signature, Speller, simplified
from rulecheck.model.entries import Question
from rulecheck.systems.shared.chain_rules import PACKAGE
from rulecheck.systems.zygote.rules import PULLBACK
from rulecheck.systems.zygote.writing import Writing


def pullback_forward(writing: Writing, hidden: JuliaMethod, rule: JuliaMethod) -> Fix | None:
    """A forward for a method's own signature, and the opt-out of the rule behind; None where calls stay hidden."""
    function = hidden.function
    signature = simplified(Signature(hidden.arguments, hidden.variables))
    if hidden.self_type != ("typeof", function) or not writing.signatures.is_own(function, signature):
        return None
    speller = writing.spellers.inside(hidden)
    if not writing.spellers.reads_as_meant(speller, signature):
        return None
    calls = writing.calls_of(hidden)
    trial = writing.trials.handing(function, signature, rule)
    behind = trial.behind(calls)
    lines = []
    package = writing.package(hidden)
    needed = {package}
    if behind is not None:
        if behind.function == PULLBACK:
            return None  # another adjoint is as special
        opt_out = _opt_out(writing, hidden, behind, signature, rule, calls)
        if opt_out is None:
            return None
        lines.append(opt_out)
        needed.add(PACKAGE)
    elif not trial.ends(calls):
        return None
    lines.append(_written(hidden, package, speller, signature))
    return writing.behind(hidden, FixKind.FORWARD, "\n".join(lines), {*speller.missing, *needed})


def _opt_out(
    writing: Writing,
    hidden: JuliaMethod,
    behind: JuliaMethod,
    signature: Signature,
    rule: JuliaMethod,
    calls: Sequence[Question],
) -> str | None:
    """The statement of an opt-out with which every call that is handed on is traced; None where there is none."""
    function = hidden.function
    for candidate in writing.candidates(hidden, behind):
        beside = writing.trials.opt_out(function, candidate, behind)
        both = writing.trials.handing(function, signature, rule, beside)
        if writing.signatures.is_own(function, candidate) and both.ends(calls):
            return writing.opt_out_text(hidden, behind, function, candidate)
    return None


def _written(hidden: JuliaMethod, package: str, speller: Speller, signature: Signature) -> str:
    names = [name or f"x{position}" for position, name in enumerate(hidden.names, 1)]
    leading = [name if name not in names else f"{name}_" for name in ("context", "f")]
    taken = speller.arguments((("typeof", hidden.function), *signature.arguments), (leading[1], *names))
    rest = [a[0] == "vararg" for a in hidden.arguments]
    given = [*leading, *(f"{n}..." if many else n for n, many in zip(names, rest, strict=True))]
    return (
        f"{package}._pullback({leading[0]}::{package}.AContext, {taken}){speller.where(signature.variables)} = "
        f"invoke({package}._pullback, Tuple{{{package}.AContext,Any,Vararg{{Any}}}}, {', '.join(given)})"
    )

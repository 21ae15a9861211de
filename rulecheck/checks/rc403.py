"""RC403: a rule without keywords captures a call that passes some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.finding import Finding, Severity
from rulecheck.systems.base import Entry, Model, Site

_PACKAGE = """\
module Smoothing

using ChainRulesCore

struct Signal
    samples::Vector{{Float64}}
end

function smooth(x::Signal; width = 3)
    return Signal([sum(x.samples[max(1, i - width):i]) / width for i in eachindex(x.samples)])
end

function ChainRulesCore.rrule(::typeof(smooth), x::Signal{keywords})
    y = smooth(x{keywords})
    smooth_pullback(dy) = (NoTangent(), Tangent{{Signal}}(samples = dy.samples))
    return y, smooth_pullback
end

end
"""
BAD = _PACKAGE.format(keywords="")
GOOD = _PACKAGE.format(keywords="; width = 3").replace("smooth(x; width = 3)\n", "smooth(x; width = width)\n")


def run(model: Model) -> Iterable[Finding]:
    """One finding for each rule and the call with keywords, or the method that has some, which it captures."""
    for capture in model.keyword_captures():
        names = ", ".join(f"`{name}`" for name in capture.keywords)
        what = "keyword" if len(capture.keywords) == 1 else "keywords"
        if capture.site is not None:
            passed = f"`{capture.site.text}` passes"
        elif capture.method is not None:
            passed = f"calls of {capture.method.signature} may pass"
        else:
            continue
        them = "it" if len(capture.keywords) == 1 else "them"
        message = (
            f"the rule {capture.rule.signature} does not take the {what} {names}, but answers where {passed} {them}"
        )
        if capture.consequence:
            message += f": with one, {capture.consequence}"
        finding = _finding(model, capture.rule, message, capture.method, capture.site)
        if finding is not None:
            yield finding


def _finding(model: Model, rule: Entry, message: str, method: Entry | None, site: Site | None) -> Finding | None:
    if rule.owned:
        return entry_finding(CHECK, model, rule, message, other=method, site=site)
    found = entry_finding(CHECK, model, rule, message, other=method, site=site)
    # Somebody else's rule cannot be blamed: the finding stands at the call.
    return replace(found, place=site.place, scope=site.scope) if found is not None and site is not None else None


CHECK = Check(
    code="RC403",
    name="keyword-capture",
    severity=Severity.ERROR,
    summary="A rule without keywords captures a call that passes some.",
    what="""\
Finds a rule that takes no keywords, or not all of them, although it answers calls that pass some: calls in source, and
those of a method of the project's own that has keywords, where the project wrote the rule as well.
""",
    why="""\
Rules are found by the types of the positional arguments alone. The keywords then have nowhere to go, so the call raises
when it is differentiated, although it runs well without a gradient.
""",
    fix_safety="""\
No fix is offered: let the rule take the keywords and hand them on, or opt out of it for these types.
""",
    examples=(Example(bad=BAD, good=GOOD, suffix=".jl"),),
    run=run,
)

"""RC403: a rule without keywords captures a call that passes some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Capture

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
    """One finding for each rule and method whose keywords it does not take, with the calls that pass some."""
    for captures in _gathered(model):
        finding = _finding(model, captures)
        if finding is not None:
            yield finding


def _gathered(model: Model) -> Iterable[list[Capture]]:
    """The captures of each rule and method together: those by calls in source, and what the method's calls may pass."""
    found: dict[tuple[int, int], list[Capture]] = defaultdict(list)
    for capture in model.keyword_captures():
        if capture.site is not None or capture.method is not None:
            found[id(capture.rule), id(capture.method)].append(capture)
    return found.values()


def _finding(model: Model, captures: Sequence[Capture]) -> Finding | None:
    called = [c for c in captures if c.site is not None]
    sites = sorted((c.site for c in called if c.site is not None), key=lambda site: site.place)
    first = (called or captures)[0]
    passed = _keywords(called or captures)
    them = "it" if len(passed) == 1 else "them"
    by = f"`{sites[0].text}` passes" if sites else f"calls of {_method(first)} may pass"
    if len(sites) > 1:
        by = f"`{sites[0].text}` and {len(sites) - 1} more pass"
    message = f"the rule {first.rule.signature} does not take the {_named(passed)}, but answers where {by} {them}"
    others = [k for k in _keywords(captures) if k not in passed]
    if others:
        message += f", and calls of {_method(first)} may pass the {_named(others)}"
    if first.consequence:
        message += f": with one, {first.consequence}"
    found = entry_finding(CHECK, model, first.rule, message, other=first.method, sites=sites)
    if found is None or first.rule.owned or not sites:
        return found
    # Somebody else's rule cannot be blamed: the finding stands at the call.
    return replace(found, place=sites[0].place, scope=sites[0].scope)


def _keywords(captures: Sequence[Capture]) -> list[str]:
    return list(dict.fromkeys(k for c in captures for k in c.keywords))


def _method(capture: Capture) -> str:
    return capture.method.signature if capture.method is not None else "it"


def _named(keywords: Sequence[str]) -> str:
    what = "keyword" if len(keywords) == 1 else "keywords"
    return f"{what} {', '.join(f'`{k}`' for k in keywords)}"


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

"""RC403: a rule without keywords captures a call that passes some."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.dispatch.walk import Outcome
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import Entry, EntryKind, Question, Site
from rulecheck.model.model import Model

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


@dataclass(frozen=True, slots=True)
class Capture:
    """A rule that takes no keywords, and what it captures that has some: a call in source, or a method's calls."""

    rule: Entry
    keywords: tuple[str, ...]
    method: Entry | None
    site: Site | None
    # What comes of it, as a clause that completes "so ...".
    consequence: str


def _gathered(model: Model) -> Iterable[list[Capture]]:
    """The captures of each rule and method together: those by calls in source, and what the method's calls may pass."""
    found: dict[tuple[object, object], list[Capture]] = defaultdict(list)
    for capture in chain(_by_sites(model), _by_methods(model)):
        found[model.identity(capture.rule), capture.method and model.identity(capture.method)].append(capture)
    return found.values()


def _by_sites(model: Model) -> Iterator[Capture]:
    """Calls in source that pass keywords; each site once for a rule."""
    for site in model.sites():
        seen: set[object] = set()
        for question in site.questions:
            capture = _capture(model, question, question.keywords, model.primal(question), site)
            if capture is not None and model.identity(capture.rule) not in seen:
                seen.add(model.identity(capture.rule))
                yield capture


def _by_methods(model: Model) -> Iterator[Capture]:
    """The project's methods that take keywords, and its own rules that answer their calls."""
    seen: set[tuple[object, object]] = set()
    for probe in model.probes():
        taken = model.keywords_of(probe.method) or ()
        capture = _capture(model, probe.question, taken, probe.method, None)
        if capture is not None and capture.rule.owned:
            pair = model.identity(capture.rule), model.identity(probe.method)
            if pair not in seen:
                seen.add(pair)
                yield capture


def _capture(
    model: Model, question: Question, keywords: Sequence[str], method: Entry | None, site: Site | None
) -> Capture | None:
    """The rule that answers a call and does not take all of the keywords."""
    end = model.walk(question).end if keywords else None
    if end is None or end.outcome is not Outcome.CLAIMS or not end.entries or end.entries[0].kind is not EntryKind.RULE:
        return None
    rule = end.entries[0]
    taken = model.keywords_of(rule)
    missing = tuple(k for k in keywords if k not in taken) if taken is not None else ()
    return Capture(rule, missing, method, site, model.untaken(rule, end.layer)) if missing else None


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

"""RC302: an opt-out that is ambiguous with the rule that it should switch off."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import entry_finding
from rulecheck.checks.meetings import meetings
from rulecheck.checks.samples import TRACED, diagonal
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model

BAD = diagonal("ad.opt_out(operator.matmul, Diagonal, object)")
GOOD = diagonal(TRACED)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each opt-out and rule that a call cannot choose between."""
    for meeting in meetings(model):
        kinds = {meeting.first.kind, meeting.second.kind}
        if kinds != {EntryKind.RULE, EntryKind.OPT_OUT}:
            continue
        out, rule = meeting.first, meeting.second
        if out.kind is not EntryKind.OPT_OUT:
            out, rule = rule, out
        at = f" ({rule.place.at})" if rule.place is not None else ""
        call = meeting.site.text if meeting.site is not None else meeting.walk.call.text
        condition = f", {meeting.condition}" if meeting.condition else ""
        message = (
            f"the opt-out {out.signature} does not switch off the rule {rule.signature}{at}: for `{call}` "
            f"neither is more specific, so the call raises when it is differentiated{condition}"
        )
        own, other = (out, rule) if out.owned else (rule, out)
        finding = entry_finding(CHECK, model, own, message, other=other, sites=meeting.sites, fix=meeting.fix)
        if finding is not None:
            yield finding


CHECK = Check(
    code="RC302",
    name="ambiguous-opt-out",
    severity=Severity.ERROR,
    summary="An opt-out is ambiguous with the rule that it should switch off.",
    what="""\
Finds an opt-out that is more specific than a rule in one argument and less specific in another. For the calls that
both claim there is no most specific entry.
""",
    why="""\
Instead of being traced, such a call raises. The opt-out makes matters worse than they were.
""",
    fix_safety="""\
Safe where a narrower opt-out is offered: it names the types at which the opt-out and the rule meet, and every call that
it answers raised before.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)

"""RC901: a file, or a part of one, could not be read: what was skipped is said and counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rulecheck.checks.base import Check, Example
from rulecheck.facts import Unreadable
from rulecheck.finding import Finding, Severity

BAD = """\
def energy(A, x)
    return A @ x
"""
GOOD = """\
def energy(A, x):
    return A @ x
"""


def read(unreadable: Sequence[Unreadable]) -> Iterable[Finding]:
    """One finding for each part that was skipped."""
    for part in unreadable:
        yield Finding(
            code=CHECK.code,
            name=CHECK.name,
            system="sources",
            severity=CHECK.severity,
            place=part.place,
            message=f"not read: {part.reason}",
            scope="",
            identity=(part.reason,),
        )


CHECK = Check(
    code="RC901",
    name="unreadable-source",
    severity=Severity.WARNING,
    summary="A file, or a part of one, could not be read.",
    what="""\
Says which file, or which part of one, was skipped and why: a syntax error, an encoding that does not fit, a NUL byte,
syntax newer than the Python that runs rulecheck, no permission, or bases that no method resolution order satisfies.
Everything else is read all the same. In a project of more than 200,000 lines, files of which nothing is asked are not
parsed as a whole; `--statistics` counts them.
""",
    why="""\
What was not read gives no findings. Silence about it must not be mistaken for health.
""",
    fix_safety="""\
No fix is offered.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    read=read,
)

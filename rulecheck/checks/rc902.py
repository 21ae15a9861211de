"""RC902 unused-suppression: a comment that suppresses nothing (its findings are made where comments are applied)."""

from __future__ import annotations

from rulecheck.checks.base import Check, Example
from rulecheck.finding import Severity

CODE, NAME = "RC902", "unused-suppression"

_GOOD = """\
import numpy as np

x = np.ones(3)
y = x @ x
"""

CHECK = Check(
    code=CODE,
    name=NAME,
    severity=Severity.NOTE,
    summary="A suppression comment suppresses nothing.",
    what="""\
Reports a `# rulecheck: ignore[...]` comment that suppresses nothing, or the codes of one that do: the finding that it
was written for is gone, stands on another line, or the code is misspelt. Only codes of checks that ran are judged.""",
    why="""\
A comment that outlives its finding hides the next one that appears on its line, and tells readers of a problem that is
no longer there.""",
    fix_safety="Safe: only the comment, or the code in it, is removed.",
    examples=(Example(bad=_GOOD.replace("x @ x", "x @ x  # rulecheck: ignore[RC101] -- slow, but small"), good=_GOOD),),
)

"""The measured verdicts, explained as checks are. They come from running code, never from a lint."""

from __future__ import annotations

from dataclasses import dataclass

from rulecheck.finding import Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict of `rulecheck measure`; its page is made from this."""

    code: str
    name: str
    severity: Severity
    summary: str
    what: str
    why: str
    fix_safety: str
    examples: tuple[()] = ()
    default: bool = True
    measured: bool = True


SLOWER = Verdict(
    code="RC501",
    name="slower-than-trace",
    severity=Severity.WARNING,
    summary="A rule costs more than differentiating the code that it hides.",
    what="""\
`rulecheck measure` differentiates a call twice at growing sizes: once as the engine does it, where any applicable rule
answers, and once where a rule answers only if it is at least as specific as the code that would run (the policy
"most-specific"). It counts the operations on arrays and the peak of memory. The verdict falls where the rule's count
grows faster, or is at least twice as high at the largest size.""",
    why="""\
Times mislead at the sizes that one can wait for: overhead hides growth. Counts do not. A rule that takes n^2 where the
code takes n log n will lose, whatever a stopwatch says at n = 100.""",
    fix_safety="""\
There is no automatic fix: `rulecheck lint --fix` or `rulecheck stubs` write the override for the shadow behind it.""",
)
WRONG = Verdict(
    code="RC502",
    name="wrong-gradient",
    severity=Severity.ERROR,
    summary="The gradient disagrees with central differences.",
    what="""\
`rulecheck measure` compares the gradient of the call, with all rules in force, with central differences at a small
size, in every argument and field.""",
    why="""\
A rule may be right for the type that it was written for and wrong for one that it captures: one that keeps only half of
its entries, say, or scales them.""",
    fix_safety="There is no automatic fix: the rule is to be corrected, or kept from the type by an opt-out.",
)
VERDICTS: tuple[Verdict, ...] = (SLOWER, WRONG)

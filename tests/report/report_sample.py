"""A run made by hand, with what formats find hard: several lines, wide characters, markup, no source, no place."""

from __future__ import annotations

from dataclasses import dataclass

from rulecheck.finding import Cost, Edit, Finding, Fix, FixKind, Party, Result, Severity, Summary, number_occurrences
from rulecheck.place import Place
from rulecheck.report.base import Report

MODEL = """\
import numpy as np
from rulecheck import ad


def loss(A: Circulant, b):
    return np.sum(A @ b)


def wide(λ: Circulant, 数):
\treturn np.sum("数数" and λ @ 数)


def long(A, b):
    return np.sum(
        A
        @ b
    )
"""


@dataclass(frozen=True)
class SampleExample:
    bad: str
    good: str


@dataclass(frozen=True)
class SampleRule:
    code: str
    name: str
    severity: Severity
    summary: str
    what: str = "Reports a call that a `generic` rule answers."
    why: str = "The rule costs more than the code that it hides: O(n^2) | O(n log n)."
    fix_safety: str = "Safe: the gradient is the same."
    examples: tuple[SampleExample, ...] = (SampleExample("x = 1\n", "x = 2\n"),)
    default: bool = True


RULES = (
    SampleRule("RC101", "shadowed-method", Severity.WARNING, "A generic rule hides a specialised method."),
    SampleRule("RC301", "ambiguous-rules", Severity.ERROR, "Two rules claim the same call."),
    SampleRule("RC901", "unreadable-source", Severity.NOTE, "A file could not be read."),
)

SHADOW = Finding(
    code="RC101",
    name="shadowed-method",
    system="engine",
    severity=Severity.WARNING,
    place=Place("src/model.py", 6, 19, 6, 24),
    message="matmul(AbstractMatrix, AbstractVector) answers `A @ b`, so Circulant.__matmul__ is not traced.",
    scope="model.loss",
    call="A @ b",
    fires=Party("matmul(AbstractMatrix, AbstractVector)", Place("ad/rules/linear.py", 30), "rule"),
    shadows=Party("Circulant.__matmul__(self, x)", Place("src/types.py", 9)),
    cost=Cost("n^2 instead of n log n", "n^2 instead of n", "the cotangent of A is dense"),
    fix=Fix(
        FixKind.OPT_OUT,
        True,
        "ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)",
        (Edit("src/types.py", 120, 120, "ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)\n"),),
    ),
    sites=(Place("src/model.py", 6, 19, 6, 24), Place("src/other.py", 3, 5, 3, 10)),
    identity=("matmul(Circulant, AbstractVector)",),
    home="src/types.py",
)
WIDE = Finding(
    code="RC101",
    name="shadowed-method",
    system="numpy",
    severity=Severity.WARNING,
    place=Place("src/model.py", 10, 25, 10, 30),
    message='Wide: <b> & "quotes" 100% | 数, one: two',
    scope="model.wide",
    call="λ @ 数",
    fix=Fix(FixKind.ATTRIBUTE, False, "class A:\n    __array_ufunc__ = None", (Edit("src/types.py", 0, 4, "数"),)),
)
LONG = Finding(
    code="RC301",
    name="ambiguous-rules",
    system="engine",
    severity=Severity.ERROR,
    place=Place("src/model.py", 14, 12, 17, 6),
    message="Two rules claim this call, neither more specific.",
    scope="model.long",
    fires=Party("matmul(A, object)", None, "rule"),
    fix=Fix(FixKind.NARROW, False, "narrow one of them by hand"),
)
UNREAD = Finding(
    code="RC901",
    name="unreadable-source",
    system="source",
    severity=Severity.NOTE,
    place=Place("src/odd name,100%:é.py", 1),
    message="This file was skipped: it holds a NUL byte\nand more.",
    scope="",
)

FINDINGS = tuple(number_occurrences([SHADOW, WIDE, LONG, UNREAD]))
RESULT = Result(
    findings=FINDINGS,
    summary=Summary(files=3, lines=120, calls=40, unresolved_calls=7, unreadable=1, suppressed=2, baselined=1),
    unresolved=(("the type of an operand is not known", 5), ("the source of a base was not found", 2)),
    text={"src/model.py": MODEL}.get,
)
REPORT = Report(RESULT, RULES, "0.1.0")
EMPTY = Report(Result((), Summary(files=2, calls=3)), RULES, "0.1.0")

"""What the checks say of registrations: dead, idle, replaced, stale, ambiguous, pirated and overbroad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import CONFIG, HEAD, TRACED, findings_of, said, write

from rulecheck.run.lint import lint

pytestmark = pytest.mark.slow

ENTRIES = ("RC201", "RC202", "RC203", "RC204", "RC301", "RC302", "RC401", "RC402")
RULE = "\ndef {name}(*args):\n    return 1.0, lambda dy: (None, None)\n"

LOWER = "class Scaled(Diagonal):\n    factor = 2.0\n{}\n"
METHOD = "    def __matmul__(self, x: ad.AbstractVector):\n        return self.factor * self.entries * x\n"


def rule(arguments: str, name: str = "rule") -> str:
    return f"@ad.adjoint({arguments}){RULE.format(name=name)}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rule("operator.matmul, Diagonal, ad.AbstractVector"), []),
        (rule("operator.matmul, Diagonal, ad.AbstractVector, float"), ["RC201"]),
        (rule("operator.lt, Diagonal, Diagonal"), ["RC201"]),
        ("class Plain: ...\n\n" + rule("operator.matmul, Plain, Plain"), ["RC201"]),
        (rule("operator.floordiv, Diagonal, ad.AbstractVector"), ["RC201"]),
        ("class Plain: ...\n\nad.AbstractMatrix.register(Plain)\n" + rule("operator.matmul, Plain, Plain"), []),
        ("class Plain: ...\n\n" + rule("operator.matmul, Diagonal, Plain"), []),
        ("def own(x): ...\n\n" + rule("own, Diagonal"), ["RC201"]),
        ("@ad.primitive\ndef own(x): ...\n\n" + rule("own, int"), []),
        ("ad.opt_out(operator.matmul, Diagonal, float)\n", ["RC202"]),
        ("ad.opt_out(np.cumsum, Diagonal)\n", ["RC202"]),
        ("ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n", []),
        (TRACED + TRACED, ["RC203"]),
        (TRACED + "if sys.platform == 'linux':\n    " + TRACED, []),
        (TRACED + rule("operator.matmul, Diagonal, ad.AbstractVector"), ["RC203"]),
        (TRACED + "ad.opt_out(operator.matmul, Diagonal, Signal)\n", ["RC204"]),
        (TRACED + LOWER.format("") + TRACED.replace("Diagonal", "Scaled"), ["RC204"]),
        (TRACED + LOWER.format(METHOD) + TRACED.replace("Diagonal", "Scaled"), []),
        (
            "@ad.adjoint(operator.sub, Diagonal, ad.AbstractVector)\ndef forward(A, x):\n"
            "    return ad.pullback(operator.sub, A, x)\n",
            ["RC204"],
        ),
        (
            "@ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)\ndef forward(A, x):\n"
            "    return ad.pullback(operator.matmul, A, x)\n",
            [],
        ),
        (rule("operator.mul, Diagonal, object") + rule("operator.mul, object, Signal", "other"), ["RC301"]),
        (
            rule("operator.mul, Diagonal, object")
            + rule("operator.mul, object, Signal", "other")
            + rule("operator.mul, Diagonal, Signal", "both"),
            [],
        ),
        (rule("operator.mul, Diagonal, float") + rule("operator.mul, object, Signal", "other"), []),
        ("ad.opt_out(operator.matmul, Diagonal, object)\n", ["RC302", "RC302"]),
        (rule("operator.matmul, ad.Matrix, ad.AbstractVector"), ["RC401"]),
        ("ad.opt_out(operator.matmul, ad.AbstractMatrix, ad.AbstractVector)\n", ["RC401"]),
        ("ad.opt_out(operator.matmul, ad.Transpose[Signal], ad.AbstractMatrix)\n", []),
        ("@ad.primitive\ndef own(x): ...\n\n" + rule("own, ad.AbstractMatrix"), []),
    ],
)
def test_what_is_said_of_registrations(source: str, expected: list[str], tmp_path: Path) -> None:
    found = findings_of(tmp_path, source, HEAD, *ENTRIES)
    assert [f.code for f in found] == expected, [f.message for f in found]


def test_two_types_that_only_a_third_brings_together(tmp_path: Path) -> None:
    source = (
        "class Left(ad.AbstractMatrix): ...\n\nclass Right(ad.AbstractMatrix): ...\n\n{both}"
        + rule("operator.mul, Left, Signal")
        + rule("operator.mul, Right, ad.AbstractVector", "other")
    )
    apart = source.format(both="")
    together = source.format(both="class Both(Right, Left): ...\n\n")
    assert findings_of(tmp_path, apart, HEAD, "RC301") == []
    (finding,) = findings_of(tmp_path, together, HEAD, "RC301")
    assert "`Both * Signal`" in finding.message


def test_an_ambiguity_names_the_call_in_source(tmp_path: Path) -> None:
    source = (
        rule("operator.mul, Diagonal, object")
        + rule("operator.mul, object, Signal", "other")
        + "def f(A: Diagonal, b: Signal):\n    return A * b\n"
    )
    (finding,) = findings_of(tmp_path, source, HEAD, "RC301")
    assert finding.call == "A * b"
    assert len(finding.sites) == 1


OVERBROAD = """
@ad.adjoint(np.linalg.solve, {pattern}, Signal)
def solve(A, b):
    {guard}
    def pullback(dx):
        return ad.Tangent(entries=dx / A.entries), None
    return b.samples / {read}, pullback
"""


@pytest.mark.parametrize(
    ("pattern", "guard", "read", "found"),
    [
        ("ad.AbstractMatrix", "", "A.entries", True),
        ("object", "", "A.entries", True),
        ("ad.AbstractMatrix", "", "A.entries + A.shape[0]", True),
        ("Diagonal", "", "A.entries", False),
        ("ad.AbstractMatrix", "if not hasattr(A, 'entries'): return None", "A.entries", False),
        ("ad.AbstractMatrix", "if not isinstance(A, Diagonal): return None", "A.entries", False),
        ("ad.AbstractMatrix", "A = ad.asarray(A)", "A.entries", False),
        ("ad.AbstractMatrix", "", "2", True),
        ("ad.AbstractMatrix", "A = ad.asarray(A)", "2", False),
        ("ad.AbstractMatrix", "if not hasattr(A, 'entries'): return None", "2", False),
    ],
)
def test_a_rule_that_its_body_cannot_keep_up(pattern: str, guard: str, read: str, found: bool, tmp_path: Path) -> None:
    source = OVERBROAD.format(pattern=pattern, guard=guard, read=read)
    findings = findings_of(tmp_path, source, HEAD, "RC402")
    assert bool(findings) is found, said(findings)
    for finding in findings:
        assert "`.entries`" in finding.message
        assert finding.fix is not None
        assert (finding.fix.text, finding.fix.safe) == ("Diagonal", False)


def test_a_rule_is_told_by_its_own_body_whoever_takes_its_name(tmp_path: Path) -> None:
    source = OVERBROAD.format(pattern="ad.AbstractMatrix", guard="", read="2")
    assert findings_of(tmp_path, source + "\ndef solve(A, b): return b\n", HEAD, "RC402") != []
    assert findings_of(tmp_path, "\ndef solve(A, b): return A.entries\n" + source, HEAD, "RC402") != []


def test_a_shared_attribute_is_no_fault(tmp_path: Path) -> None:
    source = (
        "@ad.adjoint(np.linalg.solve, ad.AbstractMatrix, Signal)\n"
        "def solve(A, b):\n    return A.shape[0] * A.ndim, lambda dx: (None, None)\n"
    )
    assert findings_of(tmp_path, source, HEAD, "RC402") == []


def test_what_fires_is_the_rule_that_replaced(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, TRACED + "x = 1\n" + TRACED)
    assert finding.fires is not None
    assert finding.shadows is not None
    assert finding.place == finding.shadows.place
    assert finding.fires.place is not None
    assert finding.fires.place.line == finding.place.line + 2
    assert finding.fix is not None
    assert not finding.fix.safe


def test_across_files_nobody_knows_which_is_last(tmp_path: Path) -> None:
    (tmp_path / "also.py").write_text(
        "import operator\nfrom rulecheck import ad\nfrom world import Diagonal\n" + TRACED
    )
    write(tmp_path, TRACED)
    (finding,) = lint([tmp_path], config=CONFIG).findings
    assert finding.code == "RC203"
    assert "whichever is imported last" in finding.message

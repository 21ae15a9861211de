"""Suppression comments: what they cover, and what is said of one that covers nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rulecheck.checks.rc902 import CODE
from rulecheck.config import Config
from rulecheck.facts import Suppression
from rulecheck.finding import Edit, Finding, Party, Severity
from rulecheck.place import Place
from rulecheck.run.suppress import AfterSuppressions, settle
from rulecheck.suppression_comment import comment_in

KNOWN = (("RC101", "shadowed-method", True), ("RC301", "ambiguous-rules", True), ("RC902", "unused-suppression", True))
ALL = frozenset(code for code, _, _ in KNOWN)


def finding(line: int, end: int = 0, code: str = "RC101", **more: object) -> Finding:
    place = Place("a.py", line, 1, end or line, 5)
    return Finding(code, "name", "engine", Severity.WARNING, place, "m", "s", **more)  # type: ignore[arg-type]


def comment(line: int, *codes: str, reason: str | None = None, path: str = "a.py") -> Suppression:
    return Suppression(path, line, codes, reason)


def run(
    findings: list[Finding],
    comments: list[Suppression],
    text: str = "",
    selected: frozenset[str] = ALL,
    config: Config | None = None,
) -> AfterSuppressions:
    return settle(findings, comments, config or Config(), KNOWN, selected, lambda path: text)


@pytest.mark.parametrize("codes", [("RC101",), ("shadowed-method",), ("rc301", "RC101"), ()])
@pytest.mark.parametrize("line", [3, 6])
def test_on_the_first_or_last_line(codes: tuple[str, ...], line: int) -> None:
    others = [finding(line, code="RC301")] if len(codes) > 1 else []
    settled = run([finding(3, 6), *others], [comment(line, *codes)])
    assert settled == AfterSuppressions([], 1 + len(others))


def test_not_on_a_line_between_nor_in_another_file_nor_for_another_code() -> None:
    wrong = [comment(4, "RC101"), comment(3, "RC101", path="b.py"), comment(3, "RC301")]
    settled = run([finding(3, 6)], wrong)
    assert [f.code for f in settled.findings] == ["RC101", CODE, CODE, CODE]
    assert settled.suppressed == 0


class TestSites:
    def test_a_suppressed_call_leaves_the_others(self) -> None:
        places = tuple(Place("a.py", line, 5, line, 10) for line in (3, 5, 7))
        many = finding(3, sites=places, call="A @ b")
        moved = Finding(**{**{n: getattr(many, n) for n in Finding.__slots__}, "place": places[0]})
        text = "\n\none A @ b\n\ntwo B @ c\n\nthree\n"
        settled = run([moved], [comment(3, "RC101")], text)
        assert settled.suppressed == 0
        (left,) = settled.findings
        assert (left.place, left.sites, left.call) == (places[1], places[1:], "B @ c")
        assert left.fingerprint == moved.fingerprint

    def test_all_calls_or_the_method_suppress_it_whole(self) -> None:
        sites = (Place("a.py", 3, 1, 3, 5), Place("a.py", 5))
        assert run([finding(3, sites=sites)], [comment(3, "RC101"), comment(5, "RC101")]).findings == []
        hidden = finding(3, sites=sites, shadows=Party("A.__matmul__", Place("types.py", 9)))
        assert run([hidden], [comment(9, "RC101", path="types.py")]) == AfterSuppressions([], 1)

    def test_a_finding_at_a_rule_stays_there_until_the_rule_or_all_calls_are_suppressed(self) -> None:
        sites = (Place("a.py", 5, 1, 5, 6), Place("a.py", 7, 1, 7, 6))
        rule = finding(3, code="RC301", sites=sites, call="f(x1)")
        text = "\n\nrule\n\nf(x1)\n\nf(x2)\n"
        (left,) = run([rule], [comment(5, "RC301")], text).findings
        assert (left.place, left.sites, left.call) == (rule.place, sites[1:], "f(x2)")
        assert run([rule], [comment(5, "RC301"), comment(7, "RC301")], text).findings == []
        assert run([rule], [comment(3, "RC301")], text) == AfterSuppressions([], 1)


@pytest.mark.parametrize(
    ("line", "codes", "reason"),
    [
        ("# rulecheck: ignore[RC101]", ("RC101",), None),
        ("#rulecheck:ignore[ RC101 , shadowed-method ]--why", ("RC101", "shadowed-method"), "why"),
        ("x = 1  # noqa  # rulecheck: ignore[RC101] -- see #12", ("RC101",), "see #12"),
        ("# rulecheck: ignore[RC101]  # noqa: E501", ("RC101",), None),
        ("# rulecheck: ignore[RC101] -- why  # type: ignore[misc]", ("RC101",), "why"),
        ("# rulecheck: ignore[RC101] meant so", ("RC101",), "meant so"),
        ("# rulecheck: ignore", (), None),
        ("# rulecheck: ignore  # noqa", (), None),
        ("# rulecheck: ignore -- all of it", (), "all of it"),
    ],
)
def test_how_a_comment_is_written(line: str, codes: tuple[str, ...], reason: str | None) -> None:
    found = comment_in(line + "\n")
    assert found is not None
    assert (found.codes, found.reason) == (codes, reason)
    assert line[found.start : found.end].startswith("#")


@pytest.mark.parametrize("line", ["# rulecheck: ignored", "# rulecheck: ignore-file", "# x", "# rulecheck: ignore me"])
def test_what_is_no_suppression(line: str) -> None:
    assert comment_in(line) is None


@pytest.mark.parametrize("line", [1, 2, 3, 4])
def test_the_brackets_around_an_expression_belong_to_it(line: int) -> None:
    text = "y = (\n    A\n    @ x\n)\nz = 1\n"
    at = finding(2)
    at = replace(at, place=Place("a.py", 2, 5, 3, 8))
    assert run([at], [comment(line, "RC101")], text) == AfterSuppressions([], 1)
    far = run([at], [comment(5, "RC101")], text)
    assert [f.code for f in far.findings] == ["RC101", CODE]
    assert run([finding(2)], [comment(1, "RC101")], "f(a, b)\ny = A @ x\n").findings[0].code == "RC101"


class TestUnused:
    def test_it_is_reported_with_the_comment_marked_and_taken_out_by_the_fix(self) -> None:
        text = "x = 1\ny = x  # rulecheck: ignore[RC101] -- once slow\nz = 2\n"
        (found,) = run([], [comment(2, "RC101", reason="once slow")], text).findings
        assert found.message == "This comment suppresses nothing: RC101 is not found here."
        assert (found.code, found.place) == (CODE, Place("a.py", 2, 8, 2, 47))
        assert fixed(text, found) == "x = 1\ny = x\nz = 2\n"

    def test_a_comment_alone_on_its_line_leaves_no_line(self) -> None:
        text = "x = 1\r\n    # rulecheck: ignore[RC101]\r\nz = 2\r\n"
        (found,) = run([], [comment(2, "RC101")], text).findings
        assert fixed(text, found) == "x = 1\r\nz = 2\r\n"

    def test_codes_that_are_needed_stay_with_their_reason(self) -> None:
        text = "y = x  # noqa # rulecheck: ignore[RC301, RC101] -- why\n"
        (found,) = run([finding(1)], [comment(1, "RC301", "RC101", reason="why")], text).findings
        assert found.message == "This comment suppresses nothing: RC301 is not found here."
        assert fixed(text, found) == "y = x  # noqa # rulecheck: ignore[RC101] -- why\n"

    def test_a_misspelt_code_names_the_nearest(self) -> None:
        (found,) = run([], [comment(1, "shadowed-metod")], "x  # rulecheck: ignore[shadowed-metod]").findings
        assert found.message == (
            'This comment suppresses nothing: "shadowed-metod" is no check (did you mean "shadowed-method"?).'
        )

    def test_the_text_in_a_string_is_not_touched(self) -> None:
        text = 'y = "# rulecheck: ignore[RC101]"  # rulecheck: ignore[RC101]\n'
        (found,) = run([], [comment(1, "RC101")], text).findings
        assert fixed(text, found) == 'y = "# rulecheck: ignore[RC101]"\n'

    def test_another_tools_comment_behind_it_stays(self) -> None:
        text = "y = x  # rulecheck: ignore[RC301, RC101]  # noqa: E501\n"
        (found,) = run([finding(1)], [comment(1, "RC301", "RC101")], text).findings
        assert fixed(text, found) == "y = x  # rulecheck: ignore[RC101]  # noqa: E501\n"
        (found,) = run([], [comment(1, "RC301", "RC101")], text).findings
        assert fixed(text, found) == "y = x  # noqa: E501\n"

    def test_a_check_that_did_not_run_is_not_judged(self) -> None:
        only = frozenset({"RC301", CODE})
        assert run([], [comment(1, "RC101")], selected=only).findings == []
        assert [f.identity for f in run([], [comment(1, "RC101", "RC301")], selected=only).findings] == [("RC301",)]

    def test_it_is_a_check_like_any_other(self) -> None:
        assert run([], [comment(1, "RC101")], selected=ALL - {CODE}).findings == []
        assert run([], [comment(1, "RC101", CODE)]).findings == []

    def test_two_of_them_are_told_apart(self) -> None:
        found = run([], [comment(1, "RC101"), comment(2, "RC101")]).findings
        assert len({f.fingerprint for f in found}) == 2


class TestPaths:
    def test_codes_ignored_below_a_path(self) -> None:
        here = Path.cwd()
        config = Config(per_path_ignores=((f"{here}/a.py", ("RC1",)), ("other.py", ("ALL",))))
        settled = run([finding(1), finding(2, code="RC301")], [], config=config)
        assert [f.code for f in settled.findings] == ["RC301"]
        assert settled.suppressed == 1


def fixed(text: str, found: Finding) -> str:
    assert found.fix is not None
    for edit in found.fix.edits:
        assert isinstance(edit, Edit)
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text

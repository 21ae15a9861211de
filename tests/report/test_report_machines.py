"""The formats that programs read, as those programs read them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import pytest
from report_sample import EMPTY, FINDINGS, MODEL, REPORT, RESULT
from sarif_shape import LOG

from rulecheck.finding import Edit, Finding, Fix, FixKind, Result
from rulecheck.place import Place
from rulecheck.report import render
from rulecheck.report.base import Report


def only(finding: Finding, text: str | None = None) -> Report:
    return replace(REPORT, result=Result((finding,), text=lambda path: text))


class TestJson:
    def test_every_key_is_always_there(self) -> None:
        data = json.loads(render("json", REPORT))
        keys = (
            "code name system severity path line column end_line end_column message call fires shadows cost fix sites"
        )
        for finding in data["findings"]:
            assert list(finding) == [*keys.split(), "fingerprint"]
        assert list(data) == ["version", "findings", "summary"]
        assert data["version"] == 1

    def test_the_end_is_never_before_the_start(self) -> None:
        for finding in json.loads(render("json", REPORT))["findings"]:
            assert (finding["end_line"], finding["end_column"]) >= (finding["line"], finding["column"])


class TestSarif:
    @pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["findings", "clean"])
    def test_shape(self, report: Report) -> None:
        jsonschema.validate(json.loads(render("sarif", report)), LOG)

    def test_the_shape_is_no_rubber_stamp(self) -> None:
        log = json.loads(render("sarif", REPORT))
        log["runs"][0]["results"][0]["level"] = "fatal"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(log, LOG)

    def test_results_point_at_their_rules(self) -> None:
        run = json.loads(render("sarif", REPORT))["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]

    def test_addresses_are_relative_and_quoted(self) -> None:
        run = json.loads(render("sarif", REPORT))["runs"][0]
        where = run["results"][3]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert where == {"uri": "src/odd%20name%2C100%25%3A%C3%A9.py", "uriBaseId": "%SRCROOT%"}

    def test_an_absolute_path_is_a_file_address(self) -> None:
        log = json.loads(render("sarif", only(replace(FINDINGS[3], place=Place("/usr/lib/a.py", 1)))))
        where = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert where == {"uri": "file:///usr/lib/a.py"}

    def test_a_fix_groups_its_edits_by_file(self) -> None:
        edits = (Edit("a.py", 1, 2, "x"), Edit("b.py", 0, 0, "y"), Edit("a.py", 5, 5, "z"))
        log = json.loads(render("sarif", only(replace(FINDINGS[0], fix=Fix(FixKind.NARROW, True, "", edits)))))
        changes = log["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
        assert [(c["artifactLocation"]["uri"], len(c["replacements"])) for c in changes] == [("a.py", 2), ("b.py", 1)]


class TestGithub:
    def test_one_line_a_finding(self) -> None:
        assert len(render("github", REPORT).splitlines()) == len(FINDINGS)

    def test_what_was_escaped_comes_back(self) -> None:
        line = render("github", only(FINDINGS[3])).rstrip("\n")
        command = re.fullmatch(r"::notice (?P<properties>[^:]*)::(?P<data>.*)", line)
        assert command is not None
        values = dict(p.split("=", 1) for p in command["properties"].split(","))
        back = {k: v.replace("%2C", ",").replace("%3A", ":").replace("%25", "%") for k, v in values.items()}
        assert back["file"] == FINDINGS[3].place.path
        assert command["data"].replace("%0A", "\n").replace("%25", "%") == FINDINGS[3].message

    def test_columns_only_where_the_span_is_on_one_line(self) -> None:
        assert "col=" in render("github", only(FINDINGS[0]))
        assert "col=" not in render("github", only(FINDINGS[2]))


class TestGitlab:
    def test_fingerprints_are_unique(self) -> None:
        rows = json.loads(render("gitlab", REPORT))
        assert len({row["fingerprint"] for row in rows}) == len(rows) == len(FINDINGS)
        assert {row["severity"] for row in rows} <= {"info", "minor", "major", "critical", "blocker"}


class TestJunit:
    def test_it_parses_and_counts(self) -> None:
        root = ElementTree.fromstring(render("junit", REPORT))
        assert root.tag == "testsuites"
        assert root.get("failures") == str(len(FINDINGS)) == str(len(root.findall("testsuite/testcase/failure")))
        messages = [failure.get("message") for failure in root.iter("failure")]
        assert messages == [finding.message for finding in FINDINGS]

    def test_a_clean_run_is_a_passed_case(self) -> None:
        root = ElementTree.fromstring(render("junit", EMPTY))
        assert (root.get("tests"), root.get("failures")) == ("1", "0")

    def test_characters_that_xml_cannot_hold(self) -> None:
        root = ElementTree.fromstring(render("junit", only(replace(FINDINGS[0], message="a\x00b\x1b[1m\udcff"))))
        assert next(root.iter("failure")).get("message") == "a\ufffdb\ufffd[1m\ufffd"


class TestMarkdown:
    def test_prose_is_not_taken_for_markup(self) -> None:
        text = render("markdown", only(replace(FINDINGS[3], message="Circulant.__matmul__ <b> `a_b`")))
        assert r"Circulant.\_\_matmul\_\_ \<b> `a_b`" in text

    def test_fences_outgrow_what_they_hold(self) -> None:
        fix = Fix(FixKind.NARROW, True, '"""\n```\ncode\n```\n"""')
        assert "````python" in render("markdown", only(replace(FINDINGS[0], fix=fix)))


class TestHtml:
    def test_nothing_is_loaded_from_elsewhere_and_nothing_is_injected(self) -> None:
        text = render("html", only(replace(FINDINGS[0], message="<script>alert(1)</script>"), MODEL))
        assert "<script" not in text
        assert not re.search(r"(src|href)=|url\(http|@import", text)


class TestFull:
    def test_carets_stand_below_wide_characters(self) -> None:
        text = render("full", replace(REPORT, result=replace(RESULT, findings=(FINDINGS[1],))))
        source, carets = text.splitlines()[4:6]
        cells = sum(2 if ord(c) > 0x2000 else 1 for c in source[: source.index("λ @")])
        assert carets.index("^") == cells

    @pytest.mark.parametrize("text", [None, "", "one line\n", "\n" * 9])
    def test_source_that_is_not_there_is_left_out(self, text: str | None) -> None:
        shown = render("full", only(FINDINGS[0], text))
        assert "src/model.py:6:19" in shown
        assert "^^" not in shown

    def test_an_empty_place_at_the_end_of_a_line(self) -> None:
        shown = render("full", only(replace(FINDINGS[0], place=Place("a.py", 1, 6)), "x = 1\n"))
        assert "  |      ^" in shown.splitlines()

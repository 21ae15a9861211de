"""The baseline: it knows findings without their lines, shrinks by itself, and never grows unasked."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck.finding import Finding, Severity, number_occurrences
from rulecheck.place import Place
from rulecheck.run.baseline import BaselineError, read, shrink, subtract, write


def finding(path: str, scope: str = "m.f", line: int = 1, code: str = "RC101", **more: object) -> Finding:
    place = Place(path, line)
    return Finding(code, "shadowed-method", "engine", Severity.WARNING, place, "m", scope, **more)  # type: ignore[arg-type]


@pytest.fixture
def baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").touch()
    return tmp_path / "baseline.json"


def test_known_findings_are_taken_out_and_new_ones_stay(baseline: Path) -> None:
    old = [finding("a.py", "m.f"), finding("b.py", "m.g", call="A @ b")]
    assert write(old, baseline) == 2
    new = finding("a.py", "m.h")
    left = subtract([*old, new], baseline)
    assert (left.findings, left.baselined, left.stale) == ([new], 2, ())


def test_moved_lines_change_nothing(baseline: Path) -> None:
    write([finding("a.py", line=10)], baseline)
    assert subtract([finding("a.py", line=99)], baseline).findings == []
    assert '"line"' not in baseline.read_text()


def test_fix_one_add_one_is_seen(baseline: Path) -> None:
    write([finding("a.py", "m.f")], baseline)
    left = subtract([finding("a.py", "m.g")], baseline)
    assert [f.scope for f in left.findings] == ["m.g"]
    assert [row.scope for row in left.stale] == ["m.f"]


def test_equal_findings_are_counted(baseline: Path) -> None:
    twice = number_occurrences([finding("a.py", line=1), finding("a.py", line=2)])
    write(twice[:1], baseline)
    assert subtract(twice, baseline).findings == twice[1:]


def test_it_is_the_same_from_every_folder(baseline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write([finding("src/a.py"), finding("x.py", home="src/b.py")], baseline)
    before = baseline.read_bytes()
    (baseline.parent / "src").mkdir()
    monkeypatch.chdir(baseline.parent / "src")
    here = [finding("a.py"), finding("../x.py", home="b.py")]
    assert subtract(here, baseline).findings == []
    write(here, baseline)
    assert baseline.read_bytes() == before


class TestStale:
    def test_only_of_what_was_looked_at(self, baseline: Path) -> None:
        (baseline.parent / "b.py").touch()
        write([finding("a.py"), finding("b.py"), finding("gone.py"), finding("a.py", code="RC301")], baseline)
        stale = subtract([], baseline, paths=["a.py"], codes=["RC101"], systems=["engine"]).stale
        assert sorted((row.path, row.code) for row in stale) == [("a.py", "RC101"), ("gone.py", "RC101")]
        assert subtract([], baseline, paths=["a.py"], codes=["RC101"], systems=["numpy"]).stale == ()

    def test_shrinking_keeps_the_rest_as_it_was(self, baseline: Path) -> None:
        write([finding("a.py"), finding("b.py")], baseline)
        stale = subtract([finding("b.py")], baseline).stale
        assert shrink(baseline, [row.fingerprint for row in stale]) == 1
        assert [row.path for row in read(baseline)] == ["b.py"]


def test_the_file_is_sorted_readable_and_ends_with_a_line(baseline: Path) -> None:
    rows = [finding("b.py"), finding("a.py", "z"), finding("a.py", "é")]
    write(rows, baseline)
    first = baseline.read_bytes()
    write(reversed(rows), baseline)
    assert baseline.read_bytes() == first
    data = json.loads(first)
    assert [(row["path"], row["scope"]) for row in data["findings"]] == [("a.py", "z"), ("a.py", "é"), ("b.py", "m.f")]
    assert "é".encode() in first
    assert first.endswith(b"}\n")
    assert os.listdir(baseline.parent) == ["a.py", "baseline.json"] or len(os.listdir(baseline.parent)) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff", "is not UTF-8"),
        (b"[]", "is no baseline of rulecheck"),
        (b'{"version": 1}', "is no baseline of rulecheck"),
        (b'{"version": 2, "findings": []}', "is of version 2, this rulecheck reads version 1"),
        (b'{"version": 1, "findings": [{"path": "a"}]}', "row 1 of the baseline is damaged"),
        (b'{"version": 1, "findings": [3]}', "row 1 of the baseline is damaged"),
    ],
)
def test_a_file_that_cannot_be_used(baseline: Path, content: bytes, message: str) -> None:
    baseline.write_bytes(content)
    with pytest.raises(BaselineError) as caught:
        subtract([], baseline)
    assert str(caught.value).startswith(str(baseline))
    assert message in str(caught.value)
    assert "--write-baseline" in str(caught.value)


def test_a_file_that_is_not_there(baseline: Path) -> None:
    with pytest.raises(BaselineError, match="no such baseline; make it with --write-baseline"):
        read(baseline)


def test_a_folder_that_is_not_there(baseline: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be written"):
        write([], baseline.parent / "no" / "b.json")


findings_ = st.builds(
    finding, st.sampled_from(["a.py", "b.py"]), st.sampled_from(["f", "g"]), st.integers(1, 9), st.sampled_from(["RC1"])
)


@settings(max_examples=50, deadline=None)
@given(st.lists(findings_, max_size=6), st.lists(findings_, max_size=6))
def test_laws(tmp_path_factory: pytest.TempPathFactory, old: list[Finding], new: list[Finding]) -> None:
    """What was written is held back wherever it moved to; what is left and what is held back is what was found."""
    path = tmp_path_factory.mktemp("b") / "baseline.json"
    old, new = number_occurrences(old), number_occurrences(new)
    rows = write(old, path)
    assert rows == len(old)
    moved = [replace(f, place=replace(f.place, line=f.place.line + 7)) for f in old]
    assert subtract(moved, path).findings == []
    left = subtract(new, path)
    assert len(left.findings) + left.baselined == len(new)
    assert left.baselined + len(left.stale) == rows
    assert shrink(path, {row.fingerprint for row in left.stale}) <= rows
    assert subtract(new, path).findings == left.findings

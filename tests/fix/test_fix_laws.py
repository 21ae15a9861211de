"""What holds of every text, encoding and set of edits."""

from __future__ import annotations

import codecs
import itertools

import pytest
from fix_findings import finding
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.finding import Edit, Finding
from rulecheck.fix import apply
from rulecheck.fix.edits import edited
from rulecheck.fix.source import SourceFile

pytestmark = pytest.mark.slow

LETTERS = {"utf-8": "aé漢𝔸", "latin-1": "aéß", "koi8-r": "aж"}
ENDS = ["\n", "\r\n", "\r"]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A text and its bytes: any encoding, mixed line ends, with or without a mark and a last line end."""
    encoding = draw(st.sampled_from(sorted(LETTERS)))
    lines = draw(st.lists(st.text(alphabet=LETTERS[encoding] + " \t\f#=", max_size=6), max_size=8))
    text = f"# coding: {encoding}\n" + "".join(line + draw(st.sampled_from(ENDS)) for line in lines)
    text += draw(st.text(alphabet=LETTERS[encoding], max_size=3))
    bom = encoding == "utf-8" and draw(st.booleans())
    return text, codecs.BOM_UTF8 * bom + text.encode(encoding)


@st.composite
def edited_files(draw: st.DrawFn) -> tuple[str, bytes, list[Finding]]:
    text, data = draw(files())
    first = text.index("\n") + 1  # the coding line stays
    offset = st.integers(first, len(text))
    found = []
    for number in range(draw(st.integers(0, 6))):
        edits = []
        for _ in range(draw(st.integers(1, 3))):
            start, end = sorted((draw(offset), draw(offset)))
            edits.append(Edit("a.txt", start, end, draw(st.text(alphabet="xyz\n", max_size=5))))
        found.append(finding(edits, line=number + 1))
    return text, data, found


@given(edited_files(), st.randoms(use_true_random=False))
def test_the_order_of_the_findings_does_not_matter(case: tuple[str, bytes, list[Finding]], shuffled: object) -> None:
    _, data, found = case
    straight = apply(found, read=lambda _: data, write=None)
    other = list(found)
    shuffled.shuffle(other)  # type: ignore[attr-defined]
    assert apply(other, read=lambda _: data, write=None) == straight


@given(edited_files())
def test_every_character_outside_of_the_edits_stays(case: tuple[str, bytes, list[Finding]]) -> None:
    text, data, found = case
    written: dict[str, bytes] = {}
    outcome = apply(found, read=lambda _: data, write=written.__setitem__)
    after = SourceFile.of(written.get("a.txt", data))
    touched = [edit for f in outcome.applied if f.fix for edit in f.fix.edits]
    at = found_to = 0
    for start, end in sorted({(edit.start, edit.end) for edit in touched}):
        kept = text[at:start]
        where = after.text.find(kept, found_to)
        assert where >= 0 if found_to else where == 0
        found_to = where + len(kept)
        at = max(at, end)
    assert after.text.endswith(text[at:])
    assert after.encoding == SourceFile.of(data).encoding
    assert len(outcome.applied) + len(outcome.skipped) == len(found)


@given(edited_files())
def test_applied_findings_never_clash(case: tuple[str, bytes, list[Finding]]) -> None:
    _, data, found = case
    outcome = apply(found, read=lambda _: data, write=None)
    edits = sorted({e for f in outcome.applied if f.fix for e in f.fix.edits}, key=lambda e: (e.start, e.end))
    replaced = [(e.start, e.end) for e in edits if e.start < e.end]
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(replaced))
    assert not any(s < e.start < t for e in edits if e.start == e.end for s, t in replaced)


@given(files(), st.data())
def test_separate_edits_are_what_cutting_and_joining_gives(file: tuple[str, bytes], data: st.DataObject) -> None:
    text, raw = file
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit("a.py", start, end, data.draw(st.text(alphabet="xyz", max_size=4))) for start, end in spans]
    expected, at = "", 0
    for edit in edits:
        expected += text[at : edit.start] + edit.text
        at = edit.end
    expected += text[at:]
    assert edited(SourceFile.of(raw), data.draw(st.permutations(edits))) == expected


@given(files())
def test_no_edits_change_nothing(file: tuple[str, bytes]) -> None:
    text, raw = file
    assert edited(SourceFile.of(raw), []) == text
    assert SourceFile(text, SourceFile.of(raw).encoding).data == raw

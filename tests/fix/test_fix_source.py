"""The way from bytes to text and back loses nothing."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.fix.source import NotEncodable, SourceFile, why_not_python
from rulecheck.languages.store.decode import Undecodable

LATIN = SourceFile.of("# coding: latin-1\nx = 'é'\n".encode("latin-1"))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")), st.booleans())
def test_utf8_round_trips(text: str, bom: bool) -> None:
    text = text.lstrip("\ufeff").replace("coding", "")
    data = codecs.BOM_UTF8 * bom + text.encode()
    source = SourceFile.of(data)
    assert (source.text, source.data) == (text, data)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "koi8-r", "shift_jis", "euc-jp"])
def test_coding_lines_are_obeyed(encoding: str, line_end: str) -> None:
    letter = {"koi8-r": "ж", "shift_jis": "漢", "euc-jp": "漢"}.get(encoding, "é")
    text = line_end.join(["#!/usr/bin/env python", f"# -*- coding: {encoding} -*-", f"x = '{letter}'", ""])
    source = SourceFile.of(text.encode(encoding))
    assert (source.text, source.data) == (text, text.encode(encoding))
    assert why_not_python(source, "a.py") is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x = '\xff'\n", "0xff is not valid utf-8"),
        (b"# coding: klingon\n", "klingon"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "latin-1"),
        # UTF-7 can write one text in two ways; this is not the way in which it would be written again.
        (b"# coding: utf-7\nx = '+AGE-'\n", "several ways"),
    ],
)
def test_what_cannot_be_read_back_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(Undecodable, match=why):
        SourceFile.of(data)


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    with pytest.raises(NotEncodable, match="iso8859-1, has no 'λ'"):
        LATIN.with_text(LATIN.text + "# λ\n")


@pytest.mark.parametrize("moved", ["\n\n", "x = 1\n", "# coding: utf-8\n"])
def test_a_coding_line_cannot_be_moved_out_of_place(moved: str) -> None:
    with pytest.raises(NotEncodable, match="no longer be read as iso8859-1"):
        LATIN.with_text(moved + LATIN.text)


@pytest.mark.parametrize(
    ("text", "at", "line_end"),
    [("a\r\nb\n", 0, "\r\n"), ("a\r\nb\n", 3, "\n"), ("a\r\nb", 4, "\r\n"), ("a", 1, "\n"), ("a\rb\n", 1, "\r")],
)
def test_lines_end_as_those_around_them(text: str, at: int, line_end: str) -> None:
    assert SourceFile(text).line_end(at) == line_end


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = (\n", "a.py:1: '(' was never closed"),
        ("x = 1\nfrom __future__ import annotations\n", "a.py:2: from __future__"),
        ("x = 1\0", "a.py:1: source code"),
    ],
)
def test_what_is_not_python_says_where(text: str, why: str) -> None:
    found = why_not_python(SourceFile(text), "a.py")
    assert found is not None
    assert found.startswith(why)


def test_a_doubtful_escape_is_no_error_and_no_warning() -> None:
    assert why_not_python(SourceFile("x = '\\d'\n"), "a.py") is None

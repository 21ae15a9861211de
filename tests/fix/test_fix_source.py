"""The way from bytes to text and back loses nothing."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.fix.source import NotDecodable, Source, decode, why_not_python


@given(st.text(alphabet=st.characters(codec="utf-8")), st.booleans())
def test_utf8_round_trips(text: str, bom: bool) -> None:
    text = text.lstrip("\ufeff").replace("coding", "")
    data = codecs.BOM_UTF8 * bom + text.encode()
    source = decode(data)
    assert (source.text, source.bom, source.data) == (text, bom, data)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "koi8-r", "shift_jis", "euc-jp"])
def test_coding_lines_are_obeyed(encoding: str, line_end: str) -> None:
    letter = {"koi8-r": "ж", "shift_jis": "漢", "euc-jp": "漢"}.get(encoding, "é")
    text = line_end.join(["#!/usr/bin/env python", f"# -*- coding: {encoding} -*-", f"x = '{letter}'", ""])
    data = text.encode(encoding)
    source = decode(data)
    assert (source.text, source.data) == (text, data)
    assert why_not_python(source, "a.py") is None


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"x = '\xff'\n", "byte 5 is not utf-8"),
        (b"# coding: klingon\n", "unknown encoding"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "encoding problem"),
        (b"# coding: rot13\n", "rot13"),
        # UTF-7 can write one text in two ways; this is not the way in which it would be written again.
        (b"# coding: utf-7\nx = '+AGE-'\n", "would write it"),
    ],
)
def test_what_cannot_be_read_back_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(NotDecodable, match=why):
        decode(data)


def test_a_character_that_the_encoding_lacks_is_named() -> None:
    source = decode("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    with pytest.raises(NotDecodable, match="iso-8859-1, has no 'λ'"):
        source.with_text(source.text + "# λ\n")


def test_a_coding_line_cannot_be_moved_out_of_place() -> None:
    source = decode("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    with pytest.raises(NotDecodable):
        source.with_text("\n\n" + source.text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = (\n", "a.py:1: '(' was never closed"),
        ("x = 1\nfrom __future__ import annotations\n", "a.py:2: from __future__"),
        ("x = 1\0", "a.py:1: source code"),
    ],
)
def test_what_is_not_python_says_where(text: str, why: str) -> None:
    found = why_not_python(Source(text), "a.py")
    assert found is not None
    assert found.startswith(why)


def test_a_doubtful_escape_is_no_error_and_no_warning() -> None:
    assert why_not_python(Source("x = '\\d'\n"), "a.py") is None

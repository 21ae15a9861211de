"""Bytes to text as Python reads them, and back to the characters that a place means."""

from __future__ import annotations

import codecs
import re

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_LINE = re.compile(r"\r\n|\r|\n")


class Undecodable(ValueError):
    """The bytes are no source text; the message says why, `line` where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def encoding_of(data: bytes) -> str:
    """The encoding that a byte-order mark or a PEP 263 comment declares, else UTF-8. Raises Undecodable."""
    marked = data.startswith(codecs.BOM_UTF8)
    first, _, rest = data[3 * marked : 1024].replace(b"\r\n", b"\n").replace(b"\r", b"\n").partition(b"\n")
    cookie = _COOKIE.match(first)
    if cookie is None and _BLANK.match(first):
        cookie = _COOKIE.match(rest.partition(b"\n")[0])
    if cookie is None:
        return "utf-8-sig" if marked else "utf-8"
    name = cookie.group(1).decode("ascii")
    try:
        known = codecs.lookup(name)
        known._is_text_encoding or None  # noqa: B018
    except (LookupError, AttributeError):
        raise Undecodable(f"unknown encoding {name!r} is declared; name one that Python knows") from None
    if not known._is_text_encoding:
        raise Undecodable(f"{name!r} is declared as encoding and is not a text encoding")
    if marked:
        if known.name not in ("utf-8", "utf-8-sig"):
            raise Undecodable(f"the file starts with a UTF-8 mark and declares the encoding {name!r}; remove one")
        return "utf-8-sig"
    return known.name


def decode(data: bytes) -> str:
    """The text of a source file, line ends as they are, the byte-order mark kept out. Raises Undecodable."""
    zero = data.find(b"\0")
    if zero >= 0:
        raise Undecodable("the file contains a NUL byte; it is not Python source", data.count(b"\n", 0, zero) + 1)
    encoding = "utf-8" if data.isascii() and b"coding" not in data[:512] else encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"byte 0x{data[error.start]:02x} is not valid {error.encoding}"
        raise Undecodable(f"{byte}; save the file as UTF-8 or declare its encoding", line) from None
    except UnicodeError as error:
        raise Undecodable(f"the file is not valid {encoding}: {error}") from None


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character, by Python's line ends; one more entry for the end of the text."""
    return [0, *(m.end() for m in _LINE.finditer(text)), len(text)]

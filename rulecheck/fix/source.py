"""The text of a Python file, and the way back to exactly its bytes."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, replace

_LINE_END = re.compile(r"\r\n|\r|\n")


class NotDecodable(ValueError):
    """A file's bytes cannot be turned into text, or a text cannot be turned into the file's bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A decoded file. The text holds the line ends as they are in the file, and no byte order mark."""

    text: str
    encoding: str = "utf-8"
    bom: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of the file. Raises NotDecodable where the encoding has no such character."""
        try:
            encoded = self.text.encode(self.encoding)
        except UnicodeEncodeError as error:
            character = self.text[error.start]
            raise NotDecodable(f"the file's encoding, {self.encoding}, has no {character!r}") from None
        return codecs.BOM_UTF8 + encoded if self.bom else encoded

    def line_end(self, at: int) -> str:
        """The line end of the line that the offset stands in; at the end of a file, that of the line before."""
        after = _LINE_END.search(self.text, at)
        if after is not None:
            return after[0]
        before = self.text[:at]
        found = _LINE_END.findall(before)
        return found[-1] if found else "\n"

    def with_text(self, text: str) -> Source:
        """The same file with another text. Raises NotDecodable where it would not be read as it was written."""
        other = replace(self, text=text)
        if decode(other.data) != other:
            raise NotDecodable(f"the file would no longer be read as {self.encoding}")
        return other


def decode(data: bytes) -> Source:
    """Read a file's bytes as Python does (PEP 263: a byte order mark, a coding line, else UTF-8).

    Raises NotDecodable, which says why, and where encoding the text again would not give the same bytes.
    """
    bom = data.startswith(codecs.BOM_UTF8)
    head = b"\n".join(re.split(rb"\r\n|\r|\n", data, maxsplit=2)[:2]) + b"\n"
    if not bom:  # what a coding line says is ASCII; what else stands beside it is judged when all is decoded
        head = head.decode("ascii", "replace").encode("ascii", "replace")
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(head).readline)[0]
    except SyntaxError as error:
        raise NotDecodable(str(error)) from None
    encoding = "utf-8" if encoding == "utf-8-sig" else encoding
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    try:
        source = Source(body.decode(encoding), encoding, bom)
    except UnicodeDecodeError as error:
        raise NotDecodable(f"byte {error.start} is not {encoding}: {error.reason}") from None
    except LookupError as error:  # "rot13", "hex": codecs, but not of text
        raise NotDecodable(str(error)) from None
    if source.data != data:
        raise NotDecodable(f"the file is not written as {encoding} would write it, so the rest could not be left alone")
    return source


def why_not_python(source: Source, path: str) -> str | None:
    """Why the file is not valid Python, with the line; None where it is. Nothing is executed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source.data, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"{path}:{error.lineno or 1}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            return f"{path}:1: {error}"
    return None

"""The text of a source file, and the way back to exactly its bytes."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace

from rulecheck.languages.store.decode import Undecodable, decode, encoding_of

_LINE_END = re.compile(r"\r\n|\r|\n")


class NotEncodable(ValueError):
    """A text cannot be turned into the bytes of its file."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A decoded file. The text holds the line ends as they are in the file, and no byte-order mark."""

    text: str
    encoding: str = "utf-8"

    @classmethod
    def of(cls, data: bytes) -> SourceFile:
        """The file with these bytes. Raises Undecodable, also where encoding the text would not give them again."""
        source = cls(decode(data), encoding_of(data))
        if source.data != data:
            raise Undecodable(
                f"its {source.encoding} text can be written in several ways, and the rest must stay as it is"
            )
        return source

    @property
    def data(self) -> bytes:
        """The bytes of the file. Raises NotEncodable where the encoding has no such character."""
        try:
            return self.text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise NotEncodable(f"the file's encoding, {self.encoding}, has no {self.text[error.start]!r}") from None

    def line_end(self, at: int) -> str:
        """The line end of the line that the offset stands in; at the end of a file, that of the line before."""
        after = _LINE_END.search(self.text, at)
        if after is not None:
            return after[0]
        found = _LINE_END.findall(self.text, 0, at)
        return found[-1] if found else "\n"

    def with_text(self, text: str) -> SourceFile:
        """The same file with another text. Raises NotEncodable where it would not be read as it was written."""
        other = replace(self, text=text)
        try:
            if SourceFile.of(other.data) == other:
                return other
        except Undecodable:
            pass
        raise NotEncodable(f"the file would no longer be read as {self.encoding}")


def why_broken(before: SourceFile, after: SourceFile, path: str) -> str | None:
    """Why a file that a fix changed is none of its language any more; None where it is, or nobody can tell."""
    if path.endswith((".py", ".pyi")):
        why = why_not_python(after, path)
        return f"{why}: the fix would not leave valid Python and was not applied" if why else None
    if path.endswith(".jl"):
        why = _why_not_julia(before, after, path)
        return f"{why}: the fix would not leave valid Julia and was not applied" if why else None
    return None


def _why_not_julia(before: SourceFile, after: SourceFile, path: str) -> str | None:
    """The first part of the file that cannot be read, where there are more of them than before."""
    from rulecheck.languages.julia.syntax.parse import parse

    errors = parse(after.data, path).errors
    if len(errors) <= len(parse(before.data, path).errors):
        return None
    return f"{errors[0].place.at}: {errors[0].reason}"


def why_not_python(source: SourceFile, path: str) -> str | None:
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

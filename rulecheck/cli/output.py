"""Writing to the terminal, a pipe or a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rulecheck.config import UsageError
from rulecheck.place import utf8


def emit(text: str, to: TextIO | None = None, *, data: bool = False) -> None:
    """Write text, whatever the stream's encoding; a reader that has gone away is no error.

    What programs read, as `data` says, is UTF-8 everywhere. Raises UsageError where nothing can be written.
    """
    stream = to or sys.stdout
    with _writing(stream):
        if data:
            stream.flush()
            stream.buffer.write(utf8(text))
        else:
            try:
                stream.write(text)
            except UnicodeEncodeError:
                encoding = stream.encoding or "ascii"
                stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()


def emit_bytes(data: bytes) -> None:
    """Write bytes as they are to the standard output."""
    with _writing(sys.stdout):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


@contextmanager
def _writing(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        quieten(stream)
    except OSError as error:
        quieten(stream)
        if stream is not sys.stderr:
            raise UsageError(f"the output could not be written: {error.strerror or error}") from None


def say(text: str) -> None:
    """Write a line for the user beside the report."""
    emit(f"{text}\n", sys.stderr)


def store(text: str, path: str) -> None:
    """Write a report into a file; raises UsageError where that cannot be."""
    try:
        Path(path).write_bytes(utf8(text))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def store_bytes(data: bytes, path: str) -> None:
    """Write a file that is no text; raises UsageError where that cannot be."""
    try:
        Path(path).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def quieten(stream: TextIO | None = None) -> None:
    """Point a stream whose reader has gone away at nothing, so that no later flush complains."""
    stream = stream or sys.stdout
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, stream.fileno())
    except (OSError, ValueError):
        pass
    finally:
        os.close(nothing)


def wants_colour(stream: TextIO) -> bool:
    """Whether a stream is to be coloured: NO_COLOR says no, FORCE_COLOR yes, and else a terminal that can does."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """How wide prose is set."""
    import shutil

    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))

"""Source files to facts, and facts to a program that can be asked. Nothing that is read is imported or executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulecheck.sources.settings import DEFAULT_EXCLUDE, ReadSettings, SourceError

if TYPE_CHECKING:
    from rulecheck.sources.program import Program
    from rulecheck.sources.reading import read

__all__ = ["DEFAULT_EXCLUDE", "Program", "ReadSettings", "SourceError", "read"]


def __getattr__(name: str) -> Any:
    # The reader of Python is imported only where Python is read.
    if name == "read":
        from rulecheck.sources.reading import read

        return read
    if name == "Program":
        from rulecheck.sources.program import Program

        return Program
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

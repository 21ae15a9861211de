"""Source files to facts, and facts to a program that can be asked. Nothing that is read is imported or executed."""

from rulecheck.sources.program import Program
from rulecheck.sources.reading import read
from rulecheck.sources.settings import DEFAULT_EXCLUDE, ReadSettings, SourceError

__all__ = ["DEFAULT_EXCLUDE", "Program", "ReadSettings", "SourceError", "read"]

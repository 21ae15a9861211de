"""What a run says, in one format a file; each is a pure function of a `Report`."""

from __future__ import annotations

from importlib import import_module

from rulecheck.config import UnknownName
from rulecheck.report.base import Report

# By name; each is a module of this folder with `render(report) -> str`, imported only when it is asked for.
FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")


def render(format_: str, report: Report) -> str:
    """The run in one of `FORMATS`, with a line end; raises UnknownName."""
    if format_ not in FORMATS:
        raise UnknownName("format", format_, FORMATS)
    text: str = import_module(f"rulecheck.report.{format_}").render(report)
    return text

"""The checks, one a file: a module named after a code exposes its `CHECK`, and nothing else needs to know of it."""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from rulecheck.checks.base import Check


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, by code."""
    codes = sorted(f.removesuffix(".py") for f in os.listdir(__path__[0]) if f.startswith("rc") and f.endswith(".py"))
    return tuple(import_module(f"{__name__}.{code}").CHECK for code in codes)


def known() -> tuple[tuple[str, str, bool], ...]:
    """Code, name and whether it runs by default, of every check."""
    return tuple((c.code, c.name, c.default) for c in all_checks())


def find(wanted: str) -> Check | None:
    """The check of a code or a name, however it is capitalised."""
    key = wanted.strip().lower()
    return next((c for c in all_checks() if key in (c.code.lower(), c.name)), None)

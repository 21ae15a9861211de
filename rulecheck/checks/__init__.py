"""The checks, one a file: a module named after a code exposes its `CHECK`, and nothing else needs to know of it.

An enabled plugin adds its own by the entry point group `rulecheck.checks`, in which the shipped ones stand as well.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from rulecheck import plugins
from rulecheck.checks.base import Check
from rulecheck.config import UsageError


def all_checks() -> tuple[Check, ...]:
    """Every check, by code."""
    added = plugins.added(plugins.CHECKS)
    taken = {text for c in _shipped() for text in (c.code, c.name)}
    for name, given in added.items():
        if not isinstance(given, Check) or given.code != name:
            raise UsageError(f'the plugin\'s entry point "{name}" is no `Check` of that code')
        if taken & {given.code, given.name}:
            raise UsageError(f"the plugin's check {given.code} {given.name} has the code or name of another")
        taken |= {given.code, given.name}
    return (*_shipped(), *(added[name] for name in sorted(added)))


@cache
def _shipped() -> tuple[Check, ...]:
    codes = sorted(f.removesuffix(".py") for f in os.listdir(__path__[0]) if f.startswith("rc") and f.endswith(".py"))
    return tuple(import_module(f"{__name__}.{code}").CHECK for code in codes)


def known() -> tuple[tuple[str, str, bool], ...]:
    """Code, name and whether it runs by default, of every check."""
    return tuple((c.code, c.name, c.default) for c in all_checks())


def find(wanted: str) -> Check | None:
    """The check of a code or a name, however it is capitalised."""
    key = wanted.strip().lower()
    return next((c for c in all_checks() if key in (c.code.lower(), c.name)), None)

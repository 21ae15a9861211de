"""AD systems and operator protocols: how each one answers a call.

A system is a folder here whose module exposes `SYSTEM`, or an object that an enabled plugin has in the entry point
group `rulecheck.systems`; nothing else needs to know of it. The shipped ones stand in that group too: the folders are
asked here because reading an environment's metadata takes a good part of the time of a lint that is recalled.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module
from typing import Any

from rulecheck import plugins
from rulecheck.config import UsageError
from rulecheck.model.system import System

# What several systems name, and is none itself.
SHARED = "shared"


def names() -> tuple[str, ...]:
    """The known systems by name, without importing any of the shipped ones."""
    return tuple(sorted({*_shipped(), *_added()}))


def system(name: str) -> System:
    """The system of that name; raises KeyError for one that is not known."""
    if name not in _shipped():
        return _added()[name]
    found: System = import_module(f"{__name__}.{name}").SYSTEM
    return found


@cache
def _shipped() -> frozenset[str]:
    here = __path__[0]
    folders = frozenset(f for f in os.listdir(here) if os.path.isfile(os.path.join(here, f, "__init__.py")))
    return folders - {SHARED}


def _added() -> dict[str, System]:
    """The systems of plugins. Raises UsageError for one that takes the name of a shipped one, or is none."""
    found = plugins.added(plugins.SYSTEMS)
    for name, given in found.items():
        if name in _shipped():
            raise UsageError(f'the plugin\'s system "{name}" has the name of a shipped one')
        if not isinstance(given, System) or given.name != name:
            raise UsageError(f'the plugin\'s entry point "{name}" is no `System` of that name')
    return found


def macros() -> tuple[Any, ...]:
    """The macros that make rules in any system."""
    return tuple(dict.fromkeys(macro for name in names() for macro in system(name).macros))


def environment() -> str:
    """The shipped environment that answers where a project does not say with what it runs."""
    return next((found for name in names() if (found := system(name).environment)), "")

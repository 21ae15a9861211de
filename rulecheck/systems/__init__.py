"""AD systems and operator protocols: how each one answers a call.

A system is a module or folder here that exposes `SYSTEM`; nothing else needs to know of it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from rulecheck.systems.base import System

_NO_SYSTEMS = frozenset({"base"})


@cache
def names() -> tuple[str, ...]:
    """The known systems by name, without importing any."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if m.name not in _NO_SYSTEMS and m.name[0] != "_"))


@cache
def system(name: str) -> System:
    """The system of that name; raises KeyError for one that is not known."""
    if name not in names():
        raise KeyError(name)
    found: System = import_module(f"{__name__}.{name}").SYSTEM
    return found

"""AD systems and operator protocols: how each one answers a call.

A system is a module or folder here that exposes `SYSTEM`; nothing else needs to know of it.
"""

from __future__ import annotations

import os
from functools import cache
from importlib import import_module

from rulecheck.model.system import System


@cache
def names() -> tuple[str, ...]:
    """The known systems by name, without importing any."""
    here = __path__[0]
    files = {f.removesuffix(".py") for f in os.listdir(here) if f.endswith(".py") and f[0] != "_"}
    folders = {f for f in os.listdir(here) if os.path.isfile(os.path.join(here, f, "__init__.py"))}
    return tuple(sorted(files | folders))


@cache
def system(name: str) -> System:
    """The system of that name; raises KeyError for one that is not known."""
    if name not in names():
        raise KeyError(name)
    found: System = import_module(f"{__name__}.{name}").SYSTEM
    return found

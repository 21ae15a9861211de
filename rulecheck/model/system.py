"""The one declaration of an AD system or operator protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rulecheck.model.model import Model


@dataclass(frozen=True, slots=True)
class System:
    """An AD system or operator protocol. Its module exposes one as `SYSTEM`; `model` imports what it needs itself.

    A registrar is a qualified name whose calls and decorations are facts ("rulecheck.ad.opt_out"). A file that holds
    none of the tokens cannot matter to the system beyond its types, calls and bases. `suffixes` say which language's
    files the system is about; `model` takes the program that is read from them.
    """

    name: str
    registrars: frozenset[str]
    tokens: tuple[bytes, ...]
    model: Callable[[Any], Model]
    suffixes: tuple[str, ...] = (".py",)
    # A file matters as well for a class that has one of each of these in its body or in those of its bases: a word, and
    # regular expressions of which one occurs where the word does.
    marks: tuple[tuple[bytes, ...], ...] = ()
    # Qualified names of functions that call their first argument with the others: `gradient(f, x)` calls `f(x)`.
    appliers: frozenset[str] = frozenset()
    # Macros that make rules, as the reader of the language takes them.
    macros: tuple[Any, ...] = ()
    # The shipped environment that answers where a project does not say with what it runs.
    environment: str = ""

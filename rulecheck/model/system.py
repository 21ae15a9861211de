"""The one declaration of an AD system or operator protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model


@dataclass(frozen=True, slots=True)
class System:
    """An AD system or operator protocol. Its module exposes one as `SYSTEM`; `model` imports what it needs itself.

    A registrar is a qualified name whose calls and decorations are facts ("rulecheck.ad.opt_out"), with the kind of
    entry that each makes; None for one that says something else. A file that holds none of the tokens cannot matter to
    the system beyond its types, calls and bases. `suffixes` say which language's files the system is about; `model`
    takes the program that is read from them.
    """

    name: str
    model: Callable[[Any], Model]
    # What it is in one line, and its page: the layers in their order, and what is to be known of them, as Markdown.
    summary: str = ""
    page: str = ""
    registrars: Mapping[str, EntryKind | None] = field(default_factory=dict, hash=False)
    tokens: tuple[bytes, ...] = ()
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
    # Other names of functions, each with the one under which rules are kept: "numpy.add" means "operator.add".
    spellings: Mapping[str, str] = field(default_factory=dict, hash=False)
    # Packages whose arrays hand an operator on to the method that Python would ask in their place.
    handing_on: frozenset[str] = frozenset()

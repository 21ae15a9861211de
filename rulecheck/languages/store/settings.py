"""What a run of the reader is told."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rulecheck.config import UsageError
from rulecheck.languages.store.records import Store

DEFAULT_EXCLUDE: tuple[str, ...] = (
    ".*",
    "__pycache__",
    "__pypackages__",
    "_build",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
    "*.egg-info",
)
"""Folders and files that are passed over unless they are named themselves: hidden, built or foreign."""

PARSE_ALL_BELOW = 20_000
# To parse the files of which nothing is asked takes a processor as long again in the largest projects.
VERIFY_BELOW = 200_000


class SourceError(UsageError, ValueError):
    """The paths given cannot be read as they were asked for; the message is for the user."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """How to read.

    `registrars` are the qualified names of the functions that register rules. `tokens` are regular expressions over
    bytes: in a project of more than `parse_all_below` lines, its three largest files left out, and among those three,
    a file is read only if one of them occurs in it, or it has to do with a class of such a file, or with a class that
    shows all of one row of `marks`, each a word and regular expressions of which one occurs where the word does.
    `exclude` are glob patterns for names, or for paths below a linted folder. `store` keeps what was read for the next
    run; `jobs` None chooses.
    `search_path` None is the path of this interpreter, whose packages are found as files and never imported. `stdin` is
    a (name, content) that stands for standard input. `around` asks that a file which is named be read among those that
    it belongs to, without judging them; what stands for standard input then is all that is judged. In a project of
    no more than `verify_below` lines every linted file is parsed, if only to tell that it cannot be.
    """

    registrars: frozenset[str] = frozenset()
    # The qualified names of functions that call their first argument with the others.
    appliers: frozenset[str] = frozenset()
    # Other names of functions, each with the one under which a system keeps them: "numpy.add" means "operator.add".
    spellings: Mapping[str, str] = field(default_factory=dict, hash=False)
    # The packages whose arrays hand an operator on to the method that Python would ask in their place.
    handing_on: frozenset[str] = frozenset()
    tokens: tuple[bytes, ...] = (b"",)
    marks: tuple[tuple[tuple[bytes, ...], ...], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    store: Store = field(default_factory=Store)
    jobs: int | None = None
    search_path: tuple[str, ...] | None = None
    stdin: tuple[str, bytes] | None = None
    around: bool = False
    verify_below: int = 0
    parse_all_below: int = PARSE_ALL_BELOW
    # What answers for the packages of a Julia project: the name of a shipped environment, or a pack's path. None takes
    # what the project's manifest says.
    environment: str | None = None
    # The shipped environment that answers where neither that nor the manifest says anything.
    default_environment: str = ""
    # The macros that make rules, as the reader of the language takes them.
    macros: tuple[Any, ...] = ()
    # Called with (files done, files in all) while files are parsed.
    progress: Callable[[int, int], None] | None = None

    def roots(self) -> tuple[str, ...]:
        """The folders in which imported packages are looked for."""
        if self.search_path is not None:
            return self.search_path
        return tuple(os.path.abspath(p) for p in dict.fromkeys(sys.path) if p and os.path.isdir(p))

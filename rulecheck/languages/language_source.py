"""What was read in one language: its program, and what there is to say of the reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rulecheck.facts import Unreadable


@dataclass(frozen=True, slots=True)
class Consulted:
    """What was looked at beside the linted files: files by digests of their contents, and folders of their listings.

    What could not be read counts as well: it may be there the next time.
    """

    files: Mapping[str, bytes]
    folders: Mapping[str, bytes]


NOTHING = Consulted({}, {})


@dataclass(frozen=True, slots=True)
class LanguageSource:
    """What was read in one language.

    `program` is what the systems of the language take; every language's tells its paths, stats, suppressions, what was
    unreadable, and a path's text. `environment` names what answers for packages that are not the project's own, and
    `unknown` says what of them nothing is known of, with the number of times that it matters; `unfollowed` the same of
    definitions that hang on values which could not be worked out.
    """

    program: Any
    environment: str | None = None
    unknown: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    # What is broken beside the program's own files.
    problems: tuple[Unreadable, ...] = ()
    unfollowed: tuple[tuple[str, int], ...] = ()

    def keep(self) -> None:
        """The run is over: leave what was read to the next, where the language does."""
        keep = getattr(self.program, "keep", None)
        if keep is not None:
            keep()

    @property
    def consulted(self) -> Consulted:
        """What was looked at beside the linted files."""
        found: Consulted = self.program.consulted()
        return found

    @property
    def beside(self) -> frozenset[str]:
        """The files that were read beside those that are judged."""
        return getattr(self.program, "beside", frozenset())

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read."""
        return tuple(u for u in (*self.problems, *self.program.unreadable) if u.place.path not in self.beside)

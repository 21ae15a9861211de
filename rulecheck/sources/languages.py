"""The languages that can be read: files to one program each. What only one of them needs is imported for it alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rulecheck.facts import Unreadable
from rulecheck.sources.discovery import Discovery, discover
from rulecheck.sources.settings import ReadSettings


@dataclass(frozen=True, slots=True)
class Source:
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

    @property
    def told(self) -> tuple[str, ...]:
        """The notes, with what there is to say of a cache by now."""
        return (*self.notes, *getattr(self.program, "notes", ()))

    def keep(self) -> None:
        """The run is over: leave what was answered to the next, where the language does."""
        keep = getattr(self.program, "keep", None)
        if keep is not None:
            keep()

    @property
    def beside(self) -> frozenset[str]:
        """The files that were read beside those that are judged."""
        return getattr(self.program, "beside", frozenset())

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read."""
        return tuple(u for u in (*self.problems, *self.program.unreadable) if u.place.path not in self.beside)


def _python(found: Discovery, settings: ReadSettings) -> Source:
    if settings.recall and settings.cache_dir is not None:
        from rulecheck.sources.recall import Recalled

        return Source(Recalled(found, settings, settings.cache_dir))
    from rulecheck.sources.reading import read_found

    return Source(read_found(found, settings))


def _julia(found: Discovery, settings: ReadSettings) -> Source:
    from rulecheck.sources.julia.reading import read_found

    return read_found(found, settings)


# By suffix, in the order in which they are asked.
LANGUAGES: Mapping[str, Callable[[Discovery, ReadSettings], Source]] = {".py": _python, ".jl": _julia}


def read_all(
    paths: Sequence[str], settings: ReadSettings, suffixes: Collection[str], wanted: Collection[str] = ()
) -> dict[str, Source]:
    """Find the files once, and read each language that there are files of, or whose suffix is among `wanted`.

    Where there are no files and nothing is wanted, the first language of `suffixes` gives an empty program.
    Raises SourceError for paths, and `config.UsageError` for settings, that cannot be used.
    """
    known = tuple(suffix for suffix in LANGUAGES if suffix in suffixes)
    found = discover(paths, settings, known)
    by_suffix: dict[str, list[str]] = {suffix: [] for suffix in known}
    for path in found.files:
        by_suffix[next((s for s in known if path.endswith(s)), known[0])].append(path)
    read = [suffix for suffix in known if by_suffix[suffix] or suffix in wanted] or list(known[:1])
    sources = {}
    for number, suffix in enumerate(read):
        # What could not be entered is told once, by the language that is read first.
        own = Discovery(by_suffix[suffix], found.folders, [] if number else found.unreadable, found.beside)
        sources[suffix] = LANGUAGES[suffix](own, settings)
    return sources

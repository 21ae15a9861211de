"""The languages that can be read: files to one program each. What only one of them needs is imported for it alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from rulecheck.languages.language_source import LanguageSource
from rulecheck.languages.store.discovery import Discovery, discover
from rulecheck.languages.store.settings import ReadSettings


def _python(found: Discovery, settings: ReadSettings) -> LanguageSource:
    if settings.recall and settings.cache_dir is not None:
        from rulecheck.languages.python.recalled_program import RecalledProgram

        return LanguageSource(RecalledProgram(found, settings, settings.cache_dir))
    from rulecheck.languages.python.reading import read_found

    return LanguageSource(read_found(found, settings))


def _julia(found: Discovery, settings: ReadSettings) -> LanguageSource:
    from rulecheck.languages.julia.reading import read_found

    return read_found(found, settings)


# By suffix, in the order in which they are asked.
LANGUAGES: Mapping[str, Callable[[Discovery, ReadSettings], LanguageSource]] = {".py": _python, ".jl": _julia}


def read_all(
    paths: Sequence[str], settings: ReadSettings, suffixes: Collection[str], wanted: Collection[str] = ()
) -> dict[str, LanguageSource]:
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

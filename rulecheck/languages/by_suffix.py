"""The languages that can be read: files to one program each. What only one of them needs is imported for it alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from rulecheck.languages.language_source import LanguageSource
from rulecheck.languages.store.discovery import Discovery, discover
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts


def _python(found: Discovery, settings: ReadSettings, texts: SourceTexts) -> LanguageSource:
    from rulecheck.languages.python.reading import read_found

    return LanguageSource(read_found(found, settings, texts))


def _julia(found: Discovery, settings: ReadSettings, texts: SourceTexts) -> LanguageSource:
    from rulecheck.languages.julia.reading import read_found

    return read_found(found, settings, texts)


# By suffix, in the order in which they are asked.
LANGUAGES: Mapping[str, Callable[[Discovery, ReadSettings, SourceTexts], LanguageSource]] = {
    ".py": _python,
    ".jl": _julia,
}


def find_all(
    paths: Sequence[str], settings: ReadSettings, suffixes: Collection[str], wanted: Collection[str] = ()
) -> dict[str, Discovery]:
    """Find the files once, for each language that there are files of, or whose suffix is among `wanted`.

    Where there are no files and nothing is wanted, the first language of `suffixes` has none. Raises SourceError for
    paths that cannot be used.
    """
    known = tuple(suffix for suffix in LANGUAGES if suffix in suffixes)
    found = discover(paths, settings, known)
    by_suffix: dict[str, list[str]] = {suffix: [] for suffix in known}
    for path in found.files:
        by_suffix[next((s for s in known if path.endswith(s)), known[0])].append(path)
    read = [suffix for suffix in known if by_suffix[suffix] or suffix in wanted] or list(known[:1])
    # What could not be entered is told once, by the language that is read first.
    return {
        suffix: Discovery(by_suffix[suffix], found.folders, [] if number else found.unreadable, found.beside)
        for number, suffix in enumerate(read)
    }


def read_all(found: Mapping[str, Discovery], settings: ReadSettings, texts: SourceTexts) -> dict[str, LanguageSource]:
    """Read each language. Raises `config.UsageError` for settings that cannot be used."""
    return {suffix: LANGUAGES[suffix](own, settings, texts) for suffix, own in found.items()}


def surroundings(found: Mapping[str, Discovery], settings: ReadSettings) -> object:
    """What answers hang on that is neither in the linted files nor in the settings, as far as it can be told before."""
    if ".jl" not in found:
        return None
    from rulecheck.languages.julia.reading import surroundings as of_julia

    return of_julia(found[".jl"], settings)

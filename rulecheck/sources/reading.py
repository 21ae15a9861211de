"""From paths to a program: find the files, read what is needed, link the facts."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rulecheck.facts import Stats, Unreadable
from rulecheck.place import Place
from rulecheck.sources.discovery import discover
from rulecheck.sources.link.modules import EMPTY, Modules, RawFile
from rulecheck.sources.program import Program
from rulecheck.sources.settings import ReadSettings
from rulecheck.sources.texts import Texts


def read(paths: Sequence[str], settings: ReadSettings | None = None) -> Program:
    """Read source files and folders. Nothing of what is read is imported or executed.

    Raises SourceError where a path does not exist or is no source file; what cannot be read otherwise is told in
    `Program.unreadable`, and the rest is complete.
    """
    from rulecheck.sources.python.extract import extract

    settings = settings or ReadSettings()
    found = discover(paths, settings)
    unreadable = list(found.unreadable)
    texts = Texts(dict([settings.stdin]) if settings.stdin else {})
    short = frozenset(r.rpartition(".")[2] for r in settings.registrars)

    def load(path: str) -> RawFile | None:
        try:
            return extract(texts.bytes(path), short)
        except OSError:
            return None

    modules = Modules(settings.roots(), load)
    lines = calls = 0
    for path in found.files:
        try:
            raw = extract(texts.bytes(path), short)
        except OSError as error:
            unreadable.append(Unreadable(Place(path, 1), f"the file could not be opened: {error.strerror or error}"))
            continue
        if "error" in raw:
            line, reason = raw["error"]
            unreadable.append(Unreadable(Place(path, line), reason))
            raw = EMPTY
        lines += raw["lines"]
        calls += len(raw["calls"]) + sum(len(f[6]) for f in raw["functions"])
        modules.add(path, raw)
    modules.finish([*found.folders, os.curdir])
    stats = Stats(len(found.files), lines, len(found.files), calls)
    return Program(modules, texts, settings.registrars, unreadable, stats)

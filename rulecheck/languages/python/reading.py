"""From paths to a program: find the files, read those that matter, link what they tell."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence

from rulecheck.languages.python.program import Program
from rulecheck.languages.python.selection.files import ProjectFiles
from rulecheck.languages.python.semantics.modules import Modules
from rulecheck.languages.store.discovery import Discovery, discover
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts


def read(paths: Sequence[str], settings: ReadSettings | None = None) -> Program:
    """Read source files and folders. Nothing of what is read is imported or executed.

    Raises SourceError where a path does not exist or is no source file; what cannot be read otherwise is told in
    `Program.unreadable`, and the rest is complete.
    """
    settings = settings or ReadSettings()
    return read_found(discover(paths, settings), settings)


def read_found(found: Discovery, settings: ReadSettings, texts: SourceTexts | None = None) -> Program:
    """The same for files that were listed already, and of which some may have been read."""
    texts = texts or SourceTexts(dict([settings.stdin]) if settings.stdin else {})
    files = ProjectFiles(settings, texts, found.unreadable)
    files.open(found.files)
    modules = Modules(settings.roots(), files.installed, files.__getitem__)
    for path, file in files.linted.items():
        modules.add(path, file.outline)
    modules.finish([*found.folders, os.curdir])
    files.choose()
    program = Program(modules, files, settings, found.beside)
    # What is read on demand is kept when nobody can ask any more.
    weakref.finalize(program, files.close)
    return program

"""The files of one run, each read no further than is asked of it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rulecheck.facts import Stats, Unreadable
from rulecheck.languages.python.selection.looks import Derived, Look, Sought, chosen, look
from rulecheck.languages.python.selection.parsing import SyntaxErrors, Task, extract_all
from rulecheck.languages.python.syntax.extract import extract_body
from rulecheck.languages.python.syntax.rows import EMPTY, UNREAD, Body, FileRows, FunctionRow, SyntaxFault
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted, holds, spoken, words
from rulecheck.languages.store.discovery import importing
from rulecheck.languages.store.records import Bundle, packed, unpacked
from rulecheck.languages.store.schema import Misfit, maker
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts
from rulecheck.place import Place

# So many of the largest files do not make a project large.
FEW = 3
# So many words are looked for one by one; for more, all words of a file are told apart once.
FEW_WORDS = 8


class Kept(NamedTuple):
    """What is kept of a content: the look at its bytes; its rows if they were read; and if all of it was parsed, the
    fault because of which that failed, if there was one.
    """

    look: Look
    rows: bytes | None = None
    faults: tuple[SyntaxFault, ...] | None = None


class SourceFile:
    """One file: what was read of it so far, and the bodies that were left for later, by their numbers."""

    __slots__ = ("_all_words", "_normal", "files", "is_unsaved", "key", "look", "path", "rows", "sifted")

    def __init__(self, files: ProjectFiles, path: str, key: bytes, seen: Look) -> None:
        self.files = files
        self.path = path
        self.key = key
        self.look = seen
        self.rows: FileRows | None = None
        # What was wanted of the file when its bodies were read or left.
        self.sifted: Wanted | None = None
        # Whether its rows tell more than what is kept of them.
        self.is_unsaved = False
        self._normal: str | None = None
        self._all_words: frozenset[bytes] | None = None

    def outline(self) -> FileRows:
        """What it brings into the world; read in outline if nobody asked for more before."""
        if self.rows is None:
            self.rows = self.files.outlined(self)
        return self.rows

    @property
    def normal(self) -> str:
        """The text to which the places of bodies refer."""
        if self._normal is None:
            text = self.files.texts.text(self.path)
            self._normal = text.replace("\r\n", "\n") if "\r" in text else text
        return self._normal

    def text(self, number: int) -> bytes:
        """What a body says."""
        hole = self.outline().bodies[number]
        return self.normal[hole.start : hole.end].encode("utf-8", "replace")

    def holds(self, number: int, wanted: Wanted) -> bool:
        """Whether a body that was left for later may hold what is wanted."""
        if self.outline().bodies[number].body is None and self.sifted == wanted:
            return False
        return holds(self.text(number), wanted)

    def body(self, number: int, row: FunctionRow) -> Body:
        """What a body means; `row` is its function's."""
        hole = self.outline().bodies[number]
        if hole.body is None:
            self.is_unsaved = True
            try:
                hole.body = extract_body(self.normal, row, hole, self.files.registrars)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                hole.body = UNREAD
                line = hole.line + (getattr(error, "lineno", None) or 2) - 2
                self.files.partial.append(Unreadable(Place(self.path, line), f"a part cannot be parsed: {error}"))
        return hole.body

    def said(self, sought: Mapping[bytes, str]) -> Collection[bytes]:
        """Those of some words that occur in it."""
        if self._all_words is None:
            content = self.files.texts.content(self.path)
            if len(sought) <= FEW_WORDS:
                return [word for word in sought if word in content and spoken(word).search(content) is not None]
            self._all_words = words(content)
        return sought.keys() & self._all_words


class ProjectFiles:
    """The linted files by their paths, and the files of installed packages that were read."""

    def __init__(self, settings: ReadSettings, texts: SourceTexts, unreadable: Iterable[Unreadable] = ()) -> None:
        self._settings = settings
        self.registrars = frozenset(r.rpartition(".")[2] for r in settings.registrars)
        # The packages that registrars come from: without these words in any file, a project has none to pass on.
        self._sources = frozenset(r.partition(".")[0] for r in settings.registrars)
        marks = [mark for each in settings.marks for mark in each]
        sought = (part for mark in marks for part in (b"\2", *mark))
        parts = (b"python", *sorted(s.encode() for s in self.registrars), b"\1", *settings.tokens, *sought)
        self._kept: Bundle[Kept] = Bundle(settings.store, "facts", parts, maker(Kept))
        self._patterns = [Sought(settings.tokens), *(Sought(patterns, word) for word, *patterns in marks)]
        self.texts = texts
        self.linted: dict[str, SourceFile] = {}
        # By their paths; None for what could not be read.
        self._installed: dict[str, SourceFile | None] = {}
        # The linted files that matter.
        self.relevant: set[str] = set()
        self._found = 0
        self._derived: Derived | None = None
        self._unreadable = list(unreadable)
        # Bodies of functions that cannot be parsed.
        self.partial: list[Unreadable] = []
        self._refused: set[str] = set()
        self._errors: SyntaxErrors | None = None

    # -- file -----------------------------------------------------------------------------------------------------

    def open(self, paths: Sequence[str]) -> None:
        """Look at the bytes of every linted file."""
        self._found = len(paths)
        for path in paths:
            try:
                self.linted[path] = self._looked_at(path)
            except OSError as error:
                reason = f"the file could not be opened: {error.strerror or error}"
                self._unreadable.append(Unreadable(Place(path, 1), reason))

    def _looked_at(self, path: str) -> SourceFile:
        key = self.texts.key(path)
        known = self._kept.get(key)
        if known is None:
            known = Kept(look(self.texts.content(path), self._patterns))
            self._kept.put(key, known)
        return SourceFile(self, path, key, known.look)

    def _keep(self, file: SourceFile, rows: bytes | None = None, faults: tuple[SyntaxFault, ...] | None = None) -> None:
        """Keep more of what is known of a file's content."""
        known = self._kept.get(file.key) or Kept(file.look)
        rows = known.rows if rows is None else rows
        self._kept.put(file.key, Kept(file.look, rows, known.faults if faults is None else faults))

    def choose(self) -> None:
        """Read the files that matter: all of a small project, but for a few that are large."""
        looks = {path: file.look for path, file in self.linted.items()}
        small = sorted(looks, key=lambda path: looks[path].lines)
        whole = self._lines(small) <= self._settings.parse_all_below
        if not whole:
            small = small[:-FEW]
        if self._lines(small) <= self._settings.parse_all_below:
            self.need(small, None)
        if not whole:
            self.need(chosen(looks, _bits(self._settings.marks)))
            if any(word.encode() in self.texts.content(path) for word in self._sources for path in self.linted):
                self._follow_reexports()
        if self._verifies:
            unknown = [file for file in self.linted.values() if self._faults(file) is None]
            self._errors = SyntaxErrors({file.path: file.look.lines for file in unknown}, self._settings.jobs)

    @property
    def _verifies(self) -> bool:
        return self._lines(self.linted) <= self._settings.verify_below

    def _lines(self, paths: Iterable[str]) -> int:
        return sum(self.linted[path].look.lines for path in paths)

    def _follow_reexports(self) -> None:
        """Files that take the registrars from a module of the project, which may never say where those come from."""
        done: set[str] = set()
        while True:
            stems = {_stem(p) for p in self.relevant if p not in done and self._passes_on(p)}
            if not stems:
                return
            done |= self.relevant
            wanted = importing(stems)
            self.need(p for p in self.linted if p not in self.relevant and wanted.search(self.texts.content(p)))

    def _passes_on(self, path: str) -> bool:
        return any(
            row.module.partition(".")[0] in self._sources or name in self.registrars
            for name, row in self.linted[path].outline().imports.items()
        )

    def need_below(self, names: Iterable[str]) -> None:
        """Read the files in which a class derives from one of these names."""
        if self._derived is None:
            self._derived = Derived({path: file.look for path, file in self.linted.items()})
        self.need(self._derived.below([n.encode("utf-8", "surrogateescape") for n in names])[1] - self.relevant)

    def mention(self, names: Iterable[str], paths: Iterable[str] | None = None) -> dict[str, set[str]]:
        """The linted files in which some of these names occur, or those among some paths, each with the names."""
        sought = {n.encode("utf-8", "surrogateescape"): n for n in names}
        said = ((path, self.linted[path].said(sought)) for path in (self.linted if paths is None else paths))
        return {path: {sought[word] for word in words} for path, words in said if words}

    # -- outline and body -----------------------------------------------------------------------------------------

    def need(self, paths: Iterable[str], wanted: Wanted | None = NOTHING) -> None:
        """Have the rows of these linted files, and count the files among those that matter.

        Bodies are read that hold what is wanted, or all of them; the others when they are asked for.
        """
        asked = set(paths)
        if not asked:
            return
        files = [file for path, file in self.linted.items() if path in asked]
        self.relevant.update(file.path for file in files)
        # Where not every file is parsed, what no body is wanted of need not be either.
        task = Task(self.registrars, wanted, is_outline=wanted == NOTHING and not self._verifies)
        fresh: dict[bytes, list[SourceFile]] = {}
        for file in files:
            if file.rows is None:
                file.rows = self._known(file, task)
                if file.rows is None:
                    fresh.setdefault(file.key, []).append(file)
        contents = [self.texts.content(same[0].path) for same in fresh.values()]
        made = extract_all(contents, task, self._settings.jobs, self._settings.progress)
        for same, (rows, data) in zip(fresh.values(), made, strict=True):
            self._learn(same[0], rows, data)
            for file in same:
                file.rows = self._readable(file, rows)
                file.sifted = wanted if wanted is not None else file.sifted
            if not rows.is_cut:
                self._keep(same[0], faults=() if rows.error is None else (rows.error,))

    def _known(self, file: SourceFile, task: Task) -> FileRows | None:
        """The rows of a file that were kept: an outline only where that will do, and with all bodies where all is
        wanted. Of a file that cannot be parsed an outline may be told nonetheless.
        """
        known = self._kept.get(file.key)
        if known is None or known.rows is None:
            return None
        try:
            rows: FileRows = maker(FileRows)(unpacked(known.rows))
        except Misfit:
            return None
        if rows.error is not None:
            return None if task.is_outline else self._readable(file, rows)
        return rows if task.is_outline or not (rows.is_cut or (task.wanted is None and rows.bodies)) else None

    def outlined(self, file: SourceFile) -> FileRows:
        """The rows of a file, in outline if nothing more was kept."""
        task = Task(self.registrars, is_outline=True)
        known = self._known(file, task)
        if known is not None:
            return known
        rows = task.read(self.texts.content(file.path))
        self._learn(file, rows)
        return self._readable(file, rows)

    def _learn(self, file: SourceFile, rows: FileRows, data: bytes | None = None) -> None:
        """Take in what was read. Rows are made bytes of once, when the run is over; not those of a broken file, which
        nothing else holds.
        """
        if data is None and rows.error is not None:
            data = packed(rows)
        file.is_unsaved = data is None
        self._keep(file, rows=data)

    def installed(self, path: str) -> FileRows | None:
        """The rows of a file of an installed package; None where it cannot be read."""
        try:
            file = self._installed[path] = self._looked_at(path)
        except OSError:
            self._installed[path] = None
            return None
        return file.outline()

    def __getitem__(self, path: str) -> SourceFile:
        found = self.linted.get(path) or self._installed.get(path)
        assert found is not None
        return found

    # -- what there is to say of them -----------------------------------------------------------------------------

    @property
    def read(self) -> Collection[str]:
        """The linted files of which rows were read."""
        return {path for path, file in self.linted.items() if file.rows is not None}

    def stats(self, beside: frozenset[str]) -> Stats:
        """What was looked at so far, in files and lines, but for the files that are not judged."""
        judged = self.linted.keys() - beside
        whole = self._verifies or self._settings.verify_below == 0
        rows = [self.linted[path].rows for path in judged]
        skipped = 0 if whole else sum(each is None or each.is_cut for each in rows)
        return Stats(self._found - len(beside), self._lines(judged), skipped=skipped)

    def installed_keys(self) -> dict[str, bytes]:
        """The digests of the files of installed packages that were read; nothing for those that could not be."""
        return {path: file.key if file is not None else b"" for path, file in self._installed.items()}

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files and parts of them that could not be read."""
        if self._errors is not None:
            found = self._errors.settle(self.texts.content, lambda path: self.linted[path].key)
            for path, fault in found.items():
                self._keep(self.linted[path], faults=() if fault is None else (fault,))
            self._errors = None
            for file in self.linted.values():
                for fault in self._faults(file) or ():
                    self._refuse(file, fault)
        whole = {part.place.path for part in self._unreadable}
        return (*self._unreadable, *(part for part in self.partial if part.place.path not in whole))

    def _faults(self, file: SourceFile) -> tuple[SyntaxFault, ...] | None:
        known = self._kept.get(file.key)
        return known.faults if known is not None else None

    def _readable(self, file: SourceFile, rows: FileRows) -> FileRows:
        """The rows of a file; of one that cannot be parsed none, and it is told."""
        if rows.error is None:
            return rows
        if file.path in self.linted:
            self._refuse(file, rows.error)
        return EMPTY

    def _refuse(self, file: SourceFile, fault: SyntaxFault) -> None:
        if file.path not in self._refused:
            self._refused.add(file.path)
            self._unreadable.append(Unreadable(Place(file.path, fault.line), fault.reason))

    def close(self) -> None:
        """Keep what was read since the start."""
        if self._errors is not None:
            self._errors.abandon()
            self._errors = None
        for file in (*self.linted.values(), *self._installed.values()):
            if file is not None and file.is_unsaved and file.rows is not None:
                file.is_unsaved = False
                self._keep(file, rows=packed(file.rows))
        self._kept.save()


def _bits(marks: Iterable[Sequence[object]]) -> list[list[int]]:
    """The bits of each system's marks; the lowest one is the tokens'."""
    bits = iter(range(1, 64))
    return [[1 << next(bits) for _ in each] for each in marks]


def _stem(path: str) -> str:
    folder, name = os.path.split(path)
    stem = name.rpartition(".")[0]
    return os.path.basename(os.path.abspath(folder)) if stem == "__init__" else stem

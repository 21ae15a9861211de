"""From paths to a program: find the files, look at their bytes, read those that matter, link the facts."""

from __future__ import annotations

import os
import weakref
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from rulecheck.facts import Stats, Unreadable
from rulecheck.languages.python.parallel_extraction import extract_all
from rulecheck.languages.python.program import Program
from rulecheck.languages.python.semantics.modules import EMPTY, Modules, RawFile
from rulecheck.languages.python.syntax.definitions import Body, Hole, Row
from rulecheck.languages.python.syntax.extract import UNREAD, extract_body, outlined, restored
from rulecheck.languages.python.syntax.prefilter import Derived, Look, Sought, chosen, look, spoken, words
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted, holds
from rulecheck.languages.python.syntax_errors import SyntaxErrors, SyntaxFault
from rulecheck.languages.store.discovery import Discovery, discover, importing
from rulecheck.languages.store.records import Bundle, packed, unpacked
from rulecheck.languages.store.schema import Misfit, maker
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts
from rulecheck.place import Place

# So many of the largest files do not make a project large.
FEW = 3
# So many words are looked for one by one; for more, all words of a file are told apart once.
FEW_WORDS = 8
# Without this word in any of its files, a project has no registrars to pass on.
_ENGINE = b"rulecheck"


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
    reader = FileReader(settings, texts, found.unreadable)
    reader.open(found.files)
    modules = Modules(settings.roots(), reader.installed, reader.lazily)
    for path in reader.looks:
        modules.add(path, reader.lazily(path))
    modules.finish([*found.folders, os.curdir])
    reader.choose()
    program = Program(modules, reader, settings.registrars, settings.appliers, found.beside)
    # What is read on demand is kept when nobody can ask any more.
    weakref.finalize(program, reader.close)
    return program


class Record(NamedTuple):
    """What is kept of a content: the look at its bytes; its facts if they were read; and if all of it was parsed, why
    that failed, or nothing.
    """

    look: Look
    facts: bytes | None = None
    faults: tuple[tuple[int, str], ...] | None = None


class FileReader:
    """The files of one run: their bytes, what was seen of them, and their facts."""

    def __init__(self, settings: ReadSettings, texts: SourceTexts, unreadable: Iterable[Unreadable] = ()) -> None:
        self._settings = settings
        self._short = frozenset(r.rpartition(".")[2] for r in settings.registrars)
        marks = [mark for each in settings.marks for mark in each]
        sought = (part for mark in marks for part in (b"\2", *mark))
        parts = (*sorted(s.encode() for s in self._short), b"\1", *settings.tokens, *sought)
        self._cache: Bundle[Record] = Bundle(settings.store, "facts", (b"python", *parts), maker(Record))
        self._patterns = [Sought(settings.tokens), *(Sought(patterns, word) for word, *patterns in marks)]
        self._keys: dict[str, bytes] = {}
        self._installed: dict[str, bytes] = {}
        self._raws: dict[str, RawFile] = {}
        self._refused: dict[str, SyntaxFault] = {}
        # What was wanted of files when their bodies were read or left.
        self._sifted: dict[str, Wanted] = {}
        self._normal: dict[str, str] = {}
        # Files of which bodies were read since the facts were cached.
        self._deepened: set[str] = set()
        self._derived: Derived | None = None
        self._words: dict[str, frozenset[bytes]] = {}
        self._files = 0
        self.texts = texts
        self._unreadable = list(unreadable)
        # Bodies of functions that cannot be parsed.
        self._partial: list[Unreadable] = []
        self._faults: SyntaxErrors | None = None
        self.looks: dict[str, Look] = {}
        self.relevant: set[str] = set()

    @property
    def read(self) -> Collection[str]:
        """The linted files that were parsed so far."""
        return self._raws.keys() & self.looks.keys()

    def stats(self, beside: frozenset[str]) -> Stats:
        """What was looked at so far, in files and lines, but for the files that are not judged."""
        judged = self.looks.keys() - beside
        whole = self._verifies or self._settings.verify_below == 0
        skipped = 0 if whole else sum(self._raws.get(path, {"cut": True}).get("cut", False) for path in judged)
        return Stats(self._files - len(beside), self._lines(judged), skipped=skipped)

    def open(self, paths: Sequence[str]) -> None:
        """Look at the bytes of every linted file."""
        self._files = len(paths)
        for path in paths:
            try:
                key = self._keys[path] = self.texts.key(path)
            except OSError as error:
                reason = f"the file could not be opened: {error.strerror or error}"
                self._unreadable.append(Unreadable(Place(path, 1), reason))
                continue
            if self._cache.get(key) is None:
                self._cache.put(key, Record(look(self.texts.content(path), self._patterns)))
            self.looks[path] = self._record(path).look

    def choose(self) -> None:
        """Read the files that matter: all of a small project, but for a few that are large."""
        small = sorted(self.looks, key=lambda path: self.looks[path][0])
        whole = self._lines(small) <= self._settings.parse_all_below
        if not whole:
            small = small[:-FEW]
        if self._lines(small) <= self._settings.parse_all_below:
            self.need(small, None)
        if not whole:
            self.need(chosen(self.looks, _bits(self._settings.marks)))
            if any(_ENGINE in self.texts.content(path) for path in self.looks):
                self._follow_reexports()
        if self._verifies:
            unknown = [path for path in self.looks if self._record(path).faults is None]
            self._faults = SyntaxErrors({path: self.looks[path][0] for path in unknown}, self._settings.jobs)
        self._cache.save()

    @property
    def _verifies(self) -> bool:
        return self._lines(self.looks) <= self._settings.verify_below

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files and parts of them that could not be read."""
        if self._faults is not None:
            for path, found in self._faults.settle(self.texts.content, self._keys.__getitem__).items():
                self._keep(path, fault=found)
            self._faults = None
            for path in self.looks:
                for fault in self._record(path).faults or ():
                    self._refuse(path, fault)
        whole = {part.place.path for part in self._unreadable}
        return (*self._unreadable, *(part for part in self._partial if part.place.path not in whole))

    def _record(self, path: str) -> Record:
        record = self._cache.get(self._keys[path])
        assert record is not None
        return record

    def _keep(self, path: str, facts: bytes | None = None, fault: SyntaxFault | None = None) -> None:
        known = self._record(path)
        if facts is not None:
            known = known._replace(facts=facts)
        if fault is not None:
            known = known._replace(faults=(fault,) if fault else ())
        self._cache.put(self._keys[path], known)

    def _lines(self, paths: Iterable[str]) -> int:
        return sum(self.looks[path][0] for path in paths)

    def _follow_reexports(self) -> None:
        """Files that take the registrars from a module of the project, which may never say where those come from."""
        done: set[str] = set()
        while True:
            stems = {_stem(p) for p in self.relevant if p not in done and self._passes_on(p)}
            if not stems:
                return
            done |= self.relevant
            wanted = importing(stems)
            self.need(p for p in self.looks if p not in self.relevant and wanted.search(self.texts.content(p)))

    def _passes_on(self, path: str) -> bool:
        imports = self._raws[path]["imports"].values()
        return any(module.partition(".")[0] == _ENGINE.decode() or name in self._short for module, name, _ in imports)

    def need(self, paths: Iterable[str], wanted: Wanted | None = NOTHING) -> None:
        """Have the facts of these linted files, and count the files among those that matter.

        Bodies are read that hold what is wanted, or all of them; the others when they are asked for.
        """
        asked = set(paths)
        if not asked:
            return
        known = [p for p in self.looks if p in asked]
        self.relevant.update(known)
        missing = [p for p in known if p not in self._raws]
        # Where not every file is parsed, what no body is wanted of need not be either.
        outline = wanted == NOTHING and not self._verifies
        kept = {p: raw for p in missing if (raw := self._kept(p, wanted, outline)) is not None}
        fresh = [p for p in missing if p not in kept]
        contents = list({self._keys[p]: (p, self.texts.content(p)) for p in fresh}.values())
        texts = [content for _, content in contents]
        made = extract_all(texts, self._short, self._settings.jobs, self._settings.progress, wanted, outline)
        for (path, _), (raw, facts) in zip(contents, made, strict=True):
            self._keep(path, facts)
            kept |= {p: raw for p in fresh if self._keys[p] == self._keys[path]}
        for path in missing:
            self._raws[path] = self._readable(path, kept[path])
        for path in fresh:
            if not self._raws[path]["cut"]:
                self._keep(path, fault=self._refused.get(path, ()))
        if wanted is not None:
            self._sifted.update(dict.fromkeys(fresh, wanted))

    def _kept(self, path: str, wanted: Wanted | None, outline: bool) -> RawFile | None:
        """The facts of a file from the cache: an outline only where that will do, and with all bodies where all is
        wanted. Of a file that cannot be parsed an outline may be told nonetheless.
        """
        pack = self._record(path).facts
        if pack is None:
            return None
        try:
            raw: RawFile = restored(unpacked(pack))
        except Misfit:
            return None
        if "error" in raw:
            return None if outline else raw
        return raw if outline or not (raw["cut"] or (wanted is None and raw["bodies"])) else None

    def _readable(self, path: str, raw: RawFile) -> RawFile:
        """The facts of a file; of one that cannot be parsed none, and it is told."""
        if "error" not in raw:
            return raw
        if path in self.looks:
            self._refuse(path, raw["error"])
        return EMPTY

    def _refuse(self, path: str, fault: SyntaxFault) -> None:
        if fault and path not in self._refused:
            self._refused[path] = fault
            line, reason = fault
            self._unreadable.append(Unreadable(Place(path, line), reason))

    def lazily(self, path: str) -> _Lazy:
        """The facts of a linted file when they are asked for."""
        return _Lazy(self, path)

    def raw(self, path: str) -> RawFile:
        """The facts of a linted file, in outline if they were not needed before."""
        if path not in self._raws:
            self._raws[path] = self._outlined(path, self.texts.content(path))
        return self._raws[path]

    def installed(self, file: str) -> RawFile | None:
        """The facts of a file of an installed package."""
        try:
            self._keys[file] = self._installed[file] = self.texts.key(file)
        except OSError as error:
            self._installed[file] = repr(error.errno).encode()
            return None
        raw = self._raws[file] = self._outlined(file, self.texts.content(file))
        return raw

    def _outlined(self, path: str, data: bytes) -> RawFile:
        if self._cache.get(self._keys[path]) is None:
            self._cache.put(self._keys[path], Record(look(data, self._patterns)))
        kept = self._kept(path, NOTHING, True)
        if kept is not None:
            return kept
        raw = outlined(data, self._short)
        self._keep(path, packed(raw))
        return self._readable(path, raw)

    def text(self, path: str) -> str:
        """The text to which the places of bodies refer."""
        known = self._normal.get(path)
        if known is None:
            text = self.texts.text(path)
            known = self._normal[path] = text.replace("\r\n", "\n") if "\r" in text else text
        return known

    def holds(self, path: str, number: int, wanted: Wanted) -> bool:
        """Whether a body that was left for later may hold what is wanted."""
        _, start, end, _, known = self._raws[path]["bodies"][number]
        if known is None and self._sifted.get(path) == wanted:
            return False
        return holds(self.text(path)[start:end].encode("utf-8", "replace"), wanted)

    def body(self, path: str, number: int, row: Row) -> Body:
        """What a body tells that was left for later."""
        hole: Hole = self._raws[path]["bodies"][number]
        if hole[4] is None:
            self._deepened.add(path)
            try:
                hole[4] = extract_body(self.text(path), row, hole, self._short)
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                hole[4] = UNREAD
                line = hole[0] + (getattr(error, "lineno", None) or 2) - 2
                self._partial.append(Unreadable(Place(path, line), f"a part cannot be parsed: {error}"))
        known: Body = hole[4]
        return known

    def installed_keys(self) -> dict[str, bytes]:
        """The digests of the files of installed packages that were read; those that could not be count as well."""
        return dict(self._installed)

    def need_below(self, names: Iterable[str]) -> None:
        """Read the files in which a class derives from one of these names."""
        if self._derived is None:
            self._derived = Derived(self.looks)
        self.need(self._derived.below([n.encode("utf-8", "surrogateescape") for n in names])[1] - self.relevant)

    def mention(self, names: Iterable[str], paths: Iterable[str] | None = None) -> dict[str, set[str]]:
        """The linted files in which some of these names occur, or those among some paths, each with the names."""
        sought = {n.encode("utf-8", "surrogateescape"): n for n in names}
        said = ((path, self._said(path, sought)) for path in (self.looks if paths is None else paths))
        return {path: {sought[word] for word in words} for path, words in said if words}

    def _said(self, path: str, sought: Mapping[bytes, str]) -> Collection[bytes]:
        """Those of some words that a linted file says."""
        known = self._words.get(path)
        if known is None:
            if len(sought) <= FEW_WORDS:
                content = self.texts.content(path)
                return [word for word in sought if word in content and spoken(word).search(content) is not None]
            known = self._words[path] = words(self.texts.content(path))
        return sought.keys() & known

    def close(self) -> None:
        """Keep what was read since the start."""
        if self._faults is not None:
            self._faults.abandon()
            self._faults = None
        for path in self._deepened:
            self._keep(path, packed(self._raws[path]))
        self._deepened.clear()
        self._cache.save()


class _Lazy:
    """Facts on demand, and the bodies that they leave for later."""

    __slots__ = ("path", "reader")

    def __init__(self, reader: FileReader, path: str) -> None:
        self.reader = reader
        self.path = path

    def __call__(self) -> RawFile:
        return self.reader.raw(self.path)

    def text(self, number: int) -> bytes:
        """What a body says."""
        _, start, end, *_ = self.reader.raw(self.path)["bodies"][number]
        return self.reader.text(self.path)[start:end].encode("utf-8", "replace")

    def holds(self, number: int, wanted: Wanted) -> bool:
        """Whether it may hold what is wanted."""
        return self.reader.holds(self.path, number, wanted)

    def body(self, number: int, row: Row) -> Body:
        """What it means; `row` is the function's."""
        return self.reader.body(self.path, number, row)


def _bits(marks: Iterable[Sequence[object]]) -> list[list[int]]:
    """The bits of each system's marks; the lowest one is the tokens'."""
    bits = iter(range(1, 64))
    return [[1 << next(bits) for _ in each] for each in marks]


def _stem(path: str) -> str:
    folder, name = os.path.split(path)
    stem = name.rpartition(".")[0]
    return os.path.basename(os.path.abspath(folder)) if stem == "__init__" else stem

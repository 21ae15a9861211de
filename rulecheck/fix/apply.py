"""Applying the fixes of findings: which of them go together, and what each file becomes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rulecheck.finding import Edit, Finding
from rulecheck.fix.edits import clash, edited, fit
from rulecheck.fix.files import read_bytes, write_atomically
from rulecheck.fix.source import NotEncodable, SourceFile, why_broken
from rulecheck.languages.store.decode import Undecodable
from rulecheck.place import Place

Read = Callable[[str], bytes]
Write = Callable[[str, bytes], None]


class Reason(StrEnum):
    """Why a fix was not applied."""

    UNSAFE = "unsafe"
    OVERLAP = "overlap"
    BROKEN = "broken"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    UNWRITABLE = "unwritable"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A finding whose fix was not applied; `text` says why, and what to do, in a sentence."""

    finding: Finding
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after."""

    path: str
    before: SourceFile
    after: SourceFile


@dataclass(frozen=True, slots=True)
class FixOutcome:
    """What became of the fixes. Findings that bring no fix are in neither list."""

    applied: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    changes: tuple[FileChange, ...] = ()

    @property
    def texts(self) -> Mapping[str, str]:
        """The new text of every file that changed, by path."""
        return {change.path: change.after.text for change in self.changes}


@dataclass(slots=True)
class _File:
    """A file that fixes speak of, under the first path that named it."""

    path: str
    source: SourceFile
    edits: list[Edit] = field(default_factory=list)


class _Refused(Exception):
    def __init__(self, reason: Reason, text: str) -> None:
        self.reason = reason
        self.text = text


def apply(
    findings: Iterable[Finding],
    unsafe: bool = False,
    read: Read = read_bytes,
    write: Write | None = write_atomically,
    linted: Mapping[str, str] | None = None,
) -> FixOutcome:
    """Apply the safe fixes of the findings (and, with `unsafe`, the others), each wholly or not at all.

    Findings are taken in the order of their places, whatever order they come in. Where two fixes touch the same
    characters the first wins, and the other is left for the next round; edits that are the same are made once. A fix
    after which a file would not parse is not applied. `write=None` writes nothing: the outcome holds the
    texts. `linted` gives, by path, the texts that the findings speak of: a file that differs since is left alone.
    """
    chosen: list[Finding] = []
    skipped: list[Skipped] = []
    for finding in sorted(findings, key=_order):
        if finding.fix is None or not finding.fix.edits:
            continue
        if finding.fix.safe or unsafe:
            chosen.append(finding)
        else:
            skipped.append(Skipped(finding, Reason.UNSAFE, "the fix may change results: --unsafe-fixes applies it"))
    round_ = _Round(read, linted or {})
    skipped += round_.choose(chosen)
    if write is not None:
        skipped += round_.write(write)
    skipped.sort(key=lambda s: _order(s.finding))
    return FixOutcome(tuple(round_.applied), tuple(skipped), tuple(round_.changes()))


def _order(finding: Finding) -> tuple[Place, str, str]:
    return finding.place, finding.code, finding.fingerprint


class _Round:
    """One application of fixes: the files, their accepted edits, and the findings that these belong to."""

    def __init__(self, read: Read, linted: Mapping[str, str]) -> None:
        self.applied: list[Finding] = []
        self._read = read
        self._linted = {os.path.realpath(path): text for path, text in linted.items()}
        self._files: dict[str, _File] = {}

    def choose(self, findings: Sequence[Finding]) -> list[Skipped]:
        """Accept what can be applied together; gives what cannot."""
        skipped = self._accept(findings, parse=False)
        if any(self._why_broken(name) for name in self._files):  # rare, so only now at the cost of a parse a fix
            self.applied.clear()
            for file in self._files.values():
                file.edits.clear()
            skipped = self._accept(findings, parse=True)
        return skipped

    def _accept(self, findings: Sequence[Finding], parse: bool) -> list[Skipped]:
        skipped = []
        for finding in findings:
            try:
                self._accept_one(finding, parse)
            except _Refused as refusal:
                skipped.append(Skipped(finding, refusal.reason, refusal.text))
        return skipped

    def _accept_one(self, finding: Finding, parse: bool) -> None:
        assert finding.fix is not None
        edits: dict[str, list[Edit]] = {}
        for edit in finding.fix.edits:
            edits.setdefault(os.path.realpath(edit.path), []).append(edit)
        for name, own in edits.items():
            file = self._open(name, own[0].path)
            edits[name] = own = [Edit(file.path, e.start, e.end, e.text) for e in own]
            misfit = fit(own, len(file.source.text))
            if misfit is not None:
                raise _Refused(Reason.BROKEN, f"{file.path}: the fix cannot be applied: {misfit}")
            if clash(own, file.edits):
                raise _Refused(Reason.OVERLAP, f"{file.path}: another fix changes the same code: lint again")
        kept = {name: list(self._files[name].edits) for name in edits}
        for name, own in edits.items():
            self._files[name].edits += own
        broken = next((why for name in edits if parse and (why := self._why_broken(name))), None)
        if broken is not None:
            for name, before in kept.items():
                self._files[name].edits = before
            raise _Refused(Reason.BROKEN, broken)
        self.applied.append(finding)

    def _open(self, name: str, path: str) -> _File:
        file = self._files.get(name)
        if file is None:
            try:
                source = SourceFile.of(self._read(path))
            except OSError as error:
                raise _Refused(Reason.UNREADABLE, f"{path}: {error.strerror or error}") from None
            except Undecodable as error:
                raise _Refused(Reason.UNREADABLE, f"{path}: {error}") from None
            if self._linted.get(name, source.text) != source.text:
                raise _Refused(Reason.CHANGED, f"{path}: the file has changed since it was linted: lint again")
            file = self._files[name] = _File(path, source)
        return file

    def _why_broken(self, name: str) -> str | None:
        file = self._files[name]
        if not file.edits:
            return None
        try:
            after = file.source.with_text(edited(file.source, file.edits))
        except NotEncodable as error:
            return f"{file.path}: {error}: the fix was not applied"
        return why_broken(file.source, after, file.path)

    def changes(self) -> list[FileChange]:
        """Every file that becomes another, in the order of the paths."""
        changes = []
        for file in sorted(self._files.values(), key=lambda f: f.path):
            after = file.source.with_text(edited(file.source, file.edits))
            if after != file.source:
                changes.append(FileChange(file.path, file.source, after))
        return changes

    def write(self, write: Write) -> list[Skipped]:
        """Write every changed file. Where one cannot be written, its findings change no other file either."""
        skipped: list[Skipped] = []
        on_disk = {file.path: file.source.data for file in self._files.values()}
        failed: set[str] = set()
        while True:
            wanted = {file.path: file.source.data for file in self._files.values()}
            wanted |= {change.path: change.after.data for change in self.changes()}
            pending = [path for path in sorted(wanted) if wanted[path] != on_disk[path] and path not in failed]
            if not pending:
                return skipped
            path = pending[0]
            try:
                write(path, wanted[path])
                on_disk[path] = wanted[path]
            except OSError as error:
                failed.add(path)
                skipped += self._drop(path, f"{path}: the file could not be written: {error.strerror or error}")

    def _drop(self, path: str, text: str) -> list[Skipped]:
        """Take back every finding that edits this file."""
        name = os.path.realpath(path)
        dropped = [f for f in self.applied if f.fix and any(os.path.realpath(e.path) == name for e in f.fix.edits)]
        kept = [f for f in self.applied if f not in dropped]
        self.applied.clear()
        for file in self._files.values():
            file.edits.clear()
        self._accept(kept, parse=False)
        return [Skipped(f, Reason.UNWRITABLE, text) for f in dropped]

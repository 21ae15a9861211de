"""Parsing spread over processes. Where no process can be started, or one ends early, all is done in this one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rulecheck.garbage_collection import uncollected
from rulecheck.languages.python.syntax.extract import extract, fault, outlined
from rulecheck.languages.python.syntax.rows import FileRows, SyntaxFault
from rulecheck.languages.python.syntax.wanted_bodies import Wanted
from rulecheck.languages.store.records import digest, packed
from rulecheck.languages.store.workers import Progress, Worker, processors, shares

# Below this many lines, a process costs more than it saves: its start, and that two processors are often two halves of
# one, on which either runs slower. To look for faults one is started sooner, since nobody waits for it.
WORTH = 60_000
WORTH_FOR_FAULTS = 12_000
# What a process could have read, in bytes, while it was started.
_STARTING = 300_000

Read = tuple[FileRows, bytes | None]
"""What was read of a content, and the same as bytes where a process made them for its pipe."""


class Task(NamedTuple):
    """How far to read: an outline, or the whole with the bodies that hold what is wanted, or with all of them."""

    registrars: frozenset[str]
    wanted: Wanted | None = None
    is_outline: bool = False

    def read(self, content: bytes) -> FileRows:
        """Read one content."""
        if self.is_outline:
            return outlined(content, self.registrars)
        return extract(content, self.registrars, self.wanted)


def extract_all(
    contents: Sequence[bytes], task: Task, jobs: int | None = 1, progress: Progress | None = None
) -> list[Read]:
    """What is read of each content, in order."""
    lines = sum(c.count(b"\n") for c in contents)
    jobs = jobs if jobs is not None else (processors() if lines > WORTH else 1)
    own, *others = shares([len(c) for c in contents], max(1, min(jobs, len(contents))), _STARTING)
    workers = [Worker(read_apart, ([contents[i] for i in share], task)) for share in others]
    done: dict[int, Read] = {}

    def work(share: Iterable[int], weight: int) -> None:
        with uncollected():
            for count, i in enumerate(share, 1):
                done[i] = task.read(contents[i]), None
                if progress is not None:
                    progress(min(count * weight, len(contents)), len(contents))

    work(own, 1 + len(others))
    for share, worker in zip(others, workers, strict=True):
        answers = worker.answer(len(share)) or [None] * len(share)
        done.update((i, answer) for i, answer in zip(share, answers, strict=True) if answer is not None)
        work([i for i in share if i not in done], 1)
    if progress is not None:
        progress(len(contents), len(contents))
    return [done[i] for i in range(len(contents))]


def read_apart(given: tuple[list[bytes], Task]) -> list[Read | None]:
    """What a worker does; what nests too deeply to be kept does so for a pipe as well."""
    contents, task = given
    with uncollected():
        made = [(rows, packed(rows)) for rows in map(task.read, contents)]
    return [read if read[1] is not None else None for read in made]


class SyntaxErrors:
    """The faults of files of which nothing is asked, so that what cannot be parsed is told of all.

    Processes of low priority look for them while the run goes on; a few lines, or what no process could do, are parsed
    when somebody asks.
    """

    def __init__(self, lines: dict[str, int], jobs: int | None) -> None:
        self._paths = list(lines)
        self._under_way: list[tuple[list[str], Worker]] = []
        # One processor is for what goes on.
        spare = min(jobs or processors(), processors()) - 1
        if spare > 0 and sum(lines.values()) > WORTH_FOR_FAULTS:
            for share in shares([lines[p] for p in self._paths], min(spare, len(lines))):
                paths = [self._paths[i] for i in share]
                self._under_way.append((paths, Worker(faults_apart, paths)))

    def settle(self, content: Callable[[str], bytes], key: Callable[[str], bytes]) -> dict[str, SyntaxFault | None]:
        """The faults by path. A file that the processes found changed, by its key, is parsed again as it was read."""
        found: dict[str, SyntaxFault | None] = {}
        for paths, worker in self._under_way:
            for path, answer in zip(paths, worker.answer(len(paths)) or (), strict=False):
                if answer is not None and answer[0] == key(path):
                    found[path] = answer[1]
        self._under_way = []
        with uncollected():
            return {path: found[path] if path in found else fault(content(path)) for path in self._paths}

    def abandon(self) -> None:
        """Nobody asks any more."""
        for _, worker in self._under_way:
            worker.end()
        self._under_way = []


def faults_apart(paths: list[str]) -> list[tuple[bytes, SyntaxFault | None] | None]:
    """What such a process does: the faults with the contents' keys; nothing for a file that cannot be read."""
    if hasattr(os, "nice"):
        os.nice(10)
    with uncollected():
        return [_fault_of(path) for path in paths]


def _fault_of(path: str) -> tuple[bytes, SyntaxFault | None] | None:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return digest(data), fault(data)

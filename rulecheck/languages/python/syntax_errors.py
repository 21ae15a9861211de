"""Files that nothing is asked of are parsed as well, beside the run, so that what cannot be parsed is told of all.

Processes of low priority do it while this one goes on; a few lines, or what no process could do, are parsed at the end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from rulecheck.garbage_collection import uncollected
from rulecheck.languages.python.syntax.extract import fault
from rulecheck.languages.store.records import digest
from rulecheck.languages.store.workers import Worker, processors, shares

# Below this many lines, starting a process costs more than it saves.
WORTH = 12_000

SyntaxFault = tuple[int, str] | tuple[()]
"""The line of what cannot be parsed, and why; nothing where all can."""


class SyntaxErrors:
    """The faults of some files, which are being looked for from now on."""

    def __init__(self, lines: dict[str, int], jobs: int | None) -> None:
        self._paths = list(lines)
        self._shares: list[list[str]] = []
        self._workers: list[Worker] = []
        # One processor is for what goes on.
        spare = min(jobs or processors(), processors()) - 1
        if spare > 0 and sum(lines.values()) > WORTH:
            dealt = shares([lines[p] for p in self._paths], min(spare, len(lines)))
            self._shares = [[self._paths[i] for i in share] for share in dealt]
            self._workers = [Worker(answers, share) for share in self._shares]

    def settle(self, content: Callable[[str], bytes], key: Callable[[str], bytes]) -> dict[str, SyntaxFault]:
        """The faults by path. A file that the processes found changed, by its key, is parsed again as it was read."""
        found: dict[str, SyntaxFault] = {}
        for paths, worker in zip(self._shares, self._workers, strict=True):
            for path, answer in zip(paths, worker.answer(len(paths)) or (), strict=False):
                if answer is not None and answer[0] == key(path):
                    found[path] = answer[1]
        self._shares, self._workers = [], []
        with uncollected():
            return {path: found[path] if path in found else fault(content(path)) for path in self._paths}

    def abandon(self) -> None:
        """Nobody asks any more."""
        for worker in self._workers:
            worker.end()
        self._shares, self._workers = [], []


def answers(paths: Sequence[str]) -> list[tuple[bytes, SyntaxFault] | None]:
    """What a process does: read the files, parse them, give the faults with the contents' keys."""
    if hasattr(os, "nice"):
        os.nice(10)
    with uncollected():
        return [_answer(path) for path in paths]


def _answer(path: str) -> tuple[bytes, SyntaxFault] | None:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return digest(data), fault(data)

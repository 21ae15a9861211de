"""Extraction spread over processes: plain Python processes that read bytes from a pipe and give facts back.

A worker imports nothing but rulecheck, from where it stands now: neither the caller's main module nor the folder that
is linted. Where no process can be started, or one ends early, everything is done in this one.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rulecheck.collecting import uncollected
from rulecheck.sources.python.extract import extract, outlined, packed

if TYPE_CHECKING:
    from rulecheck.sources.python.wanted import Wanted

# Below this many lines, a process costs more than it saves: its start, and that two processors are often two halves of
# one, on which either runs slower.
WORTH = 60_000
# What a process could have read, in bytes, while it was started.
_STARTING = 300_000
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_START = "import sys; sys.path.insert(0, sys.argv[1]); from rulecheck.sources.workers import serve; serve()"

Progress = Callable[[int, int], None]


class Worker:
    """A Python process that is given marshalled data, and whose answer is a list as long as was asked."""

    def __init__(self, code: str, given: Any) -> None:
        import subprocess

        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", code, _ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return  # there will be no answer
        # It reads only once it has started, which nobody here has to wait for.
        self._feeding = threading.Thread(target=self._feed, args=(marshal.dumps(given),), daemon=True)
        self._feeding.start()

    def _feed(self, given: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            with self._process.stdin:
                self._process.stdin.write(given)
        except OSError:
            pass  # it ended early, and will not answer

    def answer(self, count: int) -> list[Any] | None:
        """What it gives, in the end; None where it failed."""
        process = self._process
        if process is None or process.stdout is None:
            return None
        with process.stdout:
            told = process.stdout.read()
        self._feeding.join()
        if process.wait() != 0:
            return None
        try:
            given: list[Any] = marshal.loads(told)
        except (ValueError, EOFError, TypeError):
            return None
        return given if len(given) == count else None

    def end(self) -> None:
        """Stop it; its answer is not wanted."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.stdout.close()
            self._process.wait()
            self._feeding.join()


def extract_all(
    contents: Sequence[bytes],
    registrars: frozenset[str],
    jobs: int | None,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
    outline: bool = False,
) -> list[bytes]:
    """The packed facts of each content, in order; see `extract` for what is `wanted`, and `outlined` for outlines."""
    lines = sum(c.count(b"\n") for c in contents)
    jobs = jobs if jobs is not None else (processors() if lines > WORTH else 1)
    dealt = shares([len(c) for c in contents], max(1, min(jobs, len(contents))), _STARTING)
    workers = [Worker(_START, ([contents[i] for i in s], sorted(registrars), wanted, outline)) for s in dealt[1:]]
    done: dict[int, bytes] = {}
    total = len(contents)
    _work(contents, dealt[0], registrars, wanted, outline, done, lambda n: progress and progress(n * len(dealt), total))
    for share, worker in zip(dealt[1:], workers, strict=True):
        given = worker.answer(len(share))
        if given is None:
            _work(contents, share, registrars, wanted, outline, done, lambda n: progress and progress(n, total))
        else:
            done.update(zip(share, given, strict=True))
    if progress is not None:
        progress(total, total)
    return [done[i] for i in range(total)]


def _work(
    contents: Sequence[bytes],
    share: Sequence[int],
    registrars: frozenset[str],
    wanted: Wanted | None,
    outline: bool,
    done: dict[int, bytes],
    tell: Callable[[int], object],
) -> None:
    with uncollected():
        for count, i in enumerate(share, 1):
            raw = outlined(contents[i], registrars) if outline else extract(contents[i], registrars, wanted)
            done[i] = packed(raw)
            tell(min(count, len(share)))


def processors() -> int:
    """How many processes are of use at once."""
    affinity = getattr(os, "sched_getaffinity", None)
    return min(len(affinity(0)) if affinity is not None else os.cpu_count() or 1, 8)


def shares(weights: Sequence[int], count: int, handicap: int = 0) -> list[list[int]]:
    """Indices dealt out so that each share weighs about as much, the heaviest first; all but the first share count as
    if they held the handicap already.
    """
    dealt: list[list[int]] = [[] for _ in range(count)]
    loads = [0, *[handicap] * (count - 1)]
    for i in sorted(range(len(weights)), key=lambda i: -weights[i]):
        lightest = loads.index(min(loads))
        dealt[lightest].append(i)
        loads[lightest] += weights[i]
    return dealt


def serve() -> None:
    """What a worker does: read the contents, extract, write the facts, end."""
    contents, registrars, wanted, outline = marshal.loads(sys.stdin.buffer.read())
    done: dict[int, bytes] = {}
    _work(contents, range(len(contents)), frozenset(registrars), wanted, outline, done, lambda n: None)
    sys.stdout.buffer.write(marshal.dumps([done[i] for i in range(len(contents))]))
    sys.stdout.buffer.flush()

"""Extraction spread over processes: plain Python processes that read bytes from a pipe and give facts back.

A worker imports nothing but rulecheck, from where it stands now: neither the caller's main module nor the folder that
is linted. Where no process can be started, or one ends early, everything is done in this one.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rulecheck.collecting import uncollected
from rulecheck.sources.python.extract import extract, packed

if TYPE_CHECKING:
    import subprocess

    from rulecheck.sources.python.wanted import Wanted

# Below this many lines, starting a process costs more than it saves.
WORTH = 12_000
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_START = "import sys; sys.path.insert(0, sys.argv[1]); from rulecheck.sources.workers import serve; serve()"

Progress = Callable[[int, int], None]


def extract_all(
    contents: Sequence[bytes],
    registrars: frozenset[str],
    jobs: int | None,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
) -> list[bytes]:
    """The packed facts of each content, in order; see `extract` for what is `wanted`."""
    lines = sum(c.count(b"\n") for c in contents)
    jobs = jobs if jobs is not None else (_processors() if lines > WORTH else 1)
    shares = _shares(contents, max(1, min(jobs, len(contents))))
    workers = [_start([contents[i] for i in share], registrars, wanted) for share in shares[1:]]
    done: dict[int, bytes] = {}
    total = len(contents)
    _work(contents, shares[0], registrars, wanted, done, lambda n: progress and progress(n * len(shares), total))
    for share, worker in zip(shares[1:], workers, strict=True):
        given = _collect(worker, len(share))
        if given is None:
            _work(contents, share, registrars, wanted, done, lambda n: progress and progress(n, total))
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
    done: dict[int, bytes],
    tell: Callable[[int], object],
) -> None:
    with uncollected():
        for count, i in enumerate(share, 1):
            done[i] = packed(extract(contents[i], registrars, wanted))
            tell(min(count, len(share)))


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return min(len(affinity(0)) if affinity is not None else os.cpu_count() or 1, 8)


def _shares(contents: Sequence[bytes], count: int) -> list[list[int]]:
    """Indices dealt out so that each share has about as many bytes, the largest files first."""
    shares: list[list[int]] = [[] for _ in range(count)]
    weights = [0] * count
    for i in sorted(range(len(contents)), key=lambda i: -len(contents[i])):
        lightest = weights.index(min(weights))
        shares[lightest].append(i)
        weights[lightest] += len(contents[i])
    return shares


def _start(contents: list[bytes], registrars: frozenset[str], wanted: Wanted | None) -> subprocess.Popen[bytes] | None:
    import subprocess

    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _START, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        if process.stdin is not None:
            with process.stdin:
                process.stdin.write(marshal.dumps((contents, sorted(registrars), wanted)))
    except OSError:
        pass  # it ended early; collecting finds nothing
    return process


def _collect(process: subprocess.Popen[bytes] | None, count: int) -> list[bytes] | None:
    if process is None or process.stdout is None:
        return None
    with process.stdout:
        answer = process.stdout.read()
    if process.wait() != 0:
        return None
    try:
        given: list[bytes] = marshal.loads(answer)
    except (ValueError, EOFError, TypeError):
        return None
    return given if len(given) == count else None


def serve() -> None:
    """What a worker does: read the contents, extract, write the facts, end."""
    contents, registrars, wanted = marshal.loads(sys.stdin.buffer.read())
    done: dict[int, bytes] = {}
    _work(contents, range(len(contents)), frozenset(registrars), wanted, done, lambda n: None)
    sys.stdout.buffer.write(marshal.dumps([done[i] for i in range(len(contents))]))
    sys.stdout.buffer.flush()

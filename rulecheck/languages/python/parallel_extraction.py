"""Extraction spread over processes. Where no process can be started, or one ends early, all is done in this one."""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rulecheck.garbage_collection import uncollected
from rulecheck.languages.python.syntax.extract import extract, outlined, packed
from rulecheck.languages.store.workers import Progress, Worker, processors, shares

if TYPE_CHECKING:
    from rulecheck.languages.python.syntax.wanted_bodies import Wanted

# Below this many lines, a process costs more than it saves: its start, and that two processors are often two halves of
# one, on which either runs slower.
WORTH = 60_000


# What a process could have read, in bytes, while it was started.
_STARTING = 300_000


_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from rulecheck.languages.python.parallel_extraction import serve; serve()"
)


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


def serve() -> None:
    """What a worker does: read the contents, extract, write the facts, end."""
    contents, registrars, wanted, outline = marshal.loads(sys.stdin.buffer.read())
    done: dict[int, bytes] = {}
    _work(contents, range(len(contents)), frozenset(registrars), wanted, outline, done, lambda n: None)
    sys.stdout.buffer.write(marshal.dumps([done[i] for i in range(len(contents))]))
    sys.stdout.buffer.flush()

"""Extraction spread over processes. Where no process can be started, or one ends early, all is done in this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rulecheck.garbage_collection import uncollected
from rulecheck.languages.python.syntax.extract import RawFile, extract, outlined
from rulecheck.languages.store.records import packed
from rulecheck.languages.store.workers import Progress, Worker, processors, shares

if TYPE_CHECKING:
    from rulecheck.languages.python.syntax.wanted_bodies import Wanted

# Below this many lines, a process costs more than it saves: its start, and that two processors are often two halves of
# one, on which either runs slower.
WORTH = 60_000


# What a process could have read, in bytes, while it was started.
_STARTING = 300_000


def extract_all(
    contents: Sequence[bytes],
    registrars: frozenset[str],
    jobs: int | None,
    progress: Progress | None = None,
    wanted: Wanted | None = None,
    outline: bool = False,
) -> list[tuple[RawFile, bytes | None]]:
    """The facts of each content, in order, and as bytes where they can be kept.

    See `extract` for what is `wanted`, and `outlined` for outlines.
    """
    lines = sum(c.count(b"\n") for c in contents)
    jobs = jobs if jobs is not None else (processors() if lines > WORTH else 1)
    dealt = shares([len(c) for c in contents], max(1, min(jobs, len(contents))), _STARTING)
    workers = [Worker(answers, ([contents[i] for i in s], sorted(registrars), wanted, outline)) for s in dealt[1:]]
    done: dict[int, tuple[RawFile, bytes | None]] = {}
    total = len(contents)
    _work(contents, dealt[0], registrars, wanted, outline, done, lambda n: progress and progress(n * len(dealt), total))
    for share, worker in zip(dealt[1:], workers, strict=True):
        given = worker.answer(len(share)) or [None] * len(share)
        done.update((i, made) for i, made in zip(share, given, strict=True) if made is not None)
        left = [i for i in share if i not in done]
        _work(contents, left, registrars, wanted, outline, done, lambda n: progress and progress(n, total))
    if progress is not None:
        progress(total, total)
    return [done[i] for i in range(total)]


def _work(
    contents: Sequence[bytes],
    share: Sequence[int],
    registrars: frozenset[str],
    wanted: Wanted | None,
    outline: bool,
    done: dict[int, tuple[RawFile, bytes | None]],
    tell: Callable[[int], object],
) -> None:
    with uncollected():
        for count, i in enumerate(share, 1):
            raw = outlined(contents[i], registrars) if outline else extract(contents[i], registrars, wanted)
            done[i] = raw, packed(raw)
            tell(min(count, len(share)))


def answers(given: tuple[list[bytes], list[str], Wanted | None, bool]) -> list[tuple[RawFile, bytes] | None]:
    """What a worker does: extract the facts of the contents; nothing where they nest too deeply for a pipe."""
    contents, registrars, wanted, outline = given
    done: dict[int, tuple[RawFile, bytes | None]] = {}
    _work(contents, range(len(contents)), frozenset(registrars), wanted, outline, done, lambda n: None)
    return [(raw, data) if data is not None else None for raw, data in (done[i] for i in range(len(contents)))]

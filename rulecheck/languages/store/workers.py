"""Work spread over processes: plain Python processes that read bytes from a pipe and give facts back.

A worker imports nothing but rulecheck and msgpack, from where they stand now: neither the caller's main module nor the
folder that is linted. Where no process can be started, or one ends early, everything is done in this one.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import msgpack

_ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))
# Where the library stands that makes bytes of facts; behind everything else.
_PACKAGES = os.path.dirname(os.path.dirname(os.path.abspath(msgpack.__file__)))
_START = (
    "import sys; sys.path[:0] = sys.argv[3:4]; sys.path += sys.argv[4:]; "
    "from rulecheck.languages.store.workers import serve; serve(*sys.argv[1:3])"
)

Progress = Callable[[int, int], None]


class Worker:
    """A Python process that a function of a module is run in, and whose answer is a list as long as was asked.

    What goes through the pipes is this very run's own, and nobody else's.
    """

    def __init__(self, function: Callable[[Any], list[Any]], given: Any) -> None:
        import subprocess

        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _START, function.__module__, function.__name__, _ROOT, _PACKAGES],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return  # there will be no answer
        # It reads only once it has started, which nobody here has to wait for.
        self._feeding = threading.Thread(target=self._feed, args=(pickle.dumps(given),), daemon=True)
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
            given: list[Any] = pickle.loads(told)
        except (pickle.UnpicklingError, EOFError):
            return None
        return given if len(given) == count else None

    def end(self) -> None:
        """Stop it; its answer is not wanted."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.stdout.close()
            self._process.wait()
            self._feeding.join()


def serve(module: str, function: str) -> None:
    """What a worker does: read what it is given, write what the function makes of that, end."""
    given = pickle.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(getattr(import_module(module), function)(given)))
    sys.stdout.buffer.flush()


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

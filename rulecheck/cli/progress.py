"""A progress bar on a terminal, for work that takes over a second."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0


class Bar:
    """Called with what is done, how much of it, and of how much. rich is imported only once patience has ended."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._start = time.monotonic()
        self._patience = patience
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._what = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far the work is."""
        if self._bar is None:
            if time.monotonic() - self._start < self._patience:
                return
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        if self._task is None or what != self._what:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(what, total=total)
            self._what = what
        self._bar.update(self._task, completed=done, total=total)

    def __enter__(self) -> Bar | None:
        """Nothing where nobody would see it."""
        return self if sys.stderr.isatty() else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar off the terminal."""
        if self._bar is not None:
            self._bar.stop()

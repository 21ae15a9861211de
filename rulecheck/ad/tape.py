"""The tape of one derivative: a flat list of records, oldest first, so that the reverse scan needs no sorting.

A record stands at the index of the box that it made. It is one of

    None                                 an input
    (pullbacks, answer, args, kwargs, parents) a call; `parents` pairs a position in `args` with the parent's index
    (OUTPUT, n)                          the n-th leaf of the structured answer of the record n places before
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from rulecheck.ad.errors import EscapedValue
from rulecheck.ad.guard import release
from rulecheck.ad.outer_products import OuterProductSum


class _State(threading.local):
    """Which rules are running their forward part in this thread."""

    def __init__(self) -> None:
        self.under_way: list[tuple[Any, int]] = []


STATE = _State()
# The policy in force: a context's own, so that threads and asynchronous tasks do not see each other's.
POLICY: ContextVar[str] = ContextVar("POLICY", default="rules-first")
# How many functions are being traced, in any thread: while it is zero a user's method costs one test more than before.
LIVE = [0]
_COUNTING = threading.Lock()
_LEVELS = itertools.count(1)


def enter() -> None:
    """A function begins to be traced."""
    with _COUNTING:
        LIVE[0] += 1


def leave() -> None:
    """The function has ended."""
    with _COUNTING:
        LIVE[0] -= 1


def never() -> bool:
    """What a tape says that does not know who may write meanwhile."""
    return False


class Tape(list[Any]):
    """The records of one derivative, its level, and the arrays that it guards against writes.

    A derivative within another one, in this thread or in one that the other waits for, begins later: levels count the
    derivatives of the program. A tape is open while its function runs.
    """

    __slots__ = ("held", "is_quiet", "level", "open")

    def __init__(self) -> None:
        super().__init__()
        self.level = next(_LEVELS)
        self.open = True
        self.held: list[Any] = []
        self.is_quiet: Callable[[], bool] = never

    def __del__(self) -> None:
        if self.held:
            release(self.held)


def higher(tape: Tape | None, other: Tape) -> Tape:
    """The tape of the higher level, of two that meet in a call."""
    if tape is None or other is tape:
        return other
    if not (tape.open and other.open):
        raise EscapedValue(
            "two traced values of different derivatives meet: one of them was kept from a derivative that has "
            "ended. Return it from the function instead of storing it."
        )
    return other if other.level > tape.level else tape


def place(tape: Tape, record: Any, index: int) -> int:
    """Where a record stands that was to stand at an index: later, if another thread put one on the tape meanwhile."""
    while tape[index] is not record:
        index += 1
    return index


class _Output:
    """Marks a leaf of a structured answer."""

    pulls = None

    def step(self, g: Any, record: Any, grads: list[Any], index: int) -> None:
        node = index - record[1]
        if grads[node] is None:
            grads[node] = node


OUTPUT = _Output()


def reverse(tape: Tape, grads: list[Any], start: int, box: type, once: bool) -> None:
    """Run the tape backwards from index `start`; `grads` holds a cotangent per index and is filled on the way.

    `box` is the class of boxes, which stands above this module. With `once` the tape is used up: what a record holds
    is given up as soon as it has been pulled back, so that its memory serves the cotangents before it.
    """
    ndarray = np.ndarray
    owned: set[int] = set()  # where the cotangent is a sum made here, that nothing else sees: it is added to in place
    for index in range(start, -1, -1):
        g = grads[index]
        if g is None:
            continue
        if type(g) is OuterProductSum:
            g = grads[index] = g.total()
        record = tape[index]
        if record is None:
            continue
        pullbacks = record[0]
        pulls = pullbacks.pulls
        if pulls is None:
            pullbacks.step(g, record, grads, index)
            if once:
                tape[index] = None
            continue
        grads[index] = None  # complete, and used up: its memory serves the next ones
        _, answer, args, kwargs, parents = record
        if once:
            tape[index] = record = None
        gather = pullbacks.gather
        for position, parent in parents:
            x = args[position]
            if gather is not None and type(g) is not box and type(x) is ndarray:
                total = gather(grads[parent], parent in owned, position, g, args)
                if total is not None:
                    grads[parent] = total
                    if type(total) is ndarray:
                        owned.add(parent)
                    else:
                        owned.discard(parent)
                    continue
            d = pulls[position](g, answer, *args, **kwargs) if kwargs else pulls[position](g, answer, *args)
            kind = d.__class__
            if kind is not x.__class__ or not (
                kind is float or kind is complex or (d.shape == x.shape and d.dtype == x.dtype)
            ):
                d = fit(d, x)
            known = grads[parent]
            if known is None:
                grads[parent] = d
            elif parent in owned and type(d) is ndarray:
                known += d
            else:
                grads[parent] = total = known + d
                if type(total) is ndarray:
                    owned.add(parent)
                else:
                    owned.discard(parent)  # a box of a lower level


def fit(d: Any, x: Any) -> Any:
    """A cotangent brought to the shape and kind of its primal: what was broadcast is summed, a real one made real."""
    shape = np.shape(x)
    if np.shape(d) != shape:
        d = unbroadcast(d, shape)
    wanted, given = dtype_of(x), dtype_of(d)
    if wanted is given or wanted == given:
        return d
    if given.kind == "c" and wanted.kind != "c":
        d = np.real(d)
        given = dtype_of(d)
    if x.__class__ is complex and given.kind != "c":
        return d + 0j
    if wanted == given or x.__class__ is float or x.__class__ is complex:
        return d
    return d.astype(wanted) if hasattr(d, "astype") else wanted.type(d)


def dtype_of(x: Any) -> np.dtype[Any]:
    """The dtype of an array, a number or a box."""
    kind = x.__class__
    if kind is float:
        return _FLOAT
    if kind is complex:
        return _COMPLEX
    found = getattr(x, "dtype", None)
    return found if found is not None else np.asarray(x).dtype


_FLOAT = np.dtype(np.float64)
_COMPLEX = np.dtype(np.complex128)


def unbroadcast(d: Any, shape: tuple[int, ...]) -> Any:
    """The transpose of broadcasting from `shape`: sums over what was repeated, repeats what was summed."""
    given = np.shape(d)
    if len(given) < len(shape) or any(
        n != m and m != 1 for n, m in zip(given[len(given) - len(shape) :], shape, strict=True)
    ):
        return np.broadcast_to(d, shape)
    extra = len(given) - len(shape)
    if extra:
        d = np.sum(d, axis=tuple(range(extra)))
    axes = tuple(i for i, (n, m) in enumerate(zip(np.shape(d), shape, strict=True)) if n != 1 and m == 1)
    return np.sum(d, axis=axes, keepdims=True) if axes else d

"""Arrays that a pullback will read later are kept safe from writes in between.

A small array is copied, which costs less than any question about it. So is a large one that somebody else has, unless
nobody can write to it while it is kept: where the derivative is taken and used up in one call, and the code that runs
meanwhile writes into no array at all (see `rulecheck.ad.writers`). Then it is made read-only for that time, so that
what was overlooked raises. An array without another owner is kept as it is: references are counted for that. One that
is read-only already, and owns its memory, is taken at its owner's word: `x.setflags(write=False)` makes keeping it
free. Whoever makes a kept array writable again, or changes its shape or dtype in place, is told when the pullback is
called.
"""

from __future__ import annotations

import dis
import sys
import threading
import types
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rulecheck.ad.errors import ChangedValue

# Up to this many bytes an array is copied.
COPIED = 32 * 1024
# Up to this many bytes it is copied rather than asking what the code does that runs.
CHEAP = 256 * 1024

# The ways on which an array comes here. Each has a number of references of its own, which is measured when the engine
# starts, since it depends on the interpreter: see `calibrate`.
ELSEWHERE, ARGUMENT, UNPACKED, INSIDE, OPERATOR, UFUNC, FUNCTION = range(7)
_alone = [0] * 7
_counted: list[int] | None = None

# Large arrays that tapes hold, by id.
_held: dict[int, _Held] = {}
# Reentrant, since a tape may be collected while another one is written.
_LOCK = threading.RLock()


class Holder(Protocol):
    """A tape, as far as it keeps arrays."""

    held: list[Any]
    is_quiet: Callable[[], bool]


def keep(tape: Holder, array: Any, way: int = ELSEWHERE) -> Any:
    """An array with the same contents that no later write changes silently; `tape.held` has what is to be released."""
    if array.nbytes <= COPIED and _counted is None:
        return array.copy()
    count = sys.getrefcount(array)
    if _counted is not None:
        _counted.append(count)
        return array
    is_owner = array.base is None and array.__class__ is np.ndarray and array.flags.owndata
    if is_owner and count < _alone[way]:
        return array  # an intermediate result, that nothing else sees
    if not (is_owner and not array.flags.writeable) and not (array.nbytes > CHEAP and tape.is_quiet()):
        return np.array(array, subok=True)
    with _LOCK:
        known = _held.get(id(array))
        if known is not None:
            known.tapes += 1
        else:
            writeable = array.flags.writeable
            array.setflags(write=False)
            _held[id(array)] = _Held(array, writeable)
    tape.held.append(array)
    return array


class _Held:
    """An array that tapes hold: how many do, what it was like, and whether it is to be writable again after."""

    __slots__ = ("array", "dtype", "shape", "tapes", "waiting", "writeable")

    def __init__(self, array: Any, writeable: bool) -> None:
        self.array = array
        self.tapes = 1
        self.dtype = array.dtype
        self.shape = array.shape
        self.writeable = writeable
        self.waiting: list[Any] = []  # views that are to be writable again when this one is


def check(held: list[Any]) -> None:
    """Raise where an array that was kept was made writable again, or given another shape or dtype, by its owner."""
    for array in held:
        known = _held[id(array)]
        if array.flags.writeable or array.shape != known.shape or array.dtype != known.dtype:
            raise ChangedValue(
                f"an array of shape {known.shape} was made writable, or reshaped in place, while a pullback still "
                "needs it as it was: copy it first, or drop the pullback before changing it"
            )


def release(held: list[Any]) -> None:
    """Give up the arrays that a tape held: the last one to do so makes an array writable again."""
    with _LOCK:
        for array in held:
            known = _held[id(array)]
            known.tapes -= 1
            if not known.tapes:
                del _held[id(array)]
                if known.writeable:
                    for each in (array, *known.waiting):
                        _thaw(each)
        held.clear()


def _thaw(array: Any) -> None:
    """Make an array writable again, and the views of it that waited; a view waits for its base."""
    base = _held.get(id(array.base))
    if base is not None and not array.base.flags.writeable:
        base.waiting.append(array)
        return
    array.setflags(write=True)


def argument_way(caller: types.FrameType | None) -> int:
    """The way of an argument: a call that unpacks a sequence, `f(*args)`, holds one reference more."""
    if caller is not None and caller.f_code.co_code[caller.f_lasti] == _UNPACKING:
        return UNPACKED
    return ARGUMENT


_UNPACKING = dis.opmap.get("CALL_FUNCTION_EX", -1)


def calibrate(way: int, *runs: Any) -> None:
    """Learn how many references an array has on a way that somebody has a name for: the fewest that the runs show."""
    global _counted
    _counted = []
    try:
        for run in runs:
            run()
        _alone[way] = min(_counted, default=0)
    finally:
        _counted = None

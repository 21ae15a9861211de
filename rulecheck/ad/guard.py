"""Arrays that a pullback will read later are kept safe from writes in between.

A small array is copied, which costs less than any question about it. A large one is made read-only until the tape is
gone, so that a write raises; but only where nothing else can write to its memory. A view of the array that was made
before would stay writable, and it would hold a reference: so the references are counted, and an array that has more
than the one by which the caller knows it is copied. So is a view, whose base can be written to. An array that is
read-only already, and owns its memory, is taken at its owner's word: `x.setflags(write=False)` makes keeping it free.
Whoever makes a kept array writable again, or changes its shape or dtype in place, is told when the pullback is called.
What numpy does not refuse on a read-only array cannot be seen: writing by its address, and `ufunc.at` of numpy 2.
"""

from __future__ import annotations

import dis
import sys
import threading
import types
from typing import Any

import numpy as np

from rulecheck.ad.errors import ChangedValue

# Up to this many bytes an array is copied.
COPIED = 32 * 1024

# The ways on which an array comes here. Each has a number of references of its own, which is measured when the engine
# starts, since it depends on the interpreter: see `calibrate`.
ELSEWHERE, ARGUMENT, UNPACKED, INSIDE, OPERATOR, UFUNC, FUNCTION = range(7)
_alone = [0] * 7
_counted: list[int] | None = None

# Large arrays that tapes hold, by id.
_held: dict[int, _Held] = {}
# Reentrant, since a tape may be collected while another one is written.
_LOCK = threading.RLock()


def keep(held: list[Any], array: Any, way: int = ELSEWHERE) -> Any:
    """An array with the same contents that no later write changes silently; `held` takes what is to be released."""
    if array.nbytes <= COPIED and _counted is None:
        return array.copy()
    count = sys.getrefcount(array)
    if _counted is not None:
        _counted.append(count)
        return array
    if array.base is not None or array.__class__ is not np.ndarray:
        return np.array(array, subok=True)
    if not array.flags.owndata:
        return array.copy()
    with _LOCK:
        known = _held.get(id(array))
        if known is not None:
            known.tapes += 1
        else:
            writeable = array.flags.writeable
            if writeable and count > _alone[way]:
                return array.copy()
            array.setflags(write=False)
            _held[id(array)] = _Held(array, writeable)
    held.append(array)
    return array


class _Held:
    """An array that tapes hold: how many do, what it was like, and whether it is to be writable again after."""

    __slots__ = ("array", "dtype", "shape", "tapes", "writeable")

    def __init__(self, array: Any, writeable: bool) -> None:
        self.array = array
        self.tapes = 1
        self.dtype = array.dtype
        self.shape = array.shape
        self.writeable = writeable


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
                    array.setflags(write=True)
        held.clear()


def argument_way(caller: types.FrameType | None) -> int:
    """The way of an argument: a call that unpacks a sequence, `f(*args)`, holds one reference more."""
    if caller is not None and caller.f_code.co_code[caller.f_lasti] == _UNPACKING:
        return UNPACKED
    return ARGUMENT


_UNPACKING = dis.opmap.get("CALL_FUNCTION_EX", -1)


def calibrate(way: int, *runs: Any) -> None:
    """Learn how many references an array with a single owner has on a way: the fewest that any of the runs shows."""
    global _counted
    _counted = []
    try:
        for run in runs:
            run()
        _alone[way] = min(_counted, default=0)
    finally:
        _counted = None

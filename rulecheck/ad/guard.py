"""Arrays that a pullback will read later are kept safe from writes in between.

A small array is copied. A large one that nothing else can reach is made read-only until the tape is gone, so that a
write raises; where another view of its memory may exist, it is copied too. Never is a later write silently used.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

# Up to this many bytes a copy costs less than a microsecond or two: no more than asking any question first.
COPIED = 32 * 1024

# Arrays made read-only here, by id: the array, and how many tapes hold it.
_held: dict[int, list[Any]] = {}


def keep(held: list[Any], array: Any) -> Any:
    """An array with the same contents that no later write changes silently; `held` takes what is to be released."""
    if array.nbytes <= COPIED or array.base is not None or array.__class__ is not np.ndarray:
        return array.copy()
    known = _held.get(id(array))
    if known is not None and known[0] is array:
        known[1] += 1
        held.append(array)
        return array
    if sys.getrefcount(array) > _ALONE or not array.flags.owndata:
        return array.copy()
    if array.flags.writeable:
        array.setflags(write=False)
        _held[id(array)] = [array, 1]
        held.append(array)
    return array


def release(held: list[Any]) -> None:
    """Give up the arrays that a tape held: the last one to do so makes an array writable again."""
    for array in held:
        known = _held.get(id(array))
        if known is None:
            continue
        known[1] -= 1
        if not known[1]:
            del _held[id(array)]
            array.setflags(write=True)
    held.clear()


_ALONE = 6

"""What a record need not keep: a large array that no pullback will read is replaced by its mere shape and dtype."""

from __future__ import annotations

import dis
import inspect
from typing import Any

import numpy as np

from rulecheck.ad.guard import COPIED

_NOTHING = np.zeros(2, dtype=np.complex128)
_mentioned: dict[Any, frozenset[str]] = {}


def placeholder(array: Any) -> Any:
    """An array of the same shape and dtype without memory of its own; of what is no large array of floats, itself.

    Arrays of integers and bools are indices and conditions, which a pullback reads whatever `keeps` says.
    """
    if is_large(array) and array.dtype.kind in "fc":
        return np.ndarray(array.shape, array.dtype, _NOTHING, 0, (0,) * array.ndim)
    return array


def is_large(value: Any) -> bool:
    """Whether a value is an array that is worth replacing."""
    return type(value) is np.ndarray and value.nbytes > COPIED


def reads(pull: Any, position: int) -> bool:
    """Whether a pullback looks at one of its parameters; 1 is the answer of the call, its arguments follow."""
    code = getattr(pull, "__code__", None)
    if code is None:
        return True
    names = _mentioned.get(code)
    if names is None:
        names = _mentioned[code] = _names(code)
    if position < code.co_argcount:
        return code.co_varnames[position] in names
    if code.co_flags & inspect.CO_VARARGS:
        return code.co_varnames[code.co_argcount + code.co_kwonlyargcount] in names
    return True


def _names(code: Any) -> frozenset[str]:
    """The variables that a function's code reads."""
    found = set(code.co_cellvars)
    for instruction in dis.get_instructions(code):
        value = instruction.argval
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, tuple):  # one instruction for two variables
            found.update(v for v in value if isinstance(v, str))
    return frozenset(found)

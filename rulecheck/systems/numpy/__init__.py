"""The system `numpy`: who answers an operator, a ufunc or a function when an ndarray meets a user's class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.model.model import Model
from rulecheck.model.system import System

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program


def _model(program: Program) -> Model:
    from rulecheck.systems.numpy.model import NumpyModel

    return NumpyModel(SYSTEM, program)


_OPERATOR = rb"__r?(?:add|sub|mul|truediv|floordiv|mod|divmod|pow|and|or|xor|lshift|rshift)__"
# An operator that a class is given from elsewhere. Patterns that begin with plain letters are found fastest.
_LATE = (rb"\." + _OPERATOR + rb"[ \t]*=(?!=)", rb"setattr\([^)\n]*[\"']" + _OPERATOR)
# A method or field of this name, or its name in a list of slots or a `setattr`.
_SHAPE = (
    b"shape",
    rb"def[ \t]+shape\b",
    rb"shape(?<!\wshape)\b[\w.,\[\]()* \t]*[:=](?!=)",
    rb"[\"'](?:(?!shape\b)\w++[ ,]++)*+shape\b",
)

SYSTEM = System(
    name="numpy",
    model=_model,
    tokens=(b"__matmul__", b"__rmatmul__", b"__array_", *_LATE),
    # Other operators matter to classes that are array-like, and that they are by a shape.
    marks=(_SHAPE, (b"__", _OPERATOR)),
)

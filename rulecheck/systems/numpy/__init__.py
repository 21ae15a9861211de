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

_PAGE = """\
## Layers, in the order in which they are asked

1. subclass: the reflected method of a right operand whose class derives from the left one's and overrides it.
2. forward: the left operand's own method, where it is not ndarray's.
3. __array_function__, then a method of the argument: of functions that are no ufuncs.
4. __array_ufunc__: of an operand that has one; None there makes ndarray defer, as a higher `__array_priority__` does.
5. array: the operand is made an array, by `__array__` or element by element, and numpy's own loop answers.
6. reflected: the right operand's reflected method, where ndarray deferred.
"""

SYSTEM = System(
    name="numpy",
    summary="The operator protocol of numpy: an ndarray answers an operator before your reflected method is asked.",
    page=_PAGE,
    model=_model,
    tokens=(b"__matmul__", b"__rmatmul__", b"__array_", *_LATE),
    # Other operators matter to classes that are array-like, and that they are by a shape.
    marks=(_SHAPE, (b"__", _OPERATOR)),
)

"""What users ask for: pullback, gradient, value_and_gradient and jacobian.

Complex numbers: the cotangent of z = a + ib is dL/da + i dL/db, for a real L. So the gradient is the direction of
steepest ascent, and the pullback of y = f(z), f holomorphic, multiplies with the conjugate of f'(z).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.accumulate import accumulate
from rulecheck.ad.box import Box, TapeSlot, input_box, strip
from rulecheck.ad.errors import WRITTEN_INTO, ChangedValue, EscapedValue, NotTraceable
from rulecheck.ad.guard import ARGUMENT, COPIED, INSIDE, argument_way, check, keep, release
from rulecheck.ad.intercept import ADOPTED, wrap_assigned
from rulecheck.ad.structure import leaves, lowered, map_leaves, slotted, tangent_of
from rulecheck.ad.tangent import Tangent
from rulecheck.ad.tape import Tape, enter, leave, never, reverse
from rulecheck.ad.upcalls import UPCALLS
from rulecheck.ad.writers import could_write

Pullback = Callable[[Any], tuple[Any, ...]]


def pullback(f: Callable[..., Any], *args: Any) -> tuple[Any, Pullback]:
    """The value of `f(*args)`, and a function from a cotangent of the value to a tuple with one for each argument.

    The pullback may be called any number of times. Numbers and arrays of floats, or complex, are differentiated, also
    inside tuples, lists, dicts, dataclasses and other objects with fields; integers, strings and the like are
    constants. Raises TypeError if nothing in the arguments can be differentiated.
    """
    return traced(f, args)


UPCALLS.pullback = pullback


def traced(
    f: Callable[..., Any], args: tuple[Any, ...], depth: int = 2, once: bool = False, within: bool = False
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """What `pullback` does; the arguments come as they are, so that every way here counts the same references.

    `depth` says how many frames up the user's call stands; `once` that the pullback will be called only once; `within`
    that it will be called, and dropped, before the user's call ends: nobody but f has a chance to write meanwhile.
    """
    if ADOPTED:
        wrap_assigned()
    tape = Tape()
    if within:
        tape.is_quiet = _asked_once(f, args)
    way = ARGUMENT
    for a in args:
        if type(a) is np.ndarray and a.nbytes > COPIED:
            way = argument_way(sys._getframe(depth))
            break
    a = None
    boxed = tuple([_boxed(args, i, tape, way) for i in range(len(args))])
    if not tape:
        raise TypeError(
            "there is nothing to differentiate: give a float, an array of floats, or a structure that holds some "
            f"(got {', '.join(_described(a) for a in args) or 'no arguments'})"
        )
    inputs = len(tape)
    # As they are now: a method may cache values in the copy that is traced, or assign to its fields.
    entered = [TapeSlot(a) if type(a) is Box and a._tape is tape else slotted(a, tape) for a in boxed]
    enter()
    try:
        out = f(*boxed)
    except BaseException as error:
        own = _in_own_words(error, tape)
        release(tape.held)  # the tape lives on in the traceback
        if own is error:
            raise
        raise own from error
    finally:
        leave()
        tape.open = False
        tape.is_quiet = never
    if type(out) is Box and out._tape is tape:
        value, slots = _unshared(out._value), TapeSlot(out)
    else:
        for leaf in leaves(out):
            if type(leaf) is Box and leaf._tape is not tape and not leaf._tape.open:
                raise EscapedValue(
                    "the function returned a value that was traced by another derivative, which has ended"
                )
        value = map_leaves(_unshared, lowered(out, tape))
        slots = slotted(out, tape)

    def back(g: Any) -> tuple[Any, ...]:
        """Cotangents of the arguments, one each, for the cotangent `g` of the value."""
        if tape.held:
            check(tape.held)
        grads: list[Any] = [None] * len(tape)
        if type(slots) is TapeSlot and type(g) in _REAL and type(g) is type(slots.value):
            grads[slots.index] = g
        else:
            accumulate(slots, g, grads, "the cotangent given to the pullback")
        try:
            reverse(tape, grads, len(tape) - 1, Box, once)
        except BaseException:
            if within:
                release(tape.held)
            raise
        del grads[inputs:]
        seen: set[int] = set()
        return tuple(
            [
                _gradient_of(a, grads, seen)
                if type(a) is TapeSlot
                else tangent_of(a, lambda leaf: _gradient_of(leaf, grads, seen) if type(leaf) is TapeSlot else None)
                for a in entered
            ]
        )

    return value, back


_REAL = (float, np.float64)
_SCALARS = frozenset((float, complex, np.float64, np.float32, np.complex128, np.complex64))


def _asked_once(f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[], bool]:
    """Whether the code of a function writes into no array: found out when it is first asked."""
    found: list[bool] = []

    def is_quiet() -> bool:
        if not found:
            found.append(not could_write(f, args))
        return found[0]

    return is_quiet


def _in_own_words(error: BaseException, tape: Tape) -> BaseException:
    """The error to raise for one of the traced function: the engine's own where numpy hides or replaces that."""
    if not isinstance(error, (ValueError, TypeError)):
        return error
    text = str(error)
    if text.startswith(("setting an array element", "Error setting single item", "only length-1 arrays", "only 0-d")):
        inner = error.__cause__ or error.__context__
        return inner if isinstance(inner, NotTraceable) else NotTraceable(f"{WRITTEN_INTO} (numpy: {text})")
    if tape.held and text.endswith("read-only"):
        return ChangedValue(
            "an array was written into while a derivative needs it as it was (read-only): write into a copy, or make "
            "a new array"
        )
    return error


def _boxed(args: tuple[Any, ...], position: int, tape: Tape, way: int) -> Any:
    if type(args[position]) is np.ndarray and args[position].dtype.kind in "fc":
        return input_box(keep(tape, args[position], way), tape)
    return map_leaves(lambda leaf: input_box(_own(leaf, tape), tape), args[position])


def _own(leaf: Any, tape: Tape) -> Any:
    return keep(tape, leaf, INSIDE) if type(leaf) is not Box and isinstance(leaf, np.ndarray) else leaf


def _unshared(leaf: Any) -> Any:
    return leaf.copy() if type(leaf) is np.ndarray else leaf


def _described(value: Any) -> str:
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def _gradient_of(leaf: TapeSlot, grads: list[Any], seen: set[int]) -> Any:
    g = grads[leaf.index]
    value = leaf.value
    if g is None:
        plain = strip(value)
        return np.zeros_like(plain) if isinstance(plain, np.ndarray) else type(plain)(0)
    if type(g) is np.ndarray:
        if id(g) in seen or g.base is not None or sys.getrefcount(g) > 3 or not g.flags.writeable:
            g = g.copy()
        seen.add(id(g))
        return g if type(value) is np.ndarray or type(value) is Box else g[()]
    if type(g) is Box:
        return g
    if type(value) is not type(g) and type(value) in _SCALARS:
        return type(value)(g)
    return np.asarray(g) if type(value) is np.ndarray else g


def value_and_gradient(f: Callable[..., Any], *args: Any) -> tuple[Any, Any]:
    """The value of a function that gives a real number, and its gradient (see `gradient`)."""
    return _value_and_gradient(f, args)


def _value_and_gradient(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any]:
    value, back = traced(f, args, 3, once=True, within=True)
    plain = strip(value)
    if type(plain) not in _REAL and (
        not isinstance(plain, (float, int, np.generic, np.ndarray)) or np.shape(plain) != () or np.iscomplexobj(plain)
    ):
        raise TypeError(
            f"a gradient is that of a real number, and the function returned {_result(plain)}: reduce it to a real "
            "number, or use jacobian or pullback"
        )
    found = back(type(plain)(1.0) if type(plain) in _REAL else np.ones_like(plain)[()])
    return value, found[0] if len(args) == 1 else found


def _result(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" + (" (complex)" if np.iscomplexobj(value) else "")
    return f"a {type(value).__name__}"


def gradient(f: Callable[..., Any], *args: Any) -> Any:
    """The gradient of a function that gives a real number: that of its argument, or a tuple of one for each.

    A gradient has the structure of its argument: a number or array, a tuple, list or dict of such, and for an object
    with fields a `Tangent`. What cannot be differentiated has None. Raises TypeError if the value is not a real number.
    """
    return _value_and_gradient(f, args)[1]


def jacobian(f: Callable[..., Any], *args: Any) -> Any:
    """The derivative of each element of an array-valued function: shape `value.shape + argument.shape`.

    Gives the one of the only argument, or a tuple with one for each of several. A structured argument has one in its
    own structure, and what cannot be differentiated has None, as in a gradient. For complex values the rows are the
    cotangents of the value's real part. Raises TypeError if the value is not an array or a number.
    """
    value, back = traced(f, args, within=True)
    plain = strip(value)
    if not isinstance(plain, (float, complex, int, np.generic, np.ndarray)):
        raise TypeError(
            f"a jacobian is that of a function that gives an array or a number, and this one returned "
            f"{_result(plain)}: put its parts into one array with rulecheck.ad.array or numpy.concatenate"
        )
    shape = np.shape(value)
    units = np.eye(int(np.prod(shape, dtype=int)), dtype=np.result_type(plain))
    rows = [back(unit.reshape(shape) if shape else unit[0]) for unit in units]
    like = rows[0] if rows else back(np.zeros(shape))
    found = tuple(_stacked([row[i] for row in rows], like[i], shape) for i in range(len(args)))
    return found[0] if len(args) == 1 else found


def _stacked(rows: list[Any], like: Any, shape: tuple[int, ...]) -> Any:
    """The gradients of each element of a value put together, leaf by leaf of the structure that one of them has."""
    if like is None:
        return None
    if isinstance(like, Tangent):
        return Tangent(**{name: _stacked([row[name] for row in rows], like[name], shape) for name in like})
    if isinstance(like, dict):
        return {key: _stacked([row[key] for row in rows], like[key], shape) for key in like}
    if isinstance(like, (tuple, list)):
        parts = [_stacked([row[i] for row in rows], like[i], shape) for i in range(len(like))]
        return like._make(parts) if hasattr(like, "_make") else type(like)(parts)
    whole = shape + tuple(np.shape(like))
    return np.reshape(np.stack(rows), whole) if rows else np.zeros(whole, np.result_type(like))

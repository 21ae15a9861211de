"""The operators, methods and numpy protocols of a box."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from rulecheck.ad.box import Box, new, strip
from rulecheck.ad.call import answer_function, answer_ufunc, through
from rulecheck.ad.convert import array
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.guard import COPIED, FUNCTION, OPERATOR, UFUNC, keep
from rulecheck.ad.intercept import Primal
from rulecheck.ad.numpy_pullbacks import (
    CONSTANT,
    NO_KEYWORDS,
    PULLBACKS,
    REWRITES,
    NumpyPullbacks,
    on_plain,
    plain,
    record_call,
    record_unary,
)
from rulecheck.ad.placeholders import is_large
from rulecheck.ad.registry import name_of
from rulecheck.ad.tape import place
from rulecheck.dispatch.operators import BINARY, COMPARISON, UFUNCS

_SCALARS = frozenset((float, int, complex, np.float64, np.float32, np.complex128, np.int64, bool))


def attach_method(name: str, method: Callable[..., Any]) -> None:
    """Give the box a method."""
    method.__name__ = name
    method.__qualname__ = f"Box.{name}"
    setattr(Box, name, method)


def _binary(pullbacks: NumpyPullbacks, run: Callable[[Any, Any], Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The operator and its reflected form. Written out for speed: a chain of scalars spends its time here."""
    keeps = pullbacks.keeps
    ndarray = np.ndarray
    reduces = pullbacks.function is np.matmul  # its answer may be small where its arguments are large

    def forward(self: Box, other: Any) -> Any:
        kind = type(other)
        tape = self._tape
        if pullbacks.asked:
            return ask(self, other) if _known(other) else NotImplemented
        if kind is Box:
            if other._tape is not tape:
                return record_call(pullbacks, (self, other))
            x, y = self._value, other._value
            parents: Any = ((0, self._index), (1, other._index))
        elif kind in _SCALARS:
            x, y = self._value, other
            parents = ((0, self._index),)
        elif kind is ndarray:
            x, y = self._value, keep(tape, other, OPERATOR) if keeps else other
            parents = ((0, self._index),)
        else:
            return record_call(pullbacks, (self, array(other))) if _known(other) else NotImplemented
        answer = run(x, y)
        box = new(Box)
        box._value = answer
        box._tape = tape
        args = (x, y)
        if type(answer) is ndarray and (answer.nbytes > COPIED or (reduces and (is_large(x) or is_large(y)))):
            answer, args = pullbacks.retained(answer, args, parents)
        record = (pullbacks, answer, args, NO_KEYWORDS, parents)
        box._index = index = len(tape)
        tape.append(record)
        if tape[index] is not record:
            box._index = place(tape, record, index)
        return box

    def reflected(self: Box, other: Any) -> Any:
        kind = type(other)
        tape = self._tape
        if pullbacks.asked:
            return ask(other, self) if _known(other) else NotImplemented
        if kind in _SCALARS:
            x = other
        elif kind is ndarray:
            x = keep(tape, other, OPERATOR) if keeps else other
        else:
            return record_call(pullbacks, (array(other), self)) if _known(other) else NotImplemented
        y = self._value
        answer = run(x, y)
        box = new(Box)
        box._value = answer
        box._tape = tape
        args = (x, y)
        if type(answer) is ndarray and (answer.nbytes > COPIED or (reduces and (is_large(x) or is_large(y)))):
            answer, args = pullbacks.retained(answer, args, ((1, self._index),))
        record = (pullbacks, answer, args, NO_KEYWORDS, ((1, self._index),))
        box._index = index = len(tape)
        tape.append(record)
        if tape[index] is not record:
            box._index = place(tape, record, index)
        return box

    primal = Primal(lambda a, b: record_call(pullbacks, (a, b)))

    def ask(a: Any, b: Any) -> Any:
        return through(name_of(pullbacks.function), (a, b), {}, primal)

    return forward, reflected


def _known(value: Any) -> bool:
    """Whether a box and the value can be operated on as arrays: not a user's type, which is asked itself."""
    return type(value) in (Box, list, tuple) or isinstance(value, (np.ndarray, np.generic, int, float, complex))


def _rejected(symbol: str) -> Callable[[Box, Any], Any]:
    def in_place(self: Box, other: Any) -> Any:
        if not self.shape:
            return NotImplemented  # a number has no place to write to: Python goes on with the plain operator
        raise NotTraceable(
            f"a traced array cannot be changed in place, since other names for it would not see it: write "
            f"`x = x {symbol} y` for `x {symbol}= y`"
        )

    return in_place


def _comparison(run: Callable[[Any, Any], Any]) -> Callable[[Box, Any], Any]:
    def compare(self: Box, other: Any) -> Any:
        if not (_known(other) or other is None or isinstance(other, str)):
            return NotImplemented
        return run(strip(self), plain(other))

    return compare


def _unary(pullbacks: NumpyPullbacks) -> Callable[[Box], Any]:
    primal = Primal(lambda a: record_call(pullbacks, (a,)))

    def apply(self: Box) -> Any:
        if pullbacks.asked:
            return through(name_of(pullbacks.function), (self,), {}, primal)
        return record_unary(pullbacks, self)

    return apply


def array_ufunc(self: Box, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """Answer numpy's protocol for elementwise functions."""
    if method == "__call__" and not kwargs:
        pullbacks = PULLBACKS.get(ufunc)
        if pullbacks is not None and not pullbacks.asked:
            if len(inputs) == 1 and pullbacks.first_active:
                return record_unary(pullbacks, self)
            plain_kinds = True
            for kind in map(type, inputs):
                if kind is not Box and kind is not np.ndarray and kind not in _SCALARS:
                    plain_kinds = False
            if plain_kinds:
                return record_call(pullbacks, inputs, NO_KEYWORDS, UFUNC)
            if all(map(_known, inputs)):
                return record_call(pullbacks, tuple(array(v) if type(v) in (list, tuple) else v for v in inputs))
            return answer_ufunc(ufunc, method, inputs, kwargs)
    if kwargs.get("out") is not None:
        raise NotTraceable(
            f"numpy.{ufunc.__name__} was to write a traced value into an array (out=, or an in-place operator such as "
            "`z += x`), where its gradient would be lost: write `z = z + x`"
        )
    if not all(_known(v) for v in inputs):
        return answer_ufunc(ufunc, method, inputs, kwargs)
    if method == "__call__" and ufunc in CONSTANT:
        return through(name_of(ufunc), inputs, kwargs, Primal(lambda *a, **k: on_plain(ufunc, a, k)))
    bound = REWRITES.get((ufunc, method)) if method != "__call__" else REWRITES.get(ufunc)
    if bound is not None:
        return bound(*inputs, **kwargs)
    pullbacks = PULLBACKS.get(ufunc)
    if method == "__call__" and pullbacks is not None:
        if kwargs:
            raise NotTraceable(f"numpy.{ufunc.__name__} is not differentiated with {', '.join(kwargs)}=")
        return through(name_of(ufunc), inputs, kwargs, Primal(lambda *a: record_call(pullbacks, a)))
    if method != "__call__":
        return _no_derivative(f"numpy.{ufunc.__name__}.{method}")
    return through(name_of(ufunc), inputs, kwargs, Primal(lambda *a, **k: _no_derivative(f"numpy.{ufunc.__name__}")))


def _no_derivative(shown: str) -> NoReturn:
    raise NotTraceable(
        f"there is no derivative for {shown}: use functions that have one, or values that are not traced"
    )


def array_function(self: Box, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Answer numpy's protocol for all other functions."""
    pullbacks = PULLBACKS.get(function)
    if pullbacks is not None and not pullbacks.asked:
        for kind in map(type, args):
            if kind is not Box and kind is not np.ndarray and hasattr(kind, "__array_function__"):
                return answer_function(function, args, kwargs)
        for kind in map(type, kwargs.values()):
            if kind is not np.ndarray and hasattr(kind, "__array_function__"):
                return answer_function(function, args, kwargs)
        return record_call(pullbacks, args, kwargs, FUNCTION)
    return answer_function(function, args, kwargs)


def _no_array(self: Box, *args: Any, **kwargs: Any) -> Any:
    raise NotTraceable(
        "numpy wanted a plain array of a traced value, and the gradient would be lost: make arrays of traced values "
        "with rulecheck.ad.array or rulecheck.ad.asarray"
    )


def _no_number(name: str) -> Callable[[Box], Any]:
    def convert(self: Box) -> Any:
        raise NotTraceable(
            f"{name}() of a traced value would lose its gradient: use numpy's functions instead of math's, and assign "
            "by building a new array (rulecheck.ad.array) instead of writing into one"
        )

    return convert


def _iterate(self: Any) -> Iterator[Any]:
    if not self.shape:
        raise TypeError("a traced number cannot be iterated over")
    return (self[i] for i in range(len(self)))


def _no_pickle(self: Box, protocol: Any) -> Any:
    raise NotTraceable("a traced value cannot be pickled, nor sent to another process: return it from the function")


def _no_write(self: Box, index: Any, value: Any) -> None:
    raise NotTraceable("a traced array cannot be written into: build a new one, with numpy.where or rulecheck.ad.array")


def attach() -> None:
    """Give the box its operators: the pullbacks of numpy's functions must stand before."""
    for op in BINARY:
        ufunc = getattr(np, UFUNCS[op.function].partition(".")[2])
        plain_operator = getattr(operator, op.function.partition(".")[2])
        if ufunc in PULLBACKS:
            forward, reflected = _binary(PULLBACKS[ufunc], plain_operator)
            attach_method(op.method, forward)
            assert op.reflected is not None
            assert op.in_place is not None
            attach_method(op.reflected, reflected)
            attach_method(op.in_place, _rejected(op.symbol))
    for op in COMPARISON:
        attach_method(op.method, _comparison(getattr(operator, op.function.partition(".")[2])))
    for name, function in (("__neg__", np.negative), ("__abs__", np.absolute), ("__pos__", np.positive)):
        if function in PULLBACKS:
            attach_method(name, _unary(PULLBACKS[function]))
    for name in ("float", "int", "complex"):
        attach_method(f"__{name}__", _no_number(name))
    attach_method("__iter__", _iterate)
    attach_method("__setitem__", _no_write)
    attach_method("__array__", _no_array)
    attach_method("__reduce_ex__", _no_pickle)
    attach_method("__array_ufunc__", array_ufunc)
    attach_method("__array_function__", array_function)

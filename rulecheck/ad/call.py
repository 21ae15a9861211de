"""How a call is answered while something is traced: the table of rules first, then the code that the call runs."""

from __future__ import annotations

import inspect
import operator
from typing import Any

import numpy as np

from rulecheck.ad.accumulate import accumulate
from rulecheck.ad.arrays import key_of
from rulecheck.ad.box import Box, output_boxes, recorded
from rulecheck.ad.classes import asked_in_turn
from rulecheck.ad.convert import asarray
from rulecheck.ad.errors import BadCotangent, NotTraceable
from rulecheck.ad.guard import keep
from rulecheck.ad.intercept import Primal
from rulecheck.ad.numpy_pullbacks import CONSTANT, PULLBACKS, REWRITES, on_plain, record_call
from rulecheck.ad.registry import Rule, decide, name_of
from rulecheck.ad.structure import leaves, lowered, map_leaves, slotted, tangent_of, top_within
from rulecheck.ad.tape import STATE, Tape
from rulecheck.ad.upcalls import UPCALLS
from rulecheck.dispatch.operators import BY_FUNCTION


def through(function: str, args: tuple[Any, ...], kwargs: dict[str, Any], primal: Primal) -> Any:
    """Answer a call by the rule that the table gives for it, else by its primal."""
    tape = top_within(args)
    if tape is None:
        return primal.run(*args, **kwargs)
    rule = decide(function, tuple(map(key_of, args)), primal, tape.level)
    if rule is None:
        return primal.run(*args, **kwargs)
    return run_rule(rule, tape, args, kwargs)


def run_rule(rule: Rule, tape: Tape, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a rule on the values of the level below, and put it on the tape."""
    assert rule.run is not None
    if top_within(kwargs.values()) is not None:
        raise NotTraceable(f"{rule}: a traced value came by keyword, and would lose its gradient; pass it by position")
    if kwargs:
        try:
            inspect.signature(rule.run).bind(*args, **kwargs)
        except TypeError as error:
            given = ", ".join(kwargs)
            raise NotTraceable(
                f"{rule}: it answers this call, which passes {given}=, and does not take that ({error}); "
                "give it the keyword, or opt out"
            ) from None
    values = []
    active = []
    for a in args:
        value = lowered(a, tape)
        active.append(value is not a)
        values.append(value if value is not a else map_leaves(lambda x: _kept(x, tape), a))
    extra = {**kwargs, "active": tuple(active)} if rule.takes_active else kwargs
    STATE.under_way.append((rule, tape.level))
    try:
        answer = rule.run(*values, **extra)
    except Exception as error:
        error.add_note(f"raised in {rule}, which answers this call while a derivative is taken")
        raise
    finally:
        STATE.under_way.pop()
    if not (isinstance(answer, tuple) and len(answer) == 2 and callable(answer[1])):
        raise BadCotangent(f"{rule}: a rule returns (value, pullback), not {type(answer).__name__}")
    value, back = answer
    return boxed_answer(value, tape, (RULE, back, tuple(slotted(a, tape) for a in args), active, rule))


def _kept(leaf: Any, tape: Tape) -> Any:
    return keep(tape, leaf) if type(leaf) is np.ndarray else leaf


def boxed_answer(value: Any, tape: Tape, record: Any) -> Any:
    """The value of a record with its leaves boxed: one leaf is the record's own box, several follow it on the tape."""
    kind = type(value)
    if kind is np.ndarray or kind is float or kind is Box or isinstance(value, (complex, np.inexact)):
        return recorded(value, tape, (*record, None))
    boxes = iter(output_boxes(list(leaves(value)), tape, (*record, value)))
    return map_leaves(lambda leaf: next(boxes), value)


class _RuleStep:
    """Pulls a cotangent back through a rule's own pullback."""

    pulls = None

    def step(self, g: Any, record: Any, grads: list[Any], index: int) -> None:
        _, back, args, active, rule, template = record
        if template is not None:
            offsets = iter(range(index + 1, index + 1 + sum(1 for _ in leaves(template))))
            g = tangent_of(template, lambda leaf: _or_zero(grads[next(offsets)], leaf))
        elif type(g) is np.ndarray:
            g = g.view()
            g.flags.writeable = False
        try:
            found = back(g)
        except Exception as error:
            error.add_note(f"raised in the pullback of {rule}")
            raise
        if not isinstance(found, tuple):
            if isinstance(found, list) and len(args) > 1:
                raise BadCotangent(f"{rule}: its pullback returned a list; return a tuple, with one cotangent for each")
            found = (found,)
        if len(found) != len(args):
            raise BadCotangent(
                f"{rule}: its pullback returned {len(found)} cotangents for {len(args)} arguments; return a tuple with "
                "one for each, None for those without (what was passed by keyword has none)"
            )
        for position, (arg, d) in enumerate(zip(args, found, strict=True)):
            if active[position] and d is not None:
                accumulate(arg, d, grads, f"{rule}: cotangent {position + 1}")


def _or_zero(g: Any, leaf: Any) -> Any:
    return np.zeros_like(leaf) if g is None else g


RULE = _RuleStep()


def answer_operator(function: str, args: tuple[Any, ...]) -> Any:
    """Run an operator by its canonical name, as Python does."""
    return getattr(operator, function.rpartition(".")[2])(*args)


def answer_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Answer a numpy ufunc among whose inputs is a value of a user's type."""
    name = name_of(ufunc)
    if kwargs.get("out") is not None:
        raise NotTraceable(f"{name}: there is no writing into out= with structured or traced values; use the result")
    if method == "__call__" and not kwargs and name in BY_FUNCTION:
        if len(inputs) == 2:
            return _binary(name, *inputs)
        return answer_operator(name, inputs)
    function = ufunc if method == "__call__" else getattr(ufunc, method)
    return through(name if method == "__call__" else f"{name}.{method}", inputs, kwargs, primal_of(function, inputs))


def _binary(name: str, left: Any, right: Any) -> Any:
    """`left OP right` by Python's protocol, but with numpy's arrays and boxes never asked."""
    found = BY_FUNCTION[name]
    if _is_plain(left):
        asked = [(right, found.reflected or "", left)]
    elif _is_plain(right):
        asked = [(left, found.method, right)]
    else:
        values = (left, right)
        turns = asked_in_turn(found, (type(left), type(right)))
        asked = [(values[each.operand], each.name, values[1 - each.operand]) for each in turns]
    for value, method, other in asked:
        run = getattr(type(value), method, _declines)
        if run is None:
            raise TypeError(f"{type(value).__name__}.{method} is None")
        answer = run(value, other)
        if answer is not NotImplemented:
            return not answer if method == "__eq__" and found.method == "__ne__" else answer
    if found.method in ("__eq__", "__ne__"):
        return (left is right) == (found.method == "__eq__")
    raise TypeError(f"{type(left).__name__} {found.symbol} {type(right).__name__} is not defined")


def _declines(value: Any, other: Any) -> Any:
    return NotImplemented


def _is_plain(value: Any) -> bool:
    return type(value) is Box or isinstance(value, (np.ndarray, np.generic, int, float, complex))


def answer_function(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Answer a numpy function among whose arguments is a box, or a value of a user's type."""
    if kwargs:
        args, kwargs = _by_position(function, args, kwargs)
    if function in CONSTANT and not any(map(_is_structured, args)):
        return through(name_of(function), args, kwargs, Primal(lambda *a, **k: on_plain(function, a, k)))
    if function is np.shape and len(args) == 1:
        return args[0].shape
    pullbacks = PULLBACKS.get(function)
    if pullbacks is not None and all(map(_is_plain_or_setting, args)):
        if not pullbacks.asked:
            return record_call(pullbacks, args, kwargs)
        return through(name_of(function), args, kwargs, Primal(lambda *a, **k: record_call(pullbacks, a, k)))
    written = REWRITES.get(function)
    return through(name_of(function), args, kwargs, primal_of(written or function, args, function))


# Before numpy 2.4 it does not tell them.
_UNTOLD = {np.dot: ("a", "b")}


def _by_position(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same call with the arrays that came by keyword at their positions, for only those have derivatives."""
    arrays = {name for name, value in kwargs.items() if hasattr(type(value), "__array_function__")}
    if not arrays:
        return args, kwargs
    try:
        names = list(inspect.signature(function).parameters)[len(args) :]
    except ValueError:  # a function written in C may not tell its parameters
        names = list(_UNTOLD.get(function, ()))[len(args) :]
    moved: list[str] = []
    for name in names:
        if name not in kwargs or arrays.issubset(moved):
            break
        moved.append(name)
    left = {name: value for name, value in kwargs.items() if name not in moved}
    return (*args, *(kwargs[name] for name in moved)), left


def _is_plain_or_setting(value: Any) -> bool:
    return _is_plain(value) or value is None or isinstance(value, (str, tuple, slice)) or type(value) is list


def _is_structured(value: Any) -> bool:
    return not _is_plain_or_setting(value) and hasattr(type(value), "__array_function__")


def primal_of(run: Any, args: tuple[Any, ...], function: Any = None) -> Primal:
    """The code that a call of a numpy function runs: the first argument's method of that name, else arrays."""
    function = function or run
    name = getattr(function, "__name__", "")
    owner = args[0] if args and not _is_plain(args[0]) and not isinstance(args[0], (list, tuple)) else None
    method = getattr(type(owner), name, None) if owner is not None else None
    if method is not None and callable(method):
        return Primal(lambda first, *rest, **kw: getattr(first, name)(*rest, **kw), method, _definer(type(owner), name))

    def by_arrays(*args: Any, **kwargs: Any) -> Any:
        dense = tuple(map(_densified, args))
        if run is function and any(a is not b for a, b in zip(args, dense, strict=True)):
            return function(*dense, **kwargs)
        if run is function:
            raise NotTraceable(
                f"there is no derivative for {name_of(function)}: give it one with rulecheck.ad.adjoint, or call it on "
                "values that are not traced"
            )
        return run(*dense, **kwargs)

    return Primal(by_arrays)


def _definer(kind: type, name: str) -> type:
    return next(base for base in kind.__mro__ if name in base.__dict__)


def _densified(value: Any) -> Any:
    if type(value) is list:
        parts = [_densified(v) for v in value]
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    if _is_plain_or_setting(value):
        return value
    return asarray(value) if hasattr(type(value), "__array_function__") else value


UPCALLS.through = through
UPCALLS.answer_ufunc = answer_ufunc
UPCALLS.answer_function = answer_function

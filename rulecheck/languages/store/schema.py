"""Typed values as plain ones and back: what does not fit its type to the last part raises Misfit, and is no value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


class Misfit(ValueError):
    """A plain value does not fit the type that it should have."""


def row(value: Any) -> Any:
    """What stands for a value that is neither a number, a text nor a row of these: its fields, or its members in order.

    Raises TypeError for any other.
    """
    if isinstance(value, frozenset):
        return tuple(sorted(value))
    if is_dataclass(value) and not isinstance(value, type):
        return tuple([getattr(value, f.name) for f in fields(value)])
    raise TypeError(f"{type(value).__name__} cannot be kept")


@cache
def maker(kind: Any) -> Callable[[Any], Any]:
    """Gives a plain value the type again; raises Misfit where it does not fit."""
    if kind is Any:
        return lambda value: value
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional(kind, arguments)
    if origin is tuple:
        return _row(arguments)
    if origin in (list, frozenset):
        inner = maker(arguments[0])
        return lambda value: origin([inner(v) for v in _checked(tuple, value)])
    if origin in (dict, Mapping):
        keys, values = maker(arguments[0]), maker(arguments[1])
        return lambda value: {keys(k): values(v) for k, v in _checked(dict, value).items()}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: _of_enumeration(kind, value)
    if is_dataclass(kind) and isinstance(kind, type):
        return _record(kind, [f.name for f in fields(kind)])
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _record(kind, kind._fields)
    if kind in (str, bytes, int, float, bool, tuple, NoneType):
        return lambda value: _checked(kind, value)
    raise TypeError(f"{kind!r} cannot be kept")


def _checked(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise Misfit(f"{type(value).__name__} in the place of {kind.__name__}")
    return value


def _optional(kind: Any, arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    """One of two types of which one is None, or of plain ones that are told apart by what they are."""
    others = [a for a in arguments if a is not NoneType]
    if len(others) != 1:
        raise TypeError(f"{kind!r} cannot be kept")
    inner = maker(others[0])
    return lambda value: None if value is None else inner(value)


def _row(arguments: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        if arguments[0] is Any:
            return lambda value: _checked(tuple, value)
        inner = maker(arguments[0])
        return lambda value: tuple([inner(v) for v in _checked(tuple, value)])
    makers = [maker(a) for a in arguments]
    return lambda value: tuple([make(v) for make, v in zip(makers, _of_length(len(makers), value), strict=True)])


def _record(kind: type, names: Any) -> Callable[[Any], Any]:
    hints = get_type_hints(kind)
    makers: list[Callable[[Any], Any]] = []

    def made(value: Any) -> Any:
        if not makers:  # only now, because a type may hold others of its own
            makers.extend([maker(hints[name]) for name in names])
        return kind(*[make(v) for make, v in zip(makers, _of_length(len(makers), value), strict=True)])

    return made


def _of_length(count: int, value: Any) -> Any:
    if type(value) is not tuple or len(value) != count:
        raise Misfit(f"no row of {count} parts")
    return value


def _of_enumeration(kind: type[Enum], value: Any) -> Enum:
    try:
        return kind(value)
    except ValueError:
        raise Misfit(f"{value!r} is no {kind.__name__}") from None

"""Structured values: found by their fields, traced by a shallow copy whose fields hold boxes.

A leaf is a float or complex number, a float or complex array, or a box. Numbers and arrays of other kinds, strings,
functions and the like are constants. Tuples, lists, dicts, dataclasses and objects with fields are looked into.
"""

from __future__ import annotations

import copy as copying
import enum
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rulecheck.ad.box import Box, TapeSlot
from rulecheck.ad.tangent import Tangent, alike, is_void
from rulecheck.ad.tape import Tape, higher

_ATOMS = (
    type(None), bool, int, str, bytes, type, np.dtype, range, slice, types.FunctionType, types.BuiltinFunctionType,
    types.MethodType, types.ModuleType, type(Ellipsis), np.ufunc, set, frozenset, np.random.Generator,
)  # fmt: skip
_ATOM_TYPES = set(_ATOMS)
_NUMBERS = (float, complex, np.inexact)
# The array types that compute as ndarray does, so that their values are leaves.
TRANSPARENT: set[type] = {np.ndarray, np.memmap}


def is_leaf(value: Any) -> bool:
    """Whether a value is differentiated as a whole."""
    kind = type(value)
    if kind is Box or kind is float or kind is complex or kind is TapeSlot:
        return True
    if issubclass(kind, np.ndarray):
        if kind not in TRANSPARENT:
            raise TypeError(f"{kind.__name__} has its own arithmetic: convert it with numpy.asarray first")
        return bool(value.dtype.kind in "fc")
    return issubclass(kind, _NUMBERS)


_SLOTS: dict[type, tuple[str, ...] | None] = {}


def _slots(kind: type) -> tuple[str, ...] | None:
    """The slots of a class that has fields and can be copied by them; None for an atom."""
    try:
        return _SLOTS[kind]
    except KeyError:
        pass
    names: tuple[str, ...] | None
    if kind in _ATOM_TYPES or issubclass(kind, (*_ATOMS[:6], np.generic, np.ndarray, enum.Enum)):
        names = None
    else:
        found: list[str] = []
        for base in kind.__mro__:
            own = base.__dict__.get("__slots__", ())
            for name in (own,) if isinstance(own, str) else own:
                if name not in ("__dict__", "__weakref__"):
                    hidden = name.startswith("__") and not name.endswith("__")
                    found.append(f"_{base.__name__.lstrip('_')}{name}" if hidden else name)
        names = tuple(dict.fromkeys(found))
        if (not names and not kind.__dictoffset__) or _maker(kind) not in _MAKERS:
            names = None
    _SLOTS[kind] = names
    return names


_MADE_BY: dict[type, Any] = {}


def _maker(kind: type) -> Any:
    """The class written in C whose `__new__` makes the instances of a class; no method of the user's takes part."""
    found = _MADE_BY.get(kind)
    if found is None:
        bases = (base for base in kind.__mro__ if type(base.__dict__.get("__new__")) is types.BuiltinFunctionType)
        found = _MADE_BY[kind] = next(bases)
    return found


# Whose instances are no more than their fields. Others, such as a random generator, hold what no copy of fields has.
_MAKERS = (object, types.SimpleNamespace)


def _empty(kind: type) -> Any:
    return _maker(kind).__new__(kind)


def fields_of(value: Any) -> dict[str, Any] | None:
    """The fields of an object by name, or None for what has none."""
    kind = type(value)
    slots = _slots(kind)
    if slots is None:
        return None
    if not slots:
        found: dict[str, Any] = value.__dict__
        return found
    missing = object()
    found = {name: item for name in slots if (item := getattr(value, name, missing)) is not missing}
    found.update(getattr(value, "__dict__", ()))
    return found


def rebuilt(value: Any, changed: dict[str, Any]) -> Any:
    """A shallow copy of an object with some of its fields changed; its class is the same, and no constructor runs."""
    return _filled(_empty(type(value)), value, changed)


def _filled(copy: Any, value: Any, changed: dict[str, Any]) -> Any:
    own = getattr(copy, "__dict__", None)
    if own is not None:
        own.update(value.__dict__)
    for name in _slots(type(value)) or ():
        if hasattr(value, name):
            object.__setattr__(copy, name, getattr(value, name))
    for name, item in changed.items():
        if own is not None and name in own:
            own[name] = item
        else:
            object.__setattr__(copy, name, item)
    return copy


def resequenced(value: Any, items: list[Any]) -> Any:
    """A tuple or list of the same class with other items; no constructor of the user's runs."""
    kind = type(value)
    if kind is tuple or kind is list or hasattr(kind, "_make"):
        return alike(value, items)
    try:
        copy = tuple.__new__(kind, items) if issubclass(kind, tuple) else list.__new__(kind)
    except TypeError:  # one of Python's own named tuples, as `sys.float_info` is
        return kind(items)
    if isinstance(copy, list):
        list.extend(copy, items)
    return _filled(copy, value, {})


def remapped(value: Any, entries: dict[Any, Any]) -> Any:
    """A dict of the same class with other values for its keys."""
    if type(value) is dict:
        return entries
    copy = copying.copy(value)
    dict.update(copy, entries)
    return copy


def map_leaves(change: Callable[[Any], Any], value: Any, memo: dict[int, Any] | None = None) -> Any:
    """The value with every leaf replaced; what holds no changed leaf is handed on as it is.

    Items are read by index or name and bound to nothing, so that a leaf has as many references from any container
    (see `rulecheck.ad.guard`).
    """
    kind = type(value)
    if kind in _ATOM_TYPES:
        return value
    if is_leaf(value):
        return change(value)
    if issubclass(kind, (tuple, list)):
        items = [map_leaves(change, value[i], memo) for i in range(len(value))]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else resequenced(value, items)
    if issubclass(kind, dict):
        entries = {key: map_leaves(change, value[key], memo) for key in value}
        return value if all(entries[key] is value[key] for key in value) else remapped(value, entries)
    fields = fields_of(value)
    if not fields:
        return value
    memo = {} if memo is None else memo
    if id(value) in memo:  # it holds itself
        if memo[id(value)] is None:
            memo[id(value)] = _empty(kind)  # filled last: a copy is one more owner of each field
        return memo[id(value)]
    memo[id(value)] = None
    changed = {}
    for name in fields:
        new = map_leaves(change, fields[name], memo)
        if new is not fields[name]:
            changed[name] = new
    copy = memo.pop(id(value))
    if not changed:
        return value
    return _filled(_empty(kind) if copy is None else copy, value, changed)


def leaves(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Every leaf of a value, in the order of its fields; what two fields share counts for each."""
    kind = type(value)
    if kind in _ATOM_TYPES:
        return
    if is_leaf(value):
        yield value
    elif issubclass(kind, (tuple, list)):
        for item in value:
            yield from leaves(item, seen)
    elif issubclass(kind, dict):
        for item in value.values():
            yield from leaves(item, seen)
    else:
        fields = fields_of(value)
        if fields:
            seen = set() if seen is None else seen
            if id(value) not in seen:
                seen.add(id(value))
                for item in fields.values():
                    yield from leaves(item, seen)
                seen.discard(id(value))


def top_within(values: Any, best: Tape | None = None) -> Tape | None:
    """The tape of the highest level among the boxes in some values."""
    for value in values:
        kind = type(value)
        if kind is Box:
            best = higher(best, value._tape)
        elif kind is np.ndarray or kind is float or kind in _ATOM_TYPES:
            continue
        else:
            for leaf in leaves(value):
                if type(leaf) is Box:
                    best = higher(best, leaf._tape)
    return best


def lowered(value: Any, tape: Tape) -> Any:
    """The value with the boxes of one tape replaced by what they hold."""
    return map_leaves(lambda leaf: leaf._value if type(leaf) is Box and leaf._tape is tape else leaf, value)


def slotted(value: Any, tape: Tape) -> Any:
    """The value with the boxes of one tape replaced by the slots that they stand in."""
    return map_leaves(lambda leaf: TapeSlot(leaf) if type(leaf) is Box and leaf._tape is tape else leaf, value)


def unslotted(value: Any) -> Any:
    """The value with slots replaced by what they hold."""
    return map_leaves(lambda leaf: leaf.value if type(leaf) is TapeSlot else leaf, value)


def tangent_of(value: Any, of_leaf: Callable[[Any], Any], seen: set[int] | None = None) -> Any:
    """The cotangent of a value, in its own structure: `of_leaf` gives a leaf's, and None for one that has none.

    A field that has nothing to differentiate is left out, and an object that has no other has None.
    """
    kind = type(value)
    if kind in _ATOM_TYPES:
        return None
    if is_leaf(value):
        return of_leaf(value)
    if issubclass(kind, (tuple, list)):
        return alike(value, [tangent_of(item, of_leaf, seen) for item in value])
    if issubclass(kind, dict):
        return {key: tangent_of(item, of_leaf, seen) for key, item in value.items()}
    fields = fields_of(value)
    seen = set() if seen is None else seen
    if fields is None or id(value) in seen:
        return None
    seen.add(id(value))
    found = {name: tangent_of(item, of_leaf, seen) for name, item in fields.items()}
    seen.discard(id(value))
    found = {name: item for name, item in found.items() if not is_void(item)}
    return Tangent(**found) if found else None

"""A cotangent of a whole value, given on to the slots of the boxes inside the value."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.box import Box, TapeSlot
from rulecheck.ad.convert import asarray
from rulecheck.ad.errors import BadCotangent
from rulecheck.ad.structure import fields_of, is_leaf, leaves, unslotted
from rulecheck.ad.tangent import Tangent
from rulecheck.ad.tape import fit
from rulecheck.ad.upcalls import UPCALLS


def accumulate(value: Any, d: Any, grads: list[Any], what: str) -> None:
    """Add the cotangent `d` of `value` to those of the slots in it. `what` names the cotangent in errors.

    An array for a structured value is pulled back through its densification.
    """
    if d is None:
        return
    kind = type(value)
    if kind is TapeSlot:
        _add(value, d, grads, what)
    elif issubclass(kind, (tuple, list)):
        if not isinstance(d, (tuple, list)) or len(d) != len(value):
            raise BadCotangent(f"{what} should be a sequence of {len(value)}, and is {_shown(d)}")
        for item, part in zip(value, d, strict=True):
            accumulate(item, part, grads, what)
    elif issubclass(kind, dict):
        if not isinstance(d, dict):
            raise BadCotangent(f"{what} should be a dict, and is {_shown(d)}")
        for key, part in d.items():
            accumulate(value[key], part, grads, what)
    elif isinstance(d, Tangent):
        fields = fields_of(value) or {}
        for name in d:
            if name not in fields:
                raise BadCotangent(f"{what} has a field {name!r}, which {kind.__name__} has not")
            accumulate(fields[name], d[name], grads, what)
    elif fields_of(value) and not is_leaf(value):
        _densified(value, d, grads, what)


def _add(slot: TapeSlot, d: Any, grads: list[Any], what: str) -> None:
    if isinstance(d, Tangent) or not (is_leaf(d) or isinstance(d, (int, np.generic, np.ndarray))):
        if isinstance(d, (Tangent, dict, str)):
            raise BadCotangent(f"{what} should be an array of shape {np.shape(slot.value)}, and is {_shown(d)}")
        d = asarray(d)
    if np.shape(d) != np.shape(slot.value):
        raise BadCotangent(f"{what} has shape {np.shape(d)}, and its argument has {np.shape(slot.value)}")
    d = fit(d if is_leaf(d) else np.asarray(d, np.result_type(d, np.float32))[()], slot.value)
    known = grads[slot.index]
    grads[slot.index] = d if known is None else known + d


def _densified(value: Any, d: Any, grads: list[Any], what: str) -> None:
    if not any(type(leaf) is TapeSlot for leaf in leaves(value)):
        return
    found = None
    if not isinstance(d, (dict, str)):
        try:
            found = UPCALLS.pullback(asarray, unslotted(value))
        except (TypeError, ValueError):  # a type that cannot be turned into an array
            found = None
    if found is None or not is_leaf(found[0]):
        name = type(value).__name__
        if isinstance(d, (np.ndarray, Box)):
            raise BadCotangent(
                f"{what} is an array, and {name} cannot be turned into one, by which it would be pulled back: give "
                f"{name} a method to_array(), return a Tangent, or opt out of the rule"
            )
        raise BadCotangent(f"{what} should be a Tangent with fields of {name} (or None), and is {_shown(d)}")
    dense, back = found
    d = asarray(d)
    if np.shape(d) != np.shape(dense):
        raise BadCotangent(f"{what} has shape {np.shape(d)}, and its argument has {np.shape(dense)}")
    (tangent,) = back(d)
    accumulate(value, tangent, grads, what)


def _shown(d: Any) -> str:
    if isinstance(d, (tuple, list)):
        return f"a {type(d).__name__} of {len(d)}"
    return f"of shape {np.shape(d)}" if isinstance(d, np.ndarray) else f"a {type(d).__name__}"

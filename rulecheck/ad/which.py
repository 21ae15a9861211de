"""The walk of one call, layer by layer, without running it."""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractArray, key_of, rank_key
from rulecheck.ad.intercept import Primal
from rulecheck.ad.registry import TABLE, Primitive, Rule, constraints, name_of, show, surviving
from rulecheck.ad.tape import POLICY
from rulecheck.dispatch import Ambiguous, Outcome, Step, Walk, take_walk
from rulecheck.dispatch.operators import BY_FUNCTION, Operator, miscounted


@dataclass(frozen=True, slots=True)
class Claimant:
    """What stands at a step of a walk: a rule, an opt-out or a method, how it reads, and where it is."""

    kind: str
    signature: str
    place: str | None

    def __str__(self) -> str:
        return f"{self.kind} {self.signature}" + (f" at {self.place}" if self.place else "")


@dataclass(frozen=True, slots=True)
class TypedCall:
    """A call to ask about: the canonical name of its function, and the types of its arguments."""

    function: str
    types: tuple[type, ...]

    def __str__(self) -> str:
        return f"{self.function.rpartition('.')[2]}({', '.join(t.__name__ for t in self.types)})"


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Walk[TypedCall, Claimant]):
    """A walk that prints as a person reads it."""

    def __repr__(self) -> str:
        lines = [f"{self.call}"]
        for step in self.steps:
            found = "; ".join(map(str, step.entries))
            reason = f" ({step.reason})" if step.reason else ""
            lines.append(f"  {step.layer} {step.outcome.value}{': ' if found else ''}{found}{reason}")
        return "\n".join(lines)


# An array is dispatched on by its rank, which its class alone does not tell.
UNRANKED = " to an array of other rank than 1 and 2: for those ask about Vector and Matrix"


@dataclass(frozen=True, slots=True)
class _Rules:
    primal: Primal | None
    is_asked: bool = True
    name: str = "rule"

    def answer(self, call: TypedCall, /) -> Step[Claimant]:
        """Ask the table."""
        if not self.is_asked:
            return Step(self.name, Outcome.DECLINES, reason="a method of no array type runs first, and decides")
        found = TABLE.resolve(call.function, call.types)
        if found is None:
            unranked = np.ndarray in call.types
            return Step(self.name, Outcome.DECLINES, reason=f"no rule applies{UNRANKED if unranked else ''}")
        entries = found.entries if isinstance(found, Ambiguous) else (found.entry,)
        answers = tuple(_claimant(e.value) for e in entries)
        if POLICY.get() == "most-specific":
            entries = surviving(entries, self.primal)
            if not entries:
                return Step(self.name, Outcome.DECLINES, answers, "less specific than the method")
            answers = tuple(_claimant(e.value) for e in entries)
        if len(entries) > 1:
            return Step(self.name, Outcome.AMBIGUOUS, answers)
        if entries[0].value.run is None:
            return Step(self.name, Outcome.DECLINES, answers, "opted out")
        return Step(self.name, Outcome.CLAIMS, answers)


@dataclass(frozen=True, slots=True)
class _Trace:
    primal: Primal | None
    name: str = "trace"

    def answer(self, call: TypedCall, /) -> Step[Claimant]:
        """Name the method that ordinary dispatch runs."""
        if self.primal is None:
            return Step(self.name, Outcome.CLAIMS, (Claimant("method", f"{call}", None),), "numpy's own")
        return Step(self.name, Outcome.CLAIMS, (_method(self.primal),))


def _claimant(rule: Rule) -> Claimant:
    return Claimant("opt-out" if rule.run is None else "rule", rule.signature, rule.place)


def _method(primal: Primal) -> Claimant:
    method = primal.method
    code = getattr(method, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code else None
    bounds = ", ".join("object" if b is None else show(b) for b in constraints(primal))
    return Claimant("method", f"{getattr(method, '__qualname__', method)}({bounds})", place)


def which(function: Any, *types_or_values: Any) -> Explanation:
    """Say what answers `function` called with arguments of these types, or with these values, if it is traced.

    Asks each layer in turn, under the policy in force, and runs nothing. Print the result, or look at its `steps`.
    """
    if not types_or_values:
        raise TypeError("which takes the types of a call's arguments, or values, after the function")
    keys = tuple(rank_key(t) if isinstance(t, type) else key_of(t) for t in types_or_values)
    call = TypedCall(name_of(function), keys)
    wrong = miscounted(call.function, len(keys))
    if wrong is not None:
        raise TypeError(wrong)
    stranger = _stranger(function, keys)
    primal = stranger or primal_of_types(function, keys)
    walk = take_walk(call, (_Rules(primal, stranger is None), _Trace(primal)))
    return Explanation(walk.call, walk.steps)


def primal_of_types(function: Any, keys: tuple[type, ...]) -> Primal | None:
    """The method that a call with arguments of these types runs first; None where it is numpy's own code."""
    if isinstance(function, Primitive):
        return Primal(function.__wrapped__, function.__wrapped__)
    found = BY_FUNCTION.get(name_of(function))
    if found is None:
        owner = keys[0] if keys else object
        method = getattr(owner, getattr(function, "__name__", ""), None) if _users(owner) else None
        return Primal(method, method, _definer(owner, method.__name__)) if callable(method) else None
    tries = _tries(found, keys)
    users = [(kind, name) for kind, name in tries if _users(kind)]
    for kind, name in [t for t in users if _own(*t)] or users:
        primal: Primal | None = getattr(getattr(kind, name, None), "__primal__", None)
        if primal is not None:
            return primal
    return None


def _tries(found: Operator, keys: tuple[type, ...]) -> list[tuple[type, str]]:
    """The operands' types with the methods that Python asks, in its order."""
    tries = [(keys[0], found.method)]
    if len(keys) > 1 and found.reflected and keys[1] is not keys[0]:  # of one type Python asks the left one only
        tries.append((keys[1], found.reflected))
        if issubclass(keys[1], keys[0]) and _own(keys[1], found.reflected):
            tries.reverse()
    return tries


def _stranger(function: Any, keys: tuple[type, ...]) -> Primal | None:
    """The method of a class that is no array type, where Python asks it before any array: it asks no table."""
    found = BY_FUNCTION.get(name_of(function))
    for kind, name in _tries(found, keys) if found is not None else ():
        if _users(kind):
            return None
        method = None if issubclass(kind, AbstractArray) else getattr(kind, name, None)
        if isinstance(method, FunctionType):
            return Primal(method, method, _definer(kind, name))
    return None


def _users(kind: type) -> bool:
    return kind is not np.ndarray and issubclass(kind, AbstractArray) and kind.__name__ not in ("Matrix", "Vector")


def _own(kind: type, name: str) -> bool:
    """Whether a type has an operator beyond the library's fallback."""
    found = getattr(kind, name, None)
    return found is not None and found is not getattr(AbstractArray, name, None)


def _definer(kind: type, name: str) -> type | None:
    return next((base for base in kind.__mro__ if name in base.__dict__), None)

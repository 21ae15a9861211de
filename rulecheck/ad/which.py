"""The walk of one call, layer by layer, without running it."""

from __future__ import annotations

from dataclasses import dataclass
from types import BuiltinFunctionType
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractArray, key_of, rank_key
from rulecheck.ad.classes import asked_in_turn, is_plain
from rulecheck.ad.intercept import Primal, takes_part
from rulecheck.ad.registry import TABLE, Primitive, Rule, constraints, name_of, show, surviving
from rulecheck.ad.tape import POLICY
from rulecheck.dispatch import Ambiguous, Outcome, Step, Walk, take_walk
from rulecheck.dispatch.datamodel import Says
from rulecheck.dispatch.operators import BY_FUNCTION, BY_IN_PLACE, Operator, canonical, miscounted


@dataclass(frozen=True, slots=True)
class Claimant:
    """What stands at a step of a walk: a rule, an opt-out or a method, how it reads, and where it is."""

    kind: str
    signature: str
    place: str | None

    def __str__(self) -> str:
        return f"{self.kind} {self.signature}" + (f" at {self.place}" if self.place else "")


@dataclass(frozen=True, slots=True)
class AskedCall:
    """A call to ask about: the canonical name of its function, and the types of its arguments."""

    function: str
    types: tuple[type, ...]

    def __str__(self) -> str:
        return f"{self.function.rpartition('.')[2]}({', '.join(t.__name__ for t in self.types)})"


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(Walk[AskedCall, Claimant]):
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
class _Run:
    """What a call runs if no rule answers: a method, or numpy's own code; `barred` says why no rule is asked."""

    primal: Primal | None
    barred: str = ""
    ends: str = ""  # how the call ends where no method answers


def _rule(run: _Run, call: AskedCall) -> Step[Claimant]:
    """What the table says of a call."""
    if run.barred:
        return Step("rule", Outcome.DECLINES, reason=run.barred)
    found = TABLE.resolve(call.function, call.types)
    if found is None:
        unranked = np.ndarray in call.types
        return Step("rule", Outcome.DECLINES, reason=f"no rule applies{UNRANKED if unranked else ''}")
    entries = found.entries if isinstance(found, Ambiguous) else (found.entry,)
    answers = tuple(_claimant(e.value) for e in entries)
    if POLICY.get() == "most-specific":
        entries = surviving(entries, run.primal)
        if not entries:
            return Step("rule", Outcome.DECLINES, answers, "less specific than the method")
        answers = tuple(_claimant(e.value) for e in entries)
    if len(entries) > 1:
        return Step("rule", Outcome.AMBIGUOUS, answers)
    if entries[0].value.run is None:
        return Step("rule", Outcome.DECLINES, answers, "opted out")
    return Step("rule", Outcome.CLAIMS, answers)


def _trace(run: _Run, call: AskedCall) -> Step[Claimant]:
    """The method that ordinary dispatch runs."""
    if run.ends:
        return Step("trace", Outcome.DECLINES, reason=run.ends)
    if run.primal is None:
        return Step("trace", Outcome.CLAIMS, (Claimant("method", f"{call}", None),), "numpy's own")
    return Step("trace", Outcome.CLAIMS, (_method(run.primal),))


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
    found, in_place = _operator_of(function)
    call = AskedCall(found.function if found else name_of(function), keys)
    wrong = miscounted(call.function, len(keys))
    if wrong is not None:
        raise TypeError(wrong)
    run = _run_of_operator(found, keys, in_place) if found else _Run(primal_of_types(function, keys))
    walk = take_walk(call, (layer(run, call) for layer in (_rule, _trace)))
    return Explanation(walk.call, walk.steps)


def primal_of_types(function: Any, keys: tuple[type, ...]) -> Primal | None:
    """The method that a call with arguments of these types runs first; None where it is numpy's own code."""
    if isinstance(function, Primitive):
        return Primal(function.__wrapped__, function.__wrapped__)
    operator, in_place = _operator_of(function)
    if operator is not None:
        return _run_of_operator(operator, keys, in_place).primal
    owner = keys[0] if keys else object
    takes_part = issubclass(owner, AbstractArray) and not is_plain(owner)
    method = getattr(owner, getattr(function, "__name__", ""), None) if takes_part else None
    return Primal(method, method, _definer(owner, method.__name__)) if callable(method) else None


def _operator_of(function: Any) -> tuple[Operator | None, bool]:
    """The operator that a function applies, and whether it does so in place."""
    if isinstance(function, BuiltinFunctionType) and function.__module__ == "_operator":
        name = function.__name__
        changed = BY_IN_PLACE.get(f"__{name.strip('_')}__")
        if changed is not None:
            return changed, True
        return BY_FUNCTION.get(canonical(f"operator.{name}")), False
    return BY_FUNCTION.get(name_of(function)), False


def _run_of_operator(operator: Operator, keys: tuple[type, ...], in_place: bool) -> _Run:
    """What runs where Python's protocol asks the operands' types; only the methods that are wrapped ask the table."""
    asked = asked_in_turn(operator, keys, in_place=in_place)
    if not asked:
        if all(map(is_plain, keys)):
            return _Run(None)
        ends = "the operands decline, and are compared by identity" if operator.method in ("__eq__", "__ne__") else ""
        return _barred_by(ends or f"Python raises TypeError: none of the operands has {operator.symbol}")
    first = asked[0]
    if is_plain(first.kind):
        return _Run(None)
    if first.reply.says is Says.NONE:
        return _barred_by(f"Python raises TypeError: {first.kind.__name__}.{first.name} is None")
    method = first.reply.method
    primal: Primal | None = getattr(method, "__primal__", None)
    if primal is not None and first.name != operator.in_place and takes_part(first.kind):
        return _Run(primal)
    written: Any = primal.method if primal is not None else method
    own = Primal(written, written, _definer(first.kind, first.name), first.operand)
    if operator.is_comparison:
        return _Run(own, "comparisons ask no rules")
    if in_place and first.name == operator.in_place:
        return _Run(own, "a method that changes its operand in place asks no rules")
    return _Run(own, "a method of no array type runs first, and decides")


def _barred_by(reason: str) -> _Run:
    return _Run(None, reason, reason)


def _definer(kind: type, name: str) -> type | None:
    return next((base for base in kind.__mro__ if name in base.__dict__), None)

"""The one table of rules and opt-outs, and the registrars that fill it."""

from __future__ import annotations

import inspect
import os
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from rulecheck.ad.arrays import AbstractArray, Matrix, Vector, rank_key
from rulecheck.ad.errors import AmbiguousRule
from rulecheck.ad.intercept import INTERCEPTED, Primal, on_registration
from rulecheck.ad.lattice import LATTICE
from rulecheck.ad.numpy_pullbacks import PULLBACKS
from rulecheck.ad.tape import LIVE, POLICY, STATE
from rulecheck.ad.upcalls import UPCALLS
from rulecheck.dispatch import Ambiguous, OneOf, Pattern, Table, TableEntry
from rulecheck.dispatch.lattice import members_of
from rulecheck.dispatch.operators import canonical, miscounted

POLICIES = ("rules-first", "most-specific")
_HERE = os.path.dirname(__file__)
_OPERATORS = {function for function, _ in INTERCEPTED.values()}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, or an opt-out where `run` is None; `takes_active` says that it wants to be told what is active."""

    function: str
    types: tuple[Pattern[type], ...]
    run: Callable[..., Any] | None
    path: str
    line: int
    takes_active: bool = False

    @property
    def signature(self) -> str:
        """How a person reads it: "matmul(AbstractMatrix, AbstractVector)"."""
        return f"{self.function.rpartition('.')[2]}({', '.join(map(show, self.types))})"

    @property
    def place(self) -> str:
        """Where it was registered: "path:line"."""
        return f"{self.path}:{self.line}"

    @property
    def shipped(self) -> bool:
        """Whether it came with the engine."""
        return self.path.startswith(_HERE)

    def __str__(self) -> str:
        return f"{'opt-out' if self.run is None else 'rule'} {self.signature} at {self.place}"


def show(pattern: Pattern[type]) -> str:
    """A type, or a union of types, as messages show it."""
    return " | ".join(sorted(t.__name__ for t in members_of(pattern)))


TABLE: Table[str, type, Rule] = Table(LATTICE)
on_registration(TABLE.forget)


class Primitive:
    """A function whose calls ask the table first; made by `primitive`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__wrapped__ = function
        self.__module__ = function.__module__
        self.__name__ = function.__name__
        self.__qualname__ = function.__qualname__
        self.__doc__ = function.__doc__
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._primal = Primal(function, function, None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not LIVE[0]:
            return self.__wrapped__(*args, **kwargs)
        return UPCALLS.through(self.name, args, kwargs, self._primal)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"primitive({self.name})"


def primitive(function: Callable[..., Any]) -> Primitive:
    """Declare a function whose calls rules may answer: a decorator."""
    return Primitive(function)


_NAMES: dict[Any, str] = {}


def name_of(function: Any) -> str:
    """The canonical name under which a function's rules are kept.

    Raises TypeError for a function whose calls the engine has no way to see.
    """
    try:
        return _NAMES[function]
    except (KeyError, TypeError):
        pass
    name = _name_of(function)  # whatever has a name can be hashed
    _NAMES[function] = name
    return name


def _name_of(function: Any) -> str:
    if isinstance(function, Primitive):
        return function.name
    plain = getattr(function, "__name__", "")
    if isinstance(function, np.ufunc):
        if getattr(np, plain, None) is function:
            return canonical(f"numpy.{plain}")
        module = next((m for m in ("scipy.special",) if getattr(sys.modules.get(m), plain, None) is function), "ufunc")
        return f"{module}.{plain}"
    module = (getattr(function, "__module__", None) or "").lstrip("_")
    name = canonical(f"{module}.{plain}")
    if name in _OPERATORS:
        return name
    if module.split(".")[0] == "numpy" and hasattr(function, "_implementation"):
        return name
    shown = f"{module}.{plain}" if plain else repr(function)
    raise TypeError(
        f"calls of {shown} cannot be intercepted, so no rule for it would ever fire: "
        "decorate the function with rulecheck.ad.primitive, or register on an operator or a numpy function"
    )


def pattern_of(kind: Any) -> Pattern[type]:
    """A type in a signature: a class, or a union written `A | B`, `typing.Union[A, B]` or `(A, B)`."""
    if isinstance(kind, tuple):
        members = kind
    elif isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        members = typing.get_args(kind)
    elif isinstance(kind, type):
        return rank_key(kind)
    elif kind is typing.Any:
        return object
    else:
        raise TypeError(f"a signature is made of types and unions of types, not of {kind!r}")
    keys = frozenset(key for member in members for key in members_of(pattern_of(member)))
    return next(iter(keys)) if len(keys) == 1 else OneOf(keys)


def _register(function: Any, kinds: tuple[Any, ...], run: Callable[..., Any] | None, path: str, line: int) -> None:
    if not kinds:
        raise TypeError("a signature needs at least one type: name the types of the arguments that it is for")
    name = name_of(function)
    wrong = miscounted(name, len(kinds), may_be_fewer=True)
    if wrong is not None:
        raise TypeError(f"{wrong}: no call would ever have this signature")
    signature = tuple(map(pattern_of, kinds))
    takes_active = run is not None and "active" in inspect.signature(run).parameters
    rule = Rule(name, signature, run, path, line, takes_active)
    TABLE.add(rule.function, signature, rule)
    _SPECIFIC.clear()
    if not rule.shipped and all(any(LATTICE.is_subtype(key, p) for key in _PLAIN) for p in signature):
        for other, pullbacks in PULLBACKS.items():
            if _named(other) == rule.function:
                pullbacks.asked = True


_PLAIN = (Matrix, Vector, np.ndarray, float, complex, int)


def _named(function: Any) -> str | None:
    try:
        return name_of(function)
    except TypeError:
        return None


def adjoint(function: Any, *kinds: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a rule for calls of `function` whose first arguments have these types: a decorator.

    The rule takes the call's arguments and returns `(value, pullback)`; the pullback takes the value's cotangent and
    returns one cotangent per argument (None for zero). A rule with a parameter `active` is told by it which
    arguments are being differentiated, as a tuple of bools. While a rule runs, a derivative that it takes itself
    does not find it again: so `pullback(function, *args)` within it forwards to the code that the call runs.

    Raises TypeError for a function whose calls the engine cannot see (see `primitive`).
    """
    name_of(function)

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        frame = sys._getframe(1)
        _register(function, kinds, run, frame.f_code.co_filename, frame.f_lineno)
        return run

    return register


def opt_out(function: Any, *kinds: Any) -> None:
    """Differentiate the code that such calls run, whatever less specific rule applies.

    Raises TypeError for a function whose calls the engine cannot see (see `primitive`).
    """
    frame = sys._getframe(1)
    _register(function, kinds, None, frame.f_code.co_filename, frame.f_lineno)


@contextmanager
def precedence(policy: str) -> Iterator[None]:
    """Within the block, decide by this policy between a rule and the code that a call runs, in this thread or task.

    "rules-first" (the default): any applicable rule answers. "most-specific": a rule answers only if its signature is
    at least as specific as the method that the call would run, over the arguments that the method constrains.
    """
    if policy not in POLICIES:
        raise ValueError(f"no policy {policy!r}: there are {' and '.join(map(repr, POLICIES))}")
    token = POLICY.set(policy)
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator that ends in another context than it began in
            POLICY.reset(token)


_SPECIFIC: dict[tuple[int, Any], bool] = {}
on_registration(_SPECIFIC.clear)


def decide(function: str, keys: tuple[type, ...], primal: Primal, level: int) -> Rule | None:
    """The rule that answers a call, or None where it is traced. Raises AmbiguousRule where there is no best."""
    found = TABLE.resolve(function, keys)
    if found is None:
        return None
    entries = found.entries if isinstance(found, Ambiguous) else (found.entry,)
    if POLICY.get() == "most-specific":
        entries = surviving(entries, primal)
        if not entries:
            return None
    if len(entries) > 1:
        raise ambiguity(function, keys, entries)
    rule = entries[0].value
    if rule.run is None:
        return None
    if any(running is rule and level > at for running, at in STATE.under_way):
        return None
    return rule


def surviving(entries: Sequence[TableEntry[type, Rule]], primal: Primal | None) -> tuple[TableEntry[type, Rule], ...]:
    """Of the best entries of a table those that may answer under "most-specific": opt-outs, and rules as specific.

    No entry below the best could: whatever is less specific than one that is not specific enough is not either.
    """
    return tuple(e for e in entries if e.value.run is None or primal is None or as_specific(e.value, primal))


def ambiguity(function: str, keys: tuple[type, ...], entries: tuple[TableEntry[type, Rule], ...]) -> AmbiguousRule:
    """The error for a call that the table cannot decide."""
    call = f"{function.rpartition('.')[2]}({', '.join(k.__name__ for k in keys)})"
    listed = "\n".join(f"  {entry.value}" for entry in entries)
    exact = ", ".join(k.__name__ for k in keys)
    return AmbiguousRule(f"no rule for {call} is the most specific:\n{listed}\nregister one for exactly ({exact})")


def as_specific(rule: Rule, primal: Primal) -> bool:
    """Whether a rule is at least as specific as the method that the call would run, where the method says anything."""
    if primal.method is None:
        return True
    key = (id(rule), primal.method)
    known = _SPECIFIC.get(key)
    if known is None:
        known = True
        for position, bound in enumerate(constraints(primal)):
            if bound is not None:
                pattern = rule.types[position] if position < len(rule.types) else object
                known = known and LATTICE.is_subtype(pattern, bound)
        _SPECIFIC[key] = known
    return known


def constraints(primal: Primal) -> list[Pattern[type] | None]:
    """What a method asks of each argument of the call: its class of its own, annotations of the others."""
    try:
        parameters = list(inspect.signature(primal.method).parameters.values())
    except (TypeError, ValueError):
        return []
    try:
        hints = typing.get_type_hints(primal.method)
    except Exception:  # an annotation that cannot be evaluated constrains nothing
        hints = {}
    bounds: list[Pattern[type] | None] = []
    for parameter in parameters:
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
            break
        hint = hints.get(parameter.name)
        try:
            bounds.append(None if hint is None or hint is typing.Any else pattern_of(hint))
        except TypeError:
            bounds.append(None)
    if primal.owner is not None and bounds:
        bounds[0] = primal.owner if primal.owner is not AbstractArray else None
        if primal.position == 1:
            bounds[:2] = [bounds[1] if len(bounds) > 1 else None, bounds[0]]
    return bounds

"""The metaclass of the array types: every operator of a user's type asks the table of rules before it runs.

Methods of the class body, methods assigned to the class later, and those of classes registered as virtual subclasses
are wrapped alike; one that is assigned to a registered class later asks from the next derivative on. A mixin's methods
are wrapped when the array type is made. While nothing is traced, a wrapped method costs one test more.
"""

from __future__ import annotations

import functools
import types
from abc import ABCMeta
from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.ad.tape import LIVE
from rulecheck.ad.upcalls import UPCALLS
from rulecheck.dispatch import operators

# method name -> (canonical function, whether it is the reflected form)
INTERCEPTED: dict[str, tuple[str, bool]] = {
    **{o.method: (o.function, False) for o in (*operators.BINARY, *operators.UNARY)},
    **{o.reflected: (o.function, True) for o in operators.BINARY if o.reflected},
}
UNARY = {o.method for o in operators.UNARY}

# Which abstract types a class was registered on, in the order of registration; the lattice reads it.
VIRTUAL: dict[type, list[type]] = {}
# Classes without this metaclass that were adopted: nobody tells when an operator is assigned to one of them.
ADOPTED: list[type] = []
_on_change: list[Callable[[], None]] = []


def on_registration(react: Callable[[], None]) -> None:
    """Have `react` called whenever a class is registered on an abstract type."""
    _on_change.append(react)


class Primal:
    """The code that a call runs when no rule answers it. `method` constrains the argument at `position` to `owner`."""

    __slots__ = ("asks", "method", "owner", "position", "run")

    def __init__(
        self,
        run: Callable[..., Any],
        method: Any = None,
        owner: type | None = None,
        position: int = 0,
        asks: tuple[str, bool] | None = None,
    ) -> None:
        # The function that is asked about before a wrapped operator method runs, and whether it is reflected.
        self.asks = asks
        self.run = run
        self.method = method
        self.owner = owner
        self.position = position


def wrapped(owner: type, name: str, method: Any) -> Any:
    """The method, asking the table first; anything that is no operator method is handed back as it is."""
    found = INTERCEPTED.get(name)
    if found is None or not isinstance(method, types.FunctionType):
        return method
    known = getattr(method, "__primal__", None)
    if known is not None:
        if known.asks == found:
            return method
        method, owner = known.method, known.owner  # another operator under this name: `__radd__ = Base.__add__`
    primal = Primal(_in_order(method) if found[1] else method, method, owner, int(found[1]), found)
    call: Any = functools.update_wrapper(_asking(primal, name, *found), method)
    call.__primal__ = primal
    return call


def _in_order(method: Any) -> Callable[[Any, Any], Any]:
    return lambda left, right: method(right, left)


def _asking(primal: Primal, name: str, function: str, reflected: bool) -> Any:
    """An operator method that asks the table before it runs its own code."""
    method, owner = primal.method, primal.owner
    assert owner is not None
    # The root's own operators are fallbacks.
    is_fallback = isinstance(owner, ArrayType) and not any(isinstance(base, ArrayType) for base in owner.__bases__)
    # A class that is no array type itself, such as a mixin, has values that are no arrays beside those that are.
    mixed = not isinstance(owner, ArrayType)
    if name in UNARY:

        def unary(self: Any) -> Any:
            asks = LIVE[0] and (not mixed or takes_part(type(self)))
            return UPCALLS.through(function, (self,), {}, primal) if asks else method(self)

        return unary
    if reflected:

        def mirrored(self: Any, other: Any) -> Any:
            asks = LIVE[0] and (not mixed or takes_part(type(self)))
            return UPCALLS.through(function, (other, self), {}, primal) if asks else method(self, other)

        return mirrored

    def binary(self: Any, other: Any, *rest: Any) -> Any:
        if rest:  # pow(a, b, modulus)
            return method(self, other, *rest)
        asks = LIVE[0] and (not mixed or takes_part(type(self)))
        if asks and is_fallback and yields(owner, name, self, other):
            return NotImplemented  # to the other operand's method, which asks
        return UPCALLS.through(function, (self, other), {}, primal) if asks else method(self, other)

    return binary


def yields(root: type, name: str, left: Any, right: Any) -> bool:
    """Whether a fallback leaves the call to the right operand's own reflected method, as Python will ask it."""
    if not isinstance(right, root) or isinstance(right, np.ndarray):
        return False
    return has_reflected(root, name, type(left), type(right))


def has_reflected(root: type, name: str, left: type, right: type) -> bool:
    """Whether an array type on the right of a fallback, another than that on the left, reflects the operator itself."""
    reflected = f"__r{name[2:]}"
    found = getattr(right, reflected, None)
    return right is not left and found is not None and found is not getattr(root, reflected, None)


class ArrayType(ABCMeta):
    """The metaclass of `AbstractArray` and all that derive from it."""

    # The rank that instances have, where the type fixes it: an ndarray or a box of this rank is an instance too.
    rank: int | None = None

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any) -> ArrayType:
        cls = super().__new__(mcls, name, bases, namespace, **kwargs)
        for attribute in namespace:
            if attribute in INTERCEPTED:
                type.__setattr__(cls, attribute, wrapped(cls, attribute, namespace[attribute]))
        wrap_inherited(cls)
        return cls

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, wrapped(cls, name, value))

    def register(cls, subclass: Any) -> Any:
        """Make a class a virtual subclass. Its operators ask the table from now on, as those of real subclasses do.

        Gives the class back, so that it can be used as a decorator.
        """
        super().register(subclass)
        if subclass is not np.ndarray and not isinstance(subclass, ArrayType):
            adopt(subclass, cls)
        if cls not in VIRTUAL.setdefault(subclass, []):
            VIRTUAL[subclass].append(cls)
        for react in _on_change:
            react()
        return subclass

    def __instancecheck__(cls, instance: Any) -> bool:
        kind = type(instance)
        if kind is Box or kind is np.ndarray:
            rank = cls.__dict__.get("rank")
            if rank is not None:
                return isinstance(instance, np.ndarray) and instance.ndim == rank
        return super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        parts = cls.__dict__.get("parts")
        if parts is not None and subclass is not cls:
            inner = getattr(subclass, "parts", None)
            return inner is not None and issubclass(inner[0], parts[0]) and issubclass(inner[1], parts[1])
        return super().__subclasscheck__(subclass)


def takes_part(kind: type) -> bool:
    """Whether a class is an array type, or registered as one, itself or by a base."""
    return isinstance(kind, ArrayType) or any(base in VIRTUAL for base in kind.__mro__)


def wrap_inherited(cls: type) -> None:
    """Wrap the operators that an array type has from classes which are none, such as a mixin, where they stand."""
    for name in INTERCEPTED:
        owner = next((base for base in cls.__mro__ if name in base.__dict__), None)
        if owner is not None and not isinstance(owner, ArrayType):
            method = owner.__dict__[name]
            if isinstance(method, types.FunctionType):
                setattr(owner, name, wrapped(owner, name, method))


def wrap_assigned() -> None:
    """Wrap the operators that were assigned to adopted classes since: asked whenever a derivative begins."""
    for cls in ADOPTED:
        for name in INTERCEPTED.keys() & cls.__dict__.keys():
            method = cls.__dict__[name]
            if isinstance(method, types.FunctionType) and not hasattr(method, "__primal__"):
                setattr(cls, name, wrapped(cls, name, method))


def adopt(subclass: type, abstract: type) -> None:
    """Wrap a class's operators, and those of its subclasses, and give it what it lacks of the abstract type's."""
    try:
        for name in INTERCEPTED:
            if not hasattr(subclass, name) and hasattr(abstract, name):  # None says that there is none
                setattr(subclass, name, getattr(abstract, name))
        for name in ("__array_ufunc__", "__array_function__", "T", "H", "ndim"):
            if not hasattr(subclass, name):
                setattr(subclass, name, _raw(abstract, name))
        _adopt_subclasses(subclass)
    except TypeError:  # a class written in C cannot be changed: only dispatch knows of it
        return


def _adopt_subclasses(cls: Any) -> None:
    """Wrap the operators of a registered class and of every class below it, those that are yet to come included."""
    below: list[Any] = [cls]
    for kind in below:
        wrap_inherited(kind)
        ADOPTED.append(kind)
        below += [each for each in type.__subclasses__(kind) if each not in below]
    before = getattr(cls.__init_subclass__, "__func__", None)

    def init_subclass(sub: Any, /, **kwargs: Any) -> None:
        if before is not None:
            before(sub, **kwargs)
        else:
            super(cls, sub).__init_subclass__(**kwargs)
        wrap_inherited(sub)
        ADOPTED.append(sub)

    type.__setattr__(cls, "__init_subclass__", classmethod(init_subclass))


def _raw(kind: type, name: str) -> Any:
    return next(base.__dict__[name] for base in kind.__mro__ if name in base.__dict__)

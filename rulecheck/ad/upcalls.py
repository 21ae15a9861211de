"""What the array types and the tape ask of modules that stand above them, as a named protocol.

An operator of a user's type asks the table of rules, whose signatures are made of the array types; a cotangent is
pulled back through a densification by a derivative of its own. Each function is bound here by the module that has it.
"""

from __future__ import annotations

from typing import Any, Protocol


class Through(Protocol):
    """`rulecheck.ad.call.through`: asks the table of rules, then runs the primal."""

    def __call__(self, function: str, args: tuple[Any, ...], kwargs: dict[str, Any], primal: Any, /) -> Any:
        """The value of the call."""
        ...


class AnswerUfunc(Protocol):
    """`rulecheck.ad.call.answer_ufunc`: answers numpy's protocol for ufuncs."""

    def __call__(self, ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any], /) -> Any:
        """The value of the call."""
        ...


class AnswerFunction(Protocol):
    """`rulecheck.ad.call.answer_function`: answers numpy's protocol for all other functions."""

    def __call__(self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], /) -> Any:
        """The value of the call."""
        ...


class TakePullback(Protocol):
    """`rulecheck.ad.derivatives.pullback`."""

    def __call__(self, f: Any, /, *args: Any) -> tuple[Any, Any]:
        """The value of `f(*args)` and its pullback."""
        ...


class Upcalls:
    """The functions by name. None is called before all modules of the engine are imported."""

    __slots__ = ("answer_function", "answer_ufunc", "pullback", "through")

    through: Through
    answer_ufunc: AnswerUfunc
    answer_function: AnswerFunction
    pullback: TakePullback


UPCALLS = Upcalls()

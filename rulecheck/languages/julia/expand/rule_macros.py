"""Macros that make rules, as data: the methods that they make of the signature, definition or functions given to them.

A system declares those that it knows; readers of Julia follow them by this description.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Given(Enum):
    """What a macro is given."""

    DEFINITION = "definition"
    SIGNATURE = "signature"
    FUNCTIONS = "functions"


FUNCTION = "the function's type"
SORTER = "the type of the function's keyword sorter"
Slot = tuple[str | None, str | None]
"""An argument's name and type: a qualified name, or one of the above; None where there is none."""


@dataclass(frozen=True, slots=True)
class MacroMethod:
    """A method of a rule function that a macro makes, with `slots` before the arguments that it is given.

    `template` is how the macro's own source writes it, a regular expression that needs `marked`: Julia says that the
    method stands there, and `reported` is what that place is called.
    """

    function: str
    slots: tuple[Slot, ...]
    reported: str = ""
    template: bytes = b""
    marked: bytes = b""
    has_body: bool = False
    kind: str = "function"


@dataclass(frozen=True, slots=True)
class RuleMacro:
    """A macro by its names. What is given without a type gets the type `untyped`, and then no variables are kept.

    For one with `twins` a signature is a method itself, and one of the rule function's twin: ("rrule", "X.no_rrule").
    """

    names: tuple[str, ...]
    given: Given
    methods: tuple[MacroMethod, ...] = ()
    untyped: str | None = None
    any_keyword: bool = False
    twins: tuple[tuple[str, str], ...] = ()

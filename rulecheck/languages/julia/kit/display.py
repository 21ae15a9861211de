"""How methods and types are shown to a person: module names left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rulecheck.dispatch.parametric import Term
from rulecheck.dispatch.parametric.syntax import SIGNS
from rulecheck.languages.julia.facts import JuliaMethod
from rulecheck.languages.julia.link.type_expressions import show, split_name

_MODULES = re.compile(rf"\b(?:[A-Za-z_]\w*\.)+(?=:?(?:[^\W\d]|[{SIGNS}])|:[^\s\w])")
# A function as a value parameter, as types here hold it: Julia writes its name.
_FUNCTION = re.compile(r"\bFunction\((?:\w+ ?\. ?)*:?([^()\s]+)\)")
_ELEMENT = re.compile(r"\bArray\{([^{}]*),([12])\}")


def bare(text: str) -> str:
    """A type's text without the modules of its names, vectors and matrices by their usual names."""
    if "Function(" in text:
        text = _FUNCTION.sub(r"\1", text)
    text = _MODULES.sub("", text).replace("typeof(:", "typeof(")
    return _ELEMENT.sub(lambda m: f"{'Vector' if m[2] == '1' else 'Matrix'}{{{m[1]}}}", text)


@lru_cache(maxsize=100_000)
def _argument(term: Term) -> str:
    return f"::{bare(str(term))}"


def call_text(function: str, types: Sequence[Term]) -> str:
    """A call by its types: `*(::Circulant{Float64}, ::Vector{Float64})`."""
    return f"{split_name(function)[2]}({', '.join(map(_argument, types))})"


def shown(method: JuliaMethod) -> str:
    """A method as its author would write it: `*(A::Circulant{T}, b::AbstractVector) where T`."""
    return _signature(split_name(method.function)[2], method, 0)


def shown_rule(method: JuliaMethod, name: str, skip: int = 0) -> str:
    """A rule as its author wrote it, by the name that it goes by: `rrule(::typeof(*), A::AbstractMatrix)`."""
    return _signature(name, method, skip)


def _signature(name: str, method: JuliaMethod, skip: int) -> str:
    slots = []
    for label, type_ in zip(method.names[skip:], method.arguments[skip:], strict=False):
        text = bare(show(type_))
        slots.append(label if text == "Any" and label else f"{label}::{text}")
    where = bare(show(("where", ("name", "Core.Any"), method.variables)))[len("Any") :] if method.variables else ""
    return f"{name}({', '.join(slots)}){where}"

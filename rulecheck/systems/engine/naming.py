"""Functions and types by the names that people type: `rulecheck which matmul Circulant "Transpose[Vector]"`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.config import UnknownName, UsageError
from rulecheck.dispatch.operators import BINARY, OPERATORS, canonical, miscounted
from rulecheck.facts import NDARRAY, Generic, TypeName
from rulecheck.model.entries import Question
from rulecheck.systems.engine.names import ARRAYS, WRAPPERS
from rulecheck.systems.engine.types import key_of

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

_BUILTINS = ("bool", "int", "float", "complex", "object", "str", "list", "tuple")
_ENGINE = ("AbstractArray", "AbstractMatrix", "AbstractVector", "Matrix", "Vector", "Transpose", "Adjoint")
_SYMBOLS = {o.symbol: o.function for o in BINARY}


def question(model: EngineModel, function: str, arguments: Sequence[str]) -> Question:
    """The call that is meant. Raises UnknownName, or UsageError where a short name fits several types."""
    from rulecheck.systems.engine.model import call_text

    name = function_named(model, function)
    types = tuple(type_named(model, a) for a in arguments)
    wrong = miscounted(name, len(types))
    if wrong is not None:
        raise UsageError(f"{wrong}: name the type of each")
    return Question(name, types, call_text(name, arguments))


def function_named(model: EngineModel, text: str) -> str:
    """The canonical name of a function: by symbol, short name ("matmul", "solve") or dotted name ("np.sum")."""
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    dotted = f"numpy.{text[3:]}" if text.startswith("np.") else text
    known = {*model.rules.functions, *(o.function for o in OPERATORS)}
    if canonical(dotted) in known or dotted.startswith("numpy.") or model.program.function(dotted) is not None:
        return canonical(dotted)
    short = {name.rpartition(".")[2].rstrip("_"): name for name in sorted(known, reverse=True)}
    for method, operator in ((o.method, o.function) for o in OPERATORS):
        short.setdefault(method, operator)
    if dotted in short:
        return short[dotted]
    raise UnknownName("function", text, [*short, *known])


def type_named(model: EngineModel, text: str) -> TypeName:
    """The key of a type: "Circulant", "shapes.Circulant", "float", "np.ndarray", "Transpose[Circulant]"."""
    text = text.strip()
    outer, bracket, inner = text.partition("[")
    if bracket and inner.endswith("]"):
        wrapper = type_named(model, outer)
        if wrapper in WRAPPERS and isinstance(wrapper, str):
            return Generic(wrapper, type_named(model, inner[:-1]))
        return key_of(wrapper)
    if text in ("ndarray", "np.ndarray", NDARRAY):
        return NDARRAY
    if text.removeprefix("builtins.") in _BUILTINS:
        return f"builtins.{text.removeprefix('builtins.')}"
    owned = [t.name for t in model.program.owned_types()]
    fitting = [name for name in owned if name == text or name.endswith(f".{text}")]
    exact = [name for name in fitting if name == text]
    if len(fitting) == 1 or exact:
        return (exact or fitting)[0]
    if fitting:
        raise UsageError(f'"{text}" may be {" or ".join(sorted(fitting))}: write more of the name')
    for prefix in ("", "ad.", "rulecheck.ad.", f"{ARRAYS}."):
        if text.startswith(prefix) and text[len(prefix) :] in _ENGINE:
            return f"{ARRAYS}.{text[len(prefix) :]}"
    if "." in text and model.program.type(text) is not None:
        return text
    known = {name.rpartition(".")[2] for name in owned} | set(_BUILTINS) | set(_ENGINE) | {"ndarray"}
    raise UnknownName("type", text, known)

"""Functions and types by the names that people type: `rulecheck which @ ndarray LowRank`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.config import UnknownName, UsageError
from rulecheck.dispatch.operators import OPERATORS, miscounted
from rulecheck.facts import NDARRAY
from rulecheck.model.entries import Question
from rulecheck.systems.numpy.functions import REFLECTED, spelling

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_BUILTINS = ("bool", "int", "float", "complex")


def question(program: Program, function: str, arguments: Sequence[str]) -> Question:
    """The call that is meant; raises UnknownName, or UsageError where a short name fits several types."""
    name = function_named(function)
    types = tuple(type_named(program, argument) for argument in arguments)
    wrong = miscounted(name, len(types))
    if wrong is not None:
        raise UsageError(f"{wrong}: name the type of each")
    symbols = {o.function: o.symbol for o in REFLECTED}
    if name in symbols and len(arguments) == 2:
        text = f"{arguments[0]} {symbols[name]} {arguments[1]}"
    else:
        text = f"{name.replace('numpy.', 'np.', 1)}({', '.join(arguments)})"
    return Question(name, types, text)


def function_named(text: str) -> str:
    """The function of a symbol, a short name ("matmul" is the operator) or a dotted one ("np.matmul" is the ufunc)."""
    short = {o.function.rpartition(".")[2].rstrip("_"): o.function for o in (*OPERATORS, *REFLECTED)}
    short |= {o.symbol: o.function for o in reversed(REFLECTED)} | {o.method: o.function for o in OPERATORS}
    name = short.get(text, f"numpy.{text[3:]}" if text.startswith("np.") else text)
    if spelling(name) is None:
        raise UnknownName("function", text, [*short, *(f"np.{word}" for word in short if word.isidentifier())])
    return name


def type_named(program: Program, text: str) -> str:
    """The qualified name of a type: "LowRank", "shapes.LowRank", "float", "np.ndarray"."""
    text = text.strip()
    if text in ("ndarray", "np.ndarray", NDARRAY):
        return NDARRAY
    if text.removeprefix("builtins.") in _BUILTINS:
        return f"builtins.{text.removeprefix('builtins.')}"
    owned = [definition.name for definition in program.owned_types()]
    fitting = [name for name in owned if name == text] or [name for name in owned if name.endswith(f".{text}")]
    if len(fitting) > 1:
        raise UsageError(f'"{text}" may be {" or ".join(sorted(fitting))}: write more of the name')
    if fitting:
        return fitting[0]
    if "." in text and program.type(text) is not None:
        return text
    raise UnknownName("type", text, {*(name.rpartition(".")[2] for name in owned), *_BUILTINS, "ndarray"})

"""Functions and types by the names that people type, and calls as people write them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from rulecheck.config import UnknownName, UsageError
from rulecheck.dispatch.operators import BINARY, DIVMOD, OPERATORS, Operator, miscounted
from rulecheck.facts import NDARRAY, Generic, TypeName
from rulecheck.languages.python.kit.class_slots import name_of
from rulecheck.languages.python.program import Program

_BUILTINS = ("bool", "int", "float", "complex", "object", "str", "list", "tuple")
_BY_SYMBOL = {o.symbol: o.function for o in BINARY}
_BY_FUNCTION = {o.function: o for o in (*OPERATORS, DIVMOD)}


def function_named(text: str, known: Collection[str], is_known: Callable[[str], bool]) -> str:
    """A function by symbol, short name ("matmul", "solve") or dotted name ("np.sum"); raises UnknownName.

    `known` are functions that have short names beside the operators, and `is_known` tells the dotted ones.
    """
    dotted = f"numpy.{text[3:]}" if text.startswith("np.") else text
    if text in _BY_SYMBOL:
        return _BY_SYMBOL[text]
    if is_known(dotted):
        return dotted
    functions = (*sorted(known, reverse=True), *reversed(_BY_FUNCTION))
    short = {name.rpartition(".")[2].rstrip("_"): name for name in functions}
    short = {o.method: o.function for o in OPERATORS} | short
    if dotted in short:
        return short[dotted]
    raise UnknownName("function", text, [*short, *known])


def check_count(function: str, count: int) -> None:
    """Raise UsageError where a person names the types of too few or too many operands."""
    wrong = miscounted(function, count)
    if wrong is not None:
        raise UsageError(f"{wrong}: name the type of each")


def type_named(
    program: Program, text: str, library: Mapping[str, str] | None = None, wrappers: Collection[str] = ()
) -> TypeName:
    """A type: "Circulant", "shapes.Circulant", "float", "np.ndarray", "Transpose[Circulant]".

    `library` has types of the system's own by the names that people type; `wrappers` are those that keep a parameter.
    Raises UnknownName, or UsageError where a short name fits several types.
    """
    library = library or {}
    text = text.strip()
    outer, bracket, inner = text.partition("[")
    if bracket and inner.endswith("]"):
        wrapper = name_of(type_named(program, outer, library, wrappers))
        if wrapper in wrappers:
            return Generic(wrapper, type_named(program, inner[:-1], library, wrappers))
        return wrapper
    if text in ("ndarray", "np.ndarray", NDARRAY):
        return NDARRAY
    if text.removeprefix("builtins.") in _BUILTINS:
        return f"builtins.{text.removeprefix('builtins.')}"
    owned = [t.name for t in program.owned_types()]
    fitting = [name for name in owned if name == text] or [name for name in owned if name.endswith(f".{text}")]
    if len(fitting) > 1:
        raise UsageError(f'"{text}" may be {" or ".join(sorted(fitting))}: write more of the name')
    if fitting:
        return fitting[0]
    if text in library:
        return library[text]
    if "." in text and program.type(text) is not None:
        return text
    own = {name.rpartition(".")[2] for name in (*owned, *library)}
    raise UnknownName("type", text, own | {*_BUILTINS, "ndarray"})


def call_text(function: str, arguments: Sequence[str]) -> str:
    """A call as a person writes it: `Circulant @ AbstractVector`, `-Circulant`, `np.sum(Circulant)`."""
    operator = _BY_FUNCTION.get(function)
    count = 0 if operator is None or operator.symbol.isidentifier() else 1 if operator.is_unary else 2
    if operator is not None and len(arguments) == count:
        return _operated(operator, arguments)
    head, _, rest = function.partition(".")
    return f"{f'np.{rest}' if head == 'numpy' else function.rpartition('.')[2]}({', '.join(arguments)})"


def _operated(operator: Operator, operands: Sequence[str]) -> str:
    if operator.is_unary:
        return f"{operator.symbol}{operands[0]}"
    return f"{operands[0]} {operator.symbol} {operands[1]}"

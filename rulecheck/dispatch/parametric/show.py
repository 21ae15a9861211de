"""Types as Julia 1.5 prints them."""

from __future__ import annotations

from rulecheck.dispatch.parametric.callbacks import Callbacks
from rulecheck.dispatch.parametric.syntax import quoted_name
from rulecheck.dispatch.parametric.types import (
    ANY,
    BOTTOM,
    TUPLE,
    VARARG,
    DataType,
    Term,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    members,
    unwrap,
)


def show(term: Term) -> str:
    """The text of a type; reading it gives the type again.

    Variables have the names by which an equal type was first read: to show a signature as its source spells it, keep
    the source's text.
    """
    if type(term) is DataType:
        name = quoted_name(term.constructor.name)
        if not term.parameters:
            return "Tuple{}" if term.constructor is TUPLE else name
        return f"{name}{{{','.join(map(show, term.parameters))}}}"
    if type(term) is UnionType:
        return f"Union{{{', '.join(map(show, members(term)))}}}"
    if type(term) is UnionAll:
        inner = unwrap(term)
        if type(inner) is DataType and inner.constructor is not VARARG and inner.constructor.wrapper is term:
            return quoted_name(inner.constructor.name)
        return f"{show(term.body)} where {_bounded(term.variable)}"
    if type(term) is TypeVar:
        return term.name
    if type(term) is Value:
        return _literal(term)
    return "Union{}"


def _bounded(variable: TypeVar) -> str:
    upper = "" if variable.upper is ANY else f"<:{_bound(variable.upper)}"
    if variable.lower is BOTTOM:
        return variable.name + upper
    if not upper:
        return f"{variable.name}>:{_bound(variable.lower)}"
    return f"{_bound(variable.lower)}<:{variable.name}{upper}"


def _bound(term: Term) -> str:
    text = show(term)
    return f"({text})" if type(term) is UnionAll and " where " in text else text


def _literal(term: Value) -> str:
    if term.type_name == "Symbol":
        plain = str(term.value)
        return f":{plain}" if plain.isidentifier() else f'Symbol("{plain}")'
    if term.type_name == "Bool":
        return "true" if term.value else "false"
    if term.type_name == "Tuple":
        items = [show(item) for item in term.value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if term.type_name == "Char":
        return f"'{term.value}'"
    if term.type_name == "String":
        return f'"{term.value}"'
    if term.type_name.startswith("UInt"):
        return f"0x{term.value:0{int(term.type_name[4:]) // 4}x}"
    if term.type_name == "Float32":
        return f"{term.value}f0"
    if term.type_name in ("Int64", "Float64"):
        return str(term.value)
    return f"{term.type_name}({term.value})"


Callbacks.show = show

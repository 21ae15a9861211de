"""Converters of expressions: names, literals, calls, types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rulecheck.languages.julia.syntax.nodes import Ast, Converter, NodeReader, sequence, wrapper

if TYPE_CHECKING:
    from tree_sitter import Node


def _identifier(r: NodeReader, n: Node) -> Ast:
    return ("sym", r.text(n))


def _operator(r: NodeReader, n: Node) -> Ast:
    end = n.end_byte
    # An index belongs to the operator: `*ₛ` is not `*`.
    while r.source[end : end + 2] == b"\xe2\x82" and 0x80 <= r.source[end + 2] <= 0x9C:
        end += 3
    return ("sym", r.source[n.start_byte : end].decode("utf-8", "replace"))


def _integer(r: NodeReader, n: Node) -> Ast:
    text = r.text(n).replace("_", "")
    try:
        return ("lit", int(text, 0))
    except ValueError:
        return ("lit", int(text)) if text.isdigit() else ("opaque", text)


def _float(r: NodeReader, n: Node) -> Ast:
    try:
        return ("lit", float(r.text(n).replace("_", "")))
    except ValueError:
        return ("opaque", r.text(n))


def _string(r: NodeReader, n: Node) -> Ast:
    parts: list[Any] = []
    for child in r.named(n):
        if child.type == "string_interpolation":
            inner = r.named(child)
            parts.append(r.read(inner[0]) if inner else ("opaque", ""))
        elif child.type == "escape_sequence":
            parts.append(
                {"\\n": "\n", "\\t": "\t", "\\\\": "\\", '\\"': '"', "\\$": "$"}.get(r.text(child), r.text(child))
            )
        else:
            parts.append(r.text(child))
    if all(isinstance(p, str) for p in parts):
        return ("lit", "".join(parts))
    return ("str", tuple(parts))


def _prefixed_string(r: NodeReader, n: Node) -> Ast:
    prefix = n.child_by_field_name("prefix")
    body = "".join(r.text(c) for c in r.named(n) if c.type == "content")
    if prefix is not None and r.text(prefix) == "v":
        found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", body)
        if found:
            numbers = tuple(int(part or 0) for part in found.groups())
            return ("version", numbers if "-" not in body else (*numbers, -1))
    if prefix is not None and r.text(prefix) == "MIME":
        return ("curly", ("sym", "MIME"), (("quote", ("sym", body)),))
    return ("opaque", body)


# Operators that are spelled as words, and so can stand where a name can.
WORDS = ("in", "isa")


def _operator_call(name: str, args: tuple[Ast, ...]) -> Ast:
    if name in ("<:", ">:") and len(args) == 2:
        return (name, *args)
    return ("call", ("sym", name), args, ())


def _given(r: NodeReader, n: Node, macro: Ast, name: str, operand: Node) -> Ast:
    """`@inline in(x, y)`, which the grammar takes for a membership: the macro with what it is given."""
    inner: Ast = ("sym", name)
    if operand.type in ("tuple_expression", "parenthesized_expression"):
        inner = ("call", inner, *r.arguments(operand))
    elif r.text(operand):
        inner = ("tuple", (inner, r.read(operand)))  # `@nograd in, size`
    return ("macro", macro[1], (inner,), macro[3], r.end(n))


def _binary(r: NodeReader, n: Node) -> Ast:
    left, operator, *right = r.named(n)
    name = r.text(operator)
    if name in WORDS and left.type == "macrocall_expression" and left.named_children[-1].type == "macro_identifier":
        return _given(r, n, r.read(left), name, right[0])
    arguments = (r.read(left), *(r.read(x) for x in right))
    if name.startswith(".") and len(name) > 1 and name not in ("..", "...", "=>"):
        return ("dot", ("sym", name[1:]), arguments, ())
    return _operator_call(name, arguments)


def _unary(r: NodeReader, n: Node) -> Ast:
    parts = r.named(n)
    if len(parts) < 2:
        return ("opaque", r.text(n))
    operator, operand = parts[0], parts[1]
    name = r.text(operator)
    if operand.type == "operator":
        name, operand = r.text(operand), operator
    inner = r.read(operand)
    if name in ("<:", ">:"):
        return (name, None, inner)
    if name == "-" and inner[0] == "lit" and isinstance(inner[1], int | float):
        return ("lit", -inner[1])
    return ("call", ("sym", name), inner[1] if operand.type == "tuple_expression" else (inner,), ())


def _call(r: NodeReader, n: Node) -> Ast:
    positional: tuple[Ast, ...] = ()
    keywords: tuple[Ast, ...] = ()
    callee: Ast = ("opaque", "")
    for child in r.named(n):
        if child.type == "argument_list":
            positional, keywords = r.arguments(child)
        elif child.type == "do_clause":
            positional = (("opaque", "do"), *positional)
        elif child.type == "generator":
            positional = (("opaque", "generator"),)
        else:
            callee = r.read(child)
    return ("call" if n.type == "call_expression" else "dot", callee, positional, keywords)


def _parenthesised(r: NodeReader, n: Node) -> Ast:
    inner = r.named(n)
    if len(inner) == 1:
        return r.read(inner[0])
    if not inner:
        text = r.text(n)[1:-1].strip()
        return ("sym", text) if text else ("tuple", ())
    return ("block", r.statements(inner))


def _open_tuple(r: NodeReader, n: Node) -> Ast:
    items = r.statements(n.children)
    if items and items[0][0] == "macro" and n.children[0].type == "binary_expression":
        # `@nograd in, isa`: the macro is given the whole tuple.
        first = items[0][2][0]
        given = (*(first[1] if first[0] == "tuple" else (first,)), *items[1:])
        return (*items[0][:2], (("tuple", given),), items[0][3], r.end(n))
    return ("tuple", items)


def _quote(r: NodeReader, n: Node) -> Ast:
    inner = r.named(n)
    if not inner:
        return ("quote", ("sym", r.text(n)[1:].strip("() ")))
    return ("quote", r.read(inner[0]))


def _field(r: NodeReader, n: Node) -> Ast:
    parts = r.named(n)
    if len(parts) < 2:
        return ("opaque", r.text(n))
    name = r.read(parts[-1])
    if name[0] == "quote":
        name = name[1]
    return (".", r.read(parts[0]), name)


def _where(r: NodeReader, n: Node) -> Ast:
    body, *variables = r.named(n)
    listed: list[Ast] = []
    for variable in variables:
        if variable.type == "curly_expression":
            listed += r.statements(variable.children)
        else:
            listed.append(r.read(variable))
    return ("where", r.read(body), tuple(listed))


def _typed(r: NodeReader, n: Node) -> Ast:
    parts = r.named(n)
    if n.type == "unary_typed_expression" or len(parts) == 1:
        return ("::", None, r.read(parts[0]))
    return ("::", r.read(parts[0]), r.read(parts[1]))


def _curly(r: NodeReader, n: Node) -> Ast:
    base, *rest = r.named(n)
    items: list[Ast] = []
    for part in rest:
        items += r.statements(part.children) if part.type == "curly_expression" else (r.read(part),)
    return ("curly", r.read(base), tuple(items))


def _named_argument(r: NodeReader, n: Node) -> Ast:
    parts = [c for c in r.named(n) if c.type != "operator"]
    return ("kw", r.read(parts[0]), r.read(parts[1]) if len(parts) > 1 else ("opaque", ""))


def _ternary(r: NodeReader, n: Node) -> Ast:
    parts = r.named(n)
    return ("?", *(r.read(p) for p in parts)) if len(parts) == 3 else ("opaque", "?")


def _index(r: NodeReader, n: Node) -> Ast:
    base, *rest = r.named(n)
    return ("ref", r.read(base), tuple(r.read(p) for p in rest))


def _signature(r: NodeReader, n: Node) -> Ast:
    inner = r.named(n)
    if not inner:
        return ("opaque", "")
    # `function (a::A * b::B)` is a method of `*`, where `function (a::A, b::B)` and `function (a::A)` have no name.
    parts = r.named(inner[0]) if inner[0].type == "argument_list" else []
    return r.read(parts[0] if len(parts) == 1 and parts[0].type in CALLS else inner[0])


CALLS = frozenset({"binary_expression", "unary_expression", "call_expression"})
EXPRESSIONS: dict[str, Converter] = {
    "identifier": _identifier,
    "operator": _operator,
    "integer_literal": _integer,
    "float_literal": _float,
    "boolean_literal": lambda r, n: ("lit", r.text(n) == "true"),
    "character_literal": lambda r, n: ("char", r.text(n)),
    "string_literal": _string,
    "prefixed_string_literal": _prefixed_string,
    "binary_expression": _binary,
    "range_expression": lambda r, n: ("call", ("sym", ":"), r.statements(n.children), ()),
    "unary_expression": _unary,
    "call_expression": _call,
    "broadcast_call_expression": _call,
    "parenthesized_expression": _parenthesised,
    "quote_expression": _quote,
    "field_expression": _field,
    "where_expression": _where,
    "typed_expression": _typed,
    "unary_typed_expression": _typed,
    "parametrized_type_expression": _curly,
    "curly_expression": sequence("braces"),
    "named_argument": _named_argument,
    "named_field": _named_argument,
    "splat_expression": wrapper("..."),
    "adjoint_expression": wrapper("'"),
    "interpolation_expression": wrapper("$"),
    "tuple_expression": sequence("tuple"),
    "open_tuple": _open_tuple,
    "vector_expression": sequence("vect"),
    "signature": _signature,
    "ternary_expression": _ternary,
    "index_expression": _index,
}

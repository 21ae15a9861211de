"""Converters of statements: definitions, modules, imports, loops and conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulecheck.languages.julia.syntax.nodes import SKIPPED, Ast, Converter, NodeReader, sequence, wrapper

if TYPE_CHECKING:
    from tree_sitter import Node


def callable_head(sig: Ast) -> bool:
    """Whether the left side of `=` is a method's signature."""
    while sig[0] in ("where", "::"):
        if sig[1] is None:
            return False
        sig = sig[1]
    return bool(sig[0] == "call")


def _lifted(sig: Ast) -> tuple[Ast | None, Ast]:
    """The macro that stands in front of a signature, `@inline in(x::T) where T`, and the signature without it."""
    if sig[0] in ("where", "::") and sig[1] is not None:
        macro, inner = _lifted(sig[1])
        return macro, (sig[0], inner, *sig[2:])
    if sig[0] == "macro" and len(sig[2]) == 1 and sig[2][0][0] == "call":
        return sig, sig[2][0]
    return None, sig


def _assignment(r: NodeReader, n: Node) -> Ast:
    parts = [c for c in n.children if c.type not in SKIPPED]
    if len(parts) < 3:
        return ("opaque", r.text(n))
    left = r.read(parts[0])
    line = r.line(parts[1])
    macro, left = _lifted(left)
    if macro is not None:
        made: Ast = ("def", line, left, r.body(parts[2], macro[3], r.end(n)), macro[3], r.end(n))
        return (*macro[:2], (made,), macro[3], r.end(n))
    if callable_head(left):
        return ("def", line, left, r.body(parts[2], r.start(n), r.end(n)), r.start(n), r.end(n))
    return ("=", line, left, r.read(parts[2]), r.start(n), r.end(n))


def _function(r: NodeReader, n: Node) -> Ast:
    kind = n.type
    for child in n.children:
        if child.type == "signature":
            sig = r.read(child)
            if kind == "macro_definition":
                return ("macrodef", _name_of(sig), sig, r.body(n, r.start(n), r.end(n)))
            return ("def", r.line(n), sig, r.body(n, r.start(n), r.end(n)), r.start(n), r.end(n))
    return ("opaque", "function")


def _name_of(sig: Ast) -> str:
    while sig[0] in ("where", "::", "call"):
        sig = sig[1] or ("opaque", "")
    return str(sig[1]) if sig[0] == "sym" else ""


def _struct(r: NodeReader, n: Node) -> Ast:
    kind = {"abstract_definition": "abstract", "primitive_definition": "primitive"}.get(n.type, "struct")
    head: Ast = ("opaque", "")
    body: list[Node] = []
    for child in n.children:
        if child.type == "mutable":
            kind = "mutable"
        elif child.type == "type_head":
            inner = r.named(child)
            head = r.read(inner[0]) if inner else head
        elif child.is_named:
            body.append(child)
    inner = [c for c in body if c.type not in SKIPPED]
    line = r.line(inner[0]) if inner else r.end(n)[1]
    return ("struct", kind, head, r.statements(body), r.start(n), r.end(n), line)


def _module(r: NodeReader, n: Node) -> Ast:
    name = n.child_by_field_name("name")
    rest = [c for c in n.named_children if name is None or c.id != name.id]
    bare = n.children[0].type == "baremodule"
    return ("module", r.text(name) if name is not None else "", bare, r.statements(rest), r.line(n))


def _rejoined(r: NodeReader, condition: Node, rest: Node) -> Ast:
    """`a <: B`, cut in two, read as one; what follows `<: B` in a longer condition stays with it."""
    left, right = r.read(condition), r.read(rest)
    if right[0] in ("<:", ">:") and right[1] is None:
        return (right[0], left, right[2])
    if right[0] == "call" and right[2] and right[2][0][0] in ("<:", ">:") and right[2][0][1] is None:
        first = right[2][0]
        return ("call", right[1], ((first[0], left, first[2]), *right[2][1:]), right[3])
    return ("opaque", r.text(rest))


def _if(r: NodeReader, n: Node) -> Ast:
    branches: list[tuple[Ast | None, tuple[Ast, ...]]] = []

    def branch(node: Node) -> None:
        condition = node.child_by_field_name("condition")
        body = [c for c in node.named_children if condition is None or c.id != condition.id]
        own = [c for c in body if c.type not in ("elseif_clause", "else_clause")]
        test = r.read(condition) if condition is not None else None
        if condition is not None and own and r.text(own[0]).startswith(("<:", ">:")):
            # The grammar cuts `if a <: B` into the condition `a` and the statement `<: B`.
            test, own = _rejoined(r, condition, own[0]), own[1:]
        branches.append((test, r.statements(own)))
        for child in body:
            if child.type in ("elseif_clause", "else_clause"):
                branch(child)

    branch(n)
    return ("if", tuple(branches))


def _for(r: NodeReader, n: Node) -> Ast:
    bindings: list[tuple[Ast, Ast]] = []
    body: list[Node] = []
    for child in n.children:
        if child.type == "for_binding":
            parts = [c for c in r.named(child) if c.type != "operator"]
            if len(parts) == 2:
                bindings.append((r.read(parts[0]), r.read(parts[1])))
        elif child.is_named:
            body.append(child)
    return ("for", tuple(bindings), r.statements(body), r.line(n))


def _let(r: NodeReader, n: Node) -> Ast:
    bindings: list[tuple[str, Ast]] = []
    body: list[Node] = []
    for child in n.children:
        if child.type == "let_binding":
            parts = [c for c in r.named(child) if c.type != "operator"]
            if len(parts) == 2:
                bindings.append((r.text(parts[0]), r.read(parts[1])))
        elif child.is_named:
            body.append(child)
    return ("let", tuple(bindings), r.statements(body))


def _try(r: NodeReader, n: Node) -> Ast:
    inner = [c for c in n.named_children if c.type not in ("catch_clause", "finally_clause", "else_clause")]
    return ("try", r.statements(inner))


def _spaced(r: NodeReader, nodes: list[Node]) -> tuple[Ast, ...]:
    """The arguments of a macro called without parentheses, cut where Julia cuts them and the grammar does not."""
    made: list[Ast] = []
    for position, node in enumerate(nodes):
        ast = r.read(node)
        if ast[0] == "macro" and position + 1 < len(nodes) and node.named_children[-1].type == "macro_argument_list":
            # `@a @b x y`: what follows belongs to the inner call.
            made.append((*ast[:2], ast[2] + _spaced(r, nodes[position + 1 :]), ast[3], r.end(nodes[-1])))
            break
        parts = r.named(node) if node.type == "binary_expression" else []
        if len(parts) == 3 and r.text(parts[1]) in ("+", "-") and _is_prefix(parts):
            # `@a f(x) -y` has two arguments.
            made += [r.read(parts[0]), ("call", ("sym", r.text(parts[1])), (r.read(parts[2]),), ())]
            continue
        made.append(ast)
    return tuple(made)


def _is_prefix(parts: list[Node]) -> bool:
    left, operator, right = parts
    return left.end_byte < operator.start_byte and operator.end_byte == right.start_byte


# Macros around tests, and what stands for the blocks that they are given: nothing in there defines what others see.
TESTS = frozenset({"testset", "safetestset", "testitem"})
UNREAD: dict[str, Ast] = {
    "compound_statement": ("block", ()),
    "for_statement": ("for", (), (), 0),
    "let_statement": ("let", (), ()),
}


def _given(r: NodeReader, name: Ast, nodes: list[Node]) -> tuple[Ast, ...]:
    """The arguments of a macro called without parentheses."""
    last = UNREAD.get(nodes[-1].type) if nodes and name[1] in TESTS else None
    return _spaced(r, nodes) if last is None else (*_spaced(r, nodes[:-1]), last)


def _macro_call(r: NodeReader, n: Node) -> Ast:
    name: Ast = ("opaque", "")
    base: Ast | None = None
    arguments: tuple[Ast, ...] = ()
    for child in r.named(n):
        if child.type == "macro_identifier":
            name = ("sym", r.text(child).lstrip("@"))
        elif child.type == "macro_argument_list":
            arguments = _given(r, name, r.named(child))
        elif child.type == "argument_list":
            positional, keywords = r.arguments(child)
            arguments = positional + keywords
        elif name[0] == "opaque":
            base = r.read(child)
    if name[0] == "sym" and "." in name[1] and name[1] != ".":
        first, _, last = name[1].rpartition(".")
        base, name = ("sym", first), ("sym", last)
    return ("macro", (".", base, name) if base else name, arguments, r.start(n), r.end(n))


def _path(r: NodeReader, n: Node) -> tuple[int, tuple[str, ...]]:
    text = "".join(r.text(n).split()).replace(":(", "").replace(")", "")
    name = text.lstrip(".")
    dots = len(text) - len(name)
    if not name:
        return (0, (text,))
    if n.type == "operator":
        return (0, (text,))
    return (dots, tuple(part.lstrip("@:") if i else part for i, part in enumerate(name.split("."))))


def _import(r: NodeReader, n: Node) -> Ast:
    paths: list[tuple[int, tuple[str, ...], str | None, tuple[tuple[str, str], ...] | None]] = []
    for child in r.named(n):
        if child.type == "selected_import":
            first, *rest = r.named(child)
            dots, names = _path(r, first)
            paths.append((dots, names, None, tuple(_selected(r, item) for item in rest)))
        elif child.type == "import_alias":
            inner = r.named(child)
            dots, names = _path(r, inner[0])
            paths.append((dots, names, r.text(inner[-1]), None))
        else:
            dots, names = _path(r, child)
            paths.append((dots, names, None, None))
    return ("import", n.type.removesuffix("_statement"), tuple(paths))


def _selected(r: NodeReader, n: Node) -> tuple[str, str]:
    if n.type == "import_alias":
        inner = r.named(n)
        return (_bare(r.text(inner[0])), _bare(r.text(inner[-1])))
    name = _bare(r.text(n))
    return (name, name)


def _bare(text: str) -> str:
    text = text.strip()
    if text.startswith(":") and len(text) > 1:
        text = text[1:]
    return text.strip("()") or text


def _export(r: NodeReader, n: Node) -> Ast:
    return ("export", tuple(_bare(r.text(c)) for c in r.named(n)))


def _const(r: NodeReader, n: Node) -> Ast:
    inner = r.named(n)
    return ("const", r.read(inner[0])) if inner else ("opaque", "")


STATEMENTS: dict[str, Converter] = {
    "quote_statement": lambda r, n: ("quote", ("block", r.statements(n.children))),
    "compound_statement": sequence("block"),
    "assignment": _assignment,
    "function_definition": _function,
    "macro_definition": _function,
    "struct_definition": _struct,
    "abstract_definition": _struct,
    "primitive_definition": _struct,
    "module_definition": _module,
    "if_statement": _if,
    "return_statement": wrapper("return"),
    "continue_statement": lambda r, n: ("continue",),
    "break_statement": lambda r, n: ("break",),
    "for_statement": _for,
    "let_statement": _let,
    "try_statement": _try,
    "macrocall_expression": _macro_call,
    "import_statement": _import,
    "using_statement": _import,
    "export_statement": _export,
    "public_statement": lambda r, n: ("opaque", "public"),
    "const_statement": _const,
    "global_statement": wrapper("global"),
}

"""From tree-sitter's tree to small tuples, the shapes that the expander and the linker read.

    ("sym", name)                    an identifier or operator
    ("lit", value)                   int, float, bool or str; ("char", text); ("version", (1, 6, 0))
    ("str", parts)                   a string with interpolations
    ("call", f, args, keywords)      also operators; ("dot", ...) for a broadcast
    ("curly", base, args)  ("ref", base, args)  ("tuple", items)  ("vect", items)
    ("::", target, type)  ("where", body, variables)  ("...", item)  ("kw", target, value)
    ("<:", left, right)  (">:", left, right)          left is None where the operator stands alone: `{<:Real}`
    (".", base, name)  ("$", item)  ("quote", item)  ("block", statements)  ("'", item)
    ("macro", name, args, start, end)                 start and end are positions; name is a ("sym", ...) or ("." ...)
    ("def", line, signature, body, start, end)        body is a closed ("body", cell), see `bodies`
    ("=", line, left, right, start, end)  ("const", item)
    ("struct", kind, head, statements, start, end, line)    kind as in facts.JuliaType; line of the first statement
    ("module", name, bare, statements, line)
    ("import", keyword, paths)       a path is (dots, names, alias, selected or None), selected ((name, alias), ...)
    ("export", names)  ("if", ((condition, statements), ...))  ("for", ((target, values), ...), statements, line)
    ("let", ((name, value), ...), statements)  ("try", statements)  ("?", condition, yes, no)
    ("continue",)  ("break",)  ("return", item)
    ("macrodef", name, signature, body)
    ("opaque", text)                 anything whose value definitions do not hang on

A position is (byte offset, line, column), lines and columns from 1.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from rulecheck.languages.julia.syntax.expressions import EXPRESSIONS
from rulecheck.languages.julia.syntax.nodes import Ast, NodeReader
from rulecheck.languages.julia.syntax.statements import STATEMENTS

if TYPE_CHECKING:
    from tree_sitter import Parser

__all__ = ["Ast", "expression", "parser", "reader"]

CONVERTERS = {**EXPRESSIONS, **STATEMENTS}


def reader(source: bytes, offset: int = 0, row: int = 0) -> NodeReader:
    """What turns the nodes of one file, or of a part that begins at an offset, into tuples."""
    return NodeReader(source, CONVERTERS, offset, row)


@cache
def parser() -> Parser:
    """The one parser of Julia source."""
    import tree_sitter
    import tree_sitter_julia

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_julia.language()))


def expression(source: bytes) -> Ast:
    """A single expression, for instance a type that a user writes."""
    found = reader(source).statements(parser().parse(source).root_node.named_children)
    return found[0] if len(found) == 1 else ("opaque", source.decode("utf-8", "replace"))

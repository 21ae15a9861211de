"""Julia's type expressions, as source spells them and as Julia prints them, read into trees.

("name", text)                      a name, with its modules: "Int64", "Base.Broadcast.Broadcasted"
("apply", tree, arguments)          braces; an argument can be ("<:", tree) or (">:", tree)
("where", tree, variables)          variables are (name, lower or None, upper or None), the outermost first
("typeof", name)                    `typeof(name)`
("value", type name, value)         a literal: `2`, `true`, `:x`, `'c'`
("values", trees)                   a tuple of values, as in `NamedTuple{(:a, :b),T}`
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any as Anything
from typing import NoReturn

from rulecheck.dispatch.parametric.types import ParametricError

Tree = tuple[Anything, ...]
Bounds = tuple[str, Tree | None, Tree | None]

# Signs that Julia counts among the letters, and those that may follow in a name.
SIGNS, PRIMES = "∂∇∅∆∏∐∑∞∫∮∴⊤⊥", "′″‴⁗"
_TOKEN = re.compile(
    rf"""
      0x[0-9a-fA-F]+ | \d+(?:\.\d*)?(?:[ef][-+]?\d+)?
    | var"(?:[^"\\]|\\.)*" | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)+'
    | \#*(?:[^\W\d]|[{SIGNS}])[\w\#{SIGNS}{PRIMES}]*!*
    | <: | >: | :: | [{{}}(),.:] | [^\s\w{{}}(),."':]+
    | \S
    """,
    re.VERBOSE,
)
_WORD = re.compile(rf"(?:[^\W\d]|[{SIGNS}])[\w{SIGNS}{PRIMES}]*!*")
_END = ""
"""Stands behind the last token."""

_QUOTED = re.compile(r'var"((?:[^"\\]|\\.)*)"')


def plain_name(name: str) -> str:
    """A name as trees hold it: `Base.var"#sum##kw"` is `Base.#sum##kw`."""
    return _QUOTED.sub(lambda m: m[1].replace("\\\\", "\\"), name)


def quoted_name(name: str) -> str:
    """The opposite of `plain_name` for types, whose names are identifiers unless Julia made them up."""
    if name.startswith("typeof("):
        return name
    parts = re.split(rf"\.(?=[^\W\d]|[#{SIGNS}])", name)
    return ".".join(p if _WORD.fullmatch(p) else 'var"{}"'.format(p.replace("\\", "\\\\")) for p in parts)


def read(text: str) -> Tree:
    """The tree of a type expression. Raises `ParametricError` for what is none."""
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[str] = [*_TOKEN.findall(text), _END, _END]
        self.at = 0

    def whole(self) -> Tree:
        tree = self.expression()
        if self.peek() != _END:
            self.fail(f"unexpected {self.peek()}")
        return tree

    def fail(self, what: str) -> NoReturn:
        raise ParametricError(f"cannot read the type {self.text}: {what}")

    def peek(self) -> str:
        return self.tokens[self.at]

    def take(self, wanted: str = "", closing: str = "") -> str:
        """The next token, which must be the wanted one; `closing` would have ended what goes on with it."""
        token = self.tokens[self.at]
        if not token or (wanted and token != wanted):
            missing = " or ".join(filter(None, (wanted, closing))) or "more"
            self.fail(f"expected {missing} instead of {token or 'its end'}")
        self.at += 1
        return token

    def expression(self) -> Tree:
        """A type with its `where` clauses."""
        tree = self.primary()
        while self.peek() == "where":
            self.take()
            if self.peek() == "{":
                tree = ("where", tree, self.in_braces(self.variable))
            else:
                tree = ("where", tree, (self.variable(),))
        return tree

    def variable(self) -> Bounds:
        """A variable of a `where`: `T`, `T<:U`, `T>:L`, `L<:T<:U` or `U>:T>:L`."""
        trees: list[Tree] = [self.primary()]
        marks: list[str] = []
        while self.peek() in ("<:", ">:"):
            marks.append(self.take())
            trees.append(self.primary())
        at = 1 if len(trees) == 3 else 0
        named = trees[at]
        if len(trees) > 3 or named[0] != "name" or len(set(marks)) > 1:
            self.fail("a where clause names no variable")
        before = trees[0] if at else None
        after = trees[-1] if len(trees) > 1 else None
        lower, upper = (before, after) if not marks or marks[0] == "<:" else (after, before)
        return (named[1], lower, upper)

    def in_braces(self, read_one: Callable[[], Tree]) -> tuple[Tree, ...]:
        self.take("{")
        found = []
        while self.peek() != "}":
            found.append(read_one())
            if self.peek() != "}":
                self.take(",", "}")
        self.take("}")
        return tuple(found)

    def primary(self) -> Tree:
        token = self.peek()
        tree: Tree
        if token == "(":
            tree = self.parenthesised()
        elif token == "typeof" and self.tokens[self.at + 1] == "(":
            tree = self.type_of()
        elif token == "-" or token == ":" or token[:1] in ('"', "'") or token[:1].isdigit():
            return self.literal()
        elif token in ("true", "false"):
            self.take()
            return ("value", "Bool", token == "true")
        elif token and (token[0].isidentifier() or token[0] in SIGNS or token[0] == "#"):
            name = self.dotted()
            tree = self.call(name) if self.peek() == "(" else ("name", name)
        else:
            self.fail(f"unexpected {token or 'end'}")
        while self.peek() == "{":
            tree = ("apply", tree, self.in_braces(self.argument))
        return tree

    def argument(self) -> Tree:
        return (self.take(), self.expression()) if self.peek() in ("<:", ">:") else self.expression()

    def name(self) -> str:
        token = self.take()
        return plain_name(token) if token.startswith('var"') else token

    def dotted(self) -> str:
        """A name with its modules; what follows the last dot can be an operator, `Base.:+` or `Base.:(==)`."""
        parts = [self.name()]
        while self.peek() == ".":
            self.take()
            if self.peek() == ":":
                self.take()
                if self.peek() == "(":
                    self.take()
                    parts.append(self.operator(")"))
                    self.take(")")
                    continue
            parts.append(self.name())
        return ".".join(parts)

    def operator(self, end: str) -> str:
        """The tokens up to a closing mark, as one name."""
        parts = []
        while self.peek() != end:
            parts.append(self.name())
        return "".join(parts)

    def type_of(self) -> Tree:
        self.take("typeof")
        self.take("(")
        if self.peek() == "Union" and self.tokens[self.at + 1] == "{":
            self.expression()
            name = "Union{}"
        else:
            name = self.dotted() if self.peek()[:1].isidentifier() else ""
            name += self.operator(")")
        self.take(")")
        return ("typeof", name)

    def parenthesised(self) -> Tree:
        self.take("(")
        items: list[Tree] = []
        is_tuple = self.peek() == ")"
        while self.peek() != ")":
            items.append(self.expression())
            if self.peek() != ")":
                self.take(",", ")")
                is_tuple = True
        self.take(")")
        return ("values", tuple(items)) if is_tuple else items[0]

    def call(self, name: str) -> Tree:
        """A value that Julia prints as a call: `Symbol("a b")`, or `Day(1)`, which is told by its text."""
        self.take("(")
        depth, start = 1, self.at
        while depth:
            token = self.take()
            depth += (token == "(") - (token == ")")
        inner = self.tokens[start : self.at - 1]
        if name == "Symbol" and len(inner) == 1:
            return ("value", "Symbol", inner[0][1:-1])
        if name == "getfield" and len(inner) >= 2:  # getfield(Module, Symbol("#name"))
            return ("name", f"{inner[0]}.{inner[-2][1:-1]}")
        return ("value", name, " ".join(inner))

    def literal(self) -> Tree:
        token = self.take()
        if token == ":":
            if self.peek() != "(":
                return ("value", "Symbol", self.name())
            self.take("(")
            name = self.operator(")")
            self.take(")")
            return ("value", "Symbol", name)
        if token[0] == '"':
            return ("value", "String", token[1:-1])
        if token[0] == "'":
            return ("value", "Char", token[1:-1])
        sign = ""
        if token == "-":
            sign, token = "-", self.take()
            if not token[0].isdigit():
                self.fail(f"- stands before {token}, which is no number")
        if token.startswith("0x"):
            return ("value", f"UInt{max(8, 4 * (len(token) - 2))}", int(token, 16))
        if token.isdigit():
            return ("value", "Int64", int(sign + token))
        if "f" in token:
            return ("value", "Float32", float(sign + token.replace("f", "e")))
        return ("value", "Float64", float(sign + token))

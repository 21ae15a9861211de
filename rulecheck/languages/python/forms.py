"""The forms of symbolic expressions: what syntax makes of a file, and semantics evaluates over all of them.

An expression is a tuple of a tag and the parts that its form says, so that it can be kept without any class. Who adds
a form writes it down here; whoever takes expressions apart by their tags handles it or says that it is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from rulecheck.facts import Expr

# The kinds of parts. An expression may be left out of OPTIONAL; KEYWORDS are pairs of a keyword or "**" and a value,
# GUARDS tests on the way to a value: of which value, of which type, how it came out.
EXPR, EXPRS, OPTIONAL, KEYWORDS, GUARDS = "expr", "exprs", "optional", "keywords", "guards"
TEXT, NUMBER, LITERAL, SHAPE = "text", "number", "literal", "shape"
_HELD = frozenset((EXPR, EXPRS, OPTIONAL, KEYWORDS, GUARDS))


class Form(NamedTuple):
    """The kinds of an expression's parts, and what it stands for."""

    parts: tuple[str, ...]
    says: str

    @property
    def is_leaf(self) -> bool:
        """Whether no other expression is part of it."""
        return _HELD.isdisjoint(self.parts)


FORMS: Mapping[str, Form] = {
    "name": Form((TEXT,), "a module-level or imported name, dotted as in its file; behind `::` an absolute one"),
    "param": Form((TEXT,), "a parameter of the enclosing function, `self` and `cls` among them"),
    "free": Form((TEXT, OPTIONAL), "a parameter of a function further out, with its annotation"),
    "call": Form((EXPR, EXPRS, KEYWORDS), "a call: the callee, the arguments, the keywords"),
    "op": Form((TEXT, EXPRS), "an operator by its canonical name, with its operands"),
    "attr": Form((EXPR, TEXT), "an attribute read"),
    "stored": Form((EXPR, EXPR), "an attribute read after it was given the value, of a property that may be another"),
    "item": Form((EXPR, EXPR), "a subscript, in values and in annotations"),
    "slice": Form((), "a slice, whatever its bounds"),
    "part": Form((EXPR, NUMBER), "what unpacking into several names gives one of them"),
    "star": Form((EXPR,), "what is unpacked among arguments, bases or the items of a display"),
    "elem": Form((EXPR,), "what iterating yields: loop and comprehension variables"),
    "union": Form((EXPRS,), "one of several: conditional values, several assignments, `A | B`"),
    "narrow": Form((EXPR, EXPR), "the value where it is one of a type; of several, which are a tuple"),
    "exclude": Form((EXPR, EXPR), "the value where it is none of a type"),
    "when": Form((GUARDS, EXPR), "a result that is reached where tests come out as they say"),
    "ann": Form((EXPR,), "a value that is annotated with a type"),
    "const": Form(
        (LITERAL,), "a literal number, text, truth value or None; `complex`, and `...` for what has no other"
    ),
    "tuple": Form((EXPRS,), "a tuple display"),
    "list": Form((EXPRS,), "a list display"),
    "set": Form((EXPRS,), "a set display"),
    "map": Form((EXPRS, EXPRS), "a dict display: its keys and its values"),
    "each": Form((EXPR, TEXT), "what a comprehension or a generator makes of an element, and what holds it"),
    "lambda": Form((EXPR,), "a lambda, by what it gives"),
    "handed": Form((EXPR, EXPR), "a parameter of a lambda that a callee is given first and applies to the value"),
    "await": Form((EXPR,), "what waiting for a value gives"),
    "awaitable": Form((EXPR,), "what a call of an `async def` gives that returns the value"),
    "grown": Form((EXPR, EXPR, OPTIONAL), "a container with one more value in it, under a key where it has keys"),
    "loop": Form(
        (NUMBER, EXPR, EXPR), "a variable that a loop carries: its number, what it was before, what it becomes"
    ),
    "carried": Form((NUMBER,), "a variable that a loop carries, within the loop"),
    "nothing": Form((), "what an empty display holds"),
    "unknown": Form((), "anything else"),
    # Made by semantics alone.
    "known": Form((SHAPE,), "a type of which the shape is known already, in an annotation"),
}

LEAVES = frozenset(tag for tag, form in FORMS.items() if form.is_leaf)


def misshapen(expr: Any) -> Iterator[object]:
    """The parts of an expression that are of no form."""
    is_tagged = type(expr) is tuple and bool(expr) and type(expr[0]) is str and expr[0] in FORMS
    if not is_tagged or len(expr) != len(FORMS[expr[0]].parts) + 1:
        yield expr
    else:
        for kind, part in zip(FORMS[expr[0]].parts, expr[1:], strict=True):
            yield from _misfits(kind, part)


def _misfits(kind: str, part: Any) -> Iterator[object]:
    if kind in (TEXT, NUMBER, LITERAL):
        types = {TEXT: (str,), NUMBER: (int,), LITERAL: (str, int, float, bool, type(None))}[kind]
        if type(part) not in types:
            yield part
        return
    held: tuple[Expr, ...] = ()
    if kind == EXPR or (kind == OPTIONAL and part is not None):
        held = (part,)
    elif kind == EXPRS:
        held = part
    elif kind == KEYWORDS:
        held = tuple(value for _, value in part)
    elif kind == GUARDS:
        held = tuple(each for value, type_, _ in part for each in (value, type_))
    for each in held:
        yield from misshapen(each)

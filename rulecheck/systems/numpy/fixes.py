"""The one attribute that ends a densified operand: `__array_ufunc__ = None`, written into the class body."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import NDARRAY, TypeDef, TypeName
from rulecheck.finding import Edit, Fix, FixKind
from rulecheck.systems.numpy.functions import MATMUL, UNARY_UFUNCS, spelling
from rulecheck.systems.numpy.judge import Judge, Miss
from rulecheck.systems.numpy.protocol import Effect, conversion, last_answer
from rulecheck.systems.numpy.source import SourceTypes, name_of
from rulecheck.systems.numpy.view import ClassesView, MethodSlot, Presence

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

LINE = "__array_ufunc__ = None"
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
REMARK = "  # ndarray's operators leave the call to the reflected methods below"


class _WithoutUfuncs:
    """The same classes, after one of them was given `__array_ufunc__ = None`."""

    def __init__(self, types: SourceTypes, changed: str) -> None:
        self._types = types
        self._changed = changed

    def slot(self, type_: TypeName, name: str) -> MethodSlot:
        if name == "__array_ufunc__" and self.is_subtype(type_, self._changed):
            found = self._types.slot(type_, name)
            if not found.defined or found.owner is None or self.is_subtype(self._changed, found.owner):
                return MethodSlot(Presence.NONE, self._changed)
            return found
        return self._types.slot(type_, name)

    def instance_slot(self, type_: TypeName, name: str) -> MethodSlot:
        return self._types.instance_slot(type_, name)

    def is_array(self, type_: TypeName) -> bool:
        return self._types.is_array(type_)

    def is_exact_array(self, type_: TypeName) -> bool:
        return self._types.is_exact_array(type_)

    def is_subtype(self, sub: TypeName, sup: TypeName) -> bool:
        return self._types.is_subtype(sub, sup)


def attribute_fix(program: Program, judge: Judge, blamed: str, misses: list[Miss]) -> Fix | None:
    """The fix of a class; None where the class is not the project's, or the walk would not end at its methods."""
    definition = program.type(blamed)
    if definition is None or not definition.owned:
        return None
    after: ClassesView = _WithoutUfuncs(judge.types, blamed)
    if not all(_is_asked(after, miss) for miss in misses):
        return None
    edit = insertion(program.text(definition.place.path), definition)
    return Fix(FixKind.ATTRIBUTE, is_safe(program, judge, blamed), LINE, (edit,) if edit is not None else ())


def _is_asked(types: ClassesView, miss: Miss) -> bool:
    found = spelling(miss.operator.function)
    assert found is not None
    answer = last_answer(types, found, (NDARRAY, miss.type) if miss.right else (miss.type, NDARRAY))
    return answer.outcome is Outcome.CLAIMS and answer.effect is Effect.ASKED and answer.name == miss.name


def is_safe(program: Program, judge: Judge, blamed: str) -> bool:
    """Whether ufuncs do nothing useful with the class today, so that nothing is lost where they begin to raise.

    They do where an object can be converted to an array (`np.exp(A)`), and where they find a method of their own name
    on it (`np.sqrt(A)` of a scalar of dtype object calls `A.sqrt()`).
    """
    found = spelling(MATMUL.function)
    assert found is not None
    for type_ in (blamed, *program.subclasses(blamed)):
        answer = conversion(judge.types, found, type_)
        if answer.outcome is not Outcome.CLAIMS or answer.effect in (Effect.DENSE, Effect.SEQUENCE):
            return False
        if any(judge.types.slot(type_, name).presence is not Presence.ABSENT for name in UNARY_UFUNCS):
            return False
    return True


def insertion(text: str, definition: TypeDef) -> Edit | None:
    """Where the line goes: after the docstring, else first in the body; None for a body on the `class` line."""
    found = _find(text, definition)
    if found is None or found.body[0].lineno == found.lineno:
        return None
    lines = _LINES.findall(text)
    newline = "\r\n" if lines[0].endswith("\r\n") else "\n"
    first = found.body[0]
    indent = " " * first.col_offset
    source = lines[first.lineno - 1][: first.col_offset]
    if source.strip() == "":
        indent = source
    written = f"{indent}{LINE}{REMARK}{newline}"
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    if documented:
        assert first.end_lineno is not None
        rest = found.body[1:]
        if rest and rest[0].lineno == first.end_lineno:
            return None
        at = sum(map(len, lines[: first.end_lineno]))
        if lines[first.end_lineno - 1].endswith(("\n", "\r")):
            written = newline + written
        else:
            written = f"{newline}{newline}{written.rstrip()}{newline}"
        if first.end_lineno < len(lines) and lines[first.end_lineno].strip():
            written += newline
    else:
        top = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
        at = sum(map(len, lines[: top - 1]))
        if isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            written += newline
    return Edit(definition.place.path, at, at, written)


def _find(text: str, definition: TypeDef) -> ast.ClassDef | None:
    """The class's own syntax tree, its lines as they count in the file."""
    place = definition.place
    lines = _LINES.findall(text)[place.line - 1 : place.end_line]
    try:
        # Under an `if`, the class may stand as deep as it does.
        tree = ast.parse("if 1:\n" + "".join(lines) if place.column > 1 else "".join(lines))
    except (SyntaxError, ValueError):
        return None
    name = name_of(definition.name).rpartition(".")[2]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            ast.increment_lineno(node, place.line - node.lineno)
            return node
    return None

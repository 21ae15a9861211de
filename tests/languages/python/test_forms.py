"""One table of expressions: what syntax makes is in it, and who takes expressions apart knows all that is."""

from __future__ import annotations

import ast
import sysconfig
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rulecheck.languages.python.forms import FORMS, misshapen
from rulecheck.languages.python.reading import read
from rulecheck.languages.python.semantics import annotations, inference
from rulecheck.languages.python.syntax.extract import extract
from rulecheck.languages.python.syntax.rows import FileRows

pytestmark = pytest.mark.slow

PACKAGE = Path(__file__).parents[3] / "rulecheck"
LIBRARY = Path(sysconfig.get_path("stdlib"))
FILES = [
    *sorted(PACKAGE.rglob("*.py"))[::3],
    *sorted(LIBRARY.glob("*.py"))[::4],
    *sorted((LIBRARY / "asyncio").glob("*.py")),
]
EVERY = """
import numpy as np
x: "int" = (1, 2.5, [3], {4}, {5: None}, ..., 1j)
def f(a, *b, **c):
    first, *rest = b
    def inner(): return a
    if isinstance(a, int): a[1:2].name = a
    for y in b:
        a = a + y
    kept = []
    kept.append(a)
    return kept, inner, sorted(b, key=lambda e: e.key), {k: v for k, v in c.items()}, g(*b, **c), x or a
async def g():
    return await f(1)
class A:
    def __init__(self, other): self.other = other
    def m(self):
        self.other = self.p if self else 1
        return self.other if not isinstance(self, B) else reduce(lambda u, v: u @ v, self)
"""


def expressions(rows: FileRows) -> Iterator[Any]:
    """Every expression of a file, wherever it stands in the rows."""
    for row in rows.functions:
        yield from (*row.decorators, *row.results, *(call.expr for call in row.calls))
        yield from (store.value for store in row.stores)
        yield from (e for p in row.parameters for e in (p.annotation, p.default) if e is not None)
        if row.returns is not None:
            yield row.returns
    for each in rows.classes:
        yield from (*each.bases, *each.decorators, *(value for _, value in each.keywords))
        yield from (*each.declared.values(), *(given.value for given in each.attributes.values()))
    yield from rows.names.values()
    yield from (row.expr for row in rows.registrations)
    yield from (e for row in rows.late for e in (row.base, row.value))
    yield from (call.expr for call in rows.calls)


def tags(expr: Any) -> Iterator[str]:
    """The tags that occur in an expression."""
    stack = [expr]
    while stack:
        part = stack.pop()
        if type(part) is tuple and part:
            if type(part[0]) is str and part[0] in FORMS and len(part) == len(FORMS[part[0]].parts) + 1:
                yield part[0]
            stack.extend(part)


def test_all_that_syntax_makes_is_of_a_form_and_every_form_is_made() -> None:
    made: Counter[str] = Counter()
    for data in (EVERY.encode(), *(path.read_bytes() for path in FILES)):
        rows = extract(data, frozenset(("register", "adjoint")))
        for expr in expressions(rows):
            assert list(misshapen(expr)) == []
            made.update(tags(expr))
    assert FORMS.keys() - made.keys() == {"known"}


def test_the_evaluator_handles_each_form_or_passes_it_over(tmp_path: Path) -> None:
    handled = set(read([str(tmp_path)])._inference._handlers)
    assert handled | inference.PASSED == FORMS.keys()
    assert not handled & inference.PASSED


def test_annotations_read_each_form_or_pass_it_over() -> None:
    assert FORMS.keys() == annotations.READ | annotations.PASSED
    assert not annotations.READ & annotations.PASSED
    tree = ast.parse(Path(annotations.__file__).read_text())
    shape = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "shape")
    asked = {
        constant.value
        for node in ast.walk(shape)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "tag"
        for constant in ast.walk(node)
        if isinstance(constant, ast.Constant)
    }
    assert asked == annotations.READ


PYTHON = ["languages/python/syntax", "languages/python/semantics", "systems/engine", "systems/numpy", "checks"]


@pytest.mark.parametrize("folder", PYTHON)
def test_tags_that_are_written_in_code_are_in_the_table(folder: str) -> None:
    """What is compared with the first part of something that is called an expression."""
    names = {"expr", "value", "base", "callee", "inner", "annotation", "index", "result", "decorator", "argument"}
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Compare) and ast.unparse(node.left) in {f"{name}[0]" for name in names}:
                said = [c.value for c in ast.walk(node.comparators[0]) if isinstance(c, ast.Constant)]
                assert {tag for tag in said if isinstance(tag, str)} <= FORMS.keys(), f"{path}:{node.lineno}"


def test_what_is_misshapen_is_told() -> None:
    bad = (("what",), ("name",), ("name", 1), ("call", ("name", "f"), (("bad",),), ()), ("union", (1,)), (), "name")
    for expr in bad:
        assert list(misshapen(expr))
    assert not list(misshapen(("call", ("name", "f"), (("slice",),), (("k", ("const", None)),))))

"""Types of values in the forms in which people write them: what is narrowed, unpacked, copied, opened or said."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_facts import C, program_of, type_at_mark

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import Generic, Type
from rulecheck.sources import ReadSettings, read
from tests.sources.test_reading import write

LIST = Generic("builtins.list", C)
HEAD = """
import contextlib
import copy
from typing import Iterator, NamedTuple, Optional, cast
import typing as t
class Holder(NamedTuple):
    matrix: Circulant
    count: int
class Lazy:
    def __init__(self): self._held = None
    @property
    def held(self):
        if self._held is None: self._held = make(3)
        return self._held
@contextlib.contextmanager
def opened() -> Iterator[Circulant]: yield make(1)
@contextlib.contextmanager
def silently(): yield make(1)
"""


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("def f(p: Optional[Circulant]): mark(p.T)", C),
        ("def f(p: Optional[Circulant] = None): mark(p or make(1))", C),
        ("def f(p: 'Circulant | int'): mark(p or make(1))", OneOf(frozenset((C, "builtins.int")))),
        ("def f(p: Optional[Circulant]): mark(p and make(1))", OneOf(frozenset((C, "builtins.NoneType")))),
        ("def f(ps: 'list[Circulant] | None'):\n    for p in ps: mark(p)", C),
        ("def f(ps: 'dict[str, Circulant] | None'): mark(ps['a'])", C),
        ("def f(p: Lazy): mark(p.held.T)", C),
        ("def f(p: Holder):\n    A, n = p\n    mark(A)", C),
        ("def f(p: Holder): mark(p[-1])", "builtins.int"),
        ("def f(p: Holder): mark(p[2])", None),
        ("with opened() as A: mark(A)", C),
        ("with silently() as A: mark(A)", None),
        ("def f(p): mark(cast(Circulant, p))", C),
        ("def f(p): mark(t.cast('Circulant', p))", C),
        ("def f(p: Circulant): mark(copy.deepcopy(p))", C),
        ("def f(p): mark(copy.copy(p))", None),
        ("def copy(p): return 1\nmark(copy(make(1)))", "builtins.int"),
        ("def f(p: Circulant): mark(getattr(p, 'T'))", C),
        ("def f(p: Circulant): mark(getattr(p, 'T', None))", None),
        ("def f(p: Circulant, name: str): mark(getattr(p, name))", None),
        ("A, *rest = [make(1), make(2)]\nmark(A)", C),
        ("A, *rest = [make(1), make(2)]\nmark(rest)", LIST),
        ("A, *rest, n = (make(1), make(2), 3)\nmark(n)", "builtins.int"),
        ("def f(p: Optional[Circulant]): mark(1 + p)", None),
        ("def f(p):\n    match p:\n        case Circulant() as A: mark(A)", C),
        ("def f(p):\n    match p:\n        case Circulant() as A: mark(p)", C),
        (
            "def f(p):\n    match p:\n        case (Circulant() | Holder()) as A: mark(A)",
            OneOf(frozenset((C, "use.Holder"))),
        ),
        ("def f(p):\n    match p:\n        case Holder(matrix=A): mark(A)", C),
        ("def f(p: Circulant):\n    match p:\n        case A: mark(A)", C),
        ("def f(p):\n    match p:\n        case [Circulant() as A, *_]: mark(A)", None),
        ("def f(p):\n    match p:\n        case {'a': A}: mark(A)", None),
    ],
)
def test_the_type_is_told_or_unknown(tmp_path: Path, use: str, expected: Type | None) -> None:
    assert type_at_mark(program_of(tmp_path, HEAD + use)) == expected


def test_an_installed_package_is_found_from_a_linted_file_first(tmp_path: Path) -> None:
    write(tmp_path, {"site/library/__init__.py": "class Base: ...\n", "work/a.py": "import library\n"})
    write(tmp_path, {"work/b.py": "import library as lib\nclass A(lib.Base): ...\n"})
    program = read([str(tmp_path / "work")], ReadSettings(search_path=(str(tmp_path / "site"),)))
    assert program.mro("b.A") == ("b.A", "library.Base", "builtins.object")
    found = program.type("b.A")
    assert found is not None
    assert found.complete

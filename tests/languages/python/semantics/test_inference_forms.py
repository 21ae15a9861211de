"""Types of values in the forms in which people write them: what is narrowed, unpacked, copied, opened or said."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import Generic, Type
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings
from tests.languages.python.test_facts import OPTIONAL, C, program_of, type_at_mark
from tests.languages.python.test_reading import write

LIST = Generic("builtins.list", C)
VECTOR = Generic("numpy.ndarray", "1")
NUMBER = OneOf(frozenset(("builtins.int", "builtins.float", "builtins.complex")))
HEAD = """
import asyncio
import collections
import contextlib
import copy
import dataclasses
import itertools
from typing import Iterator, NamedTuple, Optional, cast
import typing as t
from collections.abc import Callable
from functools import partial
class Holder(NamedTuple):
    matrix: Circulant
    count: int
class Lazy:
    def __init__(self): self._held = None
    @property
    def held(self):
        if self._held is None: self._held = make(3)
        return self._held
    def fill(self): self._held = make(1)
    @property
    def twice(self): return make(2)
    @twice.setter
    def twice(self, value): pass
class Slot:
    def __init__(self): self.held = None
    def fill(self): self.held = make(1)
    def drop(self): self.held = None
class Each:
    def __getitem__(self, i): return 1
    def __iter__(self):
        yield make(1)
        yield make(2)
class Descriptor:
    def __get__(self, owner, kind): return Holder(make(1), 2)
    def __set__(self, owner, value): ...
class Behind:
    held = Descriptor()
    def __init__(self): self.held = make(1)
class Changed:
    def __init__(self): self.held = make(1)
    def __setattr__(self, name, value): object.__setattr__(self, name, 2)
class Kept:
    def __init__(self): self.held = make(1)
    def __setattr__(self, name, value):
        print(name)
        super().__setattr__(name, value)
async def waited(n: int) -> Circulant: return make(n)
async def unsaid(n):
    if n: return make(n)
    return 1
async def streamed(n):
    for i in range(n): yield make(i)
@contextlib.asynccontextmanager
async def opened_later(): yield make(1)
class Session:
    async def __aenter__(self): return self
    async def matrix(self): return make(1)
K = t.TypeVar("K")
V = t.TypeVar("V")
class Box(t.Generic[V]):
    def __init__(self, item: V, note: str = ""):
        self.item = item
    def get(self) -> V: return self.item
    def got(self): return self.get()
    def mapped(self, f: Callable[[V], K]) -> "Box[K]": return Box(f(self.item))
    def __iter__(self) -> Iterator[V]: yield self.item
    @property
    def held(self) -> "t.Optional[V]": return self.item
class Boxes(Box[list[V]], t.Generic[V, K]):
    def first(self) -> V: return self.item[0]
class Own(Box[Circulant]):
    def own(self): return self.get()
@dataclasses.dataclass
class Pair(t.Generic[K, V]):
    left: K
    right: V
    def swapped(self) -> "Pair[V, K]": return Pair(self.right, self.left)
def opened_box(box: Box[V]) -> V: return box.item
class Base:
    def same(self): return self
    def matrix(self): return make(1)
    def said(self) -> Circulant: return make(1)
    def refused(self): return make(1)
    def replaced(self): return make(1)
    @property
    def held(self): return make(1)
class Below(Base):
    def matrix(self): return 1
    def said(self): return 1
    def refused(self): raise TypeError
    replaced = same
    @property
    def held(self): return 2
    def above(self): return super().matrix()
def lying(cls): return Holder
def honest(note):
    def inner(cls):
        cls.note = note
        return cls
    return inner
def dropping(cls): return 1
@lying
class Lied: ...
@honest("x")
class Honest: ...
@dropping
class Dropped: ...
T = t.TypeVar("T", bound=Lazy)
def same(p: T) -> T: return p
def first(p: "list[T]") -> "T": return p[0]
def built(p: t.Type[T]) -> T: return p()
def every():
    for n in range(3):
        yield make(n)
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
        ("def f(p: 'dict[str, Circulant]'):\n    a, b = p\n    mark(a)", "builtins.str"),
        ("def f(p: Each):\n    a, b = p\n    mark(a)", C),
        ("for A in every(): mark(A)", C),
        ("def f(n):\n    found = []\n    for i in range(n): found.append(make(i))\n    mark(found)", LIST),
        ("def f(n):\n    found = []\n    for i in range(n): mark(found[0]); found.append(make(i))", C),
        ("def f(n):\n    found = []\n    filled(found)\n    found.append(make(1))\n    mark(found[0])", None),
        (
            "def f(n):\n    found = [2]\n    found.append(make(1))\n    mark(found[0])",
            OneOf(frozenset((C, "builtins.int"))),
        ),
        ("def f(n):\n    found = {}\n    found[n] = make(1)\n    for A in found.values(): mark(A)", C),
        ("found = []\ndef f(n):\n    found.append(make(1))\n    mark(found[0])", None),
        ("def f(p: Slot):\n    if isinstance(p.held, Circulant): mark(p.held)", C),
        ("def f(p: Slot):\n    if p.held is None: p.held = make(1)\n    mark(p.held)", C),
        ("def f(p: Slot):\n    if p.held is None: return\n    mark(p.held)", C),
        ("def f(p: Slot):\n    p.held = make(1)\n    p.drop()\n    mark(p.held)", OPTIONAL),
        ("def f(p: Slot, q: Slot):\n    p.held = make(1)\n    q.held = None\n    mark(p.held)", OPTIONAL),
        (
            "def f(p: Slot):\n    p.held = make(1)\n    for i in range(2):\n     mark(p.held)\n     p.held = None",
            OPTIONAL,
        ),
        ("def f(p: Slot):\n    p.held = make(1)\n    for i in range(2): mark(p.held)", C),
        ("def f(p: Slot):\n    p.held = make(1)\n    p = Slot()\n    mark(p.held)", OPTIONAL),
        ("def f(p: Slot):\n    if p.held is None: p.fill()\n    mark(p.held)", OPTIONAL),
        ("def f(p: Slot):\n    p.held = make(1)\n    def g(): mark(p.held)\n    p.held = None\n    g()", OPTIONAL),
        ("def f(p: Lazy):\n    p.twice = 2\n    mark(p.twice)", C),
        ("mark(same(make(1)))", C),
        ("mark(first([make(1)]))", C),
        ("def f(k: type[Circulant]): mark(built(k))", C),
        ("def f(p): mark(same(p))", "use.Lazy"),
        ("def f(p: Callable[[int], Circulant]): mark(p(1))", C),
        ("mark(partial(make, 2)())", C),
        ("g = lambda n: make(n)\nmark(g(1))", C),
        ("def f(p): mark(np.asarray(p))", "numpy.ndarray"),
        ("def f(p): mark(np.asarray(p) * 2)", None),
        ("def f(p: np.ndarray): mark(2 * p + p)", "numpy.ndarray"),
        ("def f(p: np.ndarray): mark(p[1:])", "numpy.ndarray"),
        ("def f(p: np.ndarray): mark(np.exp(-p / p.max()))", "numpy.ndarray"),
        ("mark(np.concatenate([np.ones(2), np.zeros(2)]))", VECTOR),
        ("mark(np.stack([np.ones(2), np.zeros(2)]))", Generic("numpy.ndarray", "2")),
        ("mark(np.where(np.ones(2) > 0, np.ones(2), 1.0))", VECTOR),
        ("mark(np.eye(2).sum(axis=0))", VECTOR),
        ("mark(np.ones(2).mean())", NUMBER),
        ("mark(np.ones(2) @ np.ones(2))", NUMBER),
        ("def f(p: Behind): mark(p.held)", "use.Holder"),
        ("def f(p: Changed): mark(p.held)", None),
        ("def f(p: Changed):\n    p.held = make(1)\n    mark(p.held)", None),
        ("def f(p: Kept): mark(p.held)", C),
        ("def f():\n    p = make(1)\n    def g():\n        nonlocal p\n        p = 1\n    g()\n    mark(p)", None),
        ("def f():\n    p = [make(1)]\n    q = p\n    q[0] = 1\n    mark(p[0])", OneOf(frozenset((C, "builtins.int")))),
        ("def f():\n    p = q = {}\n    q[0] = make(1)\n    mark(p[0])", C),
        ("def f(p: Base): mark(p.matrix())", OneOf(frozenset((C, "builtins.int")))),
        ("def f(p: Base): mark(p.held)", OneOf(frozenset((C, "builtins.int")))),
        ("def f(p: Below): mark(p.matrix())", "builtins.int"),
        ("def f(p: Below): mark(p.above())", C),
        ("mark(Base().matrix())", C),
        ("p = Base()\nmark(p.matrix())", C),
        ("def f(p: Base): mark(p.same().said())", C),
        ("def f(p: Base): mark(p.refused())", C),
        ("def f(p: Base): mark(p.replaced())", None),
        ("for A in itertools.chain([make(1)], [2]): mark(A)", OneOf(frozenset((C, "builtins.int")))),
        ("for A in itertools.chain.from_iterable([[make(1)]]): mark(A)", C),
        ("for A, B in itertools.pairwise([make(1), make(2)]): mark(B)", C),
        ("for A in itertools.islice([make(1)], 1): mark(A)", C),
        ("for A in itertools.takewhile(bool, [make(1)]): mark(A)", C),
        ("for A, B in itertools.product([1], [make(1)], repeat=2): mark(B)", None),
        ("for A in filter(None, [make(1)]): mark(A)", C),
        ("for A in map(make, [1, 2]): mark(A)", C),
        ("for A in map(lambda n: n, [make(1)]): mark(A)", None),
        ("def f(p: 'list[Circulant]'):\n    q = collections.deque(p)\n    mark(q.popleft())", C),
        ("async def f(): mark(await waited(1))", C),
        ("async def f(): mark(await unsaid(1))", OneOf(frozenset((C, "builtins.int")))),
        ("async def f():\n    async for A in streamed(2): mark(A)", C),
        ("async def f():\n    async with opened_later() as A: mark(A)", C),
        ("async def f():\n    async with Session() as s: mark(await s.matrix())", C),
        ("async def f():\n    a, b = await asyncio.gather(waited(1), unsaid(2))\n    mark(a)", C),
        ("async def f():\n    a = asyncio.create_task(waited(1))\n    mark(await a)", C),
        ("mark(asyncio.run(waited(1)))", C),
        ("async def f(p): mark(await p)", None),
        ("async def f(): mark((await waited(1)).T)", C),
        ("def f(p: t.Awaitable[Circulant]): mark(p)", Generic("typing.Awaitable", C)),
        ("async def f(p: 't.Awaitable[Circulant]'): mark(await p)", C),
        ("async def f(p: t.Coroutine[None, None, Circulant]): mark(await p)", C),
        ("def again(p: int): mark(p)\ndef again(p: Circulant): ...", "builtins.int"),
        ("def again(p: int): ...\ndef again(p: Circulant): mark(p)", C),
        ("class A:\n    def f(self, p: int): mark(p)\n    def f(self, p: Circulant): ...", "builtins.int"),
        ("class A:\n    @property\n    def f(self): ...\n    @f.setter\n    def f(self, p: Circulant): mark(p)", C),
        ("def f(p: Box[Circulant]): mark(p.get())", C),
        ("def f(p: Box[Circulant]): mark(p.got())", C),
        ("def f(p: 'Box[Circulant]'): mark(p.item)", C),
        ("def f(p: Box[Circulant]): mark(p.held)", OPTIONAL),
        ("def f(p: Box[Circulant]): mark(p)", "use.Box"),
        ("def f(p: Box[Circulant], q: 'Box[int]'): mark(p if q else q)", "use.Box"),
        ("def f(p: Box):\n    mark(p.get())", None),
        ("for A in Box(make(1)): mark(A)", C),
        ("mark(Box(None).item)", None),
        ("mark(Box[Circulant](make(1)).get())", C),
        ("def f(p: Box[Box[Circulant]]): mark(p.get().get())", C),
        ("def f(p: Box[int], q: Callable[[int], Circulant]): mark(p.mapped(q).item)", C),
        ("def f(p: Boxes[Circulant, int]): mark(p.first())", C),
        ("def f(p: Boxes[Circulant, int]): mark(p.get())", LIST),
        ("def f(p: Own): mark(p.item)", C),
        ("def f(p: Own): mark(p.own())", C),
        ("mark(Pair(2, make(1)).right)", C),
        ("mark(Pair(right=2, left=make(1)).swapped().right)", C),
        ("mark(opened_box(Box(make(1))))", C),
        ("def f(p: Lied): mark(p)", "use.Holder"),
        ("mark(Lied())", "use.Holder"),
        ("def f(p: Honest): mark(p)", "use.Honest"),
        ("mark(Dropped())", None),
        ("def f(p: Dropped): mark(p)", None),
        ("with opened() as A: mark(A)", C),
        ("with silently() as A: mark(A)", C),
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


@pytest.mark.skipif(sys.version_info < (3, 12), reason="brackets behind a name are newer syntax")
def test_variables_in_brackets_are_those_of_a_generic_class(tmp_path: Path) -> None:
    source = "class Boxed[V]:\n    item: V\n    def get(self) -> V: return self.item\n"
    use = "def f(p: Boxed[Circulant]): mark(p.get())"
    assert type_at_mark(program_of(tmp_path, HEAD + source + use)) == C

"""Types, registrations and inference, on small sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import Attribute, Function, Generic, Type, inside
from rulecheck.languages.python.program import Program
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings
from tests.languages.python.test_reading import write

MATRIX = "numpy.ndarray"
BASE = """
import numpy as np
from dataclasses import dataclass

class Base:
    def __init__(self, c: np.ndarray): self.c = c

class Circulant(Base):
    def __matmul__(self, x):
        if not isinstance(x, np.ndarray): return NotImplemented
        return np.fft.ifft(self.c * x)
    @property
    def T(self): return type(self)(self.c)
    @classmethod
    def zero(cls, n: int): return cls(np.zeros(n))
    def again(self, n: int) -> "list[Circulant]": return [self] * n

@dataclass
class Pair:
    first: Circulant
    others: dict[str, Circulant]

def make(n: int): return Circulant(np.ones(n))
"""


def program_of(tmp_path: Path, use: str, **settings: frozenset[str]) -> Program:
    write(tmp_path, {"lib.py": BASE, "use.py": "import numpy as np\nfrom lib import *\n" + use})
    return read([str(tmp_path)], ReadSettings(**settings))


def type_at_mark(program: Program) -> Type | None:
    """The type of what is handed to `mark(...)`."""
    (call,) = (c for c in program.calls if c.expr[0] == "call" and c.expr[1] == ("name", "mark"))
    return program.type_of(call.expr[2][0], call.module, scope=call.scope)


C = "lib.Circulant"
NUMBER = OneOf(frozenset(("builtins.int", "builtins.float")))
OPTIONAL = OneOf(frozenset((C, "builtins.NoneType")))


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("mark(make(3))", C),
        ("mark(make(3).T.T)", C),
        ("mark(Circulant.zero(3))", C),
        ("def f(p: Pair): mark(p.first)", C),
        ("def f(p: Pair):\n    for v in p.others.values(): mark(v)", C),
        ("def f(p: 'Circulant | None'):\n    if p is None: return\n    mark(p)", C),
        ("def f(p):\n    if not isinstance(p, Circulant): return 1\n    mark(p)", C),
        ("def f(p):\n    if isinstance(p, Circulant) and p.c: mark(p)", C),
        ("def f(p):\n    mark(p)", None),
        ("def f(c):\n    x = make(1)\n    if c: x = 2\n    mark(x)", OneOf(frozenset((C, "builtins.int")))),
        ("def f(c):\n    x = make(1)\n    if c: x = g()\n    mark(x)", None),
        ("def f(n: int):\n    x = make(1)\n    for i in range(n): x = x.T\n    mark(x)", C),
        (
            "def f(n: int):\n    x = 1\n    for i in range(n): x = x / 2\n    mark(x)",
            NUMBER,
        ),
        ("def f(n: int):\n    x = 1\n    for i in range(n): x = x + 1\n    mark(x)", "builtins.int"),
        ("def f():\n    for A in make(1).again(3): mark(A)", C),
        ("mark([A for A in (make(1), make(2))])", Generic("builtins.list", C)),
        ("def f(n: int): mark(np.zeros((n, n))[:, 0])", Generic(MATRIX, "1")),
        ("mark(np.array([[1.0, 2.0], [3.0, 4.0]]).T)", Generic(MATRIX, "2")),
        ("def f(n: int): mark(np.eye(n) @ np.ones(n))", Generic(MATRIX, "1")),
        ("mark(np.random.default_rng(0).normal(size=(3, 4)))", Generic(MATRIX, "2")),
        ("def f(x: np.ndarray): mark(x)", MATRIX),
        ("def f(x: np.ndarray): mark(np.fft.fft(x))", MATRIX),
        ("import numpy.typing as npt\ndef f(x: npt.NDArray[np.float64]): mark(x)", MATRIX),
        ("from numpy.typing import NDArray\ndef f(x: 'NDArray[np.float64] | None' = None): mark(x.T)", MATRIX),
        ("def f(x: np.ndarray[tuple[int], np.dtype[np.float64]]): mark(x)", Generic(MATRIX, "1")),
        ("def f(x: np.ndarray[tuple[int, int], np.dtype[np.float64]]): mark(x)", Generic(MATRIX, "2")),
        ("def f(x: np.ndarray): mark(make(2) @ x)", MATRIX),
        ("def f(x: np.ndarray): mark(x @ make(2))", None),
        ("x = [make(1)]\nx.append(1)\nmark(x[0])", None),
        (
            "try:\n    x = make(1)\nexcept ValueError:\n    x = None\nmark(x)",
            OPTIONAL,
        ),
        ("def f():\n    x = make(1)\n    def g(): mark(x)\n    g()", C),
        ("def f():\n    x = make(1)\n    def g(): mark(x)\n    x = 2\n    g()", None),
        ("mark(1 if g() else 2.0)", NUMBER),
        ("@unknown\ndef h(): return make(1)\nmark(h())", None),
    ],
)
def test_types_are_inferred_or_unknown(tmp_path: Path, use: str, expected: Type | None) -> None:
    assert type_at_mark(program_of(tmp_path, use)) == expected


def test_methods_come_after_the_body_too(tmp_path: Path) -> None:
    use = (
        "def f(self, x): return x\n"
        "Circulant.__rmatmul__ = f\n"
        "for n in ('add', 'radd'):\n    setattr(Circulant, f'__{n}__', f)\n"
        "if g():\n    Circulant.__sub__ = f\n"
    )
    program = program_of(tmp_path, use)
    for name, certain in (("__rmatmul__", True), ("__add__", True), ("__radd__", True), ("__sub__", False)):
        found = program.lookup(C, name)
        assert isinstance(found, Attribute)
        assert found.certain is certain
    assert isinstance(program.lookup(C, "__matmul__"), Function)


GENERIC = """
from typing import Generic, Protocol, TypeVar
T = TypeVar("T")
class Plain(Generic[T]): ...
class First(Generic[T], Plain[T]): ...
class Last(Plain[T], Generic[T]): ...
class Shown(Protocol[T]): ...
class Both(Shown[T], Plain[T], Generic[T]): ...
class Registry:
    Part = First[int]
class Made(Generic[T], Registry.Part, Plain[T]): ...
"""


def test_the_order_of_generic_classes_is_pythons(tmp_path: Path) -> None:
    write(tmp_path, {"g.py": GENERIC})
    program = read([str(tmp_path)], ReadSettings())
    namespace: dict[str, type] = {"__name__": "g"}
    exec(GENERIC, namespace)
    for name in ("Plain", "First", "Last", "Both", "Made"):
        assert [c.rpartition(".")[2] for c in program.mro(f"g.{name}")] == [c.__name__ for c in namespace[name].__mro__]
    assert program.unreadable == ()


def test_a_name_of_a_class_that_is_made_from_itself_ends(tmp_path: Path) -> None:
    use = "class A:\n    def f(n): return n\n    f = f(3)\nmark(A.f)\n"
    assert type_at_mark(program_of(tmp_path, use)) is None


def test_registrations_in_every_form(tmp_path: Path) -> None:
    write(tmp_path, {"engine.py": "def adjoint(f, *types): ...\ndef opt_out(f, *types): ...\n"})
    write(tmp_path, {"compat.py": "from engine import adjoint as rule\n"})
    use = (
        "import engine as ad\nfrom compat import rule\nfrom functools import partial\n"
        "@ad.adjoint(np.matmul, Circulant)\ndef one(A): ...\n"
        "@rule(np.add, Circulant)\ndef two(A): ...\n"
        "opt = ad.opt_out\n"
        "for f, T in ((np.sum, Circulant), (np.mean, Pair)):\n    opt(f, T)\n"
        "def three(A): ...\nad.adjoint(np.dot, Circulant)(three)\n"
        "dots = partial(ad.adjoint, np.vdot)\n@dots(Pair)\ndef four(A): ...\n"
    )
    program = program_of(tmp_path, use, registrars=frozenset(("engine.adjoint", "engine.opt_out")))
    found = [
        (r.registrar, [program.resolve(r.module, a[1]) for a in r.arguments], r.function and r.function.name, r.in_loop)
        for r in program.registrations
    ]
    assert found == [
        ("engine.adjoint", ["numpy.matmul", C], "use.one", False),
        ("engine.adjoint", ["numpy.add", C], "use.two", False),
        ("engine.opt_out", ["numpy.sum", C], None, True),
        ("engine.opt_out", ["numpy.mean", "lib.Pair"], None, True),
        ("engine.adjoint", ["numpy.dot", C], "use.three", False),
        ("engine.adjoint", ["numpy.vdot", "lib.Pair"], "use.four", False),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "[out(f, T) for f, T in PAIRS]",
        "list(out(f, T) for f, T in PAIRS)",
        "done = {f: ad.opt_out(f, T) for f, T in ((np.sum, Circulant), (np.mean, Pair))}",
        "done = [[ad.opt_out(f, T) for T in (Circulant,)] + [] for f in ()]\nfor f, T in PAIRS: out(f, T)",
    ],
)
def test_a_comprehension_registers_as_a_loop_does(tmp_path: Path, written: str) -> None:
    write(tmp_path, {"engine.py": "def opt_out(f, *types): ...\n"})
    use = f"import engine as ad\nout = ad.opt_out\nPAIRS = ((np.sum, Circulant), (np.mean, Pair))\n{written}\n"
    program = program_of(tmp_path, use, registrars=frozenset(("engine.opt_out",)))
    certain = [r for r in program.registrations if r.certain]
    found = [([program.resolve(r.module, a[1]) for a in r.arguments], r.in_loop) for r in certain]
    assert found == [(["numpy.sum", C], True), (["numpy.mean", "lib.Pair"], True)]
    doubted = len(program.registrations) - len(certain)
    assert doubted == ("+ []" in written), "what is no plain comprehension is read as a call that may happen"


def test_a_condition_makes_a_comprehensions_registrations_uncertain(tmp_path: Path) -> None:
    write(tmp_path, {"engine.py": "def opt_out(f, *types): ...\n"})
    use = "import engine\n[engine.opt_out(np.sum, T) for T in (Circulant, Pair) if g()]\nT = 1\n"
    program = program_of(tmp_path, use, registrars=frozenset(("engine.opt_out",)))
    assert [r.certain for r in program.registrations] == [False, False]


def test_a_module_spells_names_with_the_imports_that_it_has(tmp_path: Path) -> None:
    program = program_of(tmp_path, "import lib as l\nclass Own: ...\n")
    assert program.spell("use", "lib.Pair") in ("Pair", "l.Pair")
    assert program.spell("use", "numpy.sum") == "np.sum"
    assert program.spell("use", "use.Own") == "Own"
    assert program.spell("use", "scipy.linalg.solve") is None


def test_the_name_of_a_keyword_is_no_expression() -> None:
    x, y = ("param", "x"), ("attr", ("param", "y"), "c")
    assert list(inside(("call", x, (y,), (("op", x), ("attr", y))))) == [x, y, x, y]
    assert list(inside(("op", "operator.add", (x, y)))) == [x, y]

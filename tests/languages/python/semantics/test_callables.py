"""What calls and members give is told, whichever way they are spelled, and is what comes when the code runs."""

from __future__ import annotations

from typing import Any

import pytest

from rulecheck.facts import Type
from tests.languages.python.semantics.test_inference_is_run_time import holds
from tests.languages.python.semantics.test_standard_library import shown, types_of

HEAD = """
import functools, math
import numpy as np
def made() -> "A": return A()
def same(x): return x
def first(*xs): return xs[0]
def kept(**named): return named
def named(x, *, y=2.5): return y
def defaulted(x=1): return x
def recursive(n): return A() if n == 0 else recursive(n - 1)
def endless(n): return endless(n)
def bare(): pass
def given(f): return f(A())
class Meta(type):
    def __call__(cls, *given): return 1
class A:
    limit = 3
    def __init__(self, x=1): self.x = x
    def me(self): return self
    def other(self, y): return y
    @staticmethod
    def made(): return A()
    @classmethod
    def new(cls): return cls()
    @classmethod
    def named(cls): return cls.__name__
    @property
    def held(self): return A()
    @functools.cached_property
    def cached(self): return 2.5
    def __call__(self, x): return x
    def __getitem__(self, i): return 2.5
class B(A):
    def me(self): return super().me()
    def above(self): return super().made()
    def __enter__(self): return self
    def __exit__(self, *why): return None
class Built(metaclass=Meta): ...
class Made:
    def __new__(cls): return object.__new__(cls)
class Elsewhere:
    def __new__(cls): return A()
class Late:
    def __getattr__(self, name): return 1
partial = functools.partial(same, 2.5)
"""
TOLD = {
    "made()": "A",
    "same(A())": "A",
    "same(x=A())": "A",
    "first(A(), 1)": None,
    "kept(y=A())['y']": None,
    "named(1)": "float",
    "named(1, y=A())": "A",
    "defaulted()": "int",
    "defaulted(A())": "A",
    "recursive(3)": None,
    "bare()": None,
    "given(same)": "A",
    "given(lambda x: x)": None,
    "given(A().other)": "A",
    "given(A())": "A",
    "partial()": "float",
    "same(*[A()])": None,
    "same(**{'x': A()})": None,
    "made(*[])": "A",
    # members
    "A().me()": "A",
    "B().me()": "B",
    "A.me(B())": "B",
    "A.made()": "A",
    "B().above()": "A",
    "B.new()": "B",
    "B().new()": "B",
    "A.named()": "str",
    "A().held": "A",
    "A().cached": "float",
    "A()(2.5)": "float",
    "A()[0]": "float",
    "A().x": None,
    "A.limit": "int",
    "A().limit": "int",
    "A().__class__()": "A",
    "type(B())()": "B",
    "A.__name__": "str",
    "made.__name__": None,
    "math.pi": None,
    "np.pi": "float",
    "Late().anything": None,
    # who makes an object
    "A()": "A",
    "Made()": "Made",
    "Elsewhere()": "A",
    "Built()": None,
    "(A if made() else B)()": "A | B",
    "[A][0]()": "A",
    "{'a': A}['a']()": "A",
    "1 if made() else A()": "A | int",
    "made() or 1": "A | int",
    "made() and 1": "A | int",
    "not made()": "bool",
    "[A(), A()][:1][0]": "A",
    "(A(), 1)[0]": "A",
    "(A(), 1)[-1]": "int",
    "[x for x in (A(), 1)][0]": "A | int",
    "{x: x.limit for x in [A()]}.popitem()[1]": "int",
    "next(x for x in [A()])": "A",
    "sum(x.limit for x in [A()])": "int",
    "f'{A()}'": "str",
    "(y := A()).me()": "A",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Type | None]:
    return dict(zip(TOLD, types_of(TOLD, HEAD, tmp_path_factory.mktemp("told")), strict=True))


@pytest.mark.parametrize("form", TOLD)
def test_what_comes_is_told(form: str, told: dict[str, Type | None]) -> None:
    found = told[form]
    assert shown(found) == TOLD[form]
    names: dict[str, Any] = {"__name__": "made"}
    exec(HEAD, names)
    value = eval(form, names)
    assert found is None or holds(value, found, names)

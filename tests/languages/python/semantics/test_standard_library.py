"""What Python's own functions and containers give is told, and is what comes when the code runs."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import Generic, Type
from rulecheck.languages.python.reading import read
from tests.languages.python.semantics.test_inference_is_run_time import holds

HEAD = """
import asyncio, collections, itertools, math
import numpy as np
class A:
    def __add__(self, other): return B()
    def __radd__(self, other): return A()
    def __abs__(self): return B()
    def __round__(self, digits=None): return 1
class B(A):
    def __add__(self, other): return B()
async def later(): return A()
async def both(): return await asyncio.gather(later(), later())
async def task(): return await asyncio.create_task(later())
async def shielded(): return await asyncio.shield(later())
async def within(): return await asyncio.wait_for(later(), 1)
"""
TOLD = {
    # numbers and truth
    "len([A()])": "int",
    "ord('a')": "int",
    "hash(A())": "int",
    "isinstance(1, A)": "bool",
    "callable(A)": "bool",
    "any([A()])": "bool",
    "repr(A())": "str",
    "math.sqrt(2)": "float",
    "math.gcd(4, 6)": "int",
    "round(2.5)": "int",
    "abs(A())": "B",
    "abs(-1)": "int",
    "max(1, 2)": "int",
    "max([A()], key=id)": "A",
    "min(1, 2.5)": "int | float",
    "sum([A()])": "int | A | B",
    "sum([A()], B())": "B",
    "sum([1, 2])": "int",
    # what yields
    "sorted([A()], key=id)[0]": "A",
    "next(iter([A()]))": "A",
    "list(enumerate([A()]))[0][1]": "A",
    "list(enumerate([A()]))[0][0]": "int",
    "list(zip([1], [A()]))[0][1]": "A",
    "list(range(3))[0]": "int",
    "list(reversed([A()]))[0]": "A",
    "tuple((1, A()))[1]": "A",
    "list((A(), A()))[0]": "A",
    "list(map(lambda x: A(), [1]))[0]": "A",
    "list(filter(None, [A()]))[0]": "A",
    "list(itertools.chain([A()], [1]))[0]": "A | int",
    "list(itertools.chain.from_iterable([[A()]]))[0]": "A",
    "next(itertools.repeat(A()))": "A",
    "next(itertools.cycle([A()]))": "A",
    "list(itertools.pairwise([A(), A()]))[0][1]": "A",
    "list(itertools.dropwhile(callable, [A()]))[0]": "A",
    # texts
    "'a'.upper()": "str",
    "'a b'.split()[0]": "str",
    "'a'.isdigit()": "bool",
    "'a'.startswith('a')": "bool",
    "', '.join(['a'])": "str",
    # containers
    "[A()].copy()[0]": "A",
    "[A()].pop()": "A",
    "[A()].index": None,
    "[A(), A()].count(1)": "int",
    "(1, A()).count(1)": "int",
    "[A()].append(1)": "NoneType",
    "{A()}.pop()": "A",
    "collections.deque([A()]).popleft()": "A",
    "dict({'a': A()})['a']": "A",
    "list({'a': A()}.keys())[0]": "str",
    "list({'a': A()}.values())[0]": "A",
    "list({'a': A()}.items())[0][1]": "A",
    "{'a': A()}.get('a')": "A | NoneType",
    "{'a': A()}.get('a', 1)": "A | int",
    "{'a': A()}.pop('a')": "A",
    "{'a': A()}.pop('b', None)": "A | NoneType",
    "{'a': A()}.setdefault('b', 1)": "A | int",
    "{'a': A()}.popitem()[1]": "A",
    "{'a': A()}.copy()['a']": "A",
    # what is waited for
    "asyncio.run(later())": "A",
    "asyncio.run(both())[1]": "A",
    "asyncio.run(task())": "A",
    "asyncio.run(shielded())": "A",
    "asyncio.run(within())": "A",
    # what cannot be told from types alone
    "round(2.5, 1)": None,
    "round(A())": None,
    "next(iter([]), A())": None,
    "type(A())()": "A",
    "'a'.encode()": None,
    "{'a': A()}.pop": None,
    "list(itertools.product([1], [A()]))[0][1]": None,
}


def shown(type_: Type | None) -> str | None:
    """The types by their last names, in the order of the alphabet."""
    if type_ is None:
        return None
    names = {(m.wrapper if isinstance(m, Generic) else m).rpartition(".")[2] for m in members_of(type_)}
    return " | ".join(sorted(names))


def types_of(forms: Iterable[str], head: str, folder: Path) -> list[Type | None]:
    """The type of each expression, inside a function of its own."""
    path = folder / "made.py"
    path.write_text(head + "".join(f"def f{n}(): mark({n}, {form})\n" for n, form in enumerate(forms)))
    program = read([str(path)])
    marks = [c for c in program.calls if c.expr[0] == "call" and c.expr[1] == ("name", "mark")]
    found = {c.expr[2][0][1]: program.type_of(c.expr[2][1], c.module, scope=c.scope) for c in marks}
    return [found[n] for n in range(len(found))]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Type | None]:
    return dict(zip(TOLD, types_of(TOLD, HEAD, tmp_path_factory.mktemp("told")), strict=True))


@pytest.mark.parametrize("form", TOLD)
def test_what_comes_is_told(form: str, told: dict[str, Type | None]) -> None:
    expected, found = TOLD[form], told[form]
    assert shown(found) == (" | ".join(sorted(expected.split(" | "))) if expected else None)
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(HEAD, names)
    if found is not None:
        assert holds(eval(form, names), found, names)

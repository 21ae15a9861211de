"""What a name stands for after statements: what is told is what comes, whichever way the code goes."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from rulecheck.facts import Type
from rulecheck.languages.python.reading import read
from tests.languages.python.semantics.test_inference_is_run_time import holds
from tests.languages.python.semantics.test_standard_library import shown

HEAD = """
import contextlib
class A:
    x = None
    __match_args__ = ("x",)
class B(A): ...
class Swallow:
    def __enter__(self): return A()
    def __exit__(self, *why): return True
def fails(): raise ValueError
"""
# A function's body, in which `flag` goes both ways, and what is told of what it marks.
BODIES = {
    # choices
    "x = A()\nif flag: x = 1\nmark(x)": "A | int",
    "if flag: x = A()\nelse: x = 1\nmark(x)": "A | int",
    "x = A()\nif flag: return\nmark(x)": "A",
    "if flag: x = A()\nelse: return\nmark(x)": "A",
    "if flag: return\nelse: x = A()\nmark(x)": "A",
    "x = A() if flag else 1\nif isinstance(x, A): mark(x)": "A",
    "x = A() if flag else 1\nif not isinstance(x, A): return\nmark(x)": "A",
    "x = A() if flag else None\nassert x is not None, 'gone'\nmark(x)": "A",
    "x = A() if flag else None\nif x is None: raise ValueError(1) from None\nmark(x)": "A",
    "if True: x = A()\nelse: x = 1\nmark(x)": "A | int",
    # writing
    "x = y = A()\nmark(y)": "A",
    "x: 'int | A' = A()\nmark(x)": "A | int",
    "x = 1\nx += 2.5\nmark(x)": "float",
    "x = A()\ndel x\nx = 1\nmark(x)": "int",
    "if (x := A()): mark(x)": "A",
    "(x, y), z = (1, A()), 2\nmark(y)": "A",
    "x, *y = [1, 2]\nmark(y[0])": "int",
    "x = A()\nx.x = 1\nmark(x.x)": "int",
    # loops
    "x = A()\nfor i in range(2): x = 1\nmark(x)": "A | int",
    "for x in (A(), 1): pass\nmark(x)": "A | int",
    "x = A()\nfor i in range(2):\n if flag: break\n x = 1\nmark(x)": "A | int",
    "x = A()\nfor i in range(2):\n x = 1\n if flag: continue\n x = A()\nmark(x)": "A | int",
    "x = A()\nfor i in range(2): pass\nelse: x = 1\nmark(x)": "int",
    "x = A()\nfor i in range(2):\n if flag: break\nelse: x = 1\nmark(x)": "A | int",
    "x = A()\nfor i in range(2):\n if flag: break\nelse: return\nmark(x)": "A",
    "x = A()\nwhile True:\n x = 1\n if flag: break\n return\nmark(x)": "int",
    "x = A()\nwhile True:\n if flag: return\n x = 1\n break\nmark(x)": "int",
    "x = A()\nn = 0\nwhile n < 2:\n n += 1\n x = 1\nelse: x = 2.5\nmark(x)": "float",
    "x = None\nfor i in range(2):\n if x is not None: mark(x)\n x = A()": "A",
    "for i in range(2):\n for j in range(2):\n  x = A()\n  if flag: break\n else: x = 1\nmark(x)": "A | int",
    "x = A()\nfor i in []: x = 1\nmark(x)": "A | int",
    # what is raised
    "try: x = A()\nexcept ValueError: x = 1\nmark(x)": "A | int",
    "try: x = A()\nexcept ValueError: return\nmark(x)": "A",
    "x = A()\ntry:\n fails()\n x = 1\nexcept ValueError: mark(x)": "A | int",
    "x = A()\ntry:\n x = 1\n x = 2.5\n fails()\nexcept ValueError: mark(x)": None,
    "try: pass\nexcept ValueError: x = 1\nelse: x = A()\nmark(x)": "A | int",
    "x = 1\ntry: pass\nfinally: x = A()\nmark(x)": "A",
    "x = A()\ntry: fails()\nexcept ValueError as x: pass\nelse: return\nx = 1\nmark(x)": "int",
    "try: fails()\nexcept ValueError as e: mark(e)": None,
    "x = A()\ntry: return\nfinally: mark(x)": "A",
    # contexts
    "with Swallow() as x: mark(x)": "A",
    "with Swallow():\n if flag: fails()\n x = A()\n raise ValueError\nx = 1\nmark(x)": "int",
    "x = A()\nwith contextlib.suppress(ValueError): raise ValueError\nmark(x)": "A",
    "x = 1\nwith Swallow():\n if flag: return\n x = A()\nmark(x)": "A",
    # patterns
    "x = A() if flag else 1\nmatch x:\n case A(): mark(x)": "A",
    "x = A() if flag else 1\nmatch x:\n case A() as y: mark(y)\n case _: pass": "A",
    "x = A() if flag else 1\nmatch x:\n case int() | float() as y: mark(y)": "int",
    "x = A()\nmatch x:\n case y: mark(y)": "A",
    "x = A()\nmatch x:\n case y if flag: mark(y)": "A",
    "x = A()\nmatch x:\n case B(): x = 1\nmark(x)": "A | int",
    "x = A()\nmatch flag:\n case True: x = 1\n case _: x = 2.5\nmark(x)": "float | int",
    "match flag:\n case True: return\n case _: x = A()\nmark(x)": "A",
    "match [A(), 1]:\n case [y, *z]: mark(y)": None,
    "x = A()\nmatch 1:\n case x: pass\nmark(x)": "int",
    # functions inside
    "def g():\n nonlocal x\n x = 1\nx = A()\ng()\nmark(x)": None,
    "x = A()\ndef g(): return x\nmark(g())": "A",
    "g = lambda y: A()\nmark(g(1))": "A",
    "def g(): yield A()\nfor x in g(): mark(x)": "A",
    "mark([x for x in (A(), A()) if flag or True][0])": "A",
    "mark({1: x for x in (A(),)}[1])": "A",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Type | None]:
    path = tmp_path_factory.mktemp("told") / "made.py"
    path.write_text(HEAD + "".join(defined(number, body) for number, body in enumerate(BODIES)))
    program = read([str(path)])
    marks = [c for c in program.calls if c.expr[0] == "call" and c.expr[1] == ("name", "mark")]
    return {c.scope.split(".")[1]: program.type_of(c.expr[2][0], c.module, scope=c.scope) for c in marks}


def defined(number: int, body: str) -> str:
    return f"def f{number}(flag):\n" + "".join(f"    {line}\n" for line in body.splitlines())


@pytest.mark.parametrize("body", BODIES)
def test_what_comes_is_told(body: str, told: dict[str, Type | None]) -> None:
    expected, found = BODIES[body], told[f"f{list(BODIES).index(body)}"]
    assert shown(found) == (" | ".join(sorted(expected.split(" | "))) if expected else None)
    seen: list[Any] = []
    names: dict[str, Any] = {"mark": seen.append}
    exec(HEAD + defined(0, body), names)
    for flag in (True, False):
        with contextlib.suppress(UnboundLocalError, ValueError, AssertionError):
            names["f0"](flag)
    assert seen, "no way leads to the mark"
    assert found is None or all(holds(value, found, names) for value in seen)

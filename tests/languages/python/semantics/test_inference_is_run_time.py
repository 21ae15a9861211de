"""Inference never contradicts run time: random programs are read, then run, and every inferred type must hold."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import Generic, Type
from rulecheck.languages.python.reading import read

pytestmark = pytest.mark.slow

CLASSES = """
import numpy as np
class A:
    def __init__(self, c=1): self.c = c
    def __add__(self, other): return B(self) if isinstance(other, A) else NotImplemented
    def __radd__(self, other): return A(other)
    def __matmul__(self, other): return other
    def turned(self): return type(self)(self.c)
    def other(self): return B()
class B(A):
    def other(self): return A()
    def __radd__(self, other): return 1.5
"""
ATOMS = (
    "1",
    "2.5",
    "True",
    "'s'",
    "None",
    "A()",
    "B(2)",
    "np.ones(3)",
    "np.eye(3)",
    "[1, 2]",
    "(1, A())",
    "a",
    "b",
    "c",
)
FORMS = (
    "{} + {}", "{} * {}", "{} @ {}", "{} < {}", "[{}, {}][0]", "({}, {})[1]", "({} if flag else {})", "{}.turned()",
    "{}.other()", "{}.T", "{}.c", "-{}", "{}[0]", "[x for x in ({}, {})]", "keep({})", "either({}, {})", "type({})(1)",
    "np.dot({}, {})", "{} ** {}", "{} / {}", "{} // {}", "max({}, {})", "abs({})", "list({})", "np.asarray({})",
)  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(ATOMS))
    form = draw(st.sampled_from(FORMS))
    return form.format(*(f"({draw(expressions(depth=depth - 1))})" for _ in range(form.count("{}"))))


@st.composite
def statements(draw: st.DrawFn, depth: int = 2) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from("abc"))
        value = draw(expressions())
        kind = (
            draw(st.sampled_from(("assign", "add", "if", "for", "try", "isinstance", "while"))) if depth else "assign"
        )
        if kind == "assign":
            lines.append(f"{name} = {value}")
        elif kind == "add":
            lines.append(f"{name} += {value}")
        else:
            head = {
                "if": "if flag:", "for": f"for {name} in ({value}, {name}):", "try": "try:",
                "isinstance": f"if isinstance({name}, A):", "while": "for _ in range(2):",
            }[kind]  # fmt: skip
            lines += [head, *("    " + line for line in draw(statements(depth=depth - 1)))]
            if kind == "try":
                lines += ["except (TypeError, ValueError):", *("    " + li for li in draw(statements(depth=0)))]
            elif kind == "if" and draw(st.booleans()):
                lines += ["else:", *("    " + li for li in draw(statements(depth=0)))]
        lines.append(f"mark({len(lines)}, {draw(st.sampled_from('abc'))})")
    return lines


def holds(value: Any, type_: Type, classes: dict[str, Any]) -> bool:
    import builtins
    import types

    import numpy as np

    def is_one(name: str | Generic) -> bool:
        if isinstance(name, Generic):
            if name.wrapper == "numpy.ndarray":
                return isinstance(value, np.ndarray) and str(value.ndim) == name.parameter
            return is_one(name.wrapper) and all(holds(v, name.parameter, classes) for v in value)
        module, _, last = name.rpartition(".")
        if module == "made":
            return isinstance(value, classes[last])
        if module == "numpy":
            return isinstance(value, getattr(np, last))
        if last in ("NoneType", "NotImplementedType"):
            return type(value) is getattr(types, last)
        kind = getattr(builtins, last, None) or getattr(types, last)
        # A bool is an int, and numpy's double a float, as isinstance says.
        return isinstance(value, kind)

    return any(is_one(m) for m in members_of(type_))


@settings(max_examples=80, deadline=None)
@given(statements(), st.booleans())
def test_what_is_inferred_is_what_comes(body: list[str], flag: bool) -> None:
    import warnings

    numbered = []
    for line in body:
        place = len(numbered)
        stripped = line.lstrip()
        if stripped.startswith("mark("):
            line = line[: len(line) - len(stripped)] + f"mark({place}, {stripped[5:-1].rpartition(', ')[2]})"
        numbered.append(line)
    text = (
        CLASSES
        + "def keep(x): return x\ndef either(x, y):\n    if flag: return x\n    return y\n"
        + "def run():\n    a = 1\n    b = A()\n    c = np.ones(2)\n"
        + "".join(f"    {line}\n" for line in numbered)
    )
    seen: list[tuple[int, Any]] = []
    # A copy, since the value may be changed in place later.
    names: dict[str, Any] = {"flag": flag, "mark": lambda n, v: seen.append((n, copy.copy(v)))}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.py"
        path.write_text(text)
        program = read([str(path)])
        types_: dict[int, Type] = {}
        for call in program.calls:
            if call.expr[0] == "call" and call.expr[1] == ("name", "mark"):
                found = program.type_of(call.expr[2][1], call.module, scope=call.scope)
                if found is not None:
                    types_[call.expr[2][0][1]] = found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "made", "exec"), names)
        try:
            names["run"]()
        except Exception:  # a program that stops is checked up to there
            pass
    for number, value in seen:
        if number in types_:
            assert holds(value, types_[number], names), (number, types_[number], value, text)

"""The law of operators: whom CPython asks is whom every system's walk and primal name, and what inference types."""

from __future__ import annotations

import operator
from itertools import product
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any

import pytest

from rulecheck.config import Config
from rulecheck.dispatch.operators import ASKING, DIVMOD, Operator
from rulecheck.model.entries import Question
from rulecheck.model.model import Model
from rulecheck.run.project import open_project

pytestmark = pytest.mark.slow

WORLDS = 36  # of 9 calls each, for 33 functions: 10,692 calls
BODIES = {
    "answers": "    def {method}(self, other) -> {answer}: return {answer}('{cls}.{method}')",
    "declines": "    def {method}(self, other): return NotImplemented",
    "none": "    {method} = None",
}
HEAD = "class Answer(str): pass\n"


def world(random: Random, number: int, asked: Operator) -> str:
    """Classes B, A(B) and C with some of the methods that an operator asks, as source."""
    methods = [m for m in dict.fromkeys((asked.method, asked.reflected, asked.in_place)) if m]
    lines = []
    for name, base in ((f"B{number}", ""), (f"A{number}", f"(B{number})"), (f"C{number}", "")):
        body = ["    __hash__ = object.__hash__"]
        for method in methods:
            kind = random.choice(("answers", "answers", "declines", "none", "absent"))
            if kind != "absent":
                answer = f"{name}{method.strip('_')}"
                lines.append(f"class {answer}(Answer): pass")
                body.append(BODIES[kind].format(method=method, cls=name, answer=answer))
        lines += [f"class {name}{base}:", *body]
    return "\n".join(lines)


def applied(function: str, left: Any, right: Any) -> str:
    """Who answers a call in CPython: a class and its method, or what else comes of it."""
    called = divmod if function == DIVMOD.function else getattr(operator, function.partition(".")[2])
    try:
        found = called(left, right)
    except TypeError:
        return "TypeError"
    return str(found) if isinstance(found, str) else "identity"


def said(model: Model, question: Question) -> str:
    """The same, as a model's walk says it; and its primal must name the same method."""
    walk = model.walk(question)
    primal = model.primal(question)
    named = primal.signature.partition("(")[0] if primal is not None else None
    winner = walk.winner
    if winner is None or "TypeError" in walk.steps[-1].reason:
        assert named is None, f"{question.text}: nobody answers, and the primal is {named}"
        return "nobody"
    assert named == winner.signature.partition("(")[0], f"{question.text}: {winner.signature} answers, not {named}"
    return str(named)


@pytest.mark.parametrize("function", [name for name, (asked, _) in ASKING.items() if not asked.is_unary])
def test_every_system_names_whom_python_asks(function: str, tmp_path: Path) -> None:
    random, asked = Random(function), ASKING[function][0]
    source = HEAD + "\n".join(world(random, number, asked) for number in range(WORLDS))
    path = tmp_path / "world.py"
    path.write_text(source)
    live = ModuleType("world")
    exec(compile(source, str(path), "exec"), live.__dict__)
    opened = open_project([str(path)], config=Config(systems=("engine", "numpy"), cache=False))
    compared = 0
    for number in range(WORLDS):
        for left, right in product((f"B{number}", f"A{number}", f"C{number}"), repeat=2):
            told = applied(function, getattr(live, left)(), getattr(live, right)())
            expected = told if "." in told else "nobody"
            question = Question(function, (f"world.{left}", f"world.{right}"), f"{left} {asked.symbol} {right}")
            for model in opened.models:
                found = said(model, question)
                assert found == expected, f"{question.text} ({model.name}): {found}, and Python says {told}"
            typed = opened.program.type_of(("op", function, (made(left), made(right))), "world")
            if "." in told and asked is not DIVMOD:
                assert typed == f"world.{told.replace('.', '').replace('_', '')}", f"{question.text}: typed as {typed}"
            compared += 1
    assert compared == WORLDS * 9


def made(name: str) -> tuple[Any, ...]:
    """An expression of a new object of a class."""
    return ("call", ("name", name), (), ())

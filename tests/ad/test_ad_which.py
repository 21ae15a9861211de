"""`which` names the method that Python asks first, and a traced call runs what a plain one runs."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck import ad
from rulecheck.ad.registry import TABLE
from rulecheck.dispatch import Outcome
from rulecheck.dispatch.operators import BINARY, COMPARISON, UFUNCS, UNARY, Operator


@pytest.fixture(autouse=True)
def clean_table() -> Iterator[None]:
    before = {f: {e.signature for e in TABLE.entries(f)} for f in list(TABLE.functions())}
    yield
    for function in list(TABLE.functions()):
        for entry in TABLE.entries(function):
            if entry.signature not in before.get(function, ()):
                TABLE.remove(function, entry.signature)


class Sized(ad.AbstractMatrix):
    shape = (2, 2)

    def to_array(self) -> Any:
        return np.full((2, 2), 2.0)


def end_of(walk: Any) -> str:
    """The method that a walk ends at, or why it ends at none."""
    last = walk.steps[-1]
    return str(last.entries[0].signature) if last.outcome is Outcome.CLAIMS else last.reason


def test_a_subclass_that_inherits_both_methods_is_not_asked_first() -> None:
    class B(Sized):
        def __matmul__(self, other: Any) -> Any:
            return "forward"

        def __rmatmul__(self, other: Any) -> Any:
            return "reflected"

    class A(B):
        pass

    ad.opt_out(operator.matmul, B, B)
    assert B() @ A() == "forward"
    assert "B.__matmul__" in end_of(ad.which(operator.matmul, B, A))


def test_a_subclass_with_a_reflected_method_of_its_own_is_asked_first() -> None:
    class B(Sized):
        def __matmul__(self, other: Any) -> Any:
            return "B"

    class A(B):
        def __rmatmul__(self, other: Any) -> Any:
            return "A"

    ad.opt_out(operator.matmul, B, B)
    assert B() @ A() == "A"
    assert "A.__rmatmul__" in end_of(ad.which(operator.matmul, B, A))
    assert "B.__matmul__" in end_of(ad.which(operator.matmul, A, B))


@pytest.mark.parametrize("registered", [False, True])
def test_none_for_a_method_ends_the_call(registered: bool) -> None:
    body = {"shape": (2, 2), "__add__": None, "to_array": Sized.to_array}
    C: Any = type("C", () if registered else (ad.AbstractMatrix,), body)
    if registered:
        ad.AbstractMatrix.register(C)

    class B(Sized):
        def __radd__(self, other: Any) -> Any:
            return 1

    with pytest.raises(TypeError):
        C() + B()
    with pytest.raises(TypeError):
        ad.pullback(lambda x: x * (C() + B()), 1.0)
    first, last = ad.which(operator.add, C, B).steps
    assert [first.outcome, last.outcome] == [Outcome.DECLINES] * 2
    assert last.reason == "Python raises TypeError: C.__add__ is None"
    assert "B.__radd__" in end_of(ad.which(operator.add, Sized, B))


def test_comparisons_ask_no_rules_and_subclasses_first() -> None:
    class B(Sized):
        def __lt__(self, other: Any) -> Any:
            return "lt"

        def __gt__(self, other: Any) -> Any:
            return "gt"

    class A(B):
        pass

    assert (B() < A()) == "gt"
    walk = ad.which(operator.lt, B, A)
    assert walk.steps[0].reason == "comparisons ask no rules"
    assert "B.__gt__" in end_of(walk)
    assert str(np.less(B(), A())) == "gt"
    assert "B.__gt__" in end_of(ad.which(np.less, B, A))
    assert end_of(ad.which(operator.ne, B, A)) == "the operands decline, and are compared by identity"
    assert "TypeError" in end_of(ad.which(operator.le, B, A))


def test_a_method_in_place_is_asked_before_all_others() -> None:
    class B(Sized):
        def __iadd__(self, other: Any) -> Any:
            return "in place"

        def __radd__(self, other: Any) -> Any:
            return "reflected"

    class A(B):
        def __radd__(self, other: Any) -> Any:
            return "reflected"

    walk = ad.which(operator.iadd, B, A)
    assert walk.steps[0].reason == "a method that changes its operand in place asks no rules"
    assert "B.__iadd__" in end_of(walk)
    ad.opt_out(operator.add, Sized, Sized)
    assert "A.__radd__" in end_of(ad.which(operator.iadd, Sized, A))


def test_operators_that_nobody_has_end_in_a_type_error() -> None:
    for function in (operator.mod, np.mod, operator.invert):
        kinds = (Sized,) if function is operator.invert else (Sized, Sized)
        assert end_of(ad.which(function, *kinds)).startswith("Python raises TypeError: none of the operands has ")
        with pytest.raises(TypeError):
            function(*(kind() for kind in kinds))


STATES = ["answers", "declines", "None", "absent"]
Log = list[tuple[str, str]]


@st.composite
def families(draw: st.DrawFn, methods: list[str], log: Log) -> list[type]:
    """B, A(B) and C, with some of the methods."""

    def method(owner: str, name: str, state: str) -> Any:
        def asked(self: Any, *others: Any) -> Any:
            log.append((owner, name))
            return NotImplemented if state == "declines" else f"{owner}.{name}"

        asked.__qualname__ = f"{owner}.{name}"
        return None if state == "None" else asked

    def made(owner: str, base: type) -> type:
        states = {name: draw(st.sampled_from(STATES)) for name in methods}
        body = {name: method(owner, name, state) for name, state in states.items() if state != "absent"}
        return type(base)(owner, (base,), {"__hash__": object.__hash__, **body})

    root = type(Sized)("Root", (Sized,), {})
    b = made("B", root)
    return [b, made("A", b), made("C", draw(st.sampled_from([root, b])))]


def outcome_of(run: Any, values: list[Any]) -> tuple[Any, ...]:
    try:
        found = run(*values)
    except TypeError:
        return ("TypeError",)
    if isinstance(found, np.ndarray):
        return ("dense", found.tolist())
    return ("value", found)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_which_and_the_run_agree_with_python(data: st.DataObject) -> None:
    """Over random classes: 9 pairs an example, each plain, in place and as numpy's function."""
    op: Operator = data.draw(st.sampled_from((*BINARY, *COMPARISON, *UNARY)))
    log: Log = []
    names = list(dict.fromkeys(name for name in (op.method, op.reflected, op.in_place) if name))
    family = data.draw(families([*names, "__eq__"] if op.is_comparison else names, log))
    stem = op.function.partition(".")[2]
    ways = [getattr(operator, stem), getattr(np, UFUNCS[op.function].partition(".")[2])]
    if op.in_place:
        ways.append(getattr(operator, f"i{stem.rstrip('_')}"))
    root = family[0].__mro__[1]
    if not op.is_comparison:
        ad.opt_out(ways[0], *([root] if op.is_unary else [root, root]))
    calls = [[kind] for kind in family] if op.is_unary else [[a, b] for a in family for b in family]
    for kinds in calls:
        for run in ways:
            values = [kind() for kind in kinds]
            log.clear()
            plain = outcome_of(run, values)
            asked = list(log)
            log.clear()
            traced, _ = ad.pullback(lambda x, run=run, values=values: (x, outcome_of(run, values)), 1.0)
            assert traced[1] == plain
            assert log == asked
            walk = ad.which(run, *kinds)
            if asked:
                assert end_of(walk).startswith(".".join(asked[0]))
            elif plain == ("TypeError",):
                assert "TypeError" in end_of(walk)
            else:  # the library's own fallback, or identity
                assert plain[0] == "dense" or op.is_unary or "identity" in end_of(walk)

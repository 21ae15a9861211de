"""The operator protocol is CPython's own: who is asked, in which order, and how the call ends."""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck.dispatch.datamodel import Ending, Exchange, Reply, Says, exchange
from rulecheck.dispatch.operators import (
    BINARY,
    BY_FUNCTION,
    BY_IN_PLACE,
    COMPARISON,
    DIVMOD,
    OPERATORS,
    UNARY,
    Operator,
)

pytestmark = pytest.mark.slow

STATES = [Says.ANSWERS, Says.DECLINES, Says.NONE, Says.ABSENT]


@dataclass(frozen=True)
class Written:
    """A class as its source writes it: its bases, and what its body says of each method."""

    name: str
    bases: tuple[Written, ...]
    body: dict[str, Says] = field(hash=False)

    @property
    def mro(self) -> tuple[Written, ...]:
        return (self, *(self.bases[0].mro if self.bases else ()))


class WrittenView:
    """The view of written classes. Some of what they say may be untold."""

    def __init__(self, *, untold: frozenset[tuple[str, str]] = frozenset()) -> None:
        self.untold = untold

    def reply(self, kind: Written, name: str, other: Written | None, /) -> Reply[tuple[str, str]]:
        for base in kind.mro:
            says = base.body.get(name, Says.ABSENT)
            if says is not Says.ABSENT:
                told = (base.name, name) not in self.untold or says is Says.NONE
                return Reply(says if told else Says.UNTOLD, (base.name, name))
        return Reply(Says.ABSENT)

    def is_subtype(self, kind: Written, base: Written, /) -> bool:
        return base in kind.mro


Log = list[tuple[str, str]]


def made(written: Written, known: dict[str, type], log: Log) -> type:
    """The class itself, whose methods write down that they were asked."""

    def method(name: str, says: Says) -> Any:
        if says is Says.NONE:
            return None

        def asked(self: Any, *others: Any) -> Any:
            log.append((written.name, name))
            return NotImplemented if says is Says.DECLINES else Answer((written.name, name))

        return asked

    if written.name not in known:
        bases = tuple(made(base, known, log) for base in written.bases)
        body = {name: method(name, says) for name, says in written.body.items() if says is not Says.ABSENT}
        body.setdefault("__hash__", object.__hash__)
        known[written.name] = type(written.name, bases, body)
    return known[written.name]


class Answer(tuple[str, str]):
    """Which method answered; `!=` by way of `__eq__` negates it."""

    def __bool__(self) -> bool:
        return True


@st.composite
def families(draw: st.DrawFn, methods: tuple[str, ...]) -> tuple[Written, ...]:
    def body() -> dict[str, Says]:
        return {name: draw(st.sampled_from(STATES)) for name in methods}

    b = Written("B", (), body())
    a = Written("A", (b,), body())
    c = Written("C", draw(st.sampled_from([(), (a,), (b,)])), body())
    return b, a, c


def run(op: Operator, values: list[Any], in_place: bool) -> Any:
    if op is DIVMOD:
        return divmod(*values)
    name = op.function.partition(".")[2]
    return getattr(operator, f"i{name.rstrip('_')}" if in_place else name)(*values)


def check_one(op: Operator, kinds: tuple[Written, ...], in_place: bool) -> None:
    log: Log = []
    known: dict[str, type] = {}
    values = [made(kind, known, log)() for kind in kinds]
    told: Exchange[Written, tuple[str, str]] = exchange(WrittenView(), op, kinds, in_place=in_place)
    try:
        found = run(op, values, in_place)
    except TypeError:
        assert told.raises
        assert told.ending is Ending.TYPE_ERROR
        assert told.answer is None
    else:
        assert not told.raises
        if told.ending is Ending.IDENTITY:
            assert found is (op.method == "__ne__")
        else:
            assert told.answer is not None
            last = told.answer
            negated = op.method == "__ne__" and last.name == "__eq__"
            declined = op.is_unary and found is NotImplemented
            assert found is False if negated else declined or found == last.reply.method
    assert [a.reply.method for a in told.asked if a.reply.says is not Says.NONE] == log
    assert (told.blocked_by is not None) == any(a.reply.says is Says.NONE for a in told.asked)


ARITHMETIC = (*BINARY, DIVMOD)


@settings(max_examples=700, deadline=None)
@given(st.data())
def test_arithmetic_asks_as_python_does(data: st.DataObject) -> None:  # 18 calls an example
    op = data.draw(st.sampled_from(ARITHMETIC))
    methods = tuple(name for name in (op.method, op.reflected, op.in_place) if name)
    family = data.draw(families(methods))
    for left in family:
        for right in family:
            check_one(op, (left, right), False)
            if op.in_place:
                check_one(op, (left, right), True)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_comparisons_ask_as_python_does(data: st.DataObject) -> None:  # 9 calls an example
    op = data.draw(st.sampled_from(COMPARISON))
    methods = tuple(dict.fromkeys(("__eq__", op.method, op.reflected or "")))
    family = data.draw(families(methods))
    for left in family:
        for right in family:
            check_one(op, (left, right), False)


@pytest.mark.parametrize("op", UNARY, ids=lambda op: op.method)
@pytest.mark.parametrize("says", STATES)
def test_unary_operators_take_whatever_they_are_given(op: Operator, says: Says) -> None:
    base = Written("B", (), {op.method: says})
    check_one(op, (base,), False)
    check_one(op, (Written("A", (base,), {}),), False)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_untold_leaves_the_true_answer_among_the_candidates(data: st.DataObject) -> None:
    op = data.draw(st.sampled_from((*ARITHMETIC, *COMPARISON)))
    methods = tuple(dict.fromkeys(name for name in (op.method, op.reflected, op.in_place) if name))
    family = data.draw(families(methods))
    pairs = [(kind.name, name) for kind in family for name in methods]
    untold = WrittenView(untold=frozenset(data.draw(st.sets(st.sampled_from(pairs)))))
    for left in family:
        for right in family:
            full = exchange(WrittenView(), op, (left, right))
            part = exchange(untold, op, (left, right))
            answers = [a.reply.method for a in part.candidates]
            if full.answer is not None:
                assert full.answer.reply.method in answers
                assert part.answer is None or part.answer.reply == full.answer.reply
            else:
                assert part.answer is None
            assert full.raises or not part.raises


def test_a_reflected_none_blocks_only_where_it_is_asked() -> None:
    left = Written("Left", (), {"__add__": Says.DECLINES})
    add = BY_FUNCTION["operator.add"]
    blocked = exchange(WrittenView(), add, (left, Written("Right", (), {"__radd__": Says.NONE})))
    assert blocked.raises
    assert blocked.blocked_by is not None
    assert blocked.blocked_by.operand == 1
    answering = Written("Left", (), {"__add__": Says.ANSWERS})
    assert exchange(WrittenView(), add, (answering, Written("Right", (), {"__radd__": Says.NONE}))).answer is not None


def test_a_subclass_is_asked_first_only_for_a_reflected_method_of_its_own() -> None:
    base = Written("B", (), {"__matmul__": Says.ANSWERS, "__rmatmul__": Says.ANSWERS})
    plain = Written("A", (base,), {})
    own = Written("A", (base,), {"__rmatmul__": Says.ANSWERS})
    matmul = BY_FUNCTION["operator.matmul"]
    assert [a.name for a in exchange(WrittenView(), matmul, (base, plain)).asked] == ["__matmul__"]
    assert [a.name for a in exchange(WrittenView(), matmul, (base, own)).asked] == ["__rmatmul__"]
    lower = Written("B", (), {"__lt__": Says.ANSWERS, "__gt__": Says.ANSWERS})
    less = exchange(WrittenView(), BY_FUNCTION["operator.lt"], (lower, Written("A", (lower,), {})))
    assert [(a.operand, a.name) for a in less.asked] == [(1, "__gt__")]


def test_tables_name_each_form_once() -> None:
    assert BY_IN_PLACE["__ipow__"].function == "operator.pow"
    assert {op.is_unary for op in UNARY} == {True}
    assert all(op.is_comparison == (op in COMPARISON) for op in (*OPERATORS, DIVMOD))

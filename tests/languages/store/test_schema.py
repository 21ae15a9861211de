"""Typed values come back as they were, and what does not fit is no value."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.facts import Suppression, Unreadable
from rulecheck.finding import Cost, Edit, Finding, Fix, FixKind, Party, Severity, Summary
from rulecheck.languages.store.records import packed, unpacked
from rulecheck.languages.store.schema import Misfit, maker
from rulecheck.place import Place


class Row(NamedTuple):
    name: str
    inner: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Everything:
    row: Row
    table: dict[bytes, list[int]]
    names: frozenset[str]
    pair: tuple[int, str] | None
    anything: tuple[Any, ...]
    weight: float
    is_so: bool


def back(value: Any) -> Any:
    data = packed(value)
    assert data is not None
    return maker(type(value))(unpacked(data))


# Names of files that are no text may be in any of them.
TEXT = st.text(st.characters() | st.sampled_from("\udc80\udcff"), max_size=12)
TEXTS = st.lists(TEXT, max_size=2).map(tuple)
PLACES = st.builds(Place, TEXT, *[st.integers(0, 1 << 40)] * 4)
PARTIES = st.none() | st.builds(Party, TEXT, st.none() | PLACES, st.none() | TEXT)
EDITS = st.builds(Edit, TEXT, st.integers(0, 9), st.integers(0, 9), TEXT)
FIXES = st.builds(
    Fix, st.sampled_from(FixKind), st.booleans(), TEXT, st.lists(EDITS, max_size=2).map(tuple), TEXTS, TEXT
)
FINDINGS = st.builds(
    Finding,
    code=TEXT,
    name=TEXT,
    system=TEXT,
    severity=st.sampled_from(Severity),
    place=PLACES,
    message=TEXT,
    scope=TEXT,
    call=st.none() | TEXT,
    fires=PARTIES,
    shadows=PARTIES,
    cost=st.none() | st.builds(Cost, st.none() | TEXT, st.none() | TEXT, st.none() | TEXT),
    fix=st.none() | FIXES,
    sites=st.lists(PLACES, max_size=2).map(tuple),
    identity=TEXTS,
    occurrence=st.integers(0, 3),
    home=st.none() | TEXT,
)


@given(FINDINGS)
def test_a_finding_comes_back_as_it_was(finding: Finding) -> None:
    again = back(finding)
    assert again == finding
    for field in fields(Finding):
        assert type(getattr(again, field.name)) is type(getattr(finding, field.name))


def test_what_else_answers_hold_comes_back() -> None:
    for value in (
        Summary(1, 2, 3, environments=("a",)),
        Suppression("p", 1, ("RC101",), None),
        Unreadable(Place("p", 1), "why"),
        Row("a", (Row("b"), Row("c", (Row("d"),)))),
        Everything(Row("a"), {b"\xff": [1]}, frozenset("ab"), None, (1, ("x", None)), 0.5, True),
        Everything(Row("a"), {}, frozenset(), (1, "b"), (), 1e300, False),
    ):
        assert back(value) == value


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, True),
        (int, "1"),
        (bool, 1),
        (str, b"a"),
        (float, 1),
        (Place, ("p", 1, 1, 1)),
        (Place, ("p", 1, 1, 1, 1, 1)),
        (Place, ("p", "1", 1, 1, 1)),
        (Place, {"path": "p"}),
        (Severity, "grave"),
        (Severity, None),
        (tuple[str, ...], "abc"),
        (tuple[str, int], ("a",)),
        (dict[str, int], ("a", 1)),
        (frozenset[str], {"a": 1}),
        (str | None, 0),
        (Row, ("a", (("b", ("c",)),))),
    ],
)
def test_what_does_not_fit_is_a_misfit(kind: Any, value: Any) -> None:
    with pytest.raises(Misfit):
        maker(kind)(value)


def test_types_that_no_record_can_hold_are_told_at_once() -> None:
    for kind in (object, int | str, type):
        with pytest.raises(TypeError):
            maker(kind)

"""The floors of coverage only rise, and hold each room alone."""

from __future__ import annotations

import tomllib

import pytest
from coverage_floor import FLOORS, Covered, Floors, by_room, faults, raised, room, written
from pages import ROOT

HALF = {"fix": Covered(lines=200, lines_run=150, branches=100, branches_run=50)}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("rulecheck/config.py", "rulecheck"),
        ("rulecheck/fix/apply.py", "fix"),
        ("rulecheck/systems/numpy/model.py", "systems"),
        ("rulecheck/languages/by_suffix.py", "languages"),
        ("rulecheck/languages/julia/package.py", "languages/julia"),
        ("rulecheck/languages/julia/syntax/parse.py", "languages/julia"),
    ],
)
def test_a_file_counts_for_its_room(path: str, name: str) -> None:
    assert room(path) == name


def test_a_room_is_the_sum_of_its_files_and_not_their_average() -> None:
    files = {"rulecheck/fix/a.py": Covered(90, 90, 9, 9), "rulecheck/fix/b.py": Covered(10, 0, 1, 0)}
    assert by_room(files) == {"fix": Covered(100, 90, 10, 9)}
    assert by_room(files)["fix"].percent == {"lines": 90.0, "branches": 90.0}


def test_a_room_without_branches_has_all_of_them() -> None:
    assert Covered(lines=4, lines_run=1).percent == {"lines": 25.0, "branches": 100.0}


@pytest.mark.parametrize(
    ("floors", "found"),
    [
        ({"fix": {"lines": 75, "branches": 50}}, []),
        ({"fix": {"lines": 76, "branches": 50}}, ["fix: 75.0 % of lines are covered, and 76 % is the floor"]),
        ({"fix": {"lines": 75, "branches": 51}}, ["fix: 50.0 % of branches are covered, and 51 % is the floor"]),
        ({}, ["fix has no floor: --raise gives it one"]),
        ({"fix": {"lines": 1, "branches": 1}, "gone": {"lines": 1}}, ["gone has a floor and no files"]),
    ],
)
def test_what_is_below_its_floor_is_said(floors: Floors, found: list[str]) -> None:
    assert faults(HALF, floors) == found


def test_floors_rise_and_never_fall() -> None:
    assert raised(HALF, {"fix": {"lines": 60, "branches": 80}, "gone": {"lines": 9}}) == {
        "fix": {"lines": 75, "branches": 80}
    }
    assert raised({"fix": Covered(1000, 999, 0, 0)}, {}) == {"fix": {"lines": 99, "branches": 100}}  # never rounded up


def test_the_table_is_read_as_it_was_written() -> None:
    floors = {"fix": {"lines": 75, "branches": 80}, "languages/julia": {"lines": 1, "branches": 2}}
    assert tomllib.loads(written(floors)) == floors


def test_the_committed_floors_are_of_rooms_that_there_are() -> None:
    files = {str(path.relative_to(ROOT)): Covered() for path in (ROOT / "rulecheck").rglob("*.py")}
    floors = tomllib.loads(FLOORS.read_text(encoding="utf-8"))
    assert floors.keys() <= by_room(files).keys()
    assert written(floors) == FLOORS.read_text(encoding="utf-8")

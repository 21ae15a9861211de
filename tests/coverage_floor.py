"""Holds what the tests cover to the floors in coverage_floor.toml, room by room.

    python tests/coverage_floor.py [--raise] [--files N]

reads the data that `pytest --cov` leaves. The status is 1 where a room covers less of its lines or branches than its
floor. `--raise` writes what is covered now over lower floors, and lowers none. `--files` lists the files with the most
branches that no test takes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = Path(__file__).with_suffix(".toml")
HEAD = """\
# Percent of lines and branches that the tests cover, by room; `poe coverage` fails where a room has less.
# A floor only rises: `python tests/coverage_floor.py --raise` after a run that covers more.
"""


@dataclass(frozen=True, slots=True)
class Covered:
    """Lines and branches that there are, and that ran."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def __add__(self, other: Covered) -> Covered:
        return Covered(
            self.lines + other.lines,
            self.lines_run + other.lines_run,
            self.branches + other.branches,
            self.branches_run + other.branches_run,
        )

    @property
    def percent(self) -> dict[str, float]:
        """By what is counted; all of nothing is covered."""
        return {
            "lines": 100 * self.lines_run / self.lines if self.lines else 100.0,
            "branches": 100 * self.branches_run / self.branches if self.branches else 100.0,
        }


def room(path: str) -> str:
    """The room of a file: its package, with what stands in it for the languages; `rulecheck` for single files."""
    parts = Path(path).parts[1:-1]
    return "/".join(parts[: 2 if parts[:1] == ("languages",) else 1]) or "rulecheck"


def by_room(files: Mapping[str, Covered]) -> dict[str, Covered]:
    """The files' sums."""
    rooms: dict[str, Covered] = {}
    for path, covered in files.items():
        rooms[room(path)] = rooms.get(room(path), Covered()) + covered
    return dict(sorted(rooms.items()))


Floors = dict[str, dict[str, int]]


def faults(rooms: Mapping[str, Covered], floors: Floors) -> list[str]:
    """What is below its floor, or has none, or has one and is gone."""
    found = [f"{name} has no floor: --raise gives it one" for name in rooms if name not in floors]
    for name, floor in floors.items():
        if name not in rooms:
            found.append(f"{name} has a floor and no files")
            continue
        for what, least in floor.items():
            percent = rooms[name].percent[what]
            if percent < least:
                found.append(f"{name}: {percent:.1f} % of {what} are covered, and {least} % is the floor")
    return found


def raised(rooms: Mapping[str, Covered], floors: Floors) -> Floors:
    """The floors of the rooms that there are, each at what is covered now where that is more."""
    return {
        name: {what: max(int(now), floors.get(name, {}).get(what, 0)) for what, now in covered.percent.items()}
        for name, covered in rooms.items()
    }


def written(floors: Floors) -> str:
    """The table as it is committed."""
    rows = (f'"{name}" = {{ lines = {f["lines"]}, branches = {f["branches"]} }}\n' for name, f in floors.items())
    return HEAD + "".join(rows)


def measured() -> dict[str, Covered]:
    """Every file of the package, from the data of the last run."""
    from coverage import Coverage

    data = Coverage(config_file=str(ROOT / "pyproject.toml"), data_file=str(ROOT / ".coverage"))
    data.combine(keep=False) if list(ROOT.glob(".coverage.*")) else data.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        data.json_report(outfile=str(report))
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    keys = ("num_statements", "covered_lines", "num_branches", "covered_branches")
    return {path: Covered(*(row["summary"][key] for key in keys)) for path, row in sorted(files.items())}


def main() -> int:
    """Compare, or raise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raise", dest="up", action="store_true")
    parser.add_argument("--files", type=int, default=0, metavar="N")
    options = parser.parse_args()
    files = measured()
    rooms = by_room(files)
    floors: Floors = tomllib.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}
    print(f"{'room':20}{'lines':>8}{'branches':>10}")
    for name, covered in rooms.items():
        print(f"{name:20}{covered.percent['lines']:8.1f}{covered.percent['branches']:10.1f}")
    most = sorted(files, key=lambda path: files[path].branches_run - files[path].branches)[: options.files]
    for path in most:
        print(
            f"{files[path].branches - files[path].branches_run:4} of {files[path].branches:4} branches missed: {path}"
        )
    if options.up:
        FLOORS.write_text(written(raised(rooms, floors)), encoding="utf-8")
        return 0
    found = faults(rooms, floors)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

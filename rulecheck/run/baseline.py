"""The baseline: findings that a team has agreed to live with for now, so that only new ones are reported.

A row names a finding by what it is about, never by a line number, so that it stays true while a file is edited. A file
of rows only ever shrinks by itself; it grows where a person says `--write-baseline`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rulecheck.config import UsageError
from rulecheck.finding import Finding
from rulecheck.place import utf8

VERSION = 1
DEFAULT_NAME = "rulecheck-baseline.json"


class BaselineError(UsageError):
    """A baseline file that cannot be used; the message begins with its path."""


@dataclass(frozen=True, slots=True, order=True)
class BaselineRow:
    """A finding as a baseline keeps it; `path` is relative to the baseline's own folder."""

    path: str
    scope: str
    code: str
    name: str
    system: str
    call: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Subtracted:
    """What is new, how many findings the baseline holds back, and the rows whose findings no longer occur."""

    findings: list[Finding]
    baselined: int
    stale: tuple[BaselineRow, ...]


def subtract(
    findings: Iterable[Finding],
    path: Path,
    *,
    paths: Collection[str] | None = None,
    codes: Collection[str] | None = None,
    systems: Collection[str] | None = None,
) -> Subtracted:
    """Take the baseline's findings out; raises BaselineError.

    `paths`, `codes` and `systems` are what this run looked at (None: everything): no other row is called stale, except
    those of files that are gone.
    """
    rows = {row.fingerprint: row for row in read(path)}
    new, met = [], set()
    for finding in findings:
        print_ = _row(finding, path).fingerprint
        if print_ in rows:
            met.add(print_)
        else:
            new.append(finding)
    looked_at = None if paths is None else {_relative(p, path) for p in paths}
    stale = tuple(
        row
        for print_, row in rows.items()
        if print_ not in met
        and (codes is None or row.code in codes)
        and (systems is None or row.system in systems or row.system == "rulecheck")
        and (looked_at is None or row.path in looked_at or not (path.absolute().parent / row.path).exists())
    )
    return Subtracted(new, len(met), stale)


def read(path: Path) -> tuple[BaselineRow, ...]:
    """The rows of a baseline file; raises BaselineError."""
    import json

    again = "write it anew with --write-baseline"
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaselineError(f"{path}: no such baseline; make it with --write-baseline") from None
    except OSError as error:
        raise BaselineError(f"{path}: the baseline cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BaselineError(f"{path}: the baseline is not UTF-8; {again}") from None
    except json.JSONDecodeError as error:
        raise BaselineError(f"{path}:{error.lineno}: the baseline is not valid JSON ({error.msg}); {again}") from None
    if not isinstance(data, dict) or "version" not in data or not isinstance(data.get("findings"), list):
        raise BaselineError(f"{path}: this is no baseline of rulecheck; {again}")
    if data["version"] != VERSION:
        raise BaselineError(
            f"{path}: the baseline is of version {data['version']!r}, this rulecheck reads version {VERSION}; {again}"
        )
    return tuple(_parsed(row, number, path) for number, row in enumerate(data["findings"], 1))


def write(findings: Iterable[Finding], path: Path) -> int:
    """Write the baseline of these findings and give its number of rows; raises BaselineError."""
    return _store({_row(f, path) for f in findings}, path)


def shrink(path: Path, gone: Collection[str]) -> int:
    """Take rows out by their fingerprints and give the number that is left; raises BaselineError."""
    return _store({row for row in read(path) if row.fingerprint not in gone}, path)


def _store(rows: Collection[BaselineRow], path: Path) -> int:
    import json

    listed = [{name: getattr(row, name) for name in BaselineRow.__slots__} for row in sorted(rows)]
    text = json.dumps({"version": VERSION, "findings": listed}, indent=2, ensure_ascii=False) + "\n"
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(utf8(text))
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise BaselineError(f"{path}: the baseline cannot be written: {error.strerror}") from None
    return len(listed)


def _row(finding: Finding, baseline: Path) -> BaselineRow:
    relative = _relative(finding.home or finding.place.path, baseline)
    code, name, system, call = finding.code, finding.name, finding.system, finding.call or ""
    return BaselineRow(relative, finding.scope, code, name, system, call, replace(finding, home=relative).fingerprint)


def _relative(path: str, baseline: Path) -> str:
    """A path as seen from the baseline's folder, with forward slashes, so that it is the same on every machine."""
    try:
        return Path(os.path.relpath(path, baseline.absolute().parent)).as_posix()
    except ValueError:  # on another drive
        return Path(path).as_posix()


def _parsed(row: object, number: int, path: Path) -> BaselineRow:
    if not isinstance(row, dict) or not all(isinstance(row.get(name), str) for name in BaselineRow.__slots__):
        raise BaselineError(f"{path}: row {number} of the baseline is damaged; write it anew with --write-baseline")
    return BaselineRow(**{name: row[name] for name in BaselineRow.__slots__})

"""What the last run answered is recalled for the very same project, and for no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rulecheck
from rulecheck.config import Config
from rulecheck.finding import Result
from rulecheck.languages.python import reading, recalled_program

OWN = """import numpy as np
from base import Base

class Own(Base):
    shape = (3, 3)
    def __init__(self, n): self.n = n
    def __matmul__(self, x): return x
    def __rmatmul__(self, x): return x

def use(a: Own): return np.ones(3) @ a
"""
BASE = "class Base: ...\n"
MENDED = "class Base:\n    __array_ufunc__ = None\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project" / "own.py").write_text(OWN)
    (tmp_path / "elsewhere" / "base.py").write_text(BASE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    return tmp_path


def lint(where: Path, cache: bool = True, **options: object) -> Result:
    config = Config(cache_dir=str(where / "cache"), cache=cache)
    return rulecheck.lint([str(where / "project")], config=config, **options)  # type: ignore[arg-type]


def told(result: Result) -> tuple[object, ...]:
    return result.findings, result.summary, result.unresolved, result.unknown, result.paths


def test_the_same_project_is_not_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = told(lint(project))
    assert [f.code for f in first[0]] == ["RC103"]  # type: ignore[attr-defined]
    monkeypatch.setattr(reading, "read_found", None)
    assert told(lint(project)) == first


def test_only_the_answers_that_were_written_last_are_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalled_program, "KEPT", 3)
    cache = project / "cache"
    cache.mkdir()
    for age in range(5):
        old = cache / f"answers-{age}.bin"
        old.write_bytes(b"")
        os.utime(old, (1000 - age, 1000 - age))
    (cache / "other.bin").write_bytes(b"")
    lint(project)
    left = {file.name for file in cache.glob("answers-*.bin")}
    assert len(left) == 3
    assert left >= {"answers-0.bin", "answers-1.bin"}
    assert (cache / "other.bin").exists()


def test_answers_that_another_run_removes_are_no_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recalled_program, "KEPT", 0)
    monkeypatch.setattr(os, "remove", lambda path: Path(path).unlink() or Path(path).unlink())
    first = told(lint(project))
    assert told(lint(project)) == first
    assert not list((project / "cache").glob("answers-*.bin"))


def _edit(where: Path) -> None:
    (where / "project" / "own.py").write_text("\n" + OWN)


def _mend_elsewhere(where: Path) -> None:
    (where / "elsewhere" / "base.py").write_text(MENDED)


def _hide_elsewhere(where: Path) -> None:
    (where / "project" / "base.py").write_text(MENDED)


def _hide_beside(where: Path) -> None:
    (where / "base.py").write_text(MENDED)


def _remove(where: Path) -> None:
    (where / "elsewhere" / "base.py").unlink()


def _silence(where: Path) -> None:
    text = OWN.replace("class Own(Base):", "class Own(Base):  # rulecheck: ignore[RC103]")
    (where / "project" / "own.py").write_text(text)


@pytest.mark.parametrize("change", [_edit, _mend_elsewhere, _hide_elsewhere, _hide_beside, _remove, _silence])
def test_any_change_gives_what_a_run_without_cache_gives(project: Path, change: Callable[[Path], None]) -> None:
    before = told(lint(project))
    change(project)
    after = told(lint(project))
    assert after == told(lint(project, cache=False))
    assert after != before
    assert told(lint(project)) == after


def test_what_is_found_for_the_first_time_counts(project: Path) -> None:
    (project / "elsewhere" / "base.py").unlink()
    before = told(lint(project))
    (project / "elsewhere" / "base.py").write_text(BASE)
    after = told(lint(project))
    assert after == told(lint(project, cache=False))
    assert after != before


def test_other_checks_ask_anew(project: Path) -> None:
    few = told(lint(project, select=("RC901",)))
    everything = told(lint(project))
    assert everything == told(lint(project, cache=False))
    assert told(lint(project, select=("RC901",))) == few == told(lint(project, cache=False, select=("RC901",)))


@pytest.mark.parametrize("damage", [b"", b"rulecheck answers 1\n", b"\x80\x05garbage"])
def test_damaged_answers_are_passed_over(project: Path, damage: bytes) -> None:
    first = told(lint(project))
    for file in (project / "cache").glob("answers-*.bin"):
        file.write_bytes(damage)
    assert told(lint(project)) == first


def test_two_runs_at_once_tell_the_same(project: Path) -> None:
    command = [sys.executable, "-m", "rulecheck", "lint", "project", "--exit-zero", "--format", "json"]
    environment = {**os.environ, "RULECHECK_CACHE_DIR": str(project / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=project) for _ in range(3)]
    answers = {run.communicate()[0] for run in runs}
    again = subprocess.run(command, stdout=subprocess.PIPE, env=environment, cwd=project, check=True)
    assert answers == {again.stdout}
    assert not list((project / "cache").glob("*.tmp"))

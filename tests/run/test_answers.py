"""What the last run answered is recalled for the very same project, and for no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rulecheck
from rulecheck.config import Config, UsageError
from rulecheck.finding import FixKind, Result
from rulecheck.languages.python import reading
from rulecheck.languages.store.records import MAGIC

pytestmark = pytest.mark.slow

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


@pytest.mark.parametrize("damage", [b"", MAGIC, b"\x80\x05garbage"])
def test_damaged_answers_are_passed_over(project: Path, damage: bytes) -> None:
    first = told(lint(project))
    for file in (project / "cache").glob("answers-*.record"):
        file.write_bytes(damage)
    again = lint(project)
    assert told(again) == first
    assert "passed over" in again.notes[0]


def test_two_runs_at_once_tell_the_same(project: Path) -> None:
    command = [sys.executable, "-m", "rulecheck", "lint", "project", "--exit-zero", "--format", "json"]
    environment = {**os.environ, "RULECHECK_CACHE_DIR": str(project / "cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=project) for _ in range(3)]
    answers = {run.communicate()[0] for run in runs}
    again = subprocess.run(command, stdout=subprocess.PIPE, env=environment, cwd=project, check=True)
    assert answers == {again.stdout}
    assert not list((project / "cache").glob("*.tmp"))


def _say(project: Path, *words: str, seed: str = "0", **environment: str) -> bytes:
    command = [sys.executable, "-m", "rulecheck", "lint", "project", "--exit-zero", "--format", "json", *words]
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": seed, **environment}
    return subprocess.run(command, stdout=subprocess.PIPE, env=given, cwd=project, check=True).stdout


def test_hash_seeds_jobs_cold_and_warm_give_the_same_bytes(project: Path) -> None:
    kept = {"RULECHECK_CACHE_DIR": str(project / "cache")}
    plain = _say(project, "--no-cache")
    assert b"RC103" in plain
    for seed, jobs in (("1", "1"), ("1", "2"), ("2", "2"), ("3", "1")):
        assert _say(project, "--no-cache", "--jobs", jobs, seed=seed) == plain
        assert _say(project, "--jobs", jobs, seed=seed, **kept) == plain


def test_a_cache_that_came_along_with_a_tree_hides_nothing(project: Path) -> None:
    """The attacker lints a copy that is clean for them, and commits what that left."""
    settings = project / "project" / "rulecheck.toml"
    settings.write_text('cache-dir = ".rc"\n')
    theirs = {"XDG_CACHE_HOME": str(project / "theirs"), "HOME": str(project / "theirs")}
    assert b"RC103" in _say(project, **theirs)
    (answers,) = (project / "project" / ".rc").glob("answers-*.record")
    content = answers.read_bytes()
    key = (project / "theirs" / "rulecheck" / "key").read_bytes()
    (project / "project" / ".rc" / "key").write_bytes(key)
    assert _hidden(content, key, answers)
    assert b"RC103" not in _say(project, **theirs)
    for place in (project / "mine", project / "project" / ".rc"):
        mine = {"XDG_CACHE_HOME": str(place), "HOME": str(project / "mine")}
        assert b"RC103" in _say(project, **mine)


def _hidden(content: bytes, key: bytes, answers: Path) -> bool:
    """Whether a record could be made that says nothing: sealed with the key that it was sealed with before."""
    from hashlib import blake2b

    from rulecheck.languages.store.records import KEY_MAGIC, packed, unpacked

    linted, read, listed, told = unpacked(content[len(MAGIC) : -32])
    forged = packed((linted, read, listed, ((), *told[1:])))
    assert forged is not None
    seal = blake2b(answers.name.encode() + forged, key=key[len(KEY_MAGIC) :], digest_size=32).digest()
    answers.write_bytes(MAGIC + forged + seal)
    return forged != content


def test_the_projects_own_settings_place_the_cache_inside_of_it(project: Path) -> None:
    outside = project / "home"
    outside.mkdir()
    (outside / "facts-of-mine.bin").write_text("mine")
    (project / "project" / "link").symlink_to(outside)
    for value in ("../home", str(outside), "link", "link/below", "a/../../home", ".."):
        (project / "project" / "rulecheck.toml").write_text(f'select = ["RC103"]\ncache-dir = "{value}"\n')
        with pytest.raises(UsageError, match=r"rulecheck\.toml:2: `cache-dir` must stay inside"):
            rulecheck.lint([str(project / "project")])
    assert [file.name for file in outside.iterdir()] == ["facts-of-mine.bin"]
    (project / "project" / "rulecheck.toml").write_text('cache-dir = "kept/here"\n')
    assert rulecheck.lint([str(project / "project")]).notes == ()
    assert list((project / "project" / "kept" / "here").glob("*.record"))


def test_checks_and_kinds_of_fixes_have_answers_of_their_own(project: Path) -> None:
    for options in ({}, {"select": ("RC901",)}, {"kind": FixKind.FORWARD}, {"kind": FixKind.OPT_OUT}):
        assert told(lint(project, **options)) == told(lint(project, cache=False, **options))
    assert len(list((project / "cache").glob("answers-*.record"))) == 4


def test_a_julia_project_is_not_read_again_either(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "project" / "own.py").unlink()
    source = project / "project" / "own.jl"
    included = project / "project" / "more" / "part.jl"
    included.parent.mkdir()
    included.write_text("struct Held <: AbstractMatrix{Float64} end\n")
    source.write_text('include("more/part.jl")\nBase.:*(a::Held, b::Vector) = b\nf(a::Held, b::Vector) = a * b\n')
    first = lint(project)
    assert first.findings
    with monkeypatch.context() as patch:
        patch.setattr("rulecheck.languages.julia.reading.read_found", None)
        again = lint(project)
    assert told(again) == told(first)
    assert [again.text(path) for path in again.paths] == [first.text(path) for path in first.paths]
    included.write_text("struct Held end\n")
    after = told(lint(project))
    assert after == told(lint(project, cache=False)) != told(first)
    (project / "project" / "Project.toml").write_text('name = "Own"\n')
    assert told(lint(project)) == told(lint(project, cache=False))

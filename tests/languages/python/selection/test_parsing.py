"""What cannot be parsed is told of every linted file, also of those that nothing is asked of."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import rulecheck
from rulecheck.languages.python.selection import parsing
from rulecheck.languages.store import settings, workers
from rulecheck.languages.store.records import digest
from rulecheck.report.statistics import statistics

pytestmark = pytest.mark.slow

# More lines than a project has that is read whole, and than one process is used for.
LARGE = 25_000
BAD = {
    "syntax.py": b"def f(:\n",
    "inside.py": b"def f(a):\n    return a +\n",
    "null.py": b"x = 1\ny = \0\n",
    "encoding.py": b"x = 'caf\xe9'\n",
    "declared.py": b"# -*- coding: nonsense -*-\nx = 1\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is far too large to be read whole."""
    for name, content in BAD.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "large.py").write_text("x = 1\n" * LARGE)
    (tmp_path / "user.py").write_text("import inside\n\ndef g(): return inside.f(1) @ 2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / ".cache"))
    return tmp_path


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_every_file_that_cannot_be_parsed_is_told(project: Path, jobs: int) -> None:
    cold = rulecheck.lint([str(project)], jobs=jobs)
    assert sorted(f.place.path for f in cold.findings) == sorted(BAD)
    assert cold.summary.unreadable == len(BAD)
    warm = rulecheck.lint([str(project)], jobs=jobs)
    assert (warm.findings, warm.summary) == (cold.findings, cold.summary)
    (project / "large.py").write_text("y = 1\n" * LARGE)
    assert rulecheck.lint([str(project)], jobs=jobs).findings == cold.findings


def test_of_the_largest_projects_it_is_said_what_was_not_parsed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rulecheck.lint([str(project)], cache=False).skipped == 0
    for number in range(4):
        (project / f"more{number}.py").write_text("x = 1\n" * LARGE)
    monkeypatch.setattr(settings, "VERIFY_BELOW", 4 * LARGE)
    result = rulecheck.lint([str(project)])
    assert result.summary.unreadable == 0
    assert result.skipped == len(BAD) + 6
    assert "files not parsed as a whole:\n  11  " in statistics(result)


def test_a_small_project_tells_the_same(project: Path) -> None:
    large = rulecheck.lint([str(project)]).findings
    (project / "large.py").unlink()
    assert rulecheck.lint([str(project)]).findings == large


@pytest.mark.skipif(parsing.processors() < 2, reason="one processor is for what goes on")
def test_processes_give_what_one_gives(project: Path) -> None:
    paths = {str(project / name): 0 for name in BAD} | {str(project / "large.py"): LARGE}

    def settled(jobs: int) -> dict[str, parsing.SyntaxFault | None]:
        keys = {p: digest(Path(p).read_bytes()) for p in paths}
        return parsing.SyntaxErrors(paths, jobs).settle(lambda p: Path(p).read_bytes(), keys.__getitem__)

    assert settled(2) == settled(1)
    assert all(settled(1)[str(project / name)] for name in BAD)


def test_a_process_that_ends_early_is_made_up_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_START", "import sys; sys.exit(3)")
    assert rulecheck.lint([str(project)], jobs=2).summary.unreadable == len(BAD)
    monkeypatch.setattr(sys, "executable", str(project / "nothing"))
    assert rulecheck.lint([str(project)], jobs=2, cache=False).summary.unreadable == len(BAD)


def test_a_file_that_changes_under_way_counts_as_it_was_read(project: Path) -> None:
    path = str(project / "syntax.py")
    found = parsing.SyntaxErrors({path: LARGE}, 2).settle(lambda p: b"x = 1\n", lambda p: digest(b"x = 1\n"))
    assert found == {path: None}


def test_processes_that_nobody_waits_for_are_ended(project: Path) -> None:
    running = parsing.SyntaxErrors({str(project / "large.py"): LARGE}, 2)
    running.abandon()
    assert running.settle(lambda p: b"", lambda p: b"") == {str(project / "large.py"): None}

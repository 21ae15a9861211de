"""A lint imports nothing of what it lints, not even where it stands in the very folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import rulecheck

# What rulecheck or its workers import.
NAMES = (
    *("signal", "subprocess", "ast", "typing", "click", "re", "json", "pickle", "rich", "marshal", "hashlib", "numpy"),
    *("dataclasses", "enum", "tomllib", "traceback", "collections", "functools", "pathlib", "contextlib", "rulecheck"),
)
# What Python's own `-m` imports before any code of ours runs, and what it would take for the command.
BEFORE = ("collections", "functools", "contextlib", "rulecheck")


@pytest.mark.parametrize(
    "start",
    [
        ["-m", "rulecheck"],
        # What the console script does.
        ["-c", "import sys; sys.path.remove(''); from rulecheck.cli import main; sys.exit(main())"],
    ],
)
def test_a_folder_of_traps_is_linted_unharmed(tmp_path: Path, start: list[str]) -> None:
    traps = tmp_path / "traps"
    traps.mkdir()
    names = [n for n in NAMES if start[0] != "-m" or n not in BEFORE]
    for name in names:
        (traps / f"{name}.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n" + "x = 1\n" * 30_000)
    root = str(Path(rulecheck.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, "RULECHECK_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, *start, "lint", ".", "--jobs", "2"]
    done = subprocess.run(command, cwd=traps, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(names)} files" in done.stdout
    assert not (tmp_path / "sprung").exists()

"""Packages of the project's own environment are read, wherever the linter itself is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import rulecheck
from rulecheck.languages.python.virtual_environment import project_packages

BASE = """\
import numpy as np


class Operator:
    shape = (3, 3)

    def __array__(self, dtype=None, copy=None):
        return np.eye(3)

    def __matmul__(self, x):
        return x
"""

MINE = """\
import numpy as np

from somebase import Operator


class Mine(Operator):
    def __rmatmul__(self, x):
        return np.asarray(x) * 2.0
"""


def environment(folder: Path, base: str = BASE) -> Path:
    packages = folder / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /nowhere\n")
    (packages / "somebase.py").write_text(base)
    return packages


@pytest.fixture(autouse=True)
def _no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def found(project: Path) -> list[tuple[str, int]]:
    return [(f.code, f.place.line) for f in rulecheck.lint([str(project)], cache=False).findings]


def project(tmp_path: Path) -> Path:
    folder = tmp_path / "repository" / "src"
    folder.mkdir(parents=True)
    (folder / "mine.py").write_text(MINE)
    return folder


def test_a_base_in_the_environment_beside_the_project(tmp_path: Path) -> None:
    folder = project(tmp_path)
    assert found(folder) == []  # the base is found nowhere: nothing is said
    packages = environment(folder.parent / ".venv")
    assert project_packages(str(folder)) == (str(packages),)
    assert ("RC103", 6) in found(folder)


def test_a_base_that_brings_the_protocol_is_clean(tmp_path: Path) -> None:
    folder = project(tmp_path)
    environment(folder.parent / "venv", BASE.replace("    shape", "    __array_ufunc__ = None\n    shape"))
    assert [row for row in found(folder) if row[0] == "RC103"] == []


def test_the_active_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project(tmp_path)
    environment(folder.parent / ".venv")
    active = environment(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert project_packages(str(folder)) == (str(active),)
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)  # a hook's own: what the project has is asked instead
    assert project_packages(str(folder)) != (str(active),)


def test_nothing_beyond_the_repository(tmp_path: Path) -> None:
    folder = project(tmp_path)
    environment(tmp_path / ".venv")
    assert project_packages(str(folder)) != ()
    (folder.parent / ".git").mkdir()
    assert project_packages(str(folder)) == ()


def test_a_folder_of_that_name_is_not_enough(tmp_path: Path) -> None:
    folder = project(tmp_path)
    (folder / ".venv").mkdir()
    (folder.parent / ".git").mkdir()
    assert project_packages(str(folder)) == ()

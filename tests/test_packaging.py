"""The project can be installed, tested and hooked in as its files say."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT, blocks

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SET_UP = [
    block.text.strip() for block in blocks((ROOT / "README.md").read_text(encoding="utf-8")) if block.language == "sh"
]


def test_the_readme_has_two_commands_of_one_line_each() -> None:
    lint, test = SET_UP[:2]
    assert "\n" not in lint + test
    assert lint.endswith("rulecheck lint fixtures/seed --exit-zero")
    for words in ("'.[test]'", "ruff check", "ruff format --check", "mypy --strict", "lint-imports", "pytest -n 2"):
        assert words in test
    assert test.index("mypy") < test.index("pytest")  # so that its summary is the last that is seen


def test_ci_runs_the_second_command(tmp_path: Path) -> None:
    """With `sh` replaced by a shell that only shows, the script hands on exactly the README's line."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    shutil.copy(ROOT / "README.md", tmp_path)
    shown = tmp_path / "bin" / "sh"
    shown.parent.mkdir()
    shown.write_text("#!/bin/cat\n")
    shown.write_text('#!/bin/sh\nprintf "%s" "$2" > ran\npwd > where\n')
    shown.chmod(0o755)
    environment = {**os.environ, "PATH": f"{shown.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([str(tmp_path / ".ci" / "run")], cwd="/", env=environment, check=True, capture_output=True)
    assert (tmp_path / "ran").read_text() == SET_UP[1]
    assert Path((tmp_path / "where").read_text().strip()).resolve() == tmp_path.resolve()


def test_ci_says_so_where_the_readme_has_no_command(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "README.md").write_text("nothing\n")
    done = subprocess.run([str(tmp_path / ".ci" / "run")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "README.md has no line" in done.stderr


def test_the_version_is_said_once() -> None:
    import rulecheck

    said = ROOT / SETTINGS["tool"]["hatch"]["version"]["path"]
    assert f'\n__version__ = "{rulecheck.__version__}"\n' in said.read_text(encoding="utf-8")
    assert SETTINGS["project"]["dynamic"] == ["version"]
    assert f"## {rulecheck.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_hook_is_whole_program() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    hooks = re.split(r"^- id: ", text, flags=re.MULTILINE)[1:]
    assert [hook.split("\n")[0] for hook in hooks] == ["rulecheck", "rulecheck-fix"]
    for hook in hooks:
        assert "pass_filenames: false" in hook
        assert "require_serial: true" in hook
        assert "language: python" in hook


def test_the_projects_own_hooks_can_be_run() -> None:
    """Each is a command of the environment that the README makes, with tools that the tests' extra brings."""
    yaml = pytest.importorskip("yaml")
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"  # nothing is fetched
    tools = {re.split(r"\W", requirement)[0] for requirement in SETTINGS["project"]["optional-dependencies"]["test"]}
    assert ".venv" in SET_UP[1]
    for hook in repository["hooks"]:
        python, flag, tool, *_ = hook["entry"].split()
        assert (python, flag) == (".venv/bin/python", "-m")
        assert tool in tools
        assert importlib.util.find_spec(tool) is not None
        assert hook["language"] == "system"
        assert {"id", "name"} <= hook.keys()
        re.compile(hook.get("files", ""))


def commands(task: dict[str, Any]) -> list[str]:
    """The commands of a task of the runner; steps that are names of other tasks are not among them."""
    steps = [task, *(step for step in task.get("sequence", ()) if isinstance(step, dict))]
    return [step["cmd"] for step in steps if "cmd" in step]


def test_the_tasks_run_what_there_is() -> None:
    tasks = SETTINGS["tool"]["poe"]["tasks"]
    scripts = Path(sys.executable).parent
    for name, task in tasks.items():
        assert task["help"]
        for step in task.get("sequence", ()):
            assert isinstance(step, dict) or step in tasks, f"{name}: there is no task {step}"
        for command in commands(task):
            tool, *words = shlex.split(command)
            assert tool == "coverage" or (scripts / tool).exists(), f"{name}: {tool}"
            for word in words:
                assert not word.endswith(".py") or "$" in word or (ROOT / word).exists(), f"{name}: {word}"
    assert (ROOT / "benchmarks" / f"{tasks['bench']['args'][0]['default']}.py").exists()


def test_the_tests_need_no_runner_of_tasks() -> None:
    """What the README's commands and CI do is not behind a tool that they do not install."""
    needed = " ".join(SETTINGS["project"]["optional-dependencies"]["test"])
    assert "poe" not in needed
    assert not any("poe" in command for command in SET_UP)


def test_the_tasks_are_what_the_readme_runs() -> None:
    tasks = SETTINGS["tool"]["poe"]["tasks"]
    said = [command for task in tasks.values() for command in commands(task)]
    for words in (
        "ruff check",
        "ruff format --check",
        "mypy --strict rulecheck",
        "lint-imports",
        "python -m pytest -n 2",
    ):
        assert words in SET_UP[1]
        assert any(words in command for command in said)


def test_types_are_shipped() -> None:
    assert (ROOT / "rulecheck" / "py.typed").exists()


@pytest.mark.parametrize(
    "path", ["pyproject.toml", "README.md", ".ci/run", ".pre-commit-hooks.yaml", ".pre-commit-config.yaml"]
)
def test_no_machine_is_named(path: str) -> None:
    assert not re.search(r"(?<![\w.])/(root|home|work|tmp)/", (ROOT / path).read_text(encoding="utf-8"))


def test_a_command_needs_little_more_than_click() -> None:
    """Saying the version imports none of the heavy dependencies."""
    code = (
        "import sys; sys.argv = ['rulecheck', '--version']\n"
        "from rulecheck.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'networkx', 'rich') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"

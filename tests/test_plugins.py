"""Systems and checks of other distributions: found by entry points, loaded only where the user names them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from installed import install

import rulecheck
from rulecheck import plugins
from rulecheck.checks import all_checks
from rulecheck.config import UsageError
from rulecheck.systems import names

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
Command = Callable[..., subprocess.CompletedProcess[str]]

CHECK = """
from rulecheck.checks.base import Check
from rulecheck.finding import Finding, Severity

print("the plugin is loaded")

def run(model):
    for type_ in model.program.owned_types():
        if type_.place is not None:
            yield Finding("EX101", "named-class", model.name, Severity.NOTE, type_.place, "A class.", type_.name)

CHECK = Check("EX101", "named-class", Severity.NOTE, "A class.", "Finds classes.", "To show.", "None.", (), run)
"""


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs rulecheck beside the installed plugin `rulecheck-example`, which has the check EX101, in an own folder."""
    site = tmp_path / "site"
    points = {"rulecheck.checks": {"EX101": "rulecheck_example:CHECK"}}
    install(site, "rulecheck-example", {"rulecheck_example.py": CHECK}, points)
    install(site, "rulecheck-broken", {}, {"rulecheck.checks": {"EX102": "there_is_no_such_module:CHECK"}})
    install(site, "rulecheck-taking", {"taking.py": CHECK}, {"rulecheck.checks": {"RC101": "taking:CHECK"}})
    install(site, "bystander", {}, {"console_scripts": {"bystander": "bystander:main"}})
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text("from rulecheck import ad\n\n\nclass Own(ad.AbstractMatrix): ...\n")

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(site),
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "RULECHECK_CACHE_DIR": str(tmp_path / "cache"),
            **variables,
        }
        line = [sys.executable, "-m", "rulecheck", *words]
        return subprocess.run(line, cwd=project, env=environment, capture_output=True, text=True, check=False)

    return run


def test_the_shipped_ones_stand_in_the_same_groups() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    assert tuple(points[plugins.SYSTEMS]) == names()
    assert tuple(points[plugins.CHECKS]) == tuple(check.code for check in all_checks())


def test_an_installed_plugin_is_not_loaded_unless_it_is_named(command: Command) -> None:
    done = command("lint")
    assert done.returncode == 0
    assert "EX101" not in done.stdout
    assert "loaded" not in done.stdout


def test_the_command_line_names_a_plugin(command: Command) -> None:
    done = command("lint", "--plugin", "rulecheck-example", "--format", "concise")
    assert done.returncode == 1
    assert "a.py:4:1: EX101" in done.stdout
    again = command("lint", "--select", "EX101", "--plugin", "rulecheck-example", "--format", "concise")
    assert "EX101" in again.stdout  # the order of the options does not matter
    assert "named-class" in command("explain", "EX101", "--plugin", "rulecheck-example").stdout


def test_a_variable_and_the_users_own_configuration_name_plugins(command: Command, tmp_path: Path) -> None:
    assert "EX101" in command("lint", RULECHECK_PLUGINS="rulecheck-example").stdout
    own = tmp_path / "config" / "rulecheck" / "user.toml"
    own.parent.mkdir(parents=True)
    own.write_text('plugins = ["rulecheck-example"]\n')
    assert "EX101" in command("lint").stdout
    own.write_text('plugin = ["rulecheck-example"]\n')
    done = command("lint")
    assert done.returncode == 2
    assert 'did you mean "plugins"' in done.stderr


def test_what_is_linted_cannot_name_a_plugin(command: Command, tmp_path: Path) -> None:
    (tmp_path / "project" / "rulecheck.toml").write_text('plugins = ["rulecheck-example"]\n')
    done = command("lint")
    assert done.returncode == 2
    assert "rulecheck.toml:1: a project cannot name plugins" in done.stderr
    assert "loaded" not in done.stdout


def test_nothing_of_the_linted_folder_is_taken_for_a_plugin(command: Command, tmp_path: Path) -> None:
    points = {"rulecheck.checks": {"EX101": "hidden:CHECK"}}
    install(tmp_path / "project", "rulecheck-hidden", {"hidden.py": CHECK}, points)
    done = command("lint", "--plugin", "rulecheck-hidden")
    assert done.returncode == 2
    assert "loaded" not in done.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rulecheck-exampel", 'did you mean "rulecheck-example"'),
        ("rulecheck-broken", "there_is_no_such_module"),
        ("rulecheck-taking", 'entry point "RC101" is no `Check` of that code'),
        ("bystander", "is no plugin"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_an_error_of_use(command: Command, name: str, said: str) -> None:
    done = command("lint", "--plugin", name)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_run_with_plugins_recalls_nothing(command: Command, tmp_path: Path) -> None:
    for code in ("EX101", "EX103"):
        text = CHECK.replace("EX101", code)
        points = {"rulecheck.checks": {code: "rulecheck_example:CHECK"}}
        install(tmp_path / "site", "rulecheck-example", {"rulecheck_example.py": text}, points)
        assert code in command("lint", "--plugin", "rulecheck-example").stdout


def test_the_api_is_told_by_the_same_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(plugins.VARIABLE, "no-such-plugin")
    with pytest.raises(UsageError, match="no-such-plugin"):
        rulecheck.lint([tmp_path])

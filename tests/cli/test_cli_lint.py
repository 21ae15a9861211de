"""`rulecheck lint`, on runs made by hand: exit codes, formats, streams, the baseline."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import rulecheck.run.lint
from rulecheck.config import Config
from rulecheck.finding import Finding, Result, Severity, Summary
from rulecheck.place import Place

Ask = Callable[..., Any]

FINDING = Finding("RC101", "shadowed-method", "engine", Severity.WARNING, Place("a.py", 1, 1, 1, 6), "It fires.", "a.f")


@pytest.fixture
def lints(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Config]]:
    """Let every lint find these; gives the settings that each was asked with."""
    asked: list[Config] = []

    def use(*findings: Finding, error: Exception | None = None, **more: Any) -> list[Config]:
        def lint(paths: object, *, config: Config, stdin: object, progress: object) -> Result:
            asked.append(config)
            if error is not None:
                raise error
            return Result(findings, Summary(files=1, lines=3, calls=4, unresolved_calls=1), **more)

        monkeypatch.setattr(rulecheck.run.lint, "lint", lint)
        return asked

    return use


class TestExitCodes:
    def test_clean(self, ask: Ask, lints: Any) -> None:
        lints()
        answer = ask("lint")
        assert (answer.code, answer.out, answer.err) == (0, "No findings in 1 file, 4 calls (1 not resolved).\n", "")

    def test_findings(self, ask: Ask, lints: Any) -> None:
        lints(FINDING)
        assert ask("lint").code == 1
        assert ask("lint", "--exit-zero").code == 0

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["lint", "nowhere"], "error: nowhere: no such file or folder"),
            (["lint", "--format", "jsno"], 'error: unknown format "jsno"; did you mean "json"?'),
            (["lint", "--system", "nunpy"], 'error: unknown system "nunpy"; did you mean "numpy"?'),
            (["lint", "--select", "shadowed-metod"], 'unknown check "shadowed-metod"; did you mean "shadowed-method"?'),
            (["lint", "--no-cach"], "Did you mean"),  # click's own sentence, which changes with its version
            (["lint", "--jobs", "0"], "0 is not in the range x>=1"),
            (["lint", "--config", "no.toml"], "error: no.toml: no such configuration file"),
            (["lint", "--baseline", "no.json"], "no.json: no such baseline; make it with --write-baseline"),
            (["lint", "-", "a.py"], "- cannot be linted together with other paths"),
            (["lint", "--stdin-filename", "a.py"], "give `-` as the path"),
            (["lnit"], 'error: unknown command "lnit"; did you mean "lint"?'),
            (
                ["lint", "--select", "RC501"],
                "that is a verdict of `rulecheck measure`, which runs code",
            ),
            (["which", "matmul", "float"], "error: matmul takes two operands, not 1: name the type of each"),
            (["which", "-", "float", "float", "float"], "error: sub takes two operands, not 3: name the type of each"),
            (["explain", "RC1001"], 'error: unknown check "RC1001"; did you mean "RC101"?'),
            (["which"], "error: say which call"),
        ],
    )
    def test_usage(self, ask: Ask, words: list[str], said: str) -> None:
        answer = ask(*words)
        assert answer.code == 2
        assert answer.out == ""
        assert said in answer.err
        assert "Traceback" not in answer.err

    def test_a_folder_in_the_place_of_a_command(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "src").mkdir()
        answer = ask("src")
        assert answer.code == 2
        assert "rulecheck lint src" in answer.err

    def test_a_file_that_is_no_source(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").touch()
        answer = ask("lint", "notes.txt")
        assert answer.code == 2
        assert answer.err.startswith("error: notes.txt: not a source file")

    def test_a_folder_without_source(self, ask: Ask, tmp_path: Path) -> None:
        answer = ask("lint")
        assert (answer.code, answer.out) == (0, "Nothing to lint: there is no source file below these paths.\n")

    def test_a_path_that_is_almost_there(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "model.py").touch()
        assert ask("lint", "modle.py").err == "error: modle.py: no such file or folder; did you mean model.py?\n"

    def test_a_configuration_that_cannot_be_used(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "rulecheck.toml").write_text("slect = []\n")
        answer = ask("lint")
        assert answer.code == 2
        assert answer.err == f'error: {tmp_path}/rulecheck.toml:1: unknown key "slect"; did you mean "select"?\n'

    def test_an_internal_error_says_so(self, ask: Ask, lints: Any) -> None:
        lints(error=KeyError("odd"))
        answer = ask("lint")
        assert answer.code == 101
        assert answer.err.startswith("rulecheck: internal error: KeyError: 'odd'\n")
        assert "report it" in answer.err
        assert "Traceback" in answer.err

    def test_an_interrupt(self, ask: Ask, lints: Any) -> None:
        lints(error=KeyboardInterrupt())
        answer = ask("lint")
        assert answer.code == 130
        assert "Traceback" not in answer.err


class TestReports:
    def test_output_file(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        lints(FINDING)
        answer = ask("lint", "--format", "json", "--output-file", "out.json")
        assert answer.out == ""
        assert "out.json" in answer.err
        assert json.loads((tmp_path / "out.json").read_text())["findings"][0]["code"] == "RC101"

    def test_output_file_that_cannot_be_written(self, ask: Ask, lints: Any) -> None:
        lints()
        answer = ask("lint", "-o", "no/out.txt")
        assert (answer.code, answer.err) == (2, "error: no/out.txt: cannot be written: No such file or directory\n")

    def test_the_format_of_the_configuration(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        (tmp_path / "rulecheck.toml").write_text('format = "concise"\n')
        lints(FINDING)
        assert ask("lint").out.startswith("a.py:1:1: RC101 It fires.\n")
        assert ask("lint", "--format", "github").out.startswith("::warning ")

    def test_a_format_of_the_configuration_that_there_is_not(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        (tmp_path / "rulecheck.toml").write_text('format = "concis"\n')
        lints()
        answer = ask("lint")
        assert answer.code == 2
        assert 'rulecheck.toml:1: unknown format "concis"; did you mean "concise"?' in answer.err

    def test_statistics_tell_of_registrations_that_source_does_not_tell(self, ask: Ask, tmp_path: Path) -> None:
        helper = "def off(kind):\n    ad.opt_out(operator.matmul, kind, ad.AbstractVector)\n"
        method = "class Own(ad.AbstractMatrix):\n    def __matmul__(self, x: ad.AbstractVector):\n        return x\n"
        (tmp_path / "own.py").write_text(f"import operator\nfrom rulecheck import ad\n{helper}{method}off(Own)\n")
        answer = ask("lint", "--statistics", str(tmp_path / "own.py"))
        assert answer.code == 0
        told = "definitions not followed:\n  1  the registration for operator.matmul at "
        assert told in answer.out
        assert "own.py:4: calls that it may answer are not judged" in answer.out

    def test_statistics_keep_out_of_what_programs_read(self, ask: Ask, lints: Any) -> None:
        lints(FINDING, unresolved=(("no annotation", 1),))
        people, programs = ask("lint", "--statistics"), ask("lint", "--statistics", "--format", "json")
        assert "1  no annotation" in people.out
        json.loads(programs.out)
        assert "1  no annotation" in programs.err

    @pytest.mark.parametrize(
        ("variables", "coloured"),
        [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    )
    def test_colour(
        self, ask: Ask, lints: Any, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], coloured: bool
    ) -> None:
        lints(FINDING)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert ("\x1b[" in ask("lint").out) is coloured

    def test_a_name_that_the_terminal_cannot_show(self, ask: Ask, lints: Any) -> None:
        lints(replace(FINDING, place=Place("odd\udcff.py", 1)))
        assert "odd\\udcff.py" in ask("lint", "--format", "concise").out


def test_help_lists_every_option_once(ask: Ask) -> None:
    from rulecheck.cli.lint import command

    text = ask("lint", "--help").out
    for parameter in command.params:
        for flag in parameter.opts if parameter.param_type_name == "option" else ():
            if flag.startswith("--"):
                assert len(re.findall(rf"^  (?:-\w, )?{flag}\b(?!-)", text, re.MULTILINE)) == 1, flag


@pytest.mark.parametrize(
    "command", ["lint", "which", "explain", "graph", "stubs", "rules", "types", "measure", "pack", "diff"]
)
def test_help_shows_no_marks_of_its_source(ask: Ask, command: str) -> None:
    text = ask(command, "--help").out
    assert "Usage: rulecheck" in text
    assert "\\" not in text.replace("\b", "\\")


class TestSettings:
    def test_options_come_over_the_file(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text('[tool.rulecheck]\nselect = ["RC1"]\nignore = ["RC104"]\njobs = 2\n')
        asked = lints()
        ask("lint", "--select", "RC2,RC301", "--select", "dead-rule", "--system", "numpy", "--no-cache", "-j", "1")
        (config,) = asked
        assert (config.select, config.ignore) == (("RC2", "RC301", "dead-rule"), ())
        assert (config.systems, config.cache, config.jobs) == (("numpy",), False, 1)

    def test_show_settings(self, ask: Ask, tmp_path: Path) -> None:
        path = tmp_path / "rulecheck.toml"
        path.write_text('ignore = ["RC104"]\n')
        lines = ask("lint", "--show-settings", "--jobs", "3").out.splitlines()
        assert lines[0] == f"# settings from {path}"
        assert f'ignore = ["RC104"]  # {path}:1' in lines
        assert "jobs = 3  # command line" in lines
        assert "# select is not set: the checks that run by default" in lines


class TestBaseline:
    def test_write_and_use(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        asked = lints(FINDING)
        answer = ask("lint", "--write-baseline")
        assert answer.code == 0
        assert "wrote 1 finding into rulecheck-baseline.json" in answer.err
        assert len(json.loads((tmp_path / "rulecheck-baseline.json").read_text())["findings"]) == 1
        ask("lint", "--baseline", "rulecheck-baseline.json")
        assert asked[-1].baseline == str(tmp_path / "rulecheck-baseline.json")

    def test_a_lint_takes_out_what_no_longer_occurs_and_tells_of_it(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        lints(FINDING, replace(FINDING, scope="a.g"))
        ask("lint", "--write-baseline", "--baseline", "b.json")
        rows = json.loads((tmp_path / "b.json").read_text())["findings"]
        lints(stale=(rows[1]["fingerprint"],))
        answer = ask("lint", "--baseline", "b.json")
        assert answer.code == 0
        assert "1 finding no longer occurred and left the baseline (1 stay):" in answer.err
        assert "RC101 shadowed-method in a.py: a.g" in answer.err
        assert json.loads((tmp_path / "b.json").read_text())["findings"] == rows[:1]

    def test_a_lint_that_finds_nothing_gone_writes_nothing(self, ask: Ask, lints: Any, tmp_path: Path) -> None:
        lints(FINDING)
        ask("lint", "--write-baseline", "--baseline", "b.json")
        before = (tmp_path / "b.json").stat()
        ask("lint", "--baseline", "b.json")
        assert (tmp_path / "b.json").stat() == before

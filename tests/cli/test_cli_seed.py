"""The whole command line on the seed's example, as a user goes through it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rulecheck.report import FORMATS
from rulecheck.report.graph import FORMATS as GRAPH_FORMATS

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
Shell = Callable[..., "subprocess.Popen[bytes]"]
SEED = Path(__file__).parent.parent.parent / "fixtures" / "seed"


@pytest.fixture(autouse=True)
def seed(tmp_path: Path) -> None:
    shutil.copytree(SEED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def codes(answer: Any) -> list[str]:
    return [finding["code"] for finding in json.loads(answer.out)["findings"]]


class TestLint:
    def test_both_cases_are_found_at_their_calls(self, ask: Ask, tmp_path: Path) -> None:
        answer = ask("lint", "--format", "json")
        assert (answer.code, answer.err) == (1, "")
        found = json.loads(answer.out)["findings"]
        assert [(f["code"], f["call"]) for f in found] == [("RC101", "A @ b"), ("RC102", "b.T @ A")]
        for finding in found:
            line = (tmp_path / finding["path"]).read_text().splitlines()[finding["line"] - 1]
            assert line[finding["column"] - 1 : finding["end_column"] - 1] == finding["call"]
            assert finding["shadows"]["path"] == "structured/circulant.py"

    def test_the_order_of_what_people_read(self, ask: Ask) -> None:
        text = ask("lint").out
        marks = [text.index(mark) for mark in ("fires:", "shadows:", "matters:", "fix:")]
        assert marks == sorted(marks)
        assert "A @ b\n" in text
        assert "^^^^^\n" in text

    @pytest.mark.parametrize("format_", FORMATS)
    def test_every_format(self, ask: Ask, format_: str) -> None:
        answer = ask("lint", "--format", format_)
        assert answer.code == 1
        assert "RC101" in answer.out or "shadowed-method" in answer.out

    @pytest.mark.parametrize(
        ("words", "left"),
        [
            (["--select", "RC102"], ["RC102"]),
            (["--select", "shadowed-method"], ["RC101"]),
            (["--ignore", "RC1"], []),
            (["--system", "numpy"], []),
            (["--no-cache", "--jobs", "1"], ["RC101", "RC102"]),
        ],
    )
    def test_selection(self, ask: Ask, words: list[str], left: list[str]) -> None:
        assert codes(ask("lint", "--format", "json", *words)) == left

    def test_show_files(self, ask: Ask) -> None:
        files = ask("lint", "--show-files").out.splitlines()
        assert files == [f"structured/{name}.py" for name in ("__init__", "circulant", "model")]

    @pytest.mark.parametrize("pattern", ["model.py", "structured/model.py", "struct*/m*.py", "*/model.py"])
    def test_excluded_files_are_not_read(self, ask: Ask, tmp_path: Path, pattern: str) -> None:
        (tmp_path / "rulecheck.toml").write_text(f'exclude = ["{pattern}"]\n')
        assert ask("lint", "--show-files").out.split() == ["structured/__init__.py", "structured/circulant.py"]
        assert ask("lint", "--show-files", "structured").out.split()[-1] == "structured/circulant.py"
        assert ask("lint", "--show-files", "structured/model.py").out.split() == ["structured/model.py"]

    def test_excluded_folders_are_not_entered(self, ask: Ask, tmp_path: Path) -> None:
        for pattern in ("structured", "structured/", "./structured", "structured/**"):
            (tmp_path / "rulecheck.toml").write_text(f'exclude = ["{pattern}"]\n')
            assert ask("lint", "--show-files").out == "", pattern

    def test_statistics(self, ask: Ask) -> None:
        assert "read 3 files" in ask("lint", "--statistics").out

    def test_suppression(self, ask: Ask, tmp_path: Path) -> None:
        model = tmp_path / "structured" / "model.py"
        plain = model.read_text()
        model.write_text(plain.replace("A @ b", "A @ b  # rulecheck: ignore[RC101] -- small here"))
        answer = ask("lint", "--format", "json")
        assert codes(answer) == ["RC102"]
        assert json.loads(answer.out)["summary"]["suppressed"] == 1
        model.write_text(plain.replace("A @ b", "A @ b  # rulecheck: ignore[RC301]"))
        assert sorted(codes(ask("lint", "--format", "json"))) == ["RC101", "RC102", "RC902"]

    def test_the_baseline_from_first_to_last(self, ask: Ask, tmp_path: Path) -> None:
        ask("lint", "--write-baseline", "--baseline", "b.json")
        answer = ask("lint", "--baseline", "b.json")
        assert (answer.code, answer.err) == (0, "")
        assert "2 baselined" in answer.out
        model = tmp_path / "structured" / "model.py"
        model.write_text("\n\n\n" + model.read_text())
        assert ask("lint", "--baseline", "b.json").code == 0
        ask("lint", "--fix")
        gone = ask("lint", "--baseline", "b.json")
        assert gone.code == 0
        assert "2 findings no longer occurred and left the baseline (0 stay)" in gone.err

    def test_a_reader_that_left_changes_no_exit_code(self, shell: Shell) -> None:
        read, write = os.pipe()
        os.close(read)
        process = shell("lint", stdout=write)
        os.close(write)
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 1

    def test_from_python(self, ask: Ask, tmp_path: Path) -> None:
        import rulecheck

        result = rulecheck.lint([tmp_path], select=("RC101",))
        assert [finding.code for finding in result.findings] == ["RC101"]

    def test_little_is_imported(self, tmp_path: Path) -> None:
        code = "import sys\nfrom rulecheck.cli import run\nrun(['lint', '--no-cache'])\n"
        code += "sys.exit(len({'numpy', 'networkx', 'rich', 'structured'} & set(sys.modules)))"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(SEED.parent.parent)},
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr


class TestFixes:
    def test_diff_writes_nothing(self, ask: Ask, tmp_path: Path) -> None:
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.py")}
        answer = ask("lint", "--diff")
        assert answer.code == 1
        assert "+ad.opt_out(operator.matmul, Circulant, CustomVector)" in answer.out.splitlines()
        assert before == {path: path.read_bytes() for path in tmp_path.rglob("*.py")}

    def test_fix_then_clean_and_once_more_changes_nothing(self, ask: Ask, tmp_path: Path) -> None:
        answer = ask("lint", "--fix")
        assert answer.code == 0
        assert "applied 2 fixes in 1 file" in answer.err
        after = {path: path.read_bytes() for path in tmp_path.rglob("*.py")}
        again = ask("lint", "--fix")
        assert (again.code, again.err) == (0, "")
        assert after == {path: path.read_bytes() for path in tmp_path.rglob("*.py")}

    def test_an_absolute_path_below_the_working_directory_is_shown_as_a_relative_one(
        self, ask: Ask, tmp_path: Path
    ) -> None:
        for path in (tmp_path, tmp_path / "structured"):
            assert ask("lint", str(path), "--format", "concise").out == ask("lint", "--format", "concise").out

    def test_stubs(self, ask: Ask, tmp_path: Path) -> None:
        text = ask("stubs").out
        ast.parse(text)
        assert "RC101" in text
        assert "RC102" in text
        assert ask("stubs", "-o", "structured/overrides.py").code == 0
        answer = ask("lint")
        assert (answer.code, answer.out[:11]) == (0, "No findings")
        assert ask("stubs").err == "nothing to override: no rule shadows specialised code here\n"
        assert 'unknown kind "foward"; did you mean "forward"?' in ask("stubs", "--kind", "foward").err


class TestStandardInput:
    def test_source_is_read_from_it(self, shell: Shell, tmp_path: Path) -> None:
        name = "structured/model.py"
        process = shell("lint", "-", "--stdin-filename", name, "--format", "json")
        code, out, _ = answered(process, (tmp_path / name).read_bytes())
        assert code == 1
        assert ("RC101", name) in [(f["code"], f["path"]) for f in json.loads(out)["findings"]]

    @pytest.mark.parametrize(
        "source", [b"# coding: latin-1\nx = '\xe9'\n", b"x = '\xff'\n", b"\xef\xbb\xbfx = 1\r\n", b""]
    )
    def test_what_needs_no_fix_comes_out_byte_for_byte(self, shell: Shell, source: bytes) -> None:
        assert answered(shell("lint", "-", "--fix"), source)[1] == source

    def test_a_fixed_source_is_written_out(self, shell: Shell) -> None:
        process = shell("lint", "-", "--fix")
        code, out, err = answered(process, b"x = 1\r\ny = x  # rulecheck: ignore[RC101]\r\n")
        assert (code, out) == (0, b"x = 1\r\ny = x\r\n")
        assert b"applied 1 fix" in err

    def test_a_fix_of_another_file_is_told(self, shell: Shell, tmp_path: Path) -> None:
        name = "structured/model.py"
        source = (tmp_path / name).read_bytes()
        code, out, err = answered(shell("lint", "-", "--fix", "--stdin-filename", name), source)
        assert (code, out) == (1, source)
        assert b"note: the fix of RC102 is for structured/circulant.py: lint the folder to apply it" in err


def answered(process: subprocess.Popen[bytes], source: bytes) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(source, timeout=60)
    return process.returncode, out, err


class TestWhich:
    def test_the_walk(self, ask: Ask) -> None:
        answer = ask("which", "matmul", "Circulant", "CustomVector")
        assert answer.code == 0
        assert "1. rule  claims     matmul(AbstractMatrix, AbstractVector)" in answer.out
        assert "Without any rule, Circulant.__matmul__" in answer.out

    def test_json_and_batch_agree(self, ask: Ask, tmp_path: Path) -> None:
        one = json.loads(ask("which", "@", "Circulant", "CustomVector", "--format", "json").out)
        question = json.dumps({"function": "@", "args": ["Circulant", "CustomVector"]})
        (tmp_path / "q.jsonl").write_text(f"{question}\n\n{question}\n")
        answer = ask("which", "--batch", "q.jsonl")
        assert [json.loads(line) for line in answer.out.splitlines()] == [one, one]
        assert list(one) == ["function", "args", "primal", "fires", "walk"]
        assert one["fires"]["layer"] == "rule"
        assert one["primal"].startswith("structured/circulant.py:")

    def test_unknown_names(self, ask: Ask, tmp_path: Path) -> None:
        answer = ask("which", "matmul", "Circulan", "CustomVector")
        assert (answer.code, answer.out) == (2, "")
        assert 'did you mean "Circulant"?' in answer.err

    def test_lines_that_cannot_be_answered_answer_so(self, ask: Ask, tmp_path: Path) -> None:
        lines = ['{"function": "matmul", "args": ["Nothing"]}', "{", '{"args": []}', '{"function": "@", "args": [1]}']
        (tmp_path / "q.jsonl").write_text("\n".join(lines))
        answer = ask("which", "--batch", "q.jsonl")
        assert answer.code == 2
        errors = [json.loads(line)["error"] for line in answer.out.splitlines()]
        assert "Nothing" in errors[0]
        assert [error[:7] for error in errors[1:]] == ["line 2:", "line 3:", "line 4:"]

    @pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), (b"\xff", "not UTF-8")])
    def test_a_batch_that_cannot_be_read(self, ask: Ask, tmp_path: Path, content: bytes | None, said: str) -> None:
        if content is not None:
            (tmp_path / "q.jsonl").write_bytes(content)
        answer = ask("which", "--batch", "q.jsonl")
        assert answer.code == 2
        assert f"q.jsonl: {said}" in answer.err


class TestLists:
    def test_rules(self, ask: Ask) -> None:
        assert "matmul(AbstractMatrix, AbstractVector)" in ask("rules").out
        assert ask("rules", "--own").out == "0 entries for 0 functions, 0 of them the project's own.\n"
        ask("lint", "--fix")
        own = json.loads(ask("rules", "--own", "--format", "json").out)
        assert [(row["kind"], row["path"]) for row in own] == [("opt-out", "structured/circulant.py")] * 2
        assert {
            row["function"] for row in json.loads(ask("rules", "--function", "matmul", "--format", "json").out)
        } == {"operator.matmul"}

    def test_types(self, ask: Ask) -> None:
        assert "structured.circulant.Circulant(AbstractMatrix)" in ask("types").out
        rows = {row["name"]: row for row in json.loads(ask("types", "--all", "--format", "json").out)}
        assert rows["structured.circulant.Circulant"]["methods"] == ["__matmul__"]
        assert rows["structured.circulant.CustomVector"]["methods"] == []


class TestGraph:
    @pytest.mark.parametrize("format_", GRAPH_FORMATS)
    def test_every_format(self, ask: Ask, format_: str) -> None:
        answer = ask("graph", "--format", format_)
        assert answer.code == 0
        assert "Circulant.__matmul__" in answer.out

    def test_what_shadows_what(self, ask: Ask) -> None:
        data = json.loads(ask("graph", "--format", "json").out)
        names = {node["id"]: node["signature"] for node in data["nodes"]}
        shadows = [(names[e["source"]], names[e["target"]]) for e in data["edges"] if e["relation"] == "shadows"]
        assert ("matmul(AbstractMatrix, AbstractVector)", "Circulant.__matmul__(self, x: CustomVector)") in shadows

    def test_one_function_and_all(self, ask: Ask, tmp_path: Path) -> None:
        assert "operator.matmul" not in ask("graph", "--function", "solve").out
        assert len(ask("graph", "--all").out) > len(ask("graph").out)
        ask("graph", "--format", "html", "-o", "graph.html")
        assert (tmp_path / "graph.html").read_text().startswith("<!doctype html>")

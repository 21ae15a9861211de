"""The seed's case from end to end: found, fixed, clean, and with the same gradient at less cost."""

from __future__ import annotations

import codecs
import difflib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT

from rulecheck.fix import apply
from rulecheck.run import lint as linting

pytestmark = pytest.mark.slow

GRADIENTS = """
import json, tracemalloc
import numpy as np
from rulecheck import ad
from structured import model

numbers = np.random.default_rng(7)
answers = {}
for f in (model.total_blurred, model.total_correlated):
    c, b = numbers.normal(size=(2, 300))
    ad.gradient(f, c, b)
    tracemalloc.start()
    value, back = ad.value_and_gradient(f, c, b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    answers[f.__name__] = {"value": float(value), "gradient": [g.tolist() for g in back], "peak": peak}
print(json.dumps(answers))
"""


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-W", "error", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def rulecheck(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-c", "from rulecheck.cli import main; main()", *words)


def lint(folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    done = rulecheck(folder, "lint", "--format", "json", "--no-cache", *words)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["findings"]


def gradients(folder: Path) -> dict[str, Any]:
    done = python(folder, "-c", GRADIENTS)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.py"))}


def assert_same_and_cheaper(before: dict[str, Any], after: dict[str, Any]) -> None:
    for name, old in before.items():
        new = after[name]
        assert new["value"] == pytest.approx(old["value"], abs=1e-10)
        for a, b in zip(old["gradient"], new["gradient"], strict=True):
            assert a == pytest.approx(b, abs=1e-10)
        assert old["peak"] > 8 * 300 * 300  # a dense cotangent was made
        assert new["peak"] < 8 * 300 * 300 / 4, name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "seed"
    shutil.copytree(ROOT / "fixtures" / "seed", folder)
    return folder


def test_both_cases_are_found(project: Path) -> None:
    status, findings = lint(project)
    assert status == 1
    assert {(f["code"], f["call"]) for f in findings} == {("RC101", "A @ b"), ("RC102", "b.T @ A")}
    for finding in findings:
        assert finding["system"] == "engine"
        assert finding["fires"]["layer"] == "rule"
        assert (
            "Circulant.__matmul__" in finding["shadows"]["signature"] or "Circulant" in finding["shadows"]["signature"]
        )
        source = (project / finding["path"]).read_text().splitlines()
        assert finding["call"] in source[finding["line"] - 1]


def test_exit_zero_reports_all_the_same(project: Path) -> None:
    status, findings = lint(project, "--exit-zero")
    assert (status, len(findings)) == (0, 2)


def test_fixing_leaves_it_clean_and_the_gradient_the_same(project: Path) -> None:
    before, texts = gradients(project), contents(project)
    status, findings = lint(project, "--fix")
    assert (status, findings) == (0, [])
    assert lint(project) == (0, [])
    fixed = contents(project)
    changed = {name for name in texts if fixed[name] != texts[name]}
    assert changed
    assert fixed.keys() == texts.keys()
    for name in changed:  # only lines were added
        kept = iter(fixed[name].splitlines())
        assert all(line in kept for line in texts[name].splitlines())
    assert lint(project, "--fix") == (0, [])
    assert contents(project) == fixed
    assert_same_and_cheaper(before, gradients(project))


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patch")
def test_the_diff_shows_what_fixing_does(project: Path) -> None:
    texts = contents(project)
    done = rulecheck(project, "lint", "--diff", "--no-cache")
    assert done.returncode == 1
    assert contents(project) == texts
    (project / "fix.patch").write_text(done.stdout)
    subprocess.run(["git", "apply", "fix.patch"], cwd=project, check=True, capture_output=True)
    assert contents(project) != texts
    assert lint(project) == (0, [])


@pytest.mark.parametrize(("kind", "written"), [((), "\nad.opt_out("), (("--kind", "forward"), "\n@ad.adjoint(")])
def test_stubs_leave_it_clean_and_the_gradient_the_same(project: Path, kind: tuple[str, ...], written: str) -> None:
    before = gradients(project)
    done = rulecheck(project, "stubs", ".", "-o", "structured/overrides.py", *kind)
    assert done.returncode == 0, done.stderr
    stubs = project / "structured" / "overrides.py"
    text = stubs.read_text()
    assert "# RC101" in text
    assert "# RC102" in text
    assert text.count(written) == 2
    with (project / "structured" / "__init__.py").open("a") as file:
        file.write("\nimport structured.overrides\n")
    assert lint(project) == (0, [])
    assert_same_and_cheaper(before, gradients(project))
    done = rulecheck(project, "stubs", ".", "-o", "structured/overrides.py", *kind)
    assert (done.returncode, stubs.read_text()) == (0, text)
    ruff = [sys.executable, "-m", "ruff", "format", "--no-cache", "--diff", str(stubs)]
    assert subprocess.run(ruff, cwd=project, capture_output=True, check=False).returncode == 0


VARIANTS: dict[str, Callable[[str], bytes]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "mixed line ends": lambda text: text.replace("\n\n", "\r\n\n").encode(),
    "a byte-order mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "a coding line": lambda text: f"# -*- coding: latin-1 -*-\n# é\n{text}".encode("latin-1"),
    "wide characters": lambda text: f"# 漢𝔸\r\n{text}".encode(),
    "a form feed": lambda text: text.replace("\n\nclass", "\n\f\nclass").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "a future import": lambda text: text.replace('"""\n', '"""\nfrom __future__ import annotations\n', 1).encode(),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_only_the_lines_of_a_fix_are_added(project: Path, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    path = project / "structured" / "circulant.py"
    before = VARIANTS[variant](path.read_text())
    path.write_bytes(before)
    outcome = apply(linting.lint(["."], cache=False).findings)
    assert (len(outcome.applied), outcome.skipped) == (2, ())
    assert linting.lint(["."], cache=False).findings == ()
    after = path.read_bytes()
    added = []
    for tag, i, j, k, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        assert tag in ("equal", "insert"), before[i:j]
        added += [after[k:m]] if tag == "insert" else []
    assert len(added) == 2
    end = {"CRLF": b"\r\n", "CR": b"\r"}.get(variant, b"\n")
    if variant == "mixed line ends":  # those of the lines around
        assert b"import operator\r\n\r\nimport numpy as np\r\n" in after
    else:
        assert not set(b"\r\n") & set(b"".join(added).replace(end, b""))
    assert after.endswith((b"\r", b"\n")) is (variant != "no last line end")


def test_the_imports_of_a_fix_are_sorted(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    apply(linting.lint(["."], cache=False).findings)
    text = (project / "structured" / "circulant.py").read_text()
    assert "\n\nimport operator\n\nimport numpy as np\n" in text
    first = 'lint.isort.known-first-party=["rulecheck", "structured"]'  # as it is where the sample stands
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "I,F,E9", "--config", first, "."]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout

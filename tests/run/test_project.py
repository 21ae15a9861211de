"""One run from Python: paths in, findings and counts out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import rulecheck
from rulecheck.config import Config, UnknownName
from rulecheck.finding import Finding
from rulecheck.languages.store.records import user_folder
from rulecheck.run.lint import lint
from rulecheck.run.project import open_project
from rulecheck.run.queries import rules, types, which

pytestmark = pytest.mark.slow

KINDS = """\
import numpy as np
from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __matmul__(self, x: ad.AbstractVector):{method}
        return self.entries * x
"""
USE = """\
import numpy as np
from kinds import Diagonal


def one(A: Diagonal):
    return A @ np.ones(3){first}


def two(A: Diagonal, x):
    return A @ np.ones(3) + A @ x{second}
"""
IGNORE = "  # rulecheck: ignore[RC101] -- known"
CONFIG = Config(systems=("engine",), cache=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path


def write(folder: Path, method: str = "", first: str = "", second: str = "") -> None:
    (folder / "kinds.py").write_text(KINDS.format(method=method))
    (folder / "use.py").write_text(USE.format(first=first, second=second))


def shadows(*paths: str, config: Config = CONFIG) -> tuple[Finding, ...]:
    return lint(paths or (".",), config=config, select=("RC101",)).findings


def test_a_run_says_what_it_looked_at(project: Path) -> None:
    result = lint(["."], config=CONFIG)
    summary = result.summary
    assert (summary.files, summary.unreadable, summary.suppressed, summary.baselined) == (2, 0, 0, 0)
    assert summary.lines == sum(len((project / name).read_text().splitlines()) for name in ("kinds.py", "use.py"))
    assert summary.calls > summary.unresolved_calls == 1
    assert result.unresolved == (("the type of an operand is not known", 1),)
    assert [Path(p).name for p in result.paths] == ["kinds.py", "use.py"]
    assert result.text("use.py") == (project / "use.py").read_text()
    assert result.text("elsewhere.py") is None


def test_a_result_is_its_findings(project: Path) -> None:
    result = lint(project, config=CONFIG, select=("RC101",))
    (finding,) = result
    assert (len(result), result[0]) == (1, finding)
    assert (finding.path, finding.line, finding.column) == ("use.py", 6, 12)
    assert finding.fires is not None
    assert finding.fires.path is not None
    assert finding.fires.path.startswith("rulecheck/ad/")
    assert [f.path for f in lint("use.py", config=CONFIG)] == ["use.py"]
    assert [entry.place.path for entry in rules("use.py", config=CONFIG) if entry.owned and entry.place] == []


def test_one_finding_lists_its_calls(project: Path) -> None:
    (finding,) = shadows()
    assert finding.place.at == "use.py:6"
    assert [site.line for site in finding.sites] == [6, 10]
    assert finding.home == "kinds.py"


def test_a_named_file_is_judged_with_what_stands_around_it(project: Path) -> None:
    """Of a package, or of a folder of modules: its own calls and methods, and what the others hold is known."""
    (call,) = shadows("use.py")
    assert (call.place.at, [site.line for site in call.sites]) == ("use.py:6", [6, 10])
    (method,) = shadows("kinds.py")
    assert (method.place.at, method.sites) == ("kinds.py:9", ())
    result = lint(["use.py"], config=CONFIG)
    assert (result.summary.files, result.paths) == (1, ("use.py",))
    (project / "other.py").write_text(  # a script that has nothing to do with the other two
        "import operator\nfrom rulecheck import ad\nfrom kinds import Diagonal\n"
        "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n"
    )
    assert [f.place.at for f in shadows("use.py")] == ["use.py:6"]

    package = project / "shapes" / "inner"
    package.mkdir(parents=True)
    (project / "shapes" / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (project / "kinds.py").rename(project / "shapes" / "kinds.py")
    used = (project / "use.py").read_text().replace("from kinds", "from ..kinds")
    (package / "use.py").write_text(used)
    assert [f.place.at for f in shadows("shapes/inner/use.py")] == ["shapes/inner/use.py:6"]
    assert [f.place.at for f in shadows("shapes/kinds.py")] == ["shapes/kinds.py:9"]
    os.chdir(package)
    assert [f.place.at for f in shadows("use.py")] == ["use.py:6"]
    assert shadows("__init__.py") == ()
    (project / "shapes" / "overrides.py").write_text(
        "import operator\nfrom rulecheck import ad\nfrom .kinds import Diagonal\n"
        "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n"
    )
    assert shadows("use.py") == ()


def test_what_is_wrong_beside_a_named_file_is_not_told(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n")
    (project / "idle.py").write_text("import broken\nx = 1  # rulecheck: ignore[RC101]\n")
    (project / "use.py").write_text("import idle\n" + (project / "use.py").read_text())
    result = lint(["use.py"], config=CONFIG)
    assert [f.code for f in result.findings] == ["RC101"]
    assert result.summary.unreadable == 0
    assert {f.code for f in lint(["use.py", "broken.py"], config=CONFIG).findings} == {"RC101", "RC901"}


@pytest.mark.parametrize(
    ("comments", "line", "suppressed"),
    [
        ({"first": IGNORE}, 10, 0),
        ({"second": IGNORE}, 6, 0),
        ({"first": IGNORE, "second": IGNORE}, None, 1),
        ({"method": IGNORE}, None, 1),
    ],
)
def test_suppressing_calls_one_by_one(
    project: Path, comments: dict[str, str], line: int | None, suppressed: int
) -> None:
    write(project, **comments)
    result = lint(["."], config=CONFIG, select=("RC101",))
    assert [f.place.line for f in result.findings] == ([line] if line else [])
    assert result.summary.suppressed == suppressed


def test_a_baseline_holds_back_and_tells_of_what_is_gone(project: Path) -> None:
    from rulecheck.run.baseline import write as write_baseline

    path = project / "baseline.json"
    write_baseline(shadows(), path)
    held = CONFIG.override(baseline=str(path))
    assert lint(["."], config=held).summary.baselined == 1
    (project / "use.py").write_text("")
    assert shadows(config=held) == ()
    (project / "kinds.py").write_text("")
    assert len(lint(["."], config=held).stale) == 1


def test_selection_and_systems(project: Path) -> None:
    assert lint(["."], config=CONFIG, ignore=("shadowed-method",)).findings == ()
    assert [f.system for f in lint(["."], config=CONFIG).findings] == ["engine"]
    assert lint(["."], config=Config(systems=(), cache=False)).findings == ()
    with pytest.raises(UnknownName, match="engine"):
        lint(["."], config=Config(systems=("engin",), cache=False))
    with pytest.raises(UnknownName, match="shadowed-method"):
        lint(["."], config=CONFIG, select=("shadowed-methods",))


def test_what_is_linted_is_never_run(project: Path) -> None:
    (project / "kinds.py").write_text("open('mark', 'w').close()\n" + KINDS.format(method=""))
    assert shadows()
    assert not (project / "mark").exists()


def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_complete(project: Path) -> None:
    (project / "broken.py").write_text("def f(:\n")
    result = lint(["."], config=CONFIG)
    assert sorted(f.code for f in result.findings) == ["RC101", "RC901"]
    assert result.summary.unreadable == 1


def test_the_same_again_from_a_cache(project: Path, tmp_path: Path) -> None:
    cached = CONFIG.override(cache=True, cache_dir=str(tmp_path / "cache"))
    plain = lint(["."], config=CONFIG)
    for _ in range(2):
        again = lint(["."], config=cached)
        assert again.findings == plain.findings
        assert again.summary == plain.summary


def test_progress_ends_where_it_said(project: Path) -> None:
    told: list[tuple[str, int, int]] = []
    lint(["."], config=CONFIG, progress=lambda *now: told.append(now))
    done = [(what, count, total) for what, count, total in told if what == "checking"]
    assert done[-1][1] == done[-1][2] == len(done)


def test_a_project_without_array_types_reads_no_engine(project: Path) -> None:
    (project / "kinds.py").write_text("class Diagonal:\n    def __matmul__(self, x):\n        return x\n")
    (model,) = open_project(["."], config=CONFIG).models
    assert not model.takes_part
    assert shadows() == ()


@pytest.mark.parametrize(
    ("function", "arguments", "layer", "signature"),
    [
        ("matmul", ["Diagonal", "Vector"], "rule", "matmul(AbstractMatrix, AbstractVector)"),
        ("@", ["kinds.Diagonal", "ad.AbstractMatrix"], "rule", "matmul(AbstractMatrix, AbstractMatrix)"),
        ("np.matmul", ["Transpose[Vector]", "Diagonal"], "rule", "matmul(AbstractMatrix, AbstractMatrix)"),
        ("operator.add", ["Diagonal", "float"], "trace", "AbstractArray.__add__(self, other)"),
    ],
)
def test_who_answers_a_call(project: Path, function: str, arguments: list[str], layer: str, signature: str) -> None:
    (answer,) = which(function, arguments, ["."], config=CONFIG)
    end = answer.walk.end
    assert end is not None
    assert (end.layer, end.entries[0].signature) == (layer, signature)
    assert end.entries[0].place is not None
    assert end.entries[0].place.path.startswith("rulecheck/ad/")


@pytest.mark.parametrize(
    ("function", "argument", "hint"), [("matmull", "Diagonal", "matmul"), ("matmul", "Diagnal", "Diagonal")]
)
def test_an_unknown_name_is_told_with_the_nearest(project: Path, function: str, argument: str, hint: str) -> None:
    with pytest.raises(UnknownName, match=hint):
        which(function, [argument, "Vector"], ["."], config=CONFIG)


def test_rules_and_types(project: Path) -> None:
    assert "matmul(AbstractMatrix, AbstractVector)" in [entry.signature for entry in rules(["."], config=CONFIG)]
    assert [type_.name for type_ in types(["."], config=CONFIG)] == ["kinds.Diagonal"]


def test_lint_is_there_at_once() -> None:
    assert rulecheck.lint is lint


def test_the_cache_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULECHECK_CACHE_DIR", "/somewhere")
    assert user_folder() == "/somewhere"
    monkeypatch.delenv("RULECHECK_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert Path(user_folder()) == Path("/caches/rulecheck")

"""Fixes of the engine's findings: after them the same lint is clean, and the file says what it said before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from worlds import CONFIG, HEAD, TRACED, findings_of, model_of, write

from rulecheck.finding import Finding, FixKind
from rulecheck.fix import apply, settle
from rulecheck.run.lint import lint, overrides

pytestmark = pytest.mark.slow

RULE = "@ad.adjoint({})\ndef {}(A, x):\n    return A.entries * x.samples, lambda dy: (None, None)\n"


def settled(path: Path, *select: str) -> list[Finding]:
    """Apply every fix, unsafe ones too, until nothing changes; gives the findings that remain."""
    config = CONFIG.override(select=select) if select else CONFIG
    done = settle(lambda: lint([path], config=config).findings, lambda found: apply(found, unsafe=True))
    assert done.settled
    return list(done.remaining)


@pytest.mark.parametrize(
    ("source", "becomes"),
    [
        ("", f"\n\n{TRACED}"),
        ("x = 1\n", f"x = 1\n\n\n{TRACED}"),
        ("ad.opt_out(operator.matmul, Diagonal, object)\n", None),
        (TRACED + "ad.opt_out(operator.matmul, Diagonal, float)\n", TRACED),
        (TRACED + "ad.opt_out(operator.matmul, Diagonal, Signal)\n", TRACED),
        (TRACED + TRACED, TRACED),
        (TRACED + RULE.format("operator.matmul, Diagonal, Signal, float", "rule"), TRACED),
        (
            TRACED + RULE.format("np.linalg.solve, ad.AbstractMatrix, Signal", "rule"),
            TRACED + RULE.format("np.linalg.solve, Diagonal, Signal", "rule"),
        ),
    ],
    ids=["opt-out", "with code", "narrowed", "idle", "stale", "replaced", "dead", "overbroad"],
)
def test_after_the_fix_it_is_clean(source: str, becomes: str | None, tmp_path: Path) -> None:
    path = write(tmp_path, source)
    assert findings_of(tmp_path, source)
    assert settled(path) == []
    text = path.read_text()
    if becomes is not None:
        wanted = "".join(sorted((HEAD + becomes).split()))
        assert "".join(sorted(text.split())) == wanted
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_narrowed_opt_out_names_every_rule_that_it_meant(tmp_path: Path) -> None:
    path = write(tmp_path, "ad.opt_out(operator.matmul, Diagonal, object)\n")
    assert settled(path) == []
    lines = path.read_text().splitlines()
    assert "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)" in lines
    assert "ad.opt_out(operator.matmul, Diagonal, ad.AbstractMatrix)" in lines


def test_one_fix_covers_all_types_at_which_a_rule_meets_a_method(tmp_path: Path) -> None:
    head = HEAD.replace("x: ad.AbstractVector", "x: 'Signal | np.ndarray'")
    assert head != HEAD
    path = write(tmp_path, "", head)
    found = lint([path], config=CONFIG, select=("RC101",)).findings
    texts = [f.fix.text for f in found if f.fix]
    assert sorted(texts) == [
        "ad.opt_out(operator.matmul, Diagonal, Signal | ad.Vector)",
        "ad.opt_out(operator.matmul, Diagonal, ad.Matrix)",
    ]
    apply(found)
    assert not lint([path], config=CONFIG).findings
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_method_and_the_one_that_it_overrides_are_mended_in_one_round(tmp_path: Path) -> None:
    lower = (
        "class Scaled(Diagonal):\n    def __matmul__(self, x: ad.AbstractVector):\n        return self.entries / x\n"
    )
    path = write(tmp_path, lower)
    found = lint([path], config=CONFIG).findings
    assert [f.code for f in found] == ["RC101", "RC101"]
    apply(found)
    assert lint([path], config=CONFIG).findings == ()


MIXED = """\
import operator
from rulecheck import ad


class Scaling:
    def __matmul__(self, x: ad.AbstractVector):
        return 2 * x


class Plain(Scaling, ad.AbstractMatrix): ...


class Below(Plain): ...


class Own(Scaling, ad.AbstractMatrix):
    def __matmul__(self, x: ad.AbstractVector):
        return 3 * x


class Other(Scaling, ad.AbstractMatrix): ...
"""


def test_the_fix_of_a_mixins_method_covers_every_class_that_has_it(tmp_path: Path) -> None:
    path = write(tmp_path, "", MIXED)
    found = lint([path], config=CONFIG).findings
    assert [f.fix.text.splitlines() for f in found if f.fix] == [
        [f"ad.opt_out(operator.matmul, {name}, ad.AbstractVector)" for name in names]
        for names in (("Plain", "Other"), ("Own",))
    ]
    apply(found)
    assert not lint([path], config=CONFIG).findings


def test_classes_of_a_mixin_are_opted_out_where_they_are_defined(tmp_path: Path) -> None:
    head, _, below = MIXED.partition("class Plain")
    (tmp_path / "mixin.py").write_text(head)
    for name, source in (("one", f"class Plain{below}"), ("two", "class Last(Scaling, ad.AbstractMatrix): ...\n")):
        (tmp_path / f"{name}.py").write_text(f"from mixin import Scaling\nfrom rulecheck import ad\n\n\n{source}")
    apply(lint([tmp_path], config=CONFIG).findings)
    assert not lint([tmp_path], config=CONFIG).findings
    assert "opt_out(operator.matmul, Last, " in (tmp_path / "two.py").read_text()
    assert (tmp_path / "mixin.py").read_text() == head


def test_imports_are_added_and_spelled_as_the_file_does(tmp_path: Path) -> None:
    head = (
        '"""A module."""\n\nfrom rulecheck.ad import AbstractMatrix as Matrix, AbstractVector\n\n\n'
        "class Shift(Matrix):\n    def __matmul__(self, x: AbstractVector):\n        return x\n"
    )
    path = write(tmp_path, "", head)
    assert settled(path) == []
    text = path.read_text()
    assert "import operator\n" in text
    assert "ad.opt_out(operator.matmul, Shift, AbstractVector)\n" in text
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "taken",
    [
        pytest.param("operator = 3\n", id="a value"),
        pytest.param("def operator(): ...\n", id="a function"),
        pytest.param(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import operator\n", id="for types alone"
        ),
        pytest.param("try:\n    import operator\nexcept ImportError:\n    operator = None\n", id="tried"),
        pytest.param("import operator as op\n", id="another name"),
        pytest.param("from operator import matmul\n", id="the function"),
    ],
)
def test_an_import_does_not_take_a_name_that_the_file_has(taken: str, tmp_path: Path) -> None:
    path = write(tmp_path, "", HEAD.replace("import operator\n", taken))
    assert settled(path) == []
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("last", ["", "x = 1\n", "x = 1"])
def test_a_class_in_a_block_is_overridden_at_the_end(last: str, tmp_path: Path) -> None:
    head = HEAD.replace("class Diagonal", "if sys.platform:\n\n    class Diagonal")
    body, rest = head[head.index("    class Diagonal") :].split("\n\n\n", 1)
    head = head[: head.index("    class Diagonal")] + body.replace("\n", "\n    ") + "\n\n\n" + rest
    path = write(tmp_path, last, head)
    assert settled(path) == []
    assert path.read_text().endswith(TRACED if last != "x = 1" else TRACED.strip())


def test_line_ends_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "world.py"
    path.write_bytes(HEAD.replace("\n", "\r\n").encode())
    assert settled(path) == []
    data = path.read_bytes()
    assert b"opt_out" in data
    assert data.count(b"\n") == data.count(b"\r\n")


def test_an_override_that_would_be_ambiguous_brings_what_it_takes(tmp_path: Path) -> None:
    source = RULE.format("operator.matmul, ad.AbstractMatrix, Signal", "rule").replace("A.entries * ", "")
    path = write(tmp_path, source)
    assert settled(path) == []
    text = path.read_text()
    assert "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)" in text
    assert "ad.opt_out(operator.matmul, Diagonal, Signal)" in text


def test_a_local_class_has_no_edits(tmp_path: Path) -> None:
    source = """
        def make():
            class Local(ad.AbstractMatrix):
                def __matmul__(self, x: Signal):
                    return x
            return Local
        """
    (finding,) = findings_of(tmp_path, TRACED + source.replace("\n        ", "\n"))
    assert finding.fix is None


def test_across_modules_it_stands_where_the_types_are_known(tmp_path: Path) -> None:
    (tmp_path / "kinds.py").write_text(HEAD + TRACED)
    (tmp_path / "use.py").write_text(
        "import kinds\nfrom rulecheck import ad\n\n\nclass Turn(ad.AbstractMatrix):\n"
        "    @property\n    def T(self) -> 'Turn':\n        return self\n\n"
        "    def __matmul__(self, x: kinds.Signal):\n        return x\n\n\n"
        "def f(A: Turn, b: kinds.Signal):\n    return b.T @ A\n"
    )
    assert settled(tmp_path) == []
    assert "kinds.Signal" in (tmp_path / "use.py").read_text()
    assert (tmp_path / "kinds.py").read_text() == HEAD + TRACED


def test_overrides_for_stubs_name_what_they_need(tmp_path: Path) -> None:
    ((finding, fix),) = overrides([write(tmp_path, "")], config=CONFIG)
    assert finding.code == "RC101"
    assert fix.text == TRACED.strip()
    assert set(fix.imports) == {"import operator", "from rulecheck import ad", "from world import Diagonal"}


def test_a_forwarding_rule_ends_it_too(tmp_path: Path) -> None:
    model = model_of(tmp_path)
    shadows = [s for s in (model.shadow(probe.question) for probe in model.probes()) if s is not None]
    fix = model.override(shadows[0], FixKind.FORWARD)
    assert fix is not None
    assert fix.text == (
        "@ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)\n"
        "def _(*args):\n    return ad.pullback(operator.matmul, *args)"
    )
    assert findings_of(tmp_path, fix.text + "\n") == []

"""The attribute that ends a densified operand: where it goes, when it is safe, and that it ends the finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.config import Config
from rulecheck.finding import Finding, FixKind
from rulecheck.run.lint import lint

METHOD = "    def __rmatmul__(self, x):\n        return x + 1\n"


def findings(path: Path) -> tuple[Finding, ...]:
    return tuple(lint([path], config=Config(systems=("numpy",), select=("RC103",), cache=False)).findings)


def fixed(source: str, folder: Path) -> str:
    """The source after the fix of its one finding, which must be gone."""
    path = folder / "example.py"
    path.write_text(source, encoding="utf-8", newline="")
    (finding,) = findings(path)
    assert finding.fix is not None
    assert finding.fix.kind is FixKind.ATTRIBUTE
    (edit,) = finding.fix.edits
    after = source[: edit.start] + edit.text + source[edit.end :]
    path.write_text(after, encoding="utf-8", newline="")
    assert findings(path) == ()
    return after.replace("  # ndarray's operators leave the call to the reflected methods below", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("class A:\n" + METHOD, "class A:\n    __array_ufunc__ = None\n\n" + METHOD, id="first"),
        pytest.param(
            'class A:\n    """Says é."""\n\n' + METHOD,
            'class A:\n    """Says é."""\n\n    __array_ufunc__ = None\n\n' + METHOD,
            id="after the docstring",
        ),
        pytest.param(
            'class A:\n    """Says."""\n' + METHOD,
            'class A:\n    """Says."""\n\n    __array_ufunc__ = None\n\n' + METHOD,
            id="a method right after the docstring",
        ),
        pytest.param(
            "class A:\n\tx = 1\n\tdef __rmatmul__(self, x): return x + 1\n",
            "class A:\n\t__array_ufunc__ = None\n\tx = 1\n\tdef __rmatmul__(self, x): return x + 1\n",
            id="tabs",
        ),
        pytest.param(
            "@str\nclass B: pass\n\n\nclass A:\r\n".replace("\n", "\r\n").replace("\r\r", "\r")
            + METHOD.replace("\n", "\r\n"),
            "@str\r\nclass B: pass\r\n\r\n\r\nclass A:\r\n    __array_ufunc__ = None\r\n\r\n"
            + METHOD.replace("\n", "\r\n"),
            id="line ends",
        ),
    ],
)
def test_where_it_goes(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(before, tmp_path) == after


@pytest.mark.parametrize(
    ("extra", "safe"),
    [
        ("    def shape(self): return (2, 2)\n", True),
        ("    def __array__(self, dtype=None, copy=None): return self.dense\n", False),
        ("    def __len__(self): return 2\n    def __getitem__(self, i): return i\n", False),
        ("    def sqrt(self): return self\n", False),
    ],
)
def test_it_is_safe_where_ufuncs_could_do_nothing(extra: str, safe: bool, tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text("class A:\n" + extra + METHOD, encoding="utf-8")
    (finding,) = findings(path)
    assert finding.fix is not None
    assert finding.fix.safe is safe


def test_what_inherits_counts_for_safety(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    below = "\n\nclass B(A):\n    def __array__(self, dtype=None, copy=None): return self.dense\n"
    path.write_text("class A:\n" + METHOD + below, encoding="utf-8")
    assert [f.fix.safe for f in findings(path) if f.fix is not None] == [False]


def test_a_body_on_the_class_line_is_left_to_a_person(tmp_path: Path) -> None:
    path = tmp_path / "example.py"
    path.write_text(
        "def own(self, x):\n    return x + 1\n\n\nclass A: shape = (2, 2); __rmul__ = own\n", encoding="utf-8"
    )
    (finding,) = findings(path)
    assert finding.fix is not None
    assert finding.fix.edits == ()

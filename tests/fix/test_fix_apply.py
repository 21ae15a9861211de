"""Fixes are applied wholly or not at all, in one order, and everything else stays byte for byte."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
from fix_findings import finding, replacing

from rulecheck.finding import Edit, Finding
from rulecheck.fix import Reason, apply, diff
from rulecheck.fix.source import SourceFile

TEXT = "import numpy as np\n\nx = 1\ny = 2\n"


def write(tmp_path: Path, data: bytes | str, name: str = "a.py") -> str:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def test_several_fixes_of_one_file(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    found = [replacing(path, TEXT, "y = 2", "y = 20"), replacing(path, TEXT, "x = 1", "x = 100")]
    outcome = apply(found)
    assert Path(path).read_text() == "import numpy as np\n\nx = 100\ny = 20\n"
    assert [f.place.line for f in outcome.applied] == [3, 4]
    assert outcome.skipped == ()
    assert dict(outcome.texts) == {path: Path(path).read_text()}


def test_the_same_import_is_added_once(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    one = finding([Edit(path, 0, 0, "import operator\n"), Edit(path, len(TEXT), len(TEXT), "f(x)\n")], path=path)
    two = finding(
        [Edit(path, 0, 0, "import operator\n"), Edit(path, len(TEXT), len(TEXT), "f(y)\n")], path=path, line=2
    )
    three = finding(
        [Edit(path, 0, 0, "import io\nimport operator\n"), Edit(path, len(TEXT), len(TEXT), "g()\n")], path=path, line=3
    )
    outcome = apply([three, two, one])
    assert Path(path).read_text() == "import operator\nimport io\n" + TEXT + "f(x)\nf(y)\ng()\n"
    assert len(outcome.applied) == 3


def test_the_first_of_two_that_overlap_wins_whatever_their_order(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    first = replacing(path, TEXT, "x = 1\ny", "xy", line=3)
    second = replacing(path, TEXT, "y = 2", "y = 20", line=4)
    outcomes = [apply(order, write=None) for order in ([first, second], [second, first])]
    for outcome in outcomes:
        assert outcome.applied == (first,)
        assert [(s.finding, s.reason) for s in outcome.skipped] == [(second, Reason.OVERLAP)]
        assert path in outcome.skipped[0].text
    assert outcomes[0] == outcomes[1]


def test_unsafe_fixes_wait_to_be_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    start = TEXT.index("x = 1")
    unsafe = finding([Edit(path, start, start + 1, "z")], safe=False)
    outcome = apply([unsafe])
    assert outcome.changes == ()
    assert outcome.skipped[0].reason is Reason.UNSAFE
    assert Path(path).read_text() == TEXT
    assert apply([unsafe], unsafe=True).applied == (unsafe,)


def test_a_fix_that_breaks_the_file_is_left_out_and_the_rest_applied(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    broken = replacing(path, TEXT, "x = 1", "x = (")
    good = replacing(path, TEXT, "y = 2", "y = 20")
    outcome = apply([broken, good])
    assert Path(path).read_text() == TEXT.replace("y = 2", "y = 20")
    assert outcome.applied == (good,)
    assert outcome.skipped[0].reason is Reason.BROKEN
    assert outcome.skipped[0].text.startswith(f"{path}:3: '(' was never closed")


def test_an_import_before_a_future_import_does_not_parse(tmp_path: Path) -> None:
    text = "from __future__ import annotations\nx = 1\n"
    path = write(tmp_path, text)
    outcome = apply([finding([Edit(path, 0, 0, "import operator\n")])])
    assert outcome.skipped[0].reason is Reason.BROKEN
    assert Path(path).read_text() == text


def test_a_fix_over_two_files_is_applied_to_both_or_to_neither(tmp_path: Path) -> None:
    a, b = write(tmp_path, TEXT, "a.py"), write(tmp_path, TEXT, "b.py")
    both = finding([Edit(a, 0, 0, "import io\n"), Edit(b, 0, 0, "x = (\n")])
    outcome = apply([both])
    assert outcome.applied == ()
    assert Path(a).read_text() == TEXT


@pytest.mark.parametrize("failing", ["a.py", "b.py"])
def test_where_one_file_cannot_be_written_the_other_is_left_as_it_was(failing: str) -> None:
    disk = {"a.py": TEXT.encode(), "b.py": TEXT.encode(), "c.py": TEXT.encode()}

    def put(path: str, data: bytes) -> None:
        if path == failing:
            raise PermissionError(13, "Permission denied")
        disk[path] = data

    both = finding([Edit("a.py", 0, 0, "import io\n"), Edit("b.py", 0, 0, "import io\n")])
    other = finding([Edit("c.py", 0, 0, "import io\n")], path="c.py")
    outcome = apply([both, other], read=disk.__getitem__, write=put)
    assert disk == {"a.py": TEXT.encode(), "b.py": TEXT.encode(), "c.py": b"import io\n" + TEXT.encode()}
    assert outcome.applied == (other,)
    assert outcome.skipped[0].reason is Reason.UNWRITABLE
    assert outcome.skipped[0].text == f"{failing}: the file could not be written: Permission denied"
    assert [change.path for change in outcome.changes] == ["c.py"]


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / "gone.py")
    outcome = apply([finding([Edit(path, 0, 0, "x")])])
    assert outcome.skipped[0].reason is Reason.UNREADABLE
    assert outcome.skipped[0].text == f"{path}: No such file or directory"


def test_a_file_that_changed_since_it_was_linted_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT + "z = 3\n")
    outcome = apply([finding([Edit(path, 0, 0, "import io\n")])], linted={path: TEXT})
    assert outcome.skipped[0].reason is Reason.CHANGED
    assert Path(path).read_text() == TEXT + "z = 3\n"


@pytest.mark.parametrize("span", [(3, 2), (0, 10_000), (-1, 2)])
def test_edits_outside_of_the_text_are_refused(tmp_path: Path, span: tuple[int, int]) -> None:
    path = write(tmp_path, TEXT)
    outcome = apply([finding([Edit(path, *span, "x")])])
    assert outcome.skipped[0].reason is Reason.BROKEN
    assert f"characters {span[0]} to {span[1]}" in outcome.skipped[0].text


def test_a_finding_without_a_fix_is_no_skipped_fix(tmp_path: Path) -> None:
    outcome = apply([finding([])])
    assert (outcome.applied, outcome.skipped, outcome.changes) == ((), (), ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x = 1\r\ny = 2\r\n", b"import io\r\nx = 1\r\ny = 2\r\nf(x)\r\ng(y)\r\n"),
        (b"x = 1\r\ny = 2", b"import io\r\nx = 1\r\ny = 2\r\nf(x)\r\ng(y)"),
        (b"x = 1\ny = 2\r\n", b"import io\nx = 1\ny = 2\r\nf(x)\r\ng(y)\r\n"),
        (b"x = 1\r\ny = 2\n", b"import io\r\nx = 1\r\ny = 2\nf(x)\ng(y)\n"),
        (b"x = 1\ry = 2\r", b"import io\rx = 1\ry = 2\rf(x)\rg(y)\r"),
        (b"x = 1\ny = 2", b"import io\nx = 1\ny = 2\nf(x)\ng(y)"),
        (b"\xef\xbb\xbfx = 1\ny = 2\n", b"\xef\xbb\xbfimport io\nx = 1\ny = 2\nf(x)\ng(y)\n"),
        (b"x = 1; y = 2", b"import io\nx = 1; y = 2\nf(x)\ng(y)"),
    ],
)
def test_line_ends_marks_and_the_end_of_the_file_are_kept(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = write(tmp_path, before)
    end = len(before.decode("utf-8-sig"))
    apply([finding([Edit(path, 0, 0, "import io\n"), Edit(path, end, end, "f(x)\ng(y)\n")])])
    assert Path(path).read_bytes() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "x = 1\n\n\nf(x)\ng(y)\n"),
        ("x = 1", "x = 1\n\n\nf(x)\ng(y)"),
        ("x = 1\r\n", "x = 1\r\n\r\n\r\nf(x)\r\ng(y)\r\n"),
    ],
)
def test_statements_that_are_added_at_one_place_stand_together(tmp_path: Path, before: str, after: str) -> None:
    path = write(tmp_path, before)
    end, gap = len(before), "\n\n" if before.endswith("\n") else "\n\n\n"
    apply(
        [finding([Edit(path, end, end, f"{gap}{call}\n")], line=line) for line, call in enumerate(["f(x)", "g(y)"], 1)]
    )
    assert Path(path).read_bytes() == after.encode()


def test_definitions_that_are_added_at_one_place_keep_their_distance(tmp_path: Path) -> None:
    path = write(tmp_path, "x = 1\n")
    apply([finding([Edit(path, 6, 6, f"\n\ndef {name}(): ...\n")], line=line) for line, name in enumerate("fg", 1)])
    assert Path(path).read_text() == "x = 1\n\n\ndef f(): ...\n\n\ndef g(): ...\n"


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT, "real.py")
    os.chmod(path, 0o751)
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    apply([finding([Edit(str(link), 0, 0, "import io\n")])])
    assert link.is_symlink()
    assert Path(path).read_text() == "import io\n" + TEXT
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o751
    assert sorted(os.listdir(tmp_path)) == ["link.py", "real.py"]


def test_one_file_under_two_names_is_one_file(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT, "real.py")
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    through = [finding([Edit(p, 0, 0, "import io\n")], path=p) for p in (path, str(link))]
    outcome = apply(through)
    assert len(outcome.applied) == 2
    assert Path(path).read_text() == "import io\n" + TEXT


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, TEXT)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    outcome = apply([finding([Edit(path, 0, 0, "import io\n")])])
    assert outcome.skipped[0].reason is Reason.UNWRITABLE
    assert Path(path).read_text() == TEXT
    assert os.listdir(tmp_path) == ["a.py"]


def test_the_diff_says_what_would_change_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(b"x = 1\r\ny = 2\f\nz = 3")
    found: list[Finding] = [finding([Edit("./a.py", 4, 5, "10"), Edit("./a.py", 19, 19, "f(x)\n")])]
    outcome = apply(found, write=None)
    assert diff(outcome).decode() == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,4 @@\n-x = 1\r\n+x = 10\r\n y = 2\f\n-z = 3\n\\ No newline at end of file\n"
        "+z = 3\n+f(x)\n\\ No newline at end of file\n"
    )
    assert (tmp_path / "a.py").read_bytes() == b"x = 1\r\ny = 2\f\nz = 3"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbfx = 1\n" + "y = '\u00e9'\n".encode(), id="byte-order mark"),
        pytest.param("# coding: latin-1\nx = 1\ny = '\u00e9'\n".encode("latin-1"), id="latin-1"),
        pytest.param(b"x = 1\r\ny = 2\nz = 3", id="mixed line ends"),
    ],
)
def test_the_diff_applies_to_the_bytes_of_the_file(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, data)
    text = SourceFile.of(data).text
    found = [replacing("a.py", text, "x = 1", "x = 100")]
    patch = diff(apply(found, write=None))
    subprocess.run(["git", "apply", "-"], input=patch, check=True)
    assert (tmp_path / "a.py").read_bytes() == data.replace(b"x = 1", b"x = 100")

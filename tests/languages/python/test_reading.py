"""What is read of files, the bad ones among them: each gives one clear entry, and the rest is complete."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from rulecheck.languages.python.program import Program
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings, SourceError


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def names(program: Program) -> set[str]:
    return {t.name for t in program.owned_types()}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"def f(:\n", "cannot parse"),
        (b"# -*- coding: utf-8 -*-\nx = '\xff'\n", "not valid utf-8"),
        (b"# coding: nonsense\nx = 1\n", "unknown encoding"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "mark"),
        (b"x = 1\n\0\n", "NUL"),
        (b"x = " + b"(" * 400 + b"1" + b")" * 400 + b"\n", "pars"),
        (b"x = " + b"-" * 100_000 + b"1\n", "deep"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_rest_is_complete(tmp_path: Path, content: bytes, word: str) -> None:
    write(tmp_path, {"bad.py": content, "good.py": "class Good: ...\n"})
    program = read([str(tmp_path)])
    (entry,) = program.unreadable
    assert entry.place.path == str(tmp_path / "bad.py")
    assert word in entry.reason
    assert names(program) == {"good.Good"}


def test_encodings_that_are_declared_are_honoured(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "latin.py": "# coding: latin-1\nclass Größe:\r\n    x = 'ä' + f(1)\r\n".encode("latin-1"),
            "marked.py": b"\xef\xbb\xbfclass Marked: ...\n",
        },
    )
    program = read([str(tmp_path)])
    assert not program.unreadable
    assert names(program) == {"latin.Größe", "marked.Marked"}
    (call,) = (c for c in program.calls if c.expr[0] == "call")
    assert (call.text, call.place.column) == ("f(1)", 15)


def test_a_long_file_and_a_long_sum_are_read(tmp_path: Path) -> None:
    write(tmp_path, {"long.py": "x = 1\n" * 100_000 + "y = " + " + ".join("a" * 500) + "\nclass End: ...\n"})
    program = read([str(tmp_path)], ReadSettings(parse_all_below=1_000_000))
    assert names(program) == {"long.End"}
    assert not program.unreadable


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path, {"pkg/a.py": "class A: ...\n"})
    os.symlink(tmp_path / "pkg", tmp_path / "pkg" / "again", target_is_directory=True)
    assert read([str(tmp_path)]).stats.files == 1


def test_folders_that_are_not_ours_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, dict.fromkeys((".venv/a.py", "venv/b.py", "build/c.py", "own/d.py", "own/e.txt"), "class X: ...\n"))
    assert read([str(tmp_path)]).paths == (str(tmp_path / "own" / "d.py"),)
    none = read([str(tmp_path)], ReadSettings(extend_exclude=("own/d.py",)))
    assert none.paths == ()


def test_paths_that_cannot_be_meant_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, {"notes.txt": ""})
    with pytest.raises(SourceError, match="no such file"):
        read([str(tmp_path / "missing.py")])
    with pytest.raises(SourceError, match="not a source file"):
        read([str(tmp_path / "notes.txt")])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"closed.py": "", "good.py": "class Good: ...\n"})
    (tmp_path / "closed.py").chmod(0)
    program = read([str(tmp_path)])
    assert [Path(u.place.path).name for u in program.unreadable] == ["closed.py"]


def test_standard_input_has_the_name_that_is_given(tmp_path: Path) -> None:
    program = read(["-"], ReadSettings(stdin=("given.py", b"class A: ...\nA() @ 1\n")))
    assert names(program) == {"given.A"}
    assert [c.text for c in program.calls] == ["A()", "A() @ 1"]


def test_nothing_that_is_read_is_executed(tmp_path: Path) -> None:
    write(tmp_path, {"trap.py": f"open({str(tmp_path / 'mark')!r}, 'w').close()\nclass A(B): ...\n"})
    before = set(sys.modules)
    assert names(read([str(tmp_path)])) == {"trap.A"}
    assert not (tmp_path / "mark").exists()
    assert "trap" not in set(sys.modules) - before


def test_suppressions_are_comments_and_never_strings(tmp_path: Path) -> None:
    source = (
        "x = '# rulecheck: ignore[RC101]'\n"
        "y = 1  # rulecheck: ignore[RC101, shadowed-method] -- known\n"
        "# rulecheck: ignore\n"
    )
    write(tmp_path, {"a.py": source})
    found = [(s.line, s.codes, s.reason) for s in read([str(tmp_path)]).suppressions]
    assert found == [(2, ("RC101", "shadowed-method"), "known"), (3, (), None)]


def test_a_compiled_module_of_the_name_of_what_it_holds(tmp_path: Path) -> None:
    write(tmp_path, {"p/__init__.py": "from .Matrix import Matrix\n", "use.py": "import p\np.Matrix.flags.x = 1\n"})
    write(tmp_path, {"b.py": "import p\nclass A(p.Matrix): ...\n"})
    program = read([str(tmp_path)], ReadSettings())
    found = program.type("b.A")
    assert found is not None
    assert not found.complete


def test_loops_in_loops_are_read_in_the_time_that_they_are_long(tmp_path: Path) -> None:
    lines = ["def g(n):", " t = 1"]
    for depth in range(1, 19):  # each level once made the reading eight times as long
        indent = " " * depth
        lines += [f"{indent}for v{depth} in range(n, t):", f"{indent} t = v{depth} * t", f"{indent} if t > n: continue"]
    write(tmp_path, {"a.py": "\n".join([*lines, " return t"])})
    program = read([str(tmp_path)], ReadSettings())
    assert program.function("a.g") is not None


def test_an_inconsistent_order_and_a_circle_of_imports_are_survived(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.py": "from b import B\nclass A(B): ...\nclass X: ...\nclass Y(X): ...\nclass Z(X, Y): ...\n",
            "b.py": "from a import A\nclass B: ...\nclass C(A): ...\n",
        },
    )
    program = read([str(tmp_path)])
    assert program.mro("b.C") == ("b.C", "a.A", "b.B", "builtins.object")
    (entry,) = program.unreadable
    assert "no consistent method resolution order" in entry.reason
    assert entry.place.line == 5

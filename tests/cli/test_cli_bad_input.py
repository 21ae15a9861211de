"""Bad input on the command line: a clear word with the path for each, and the rest of the run complete."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
SEED = Path(__file__).parent.parent.parent / "fixtures" / "seed"
OF_THE_SEED = {("RC101", "structured/model.py", 10), ("RC102", "structured/model.py", 15)}
LIAR = """\
import operator

from rulecheck import ad


def lying(thing):
    return print(thing) or __import__("os").abort()


@lying
class Liar(ad.AbstractMatrix):
    @lying
    def __matmul__(self, x: ad.AbstractVector):
        return x


@lying
@ad.adjoint(operator.matmul, Liar, ad.AbstractVector)
def rule(A, x):
    return A
"""

# What stands in the file, the line that is named, and what is said of it.
UNREADABLE: dict[str, tuple[bytes, int, str]] = {
    "a syntax error": (b"x = 1\ndef f(:\n", 2, "cannot parse the file: invalid syntax"),
    "a wrong encoding": (b"x = 1\ny = '\xff'\n", 2, "byte 0xff is not valid utf-8"),
    "an unknown encoding": (b"# coding: klingon\n", 1, "klingon"),
    "a NUL byte": (b"x = 1\n\0\n", 2, "the file contains a NUL byte"),
    "newer syntax": (b"def f():\n    x = t'{1}' where True\n", 2, "cannot parse the file"),
    "nesting": (b"x = " + b"(" * 400 + b")" * 400, 1, "pars"),
    "an inconsistent order": (
        b"class A: ...\nclass B(A): ...\nclass C(A, B): ...\n",
        3,
        "the bases of C have no consistent method resolution order",
    ),
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> None:
    shutil.copytree(SEED, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def told(ask: Ask, *words: str) -> set[tuple[str, str, int]]:
    """The findings of a run that ends well, beside those of the seed, which have to be among them."""
    answer = ask("lint", "--format", "json", *words)
    assert answer.code == 1
    assert "Traceback" not in answer.err
    found = {(f["code"], f["path"], f["line"]) for f in json.loads(answer.out)["findings"]}
    assert found >= OF_THE_SEED
    return found - OF_THE_SEED


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_said_with_its_place(ask: Ask, tmp_path: Path, name: str) -> None:
    content, line, said = UNREADABLE[name]
    (tmp_path / "bad.py").write_bytes(content)
    assert told(ask) == {("RC901", "bad.py", line)}
    (row,) = [r for r in ask("lint", "--format", "concise").out.splitlines() if r.startswith("bad.py")]
    assert row.startswith(f"bad.py:{line}:")
    assert said in row


@pytest.mark.parametrize("name", UNREADABLE)
def test_nor_does_a_huge_file_beside_it_hide_that(ask: Ask, tmp_path: Path, name: str) -> None:
    content, line, _ = UNREADABLE[name]
    (tmp_path / "bad.py").write_bytes(content)
    (tmp_path / "generated.py").write_bytes(b"x = 1\n" * 100_000)
    wanted = {("RC901", "bad.py", line)}
    assert told(ask) == wanted
    assert told(ask) == wanted, "from the cache"
    answer = ask("lint", "--format", "json", "--system", "numpy")
    found = {(f["code"], f["path"], f["line"]) for f in json.loads(answer.out)["findings"]}
    assert found == wanted, "where the system has nothing to look for"


@pytest.mark.parametrize(
    "content",
    [b"x = 1\n" * 100_000, b"from cycle import A\nclass A(A): ...\n", LIAR.encode(), b"", b"\n\f\n"],
    ids=["100,000 lines", "its own import and base", "lying decorators", "empty", "blank"],
)
def test_what_is_odd_is_read(ask: Ask, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cycle.py").write_bytes(content)
    assert told(ask) == set()


def test_a_cyclic_import(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("from two import B\n\n\nclass A(B): ...\n")
    (tmp_path / "two.py").write_text("from one import A\n\n\nclass B(A): ...\n")
    assert {path for _, path, _ in told(ask)} <= {"one.py", "two.py"}


def test_links(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "itself.py").symlink_to(tmp_path / "itself.py")
    (tmp_path / "nowhere.py").symlink_to(tmp_path / "gone")
    assert told(ask) == {("RC901", "itself.py", 1), ("RC901", "nowhere.py", 1)}


@pytest.mark.parametrize("what", ["pipe", "socket"])
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such files here")
def test_what_never_ends_is_not_opened(ask: Ask, tmp_path: Path, what: str, open_socket: socket.socket) -> None:
    if what == "pipe":
        os.mkfifo("endless.py")
    else:
        open_socket.bind("endless.py")
    assert told(ask) == {("RC901", "endless.py", 1)}
    assert told(ask, "structured", "endless.py") == {("RC901", "endless.py", 1)}
    for format_ in ("full", "sarif", "html"):  # which show the source
        assert "no regular file" in ask("lint", "endless.py", "--format", format_).out


@pytest.fixture
def open_socket() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as made:
        yield made


def test_no_permission(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that lets nobody read a file and a folder, since the superuser may read all."""
    from rulecheck.languages.store.source_texts import SourceTexts

    (tmp_path / "closed.py").write_text("x = 1\n")
    (tmp_path / "folder").mkdir()
    content, scandir = SourceTexts.content, os.scandir

    def refusing(self: SourceTexts, path: str) -> bytes:
        if path == "closed.py":
            raise PermissionError(13, "Permission denied", path)
        return content(self, path)

    def closed(path: str) -> Any:
        if os.path.basename(path) == "folder":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(SourceTexts, "content", refusing)
    monkeypatch.setattr(os, "scandir", closed)
    assert told(ask, "--jobs", "1") == {("RC901", "closed.py", 1), ("RC901", "folder", 1)}
    out = ask("lint", "--jobs", "1", "--format", "concise").out
    assert "closed.py:1:1: RC901 not read: the file could not be opened: Permission denied" in out
    assert "folder:1:1: RC901 not read: the folder could not be read: Permission denied" in out


@pytest.mark.parametrize("content", [b"", b"nonsense", b"rulecheck record 1\n" + bytes(64)])
def test_a_corrupt_cache(ask: Ask, tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "kept"))
    assert told(ask) == set()
    (file,) = (tmp_path / "kept").glob("facts-*.record")
    for each in (tmp_path / "kept").glob("*.record"):  # the answers of the last run with it
        each.write_bytes(content)
    answer = ask("lint", "--format", "concise")
    assert f"note: {file}: the cache could not be used (it is damaged, or this user did not write it)" in answer.err
    assert len(answer.out.splitlines()) == 3
    assert ask("lint").err == ""


def test_a_cache_of_another_version_stays_what_it_is(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rulecheck.languages.store import records

    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(records, "own_code", lambda: b"another")
    assert told(ask) == set()
    old = {path: path.read_bytes() for path in (tmp_path / "kept").glob("facts-*.record")}
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "kept"))
    assert told(ask) == set()
    (tmp_path / "more.py").write_text("x = 1\n")
    told(ask)
    assert old.items() <= {path: path.read_bytes() for path in (tmp_path / "kept").glob("*.record")}.items()
    assert len(list((tmp_path / "kept").glob("facts-*.record"))) == 2


def test_a_cache_that_cannot_be_written(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kept").write_text("a file, no folder")
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "kept"))
    assert told(ask) == set()
    assert "the cache could not be written (File exists)" in ask("lint").err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "1: the baseline is not valid JSON"),
        ("[]", "is no baseline of rulecheck"),
        ('{"version": 9, "findings": []}', "is of version 9, this rulecheck reads version 1"),
    ],
)
def test_a_baseline_that_cannot_be_used(ask: Ask, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "known.json").write_text(content)
    answer = ask("lint", "--baseline", "known.json")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"error: {tmp_path / 'known.json'}")
    assert said in answer.err
    assert "--write-baseline" in answer.err

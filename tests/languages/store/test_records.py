"""What is kept is believed if this user wrote it, and nothing else is read, followed, written or removed for it."""

from __future__ import annotations

import marshal
import os
import pickle
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.languages.store import records
from rulecheck.languages.store.records import KEY_MAGIC, MAGIC, Bundle, Store, packed, unpacked, user_key
from rulecheck.languages.store.schema import Misfit, maker

PARTS = (b"a", b"b")
VALUE = (("x", 1, None, 2.5, b"\xff"), {"y": ()}, "sur\udce9rogate")


def kept(folder: Path) -> Path:
    (file,) = folder.glob("answers-*.record")
    return file


def stored(folder: Path) -> Store:
    store = Store(str(folder))
    assert store.put("answers", PARTS, VALUE)
    assert store.notes == []
    return store


def asked(folder: Path) -> object:
    return Store(str(folder)).get("answers", PARTS, lambda value: value)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = stored(tmp_path / "cache")
    assert asked(tmp_path / "cache") == VALUE
    assert store.get("answers", (b"ab", b""), lambda value: value) is None
    assert store.get("facts", PARTS, lambda value: value) is None
    assert Store(None).get("answers", PARTS, lambda value: value) is None


def test_all_files_are_the_users_alone(tmp_path: Path) -> None:
    stored(tmp_path / "cache")
    for file in (tmp_path / "cache").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not list((tmp_path / "cache").glob("*.tmp"))


# What an unpickler, an unmarshaller or an unpacker is known to choke on.
BOMBS = {
    "marshal that ends the process": b"\xdb\xff\xff\xff\x7f" + bytes(9),
    "marshal code": marshal.dumps(compile("1", "x", "exec")),
    "pickle": pickle.dumps(ValueError),
    "empty": b"",
    "deep": b"\x91" * 100_000 + b"\xc0",
    "long array": b"\xdd\xff\xff\xff\xff",
    "long text": b"\xdb\xff\xff\xff\xff",
    "unhashable key": b"\x81\x81\x01\x01\x01",
    "two values": b"\xc0\xc0",
    "bad time": b"\xd7\xff" + b"\xff" * 8,
    "bad text": b"\xa2\xff\xfe",
    "reserved": b"\xc1",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bytes_that_are_none_of_ours_are_a_misfit(name: str) -> None:
    with pytest.raises(Misfit):
        maker(tuple[str, ...])(unpacked(BOMBS[name]))


@pytest.mark.parametrize("name", BOMBS)
def test_a_record_with_a_right_seal_and_a_wrong_content_is_a_miss(name: str, tmp_path: Path) -> None:
    store = stored(tmp_path / "cache")
    assert store._put("answers", PARTS, (BOMBS[name],))
    fresh = Store(str(tmp_path / "cache"))
    assert fresh.get("answers", PARTS, maker(tuple[str, ...])) is None
    assert "passed over" in fresh.notes[0]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_misfit(data: bytes) -> None:
    try:
        maker(tuple[tuple[str, int], ...])(unpacked(data))
    except Misfit:
        pass


def test_what_cannot_be_kept_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    deep: object = ()
    for _ in range(5_000):
        deep = (deep,)
    for value in (deep, 1 << 70, object()):
        assert packed(value) is None
        assert not Store(str(tmp_path / "cache")).put("answers", PARTS, value)
        assert not Store(str(tmp_path / "cache")).put_table("answers", PARTS, {b"a": value})
    assert not list(tmp_path.glob("cache/answers*"))


@pytest.mark.parametrize("cut", [0, 5, len(MAGIC), len(MAGIC) + 3, -1])
def test_a_record_that_was_cut_or_changed_is_a_miss(cut: int, tmp_path: Path) -> None:
    stored(tmp_path / "cache")
    file = kept(tmp_path / "cache")
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    assert asked(tmp_path / "cache") is None
    file.write_bytes(whole[: len(MAGIC)] + bytes([whole[len(MAGIC)] ^ 1]) + whole[len(MAGIC) + 1 :])
    assert asked(tmp_path / "cache") is None


def test_a_record_under_another_name_is_a_miss(tmp_path: Path) -> None:
    store = stored(tmp_path / "cache")
    other = kept(tmp_path / "cache").read_bytes()
    store.put("answers", (b"c",), ("else",))
    for file in (tmp_path / "cache").glob("answers-*.record"):
        file.write_bytes(other)
    assert Store(str(tmp_path / "cache")).get("answers", (b"c",), lambda value: value) is None


def test_what_somebody_else_sealed_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that came along with a tree, their key beside them."""
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "theirs"))
    stored(tmp_path / "tree" / ".cache")
    assert asked(tmp_path / "tree" / ".cache") == VALUE
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "mine"))
    assert asked(tmp_path / "tree" / ".cache") is None
    (tmp_path / "theirs" / "key").rename(tmp_path / "tree" / ".cache" / "key")
    assert asked(tmp_path / "tree" / ".cache") is None


def test_a_key_in_what_is_linted_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tmp_path / "tree"
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tree / "cache"))
    foreign = user_key(())
    assert (tree / "cache" / "key").read_bytes() == KEY_MAGIC + foreign
    assert user_key((str(tree),)) != foreign
    (tmp_path / "link").symlink_to(tree / "cache")
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path / "link"))
    assert user_key((str(tree),)) != foreign


def test_where_every_place_lies_in_what_is_linted_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RULECHECK_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    store = Store(str(tmp_path / "cache"), (str(tmp_path),))
    store.put("answers", PARTS, VALUE)
    assert "lies in what is linted" in store.notes[0]
    assert not list(tmp_path.glob("cache/*.record*"))


def _spoil_key(key: Path, how: str) -> None:
    known = KEY_MAGIC + bytes(32)
    if how == "pipe":
        os.mkfifo(key, 0o600)
    elif how == "link":
        aside = key.with_name("aside")
        aside.write_bytes(known)
        aside.chmod(0o600)
        key.symlink_to(aside)
    else:
        key.write_bytes(known[:-1] if how == "short" else known)
        key.chmod(0o644 if how == "readable" else 0o600)


@pytest.mark.parametrize("how", ["short", "readable", "link", "pipe"])
def test_a_key_that_others_may_know_is_drawn_anew(how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RULECHECK_CACHE_DIR", str(tmp_path))
    _spoil_key(tmp_path / "key", how)
    assert user_key(()) != bytes(32)
    assert stat.S_ISREG((tmp_path / "key").lstat().st_mode)
    if how == "link":
        assert (tmp_path / "aside").read_bytes() == KEY_MAGIC + bytes(32)


def _link(file: Path) -> None:
    aside = file.with_name("aside")
    file.rename(aside)
    file.symlink_to(aside)


def _zero(file: Path) -> None:
    file.unlink()
    file.symlink_to("/dev/zero")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _huge(file: Path) -> None:
    with file.open("ab") as grown:
        grown.truncate(records.LARGEST + 1)


@pytest.mark.parametrize("spoil", [_link, _zero, _pipe, _folder, _huge])
def test_what_is_no_plain_file_is_not_read(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    stored(tmp_path / "cache")
    spoil(kept(tmp_path / "cache"))
    assert asked(tmp_path / "cache") is None


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    stored(tmp_path / "cache")
    file, aside = kept(tmp_path / "cache"), tmp_path / "aside"
    file.unlink()
    aside.write_text("mine")
    file.symlink_to(aside)
    stored(tmp_path / "cache")
    assert aside.read_text() == "mine"
    assert not file.is_symlink()
    assert asked(tmp_path / "cache") == VALUE


def test_a_folder_that_was_there_gets_no_marks(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    stored(tmp_path / "here")
    assert {file.suffix for file in (tmp_path / "here").iterdir()} == {".record"}
    stored(tmp_path / "made")
    assert (tmp_path / "made" / ".gitignore").read_text() == "*\n"


def _numbered(folder: Path, number: int) -> Path:
    return folder / records._name("facts", (bytes([number]),))


def test_only_records_are_removed_and_those_that_were_used_last_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST", 3)
    folder = tmp_path / "cache"
    store = stored(folder)
    name = kept(folder).name
    others = [folder / n for n in ("facts-2024.bin", f"{name}.bak", "answers-x.record", f"photos-{name[8:]}")]
    for other in others:
        other.write_text("mine")
    aside = tmp_path / "aside"
    aside.write_bytes(MAGIC)
    link = folder / f"links-{name[8:]}"
    link.symlink_to(aside)
    for file in (*others, link):
        os.utime(file, (1, 1), follow_symlinks=False)
    for number in range(5):
        store.put("facts", (bytes([number]),), number)
        os.utime(_numbered(folder, number), (1000 + number, 1000 + number))
    store.put("facts", (b"last",), "last")
    assert all(file.exists() for file in (*others, link))
    assert aside.read_bytes() == MAGIC
    assert [n for n in range(5) if _numbered(folder, n).exists()] == [4]


def test_records_weigh_no_more_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "HEAVIEST", 3_000)
    store = Store(str(tmp_path))
    for number in range(5):
        store.put("facts", (bytes([number]),), bytes(1_000))
    assert 0 < sum(file.stat().st_size for file in tmp_path.glob("*.record")) <= 3_000


def test_what_a_killed_run_left_is_removed_in_time(tmp_path: Path) -> None:
    store = stored(tmp_path)
    name = kept(tmp_path).name
    fresh, old, mine = (tmp_path / f"{name}.{number:016x}.tmp" for number in range(3))
    for file in (fresh, old):
        file.write_bytes(MAGIC)
    mine.write_text("mine")
    for file in (old, mine):
        os.utime(file, (1, 1))
    store.put("answers", PARTS, VALUE)
    assert (fresh.exists(), old.exists(), mine.exists()) == (True, False, True)


def test_a_record_that_is_used_counts_as_new(tmp_path: Path) -> None:
    stored(tmp_path)
    os.utime(kept(tmp_path), (1, 1))
    assert asked(tmp_path) == VALUE
    assert kept(tmp_path).stat().st_mtime > 1


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    store = Store(str(tmp_path / "file" / "cache"))
    for _ in range(2):
        assert store.put("answers", PARTS, VALUE)
    assert len(store.notes) == 1
    assert "could not be written" in store.notes[0]


def test_a_full_disk_leaves_the_old_record_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    store.put("answers", PARTS, ("other",))
    monkeypatch.undo()
    assert "No space left on device" in store.notes[0]
    assert asked(tmp_path) == VALUE
    assert not list(tmp_path.glob("*.tmp"))


def test_two_runs_that_draw_a_key_at_once_take_the_same(tmp_path: Path) -> None:
    code = "from rulecheck.languages.store.records import user_key; print(user_key(()).hex())"
    environment = {
        **os.environ,
        "RULECHECK_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    runs = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) for _ in range(4)]
    assert len({run.communicate()[0] for run in runs}) == 1


def test_bundles_keep_what_another_run_found(tmp_path: Path) -> None:
    def bundle() -> Bundle[int]:
        return Bundle(Store(str(tmp_path)), "facts", PARTS, maker(int))

    first, second = bundle(), bundle()
    first.put(b"1", 1)
    second.put(b"2", 2)
    first.save()
    second.save()
    both = bundle()
    assert (both.get(b"1"), both.get(b"2"), both.get(b"3")) == (1, 2, None)


def test_a_value_of_a_bundle_that_does_not_fit_is_a_miss(tmp_path: Path) -> None:
    strings: Bundle[str] = Bundle(Store(str(tmp_path)), "facts", PARTS, maker(str))
    strings.put(b"1", "one")
    strings.save()
    assert Bundle(Store(str(tmp_path)), "facts", PARTS, maker(int)).get(b"1") is None

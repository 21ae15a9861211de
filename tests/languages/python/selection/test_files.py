"""The cache never changes a result, whatever happens to it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulecheck.languages.python.program import Program
from rulecheck.languages.python.reading import read
from rulecheck.languages.python.selection.parsing import Task, extract_all
from rulecheck.languages.store import records
from rulecheck.languages.store.records import Store
from rulecheck.languages.store.settings import ReadSettings
from tests.languages.python.test_reading import write

SNIPPETS = (
    "class A:\n    def __radd__(self, x): return x\n",
    "from m0 import A\nclass B(A): ...\n",
    "def f(x: int): return x + 1\n",
    "y = [1, 2]\nz = y @ y\n",
    "def broken(:\n",
    "",
)


def told(program: Program) -> object:
    return (
        program.owned_types().__len__(),
        [(t.name, t.bases, sorted(t.methods), t.fields) for t in program.owned_types()],
        program.calls,
        program.unreadable,
        program.stats,
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(SNIPPETS)), min_size=1, max_size=5))
def test_cold_warm_and_no_cache_agree_over_edits(edits: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = str(folder / ".cache")
        for number, text in edits:
            write(folder, {f"m{number}.py": text})
            plain = told(read([name], ReadSettings()))
            assert told(read([name], ReadSettings(store=Store(kept)))) == plain
            assert told(read([name], ReadSettings(store=Store(kept)))) == plain


def test_a_damaged_cache_is_passed_over_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": SNIPPETS[0]})

    def asked() -> tuple[object, list[str]]:
        store = Store(str(tmp_path / "cache"))
        program = read([str(tmp_path / "a.py")], ReadSettings(store=store))
        answer = told(program)
        program.keep()
        return answer, store.notes

    before, _ = asked()
    (file,) = (tmp_path / "cache").glob("facts-*.record")
    whole = file.read_bytes()
    for content in (b"", b"nonsense", whole[:-1], whole.replace(b"__radd__", b"__rsub__")):
        file.write_bytes(content)
        again, notes = asked()
        assert again == before
        assert "passed over" in notes[0]
        assert asked() == (before, [])
    assert (tmp_path / "cache" / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_the_prefilter_changes_nothing_that_matters(tmp_path: Path) -> None:
    write(tmp_path, {"m0.py": SNIPPETS[0], "m1.py": SNIPPETS[1], "m2.py": SNIPPETS[2]})
    write(tmp_path, {"m3.py": "from m1 import B\ndef g(b: B): return b + 1\n"})
    everything = read([str(tmp_path)], ReadSettings(tokens=(rb"__r\w+__",)))
    some = read([str(tmp_path)], ReadSettings(tokens=(rb"__r\w+__",), parse_all_below=0))
    assert some.stats.parsed == 2
    assert {t.name for t in some.owned_types()} == {"m0.A", "m1.B"}
    assert some.subclasses("m0.A") == everything.subclasses("m0.A") == ("m1.B",)

    def seen(program: Program) -> list[object]:
        calls = program.calls_matching(lambda e: e[0] == "op", mentioning=["m0.A", "m1.B"])
        return [(c.place, program.type_of(c.expr[2][0], c.module, scope=c.scope)) for c in calls if c.module == "m3"]

    assert seen(some) == seen(everything) != []
    assert some.stats.parsed == 3


def test_the_prefilter_follows_other_names_of_a_class(tmp_path: Path) -> None:
    held = "from m0 import A\nclass Registry:\n    Held: 'TypeAlias' = A[int]\nOther = A\n"
    write(tmp_path, {"m0.py": SNIPPETS[0], "m1.py": held})
    write(tmp_path, {"m2.py": "from m1 import Registry, Other\nclass B(Registry.Held): ...\nclass C(Other): ...\n"})
    some = read([str(tmp_path)], ReadSettings(tokens=(rb"__r\w+__",), parse_all_below=0))
    assert some.subclasses("m0.A") == ("m2.B", "m2.C")


def test_workers_give_what_one_process_gives() -> None:
    contents = [s.encode() for s in SNIPPETS]
    for task in (Task(frozenset()), Task(frozenset(), is_outline=True)):
        assert extract_all(contents, task, 3) == extract_all(contents, task, 1)


def test_facts_of_another_state_of_the_reader_are_none_of_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"a.py": SNIPPETS[0]})
    store = Store(str(tmp_path / "cache"))
    read([str(tmp_path / "a.py")], ReadSettings(store=store)).keep()
    monkeypatch.setattr(records, "own_code", lambda: b"another")
    read([str(tmp_path / "a.py")], ReadSettings(store=store)).keep()
    assert not store.notes
    assert len(list((tmp_path / "cache").glob("facts-*.record"))) == 2

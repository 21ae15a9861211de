"""Fixing comes to rest, and says so where it does not."""

from __future__ import annotations

from functools import partial

from fix_findings import finding, replacing

from rulecheck.finding import Edit, Finding
from rulecheck.fix import Reason, apply, settle


class Disk:
    """One file in memory, and the fixes of a made-up lint over it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.apply = partial(apply, read=lambda _: self.text.encode(), write=self._write)

    def _write(self, _: str, data: bytes) -> None:
        self.text = data.decode()


def test_overlapping_fixes_take_two_rounds() -> None:
    disk = Disk("x = f(g(1))\n")

    def lint() -> list[Finding]:
        found = []
        if "f(" in disk.text:
            found.append(replacing("a.py", disk.text, disk.text[4:-1], disk.text[6:-2]))
        if "g(" in disk.text:
            start = disk.text.index("g(")
            found.append(finding([Edit("a.py", start, start + 1, "h")], line=2))
        return found

    settled = settle(lint, disk.apply)
    assert disk.text == "x = h(1)\n"
    assert (settled.settled, settled.rounds, settled.remaining) == (True, 2, ())
    assert len(settled.outcome.applied) == 2
    assert [c.before.text for c in settled.outcome.changes] == ["x = f(g(1))\n"]
    assert [c.after.text for c in settled.outcome.changes] == ["x = h(1)\n"]


def test_nothing_to_fix_is_one_lint() -> None:
    disk = Disk("x = 1\n")
    calls = []

    def lint() -> list[Finding]:
        calls.append(1)
        return []

    settled = settle(lint, disk.apply)
    assert (settled.settled, settled.rounds, len(calls)) == (True, 0, 1)


def test_fixes_that_undo_each_other_are_stopped() -> None:
    disk = Disk("x = 1\n")

    def lint() -> list[Finding]:
        return [replacing("a.py", disk.text, disk.text[4], "2" if disk.text[4] == "1" else "1")]

    settled = settle(lint, disk.apply)
    assert not settled.settled
    assert settled.rounds == 2
    assert settled.outcome.changes == ()
    assert len(settled.remaining) == 1


def test_fixes_that_never_end_are_stopped() -> None:
    disk = Disk("x = 1\n")
    settled = settle(lambda: [finding([Edit("a.py", 0, 0, "x = 0\n")])], disk.apply, rounds=5)
    assert (settled.settled, settled.rounds) == (False, 5)
    assert disk.text == "x = 0\n" * 5 + "x = 1\n"


def test_what_cannot_be_applied_remains_with_its_reason() -> None:
    disk = Disk("x = 1\n")
    found = [finding([Edit("a.py", 0, 1, "(")]), finding([Edit("a.py", 4, 5, "2")], safe=False)]
    settled = settle(lambda: found, disk.apply)
    assert settled.settled
    assert {s.reason for s in settled.outcome.skipped} == {Reason.BROKEN, Reason.UNSAFE}
    assert settled.remaining == tuple(found)

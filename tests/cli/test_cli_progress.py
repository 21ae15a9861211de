"""The progress bar: for terminals, and for work that takes its time."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from rulecheck.cli.progress import Bar

pytestmark = pytest.mark.slow


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nobody_to_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Bar(patience=0) as bar:
        assert bar is None


def test_short_work_shows_and_imports_nothing() -> None:
    code = "from rulecheck.cli.progress import Bar\nimport sys\nbar = Bar()\nbar('reading', 1, 2)\n"
    code += "bar.__exit__(None, None, None)\nsys.exit('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_long_work_is_shown_on_the_error_stream_and_taken_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Bar(patience=0) as bar:
        assert bar is not None
        for done in range(3):
            bar("reading", done, 3)
        bar("checking", 1, 3)
    shown = terminal.getvalue()
    assert "reading" in shown
    assert "checking" in shown
    assert capsys.readouterr().out == ""

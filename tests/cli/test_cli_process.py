"""What only a process of its own can show: a reader that leaves, an interrupt, what is imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Shell = Callable[..., "subprocess.Popen[bytes]"]


def test_a_closed_pipe_ends_quietly(shell: Shell) -> None:
    read, write = os.pipe()
    os.close(read)
    process = shell("explain", "--all", stdout=write)
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == 0


def test_a_reader_that_takes_one_line(shell: Shell) -> None:
    process = shell("explain", "--all", "--format", "json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_an_interrupt_leaves_no_traceback(shell: Shell, tmp_path: Path) -> None:
    process = shell("lint", "-")  # waits for the standard input
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not _reads_stdin(process.pid):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in out + err


def _reads_stdin(pid: int) -> bool:
    """Whether the process is asleep in a read, as far as the system tells; else a moment has to do."""
    state = Path(f"/proc/{pid}/wchan")
    if not state.exists():
        time.sleep(1)
        return True
    return "pipe" in state.read_text()


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


HEAVY = {"numpy", "networkx", "rich"}


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["lint", "--help"], ["lint", "--show-settings"]])
def test_little_is_imported(words: list[str]) -> None:
    code = f"from rulecheck.cli import run; run({words!r})"
    assert not modules_after(code) & HEAVY


def test_the_version_needs_no_part_of_the_linter() -> None:
    code = "from rulecheck.cli import run; run(['--version'])\nimport sys\n"
    code += "assert not [m for m in sys.modules if m.startswith(('rulecheck.sources', 'rulecheck.checks'))]"
    modules_after(code)


def test_the_package_gives_lint_when_it_is_asked_for() -> None:
    assert "click" not in modules_after("import rulecheck")
    modules_after("import rulecheck; assert callable(rulecheck.lint)")


@pytest.mark.parametrize(("shell_name", "word"), [("bash", "complete"), ("zsh", "compdef"), ("fish", "complete")])
def test_completion_is_offered_to_shells(shell_name: str, word: str) -> None:
    assert word in completed({"_RULECHECK_COMPLETE": f"{shell_name}_source"})


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("rulecheck exp", "plain,explain"),
        ("rulecheck lint --format sa", "plain,sarif"),
        ("rulecheck graph --format mer", "plain,mermaid"),
        ("rulecheck lint --system nu", "plain,numpy"),
    ],
)
def test_words_are_completed(words: str, offered: str) -> None:
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_RULECHECK_COMPLETE": "bash_complete"}
    assert offered in completed(variables).splitlines()


def completed(variables: dict[str, str]) -> str:
    code = "import sys; sys.argv[0] = 'rulecheck'; from rulecheck.cli import main; main()"
    environment = {**os.environ, **variables}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True).stdout

"""What only a process of its own can show: a reader that leaves, an interrupt, what is imported."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device")
@pytest.mark.parametrize("format_", ["full", "json"])
def test_output_that_cannot_be_written_is_an_error_in_a_line(shell: Shell, format_: str) -> None:
    with Path("/dev/full").open("wb") as full:
        process = shell("lint", "--format", format_, stdout=full)
    _, err = process.communicate(timeout=60)
    assert err == b"error: the output could not be written: No space left on device\n"
    assert process.returncode == 2


@pytest.mark.skipif(os.name != "posix", reason="closes streams by their numbers")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_was_closed_before_is_no_defect(closed: str, tmp_path: Path) -> None:
    words = f"exec {shlex.quote(sys.executable)} -m rulecheck lint - --format concise {closed}"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", words], cwd=tmp_path, env=env, input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


SHADOWED = """\
from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    def __matmul__(self, x: ad.AbstractVector):
        return x


def applied(A: Diagonal, x: ad.AbstractVector):
    return A @ x  # größer
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks for a locale without names for such files")
def test_a_locale_that_knows_no_such_names(shell: Shell, tmp_path: Path) -> None:
    """Reports for programs are UTF-8 in every locale, and one baseline is good for all of them."""
    (tmp_path / "größe").mkdir()
    (tmp_path / "größe" / "model.py").write_text(SHADOWED)
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    modern = {**plain, "PYTHONUTF8": "1"}
    for format_ in ("json", "sarif", "gitlab", "junit", "html", "github"):
        reports = []
        for env in (plain, modern):
            out, err = shell("lint", "--no-cache", "--format", format_, env=env).communicate(timeout=60)
            assert err == b""
            reports.append(out)
        assert reports[0] == reports[1]
        assert "größe/model.py" in reports[0].decode() or format_ == "sarif"
    assert shell("lint", "--no-cache", env=plain).communicate(timeout=60)[0].startswith(b"warning[RC101]")
    written = shell("lint", "--no-cache", "--write-baseline", env=plain)
    assert (written.wait(timeout=60), "größe/model.py" in (tmp_path / "rulecheck-baseline.json").read_text()) == (
        0,
        True,
    )
    for env in (plain, modern):
        assert shell("lint", "--no-cache", "--baseline", "rulecheck-baseline.json", env=env).wait(timeout=60) == 0
    assert shell("stubs", "--no-cache", "größe", "-o", "overrides.py", env=plain).wait(timeout=60) == 0
    assert "größe/model.py" in (tmp_path / "overrides.py").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_an_interrupt_leaves_no_traceback(shell: Shell, tmp_path: Path) -> None:
    # What is started in the background may be told to ignore interrupts, and tells so what it starts.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = shell("lint", "-", preexec_fn=heed)  # waits for the standard input
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
    code += "assert not [m for m in sys.modules if m.startswith(('rulecheck.languages', 'rulecheck.checks'))]"
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

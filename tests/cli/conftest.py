"""The command line as a user has it: words in, an exit code and two streams out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from rulecheck.cli import run

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all tests: facts are kept by content, so no test can see another's."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def ask(cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command in this process, in a folder of its own and without anybody's cache or colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULECHECK_CACHE_DIR", cache)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def asked(*words: str) -> Answer:
        code = run(words)
        streams = capsys.readouterr()
        return Answer(code, streams.out, streams.err)

    return asked


@pytest.fixture
def shell(cache: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a command in a process of its own; what still runs at the end of the test is ended."""
    processes: list[subprocess.Popen[bytes]] = []

    def started(*words: str, **more: object) -> subprocess.Popen[bytes]:
        env = {**os.environ, "RULECHECK_CACHE_DIR": cache, "PYTHONPATH": str(ROOT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        words = (sys.executable, "-m", "rulecheck", *words)
        process = subprocess.Popen(words, **{**pipes, "cwd": tmp_path, "env": env, **more})  # type: ignore[call-overload]
        processes.append(process)
        return process

    yield started
    for process in processes:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()

"""Times `rulecheck lint` beside ruff, pyflakes and mypy on installed trees: whole commands, interleaved, medians.

    python benchmarks/lint_speed.py FOLDER [--rounds N] [--tools ruff,pyflakes,deep,mypy] [--limit SECONDS]

FOLDER receives the wheels (`pip download --no-deps`) and the trees that are unpacked from them; a second run uses what
is there. The clock is what a user waits; "processor" are the user seconds of all processes, which other work on the
machine disturbs less. Both have their ratio to the cold run of rulecheck. "cold" starts without a cache of facts,
"warm" with the one that the cold run left, for rulecheck alone. "deep" is pyflakes with room for deeply nested source.
mypy runs once. A command that ends with a traceback has read no more than a part: its row says so, and has no ratio.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("scipy", "sympy", "jax")
THREE_FILES = {
    "arrays.py": "class Own:\n    def __init__(self, n): self.n = n\n    def __matmul__(self, x): return x\n",
    "make.py": "from arrays import Own\n\n\ndef make(n: int) -> Own:\n    return Own(n)\n",
    "use.py": "import numpy as np\nfrom make import make\n\nprint(make(3) @ np.ones(3))\n",
}


def fetch(folder: Path) -> list[Path]:
    """The unpacked trees, downloaded where they are missing; and a project of three small files."""
    trees = []
    for package in PACKAGES:
        tree = folder / "trees" / package / package
        if not tree.exists():
            wheels = folder / "wheels"
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*command, "-d", str(wheels), package], check=True)
            (wheel,) = wheels.glob(f"{package}-*.whl")
            zipfile.ZipFile(wheel).extractall(folder / "trees" / package)
        trees.append(tree)
    small = folder / "trees" / "three"
    small.mkdir(parents=True, exist_ok=True)
    for name, text in THREE_FILES.items():
        (small / name).write_text(text)
    return [*trees, small]


@dataclass(frozen=True)
class Took:
    """What one run of a command took on the clock and on all processors, and how it failed, if it did."""

    clock: float
    processor: float
    failure: str = ""


def timed(command: list[str], cwd: Path, environment: dict[str, str], limit: float | None = None) -> Took:
    """Run a whole command; what it prints is thrown away, but for what tells that it died."""
    start, before = time.perf_counter(), os.times()
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(
                command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=errors, check=False, timeout=limit
            )
            failure = "" if done.returncode in (0, 1) else f"ended with {done.returncode}"
        except subprocess.TimeoutExpired:
            failure = f"not done after {limit:.0f} s"
        errors.seek(0)
        said = errors.read().decode("utf-8", "replace")
    if "Traceback (most recent call last)" in said:
        failure = f"died: {said.strip().splitlines()[-1][:60]}"
    after = os.times()
    return Took(time.perf_counter() - start, after.children_user - before.children_user, failure)


# Pyflakes visits by recursion: with Python's own limit it dies on sources such as sympy's.
DEEP = (
    "import sys, threading; from pyflakes.api import main; sys.setrecursionlimit(10**6); threading.stack_size(1 << 29);"
    "run = threading.Thread(target=main, kwargs={'prog': 'pyflakes'}); run.start(); run.join()"
)


def commands(tree: Path, tools: list[str]) -> dict[str, list[str]]:
    """What is timed, by name."""
    python = sys.executable
    mypy = ["--ignore-missing-imports", "--no-incremental", "--follow-imports=skip", "--cache-dir", os.devnull]
    every = {
        "ruff": [python, "-m", "ruff", "check", "--no-cache", "--isolated", "--quiet", tree.name],
        "pyflakes": [python, "-m", "pyflakes", tree.name],
        "deep": [python, "-c", DEEP, tree.name],
        "mypy": [python, "-m", "mypy", *mypy, tree.name],
    }
    lint = [python, "-m", "rulecheck", "lint", tree.name, "--exit-zero", "--format", "concise"]
    return {"rulecheck cold": lint, "rulecheck warm": lint, **{t: every[t] for t in tools if t in every}}


def measure(tree: Path, options: argparse.Namespace, cache: Path) -> dict[str, list[Took]]:
    """The runs of every command on a tree, in turn; mypy's only one is in the first round."""
    root = str(Path(__file__).resolve().parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, "RULECHECK_CACHE_DIR": str(cache)}
    took: dict[str, list[Took]] = {}
    for turn in range(options.rounds):
        for name, command in commands(tree, options.tools.split(",")).items():
            if name == "mypy" and turn:
                continue
            if name == "rulecheck cold":
                shutil.rmtree(cache, ignore_errors=True)
            took.setdefault(name, []).append(
                timed(command, tree.parent, environment, options.limit if name == "mypy" else None)
            )
    return took


def rows(tree: Path, took: dict[str, list[Took]]) -> Iterator[str]:
    """The rows of a tree's table."""
    cold = took["rulecheck cold"]
    base = (statistics.median(t.clock for t in cold), statistics.median(t.processor for t in cold))
    for name, runs in took.items():
        middle = (statistics.median(t.clock for t in runs), statistics.median(t.processor for t in runs))
        failure = next((t.failure for t in runs if t.failure), "")
        ratios = ["", ""] if failure else [f"{mine / cold:.2f}" for mine, cold in zip(middle, base, strict=True)]
        shown = {"deep": "pyflakes, recursion limit raised"}.get(name, name)
        cells = (tree.name, shown, f"{middle[0]:.2f}", ratios[0], f"{middle[1]:.2f}", ratios[1], failure)
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default="ruff,pyflakes,deep,mypy")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds after which mypy is stopped")
    options = parser.parse_args()
    folder = options.folder.resolve()
    # An installer compiles what it installs, the peers among it; a checkout may stand there without.
    compileall.compile_dir(Path(__file__).resolve().parent.parent / "rulecheck", quiet=1)
    print(f"Medians of {options.rounds} runs, the commands in turn; of one run for mypy.\n")
    print("| tree | command | seconds | of cold | processor | of cold | |\n|---|---|---|---|---|---|---|")
    for tree in fetch(folder):
        for row in rows(tree, measure(tree, options, folder / "cache")):
            print(row, flush=True)


if __name__ == "__main__":
    main()

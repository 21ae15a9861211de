"""Times `rulecheck lint` beside ruff, pyflakes and mypy on installed trees: whole commands, interleaved, medians.

    python benchmarks/lint_speed.py FOLDER [--rounds N] [--tools ruff,pyflakes,mypy]

FOLDER receives the wheels (`pip download --no-deps`) and the trees that are unpacked from them; a second run uses what
is there. "processor" are the user seconds of all processes, which other work on the machine disturbs less than the
clock; "of cold" is the ratio to the cold run. "cold" starts without a cache of facts, "warm" with the one that the cold
run left, for rulecheck alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
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


def timed(command: list[str], cwd: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds that a whole command takes on the clock, and on all processors; what it prints is thrown away."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}; there is nothing to compare")
    after = os.times()
    return time.perf_counter() - start, after.children_user - before.children_user


def commands(tree: Path, tools: list[str]) -> dict[str, list[str]]:
    """What is timed, by name."""
    python = sys.executable
    every = {
        "ruff": [python, "-m", "ruff", "check", "--no-cache", "--isolated", "--quiet", tree.name],
        "pyflakes": [python, "-m", "pyflakes", tree.name],
        "mypy": [
            python,
            "-m",
            "mypy",
            "--ignore-missing-imports",
            "--no-incremental",
            "--follow-imports=skip",
            tree.name,
        ],
    }
    lint = [python, "-m", "rulecheck", "lint", tree.name, "--exit-zero", "--format", "concise"]
    return {"rulecheck cold": lint, "rulecheck warm": lint, **{t: every[t] for t in tools if t in every}}


def main() -> None:
    """Measure and print one table for each tree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tools", default="ruff,pyflakes")
    options = parser.parse_args()
    folder = options.folder.resolve()
    root = str(Path(__file__).resolve().parent.parent)
    cache = folder / "cache"
    environment = {**os.environ, "PYTHONPATH": root, "RULECHECK_CACHE_DIR": str(cache)}
    for tree in fetch(folder):
        files = [f.read_bytes() for f in tree.rglob("*.py")]
        lines = sum(f.count(b"\n") for f in files)
        took: dict[str, list[tuple[float, float]]] = {}
        for _ in range(options.rounds):
            for name, command in commands(tree, options.tools.split(",")).items():
                if name == "rulecheck cold":
                    shutil.rmtree(cache, ignore_errors=True)
                took.setdefault(name, []).append(timed(command, tree.parent, environment))
        middle = {
            name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in took.items()
        }
        print(f"\n{tree.name}: {len(files):,} files, {lines:,} lines; medians of {options.rounds}\n")
        print("| | seconds | processor | of cold | processor, of cold |\n|---|---|---|---|---|")
        for name, (clock, processor) in middle.items():
            ratios = [mine / cold for mine, cold in zip((clock, processor), middle["rulecheck cold"], strict=True)]
            print(f"| {name} | {clock:.2f} | {processor:.2f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


if __name__ == "__main__":
    main()

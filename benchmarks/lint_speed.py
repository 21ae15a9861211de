"""Times `rulecheck lint` beside ruff, pyflakes and mypy on installed trees: whole commands, interleaved, medians.

    python benchmarks/lint_speed.py FOLDER [--rounds N] [--tools ruff,pyflakes,mypy]

FOLDER receives the wheels (`pip download --no-deps`) and the trees that are unpacked from them; a second run uses what
is there. "cold" starts without a cache of facts, "warm" with the one that the cold run left, for rulecheck alone.
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


def timed(command: list[str], cwd: Path, environment: dict[str, str]) -> float:
    """Seconds that a whole command takes; what it prints is thrown away."""
    start = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


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
    environment = {**os.environ, "PYTHONPATH": root, "XDG_CACHE_HOME": str(cache)}
    for tree in fetch(folder):
        files = [f.read_bytes() for f in tree.rglob("*.py")]
        lines = sum(f.count(b"\n") for f in files)
        took: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for name, command in commands(tree, options.tools.split(",")).items():
                if name == "rulecheck cold":
                    shutil.rmtree(cache, ignore_errors=True)
                took.setdefault(name, []).append(timed(command, tree.parent, environment))
        cold = statistics.median(took["rulecheck cold"])
        print(f"\n{tree.name}: {len(files):,} files, {lines:,} lines; medians of {options.rounds}")
        print(f"{'':16}{'seconds':>10}{'of cold':>10}{'lines/s':>12}")
        for name, seconds in took.items():
            middle = statistics.median(seconds)
            print(f"{name:16}{middle:10.3f}{middle / cold:10.2f}{lines / middle:12,.0f}")


if __name__ == "__main__":
    main()

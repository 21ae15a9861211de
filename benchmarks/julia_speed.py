"""Times `rulecheck lint` on Julia packages, the answers to 20,000 questions, and how long environments take to load.

    python benchmarks/julia_speed.py FOLDER [--rounds N]

FOLDER holds checkouts, a package a folder; one more, "Worst", is made up here: 10,000 lines of nothing but findings.
Each is linted as a whole command, its tests and documents included: "cold" without any cache, "warm" with the one that
a run before left. "processor" are the user seconds of all processes, which other work on the machine disturbs less than
the clock. The last columns are processor seconds for 10,000 lines.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from rulecheck.languages.julia.packs.environment import shipped

ROOT = str(Path(__file__).resolve().parent.parent)
QUESTIONS = 20_000
OWN = """
struct Spread{T} <: AbstractMatrix{T}
    parts::Vector{T}
end
struct Ends{T} <: AbstractVector{T}
    first::T
    last::T
end
Base.:*(A::Spread, b::Ends) = A.parts[1] * b.last
Base.sum(b::Ends) = b.first + b.last
"""
# One of many types of a package that is all findings: every method is hidden by some rule.
WORST = """
struct M@{T} <: AbstractMatrix{T}
    data::Vector{T}
    n::Int
end
struct V@{T} <: AbstractVector{T}
    data::Vector{T}
end
size(A::M@) = (A.n, A.n)
size(v::V@) = size(v.data)
getindex(A::M@, i, j) = A.data[i] * (i == j)
getindex(v::V@, i) = v.data[i]
*(A::M@, b::V@) = V@(A.data .* b.data)
*(A::M@, B::M@) = M@(A.data .* B.data, A.n)
*(A::M@, x::AbstractVector) = A.data .* x
*(a::Number, B::M@) = M@(a .* B.data, B.n)
+(A::M@, B::M@) = M@(A.data .+ B.data, A.n)
-(A::M@) = M@(-A.data, A.n)
adjoint(A::M@) = M@(conj(A.data), A.n)
sum(A::M@) = sum(A.data)
inv(A::M@) = M@(1 ./ A.data, A.n)
det(A::M@) = prod(A.data)
dot(a::V@, b::V@) = sum(a.data .* b.data)
function use@(A::M@, b::V@, x::Vector{Float64})
    y = A * b
    z = b' * A
    return sum(A * A) + det(inv(A)) + sum(y) + sum(z)
end
"""
FUNCTIONS = (
    "*", "+", "-", "/", "\\", "^", "hcat", "vcat", "map", "sum", "prod", "dot", "det", "inv", "exp", "sin", "norm",
    "tr", "adjoint", "transpose", "reshape", "permutedims", "broadcasted", "maximum", "cumsum", "diag", "kron",
    "convert",
)  # fmt: skip
TYPES = (
    "Spread{Float64}", "Ends{Float64}", "Spread{ComplexF64}", "Float64", "Int", "ComplexF64", "Vector{Float64}",
    "Matrix{Float64}", "Vector{ComplexF64}", "Diagonal{Float64,Vector{Float64}}", "Tuple{Int}", "UnitRange{Int}",
    "Adjoint{Float64,Ends{Float64}}", "Transpose{Float64,Matrix{Float64}}", "typeof(sin)", "Array{Float64,3}", "String",
    "Symmetric{Float64,Matrix{Float64}}", "UpperTriangular{Float64,Matrix{Float64}}", "BitVector", "Bool",
    "Matrix{Int}", "Vector{Vector{Float64}}", "SubArray{Float64,1,Vector{Float64},Tuple{UnitRange{Int}},true}",
    "Adjoint{Float64,Matrix{Float64}}", "Symbol", "Nothing",
)  # fmt: skip
LOAD = """
import sys, time
from rulecheck.languages.julia.packs.environment import load_environment
start = time.process_time()
load_environment(sys.argv[1]).types()
sys.stderr.write(f"{time.process_time() - start}\\n")
"""


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Seconds that a whole command takes on the clock, and on all processors."""
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}")
    after = os.times()
    return time.perf_counter() - start, after.children_user - before.children_user


def medians(command: list[str], environment: dict[str, str], rounds: int) -> tuple[float, float]:
    """The middle of several runs, of each figure for itself."""
    clock, processor = zip(*(timed(command, environment) for _ in range(rounds)), strict=True)
    return statistics.median(clock), statistics.median(processor)


def questions() -> Iterator[dict[str, object]]:
    """Calls with one, two and three arguments."""
    for count in (1, 2, 3):
        for types in product(TYPES, repeat=count):
            for function in FUNCTIONS:
                yield {"function": function, "args": list(types)}


def worst(folder: Path, lines: int = 10_000) -> Path:
    """A package of so many lines in which nearly everything is a finding."""
    names = "*, +, -, adjoint, getindex, inv, size, sum"
    head = f"module Worst\nimport Base: {names}\nimport LinearAlgebra: det, dot\n"
    parts = (WORST.replace("@", str(number)) for number in range(lines // WORST.count("\n")))
    (folder / "Worst" / "src").mkdir(parents=True)
    (folder / "Worst" / "src" / "Worst.jl").write_text(f"{head}{''.join(parts)}end\n")
    (folder / "Worst" / "Project.toml").write_text('name = "Worst"\n')
    return folder / "Worst"


def lint_table(packages: list[Path], environment: dict[str, str], rounds: int) -> None:
    """Print the figures of each package."""
    print("| package | lines | cold, clock | cold, processor | warm, processor | cold / 10,000 | warm / 10,000 |")
    print("|---|---|---|---|---|---|---|")
    lint = [sys.executable, "-m", "rulecheck", "lint", "--exit-zero", "--format", "json"]
    for package in packages:
        lines = sum(path.read_bytes().count(b"\n") for path in package.rglob("*.jl"))
        clock, cold = medians([*lint, "--no-cache", str(package)], environment, rounds)
        timed([*lint, str(package)], environment)
        _, warm = medians([*lint, str(package)], environment, rounds)
        per = 10_000 / max(lines, 1)
        name = package.name.partition("@")[0]
        cells = (f"{lines:,}", *(f"{s:.2f}" for s in (clock, cold, warm, cold * per, warm * per)))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def batch_table(environment: dict[str, str], rounds: int) -> None:
    """Print how long each shipped environment takes to load, and to answer the questions."""
    print(f"\n| environment | loading | one question, whole | {QUESTIONS:,} questions, whole | clock |")
    print("|---|---|---|---|---|")
    asked = [json.dumps(q) for q, _ in zip(questions(), range(QUESTIONS), strict=False)]
    with tempfile.TemporaryDirectory() as scratch:
        own, one, many = (Path(scratch) / name for name in ("own.jl", "one.jsonl", "many.jsonl"))
        own.write_text(OWN)
        one.write_text(asked[0] + "\n")
        many.write_text("\n".join(asked) + "\n")
        for name in shipped():
            loaded = [
                float(subprocess.run([sys.executable, "-c", LOAD, name], env=environment, capture_output=True).stderr)
                for _ in range(rounds)
            ]
            which = [sys.executable, "-m", "rulecheck", "which", "--env", name, "--in", str(own), "--batch"]
            _, first = medians([*which, str(one)], environment, rounds)
            clock, every = medians([*which, str(many)], environment, rounds)
            cells = (statistics.median(loaded), first, every, clock)
            print(f"| {name} | {' | '.join(f'{s:.2f}' for s in cells)} |", flush=True)


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        # Python's own compiling is no part of a run: whoever installs the package has it behind them.
        environment = {**os.environ, "PYTHONPATH": ROOT, "RULECHECK_CACHE_DIR": f"{scratch}/cache"}
        environment |= {"PYTHONPYCACHEPREFIX": f"{scratch}/compiled", "PYTHONDONTWRITEBYTECODE": ""}
        packages = sorted(p for p in options.folder.iterdir() if p.is_dir())
        made = worst(Path(scratch))
        timed([sys.executable, "-m", "rulecheck", "lint", "--exit-zero", str(packages[0])], environment)
        lint_table([*packages, made], environment, options.rounds)
        batch_table(environment, options.rounds)


if __name__ == "__main__":
    main()

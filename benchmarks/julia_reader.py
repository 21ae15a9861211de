"""How fast Julia is read: loading the shipped environments, and reading 10,000 lines of source cold.

    python benchmarks/julia_reader.py [FOLDER...]

Each measurement is a process of its own, best of five. Without a folder, a project of 10,000 lines is written for it:
types, methods with bodies, loops around `@eval`, rules and opt-outs. With folders, these are read instead.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from rulecheck.languages.julia.packs.environment import shipped

LOAD = """
import time
from rulecheck.languages.julia.packs.environment import load_environment
start = time.perf_counter()
environment = load_environment({name!r})
environment.world, environment.types(), environment.aliases()
print(time.perf_counter() - start)
"""
READ = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from rulecheck.languages.julia.packs.environment import load_environment
from rulecheck.languages.julia.program import read_julia
from rulecheck.systems import macros
files = sorted(str(p) for p in Path({folder!r}).rglob("*.jl"))
program = read_julia(files, load_environment({name!r}), macros=macros())
stats = program.stats
print(time.perf_counter() - start, stats.lines, len(program.owned_methods), stats.calls)
"""
PART = """
struct Kind{n}{{T<:Real}} <: AbstractMatrix{{T}}
    values::Vector{{T}}
    scale::T
end

Base.size(A::Kind{n}) = (length(A.values), length(A.values))

function Base.:*(A::Kind{n}{{T}}, b::AbstractVector) where {{T}}
    total = A.values .* b
    for i in eachindex(total)
        total[i] = total[i] * A.scale + sum(b[1:i])
    end
    return total
end

for (f, g) in ((:first_of_{n}, :sin), (:second_of_{n}, :cos))
    @eval begin
        $f(A::Kind{n}, x::Number=1; scale=2) = scale .* $g.(A.values) .+ x
        Base.$g(A::Kind{n}) = $f(A)
    end
end

@adjoint Base.:*(A::Kind{n}, b::AbstractMatrix) = A * b, d -> (nothing, A' * d)
@opt_out rrule(::typeof(*), ::Kind{n}, ::AbstractVector)
"""


def best(code: str, runs: int = 5) -> list[str]:
    """The words that the fastest of some runs prints."""
    made = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(runs)
    ]
    return min((m.stdout.split() for m in made), key=lambda words: float(words[0]))


def write_project(root: Path, lines: int) -> None:
    """A package of about so many lines."""
    count = lines // PART.count("\n")
    (root / "src").mkdir(parents=True)
    (root / "Project.toml").write_text('name = "Large"\nversion = "1.0.0"\n')
    names = [f"part{n}.jl" for n in range(count // 10)]
    for number, name in enumerate(names):
        text = "\n".join(PART.format(n=number * 10 + k) for k in range(10))
        (root / "src" / name).write_text(text)
    includes = "\n".join(f'include("{name}")' for name in names)
    head = (
        "module Large\nusing LinearAlgebra, ChainRulesCore\nimport ChainRulesCore: rrule\nusing ZygoteRules: @adjoint\n"
    )
    (root / "src" / "Large.jl").write_text(f"{head}{includes}\nend\n")


def main(arguments: list[str]) -> int:
    """Print all times."""
    for name in shipped():
        (seconds,) = best(LOAD.format(name=name))
        print(f"{name:16} loads in {float(seconds):.3f} s")
    newest = shipped()[-1]
    with tempfile.TemporaryDirectory() as folder:
        if not arguments:
            write_project(Path(folder) / "Large", 10_000)
        for target in arguments or [folder]:
            seconds, lines, methods, calls = best(READ.format(folder=target, name=newest))
            shown = target if arguments else "10,000 lines"
            print(
                f"{shown:16} read in {float(seconds):.3f} s: {lines} lines, {methods} methods, {calls} calls in bodies"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

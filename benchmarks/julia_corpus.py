"""Public bugs in Julia packages: does each case give the finding at the place meant, and is it gone once mended?

Usage: python benchmarks/julia_corpus.py FOLDER [--fixed]

FOLDER holds one checkout a case, named by the case's number, at a commit at which the fault stands. The table says what
was found there, and, for cases with a fix to emit, whether a copy with that fix is silent and nothing else turned up.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rulecheck.checks import all_checks
from rulecheck.finding import Edit, Finding
from rulecheck.sources.julia.environment import Environment, load_environment
from rulecheck.sources.julia.program import read_julia
from rulecheck.systems.zygote.model import ZygoteModel


@dataclass(frozen=True)
class Case:
    """A case: its number, repository, environment, and what is expected: (code, part of the path, part of the message).

    `note` says what stands in the way where the case cannot be met as it was meant.
    """

    number: int
    repository: str
    environment: str
    expected: tuple[tuple[str, str, str], ...]
    note: str = ""


OLD, NEW = "zygote-0.6.32", "zygote-0.7"
CASES = (
    Case(1, "CMBLensing.jl", OLD, (("RC101", "specialops.jl", "*("), ("RC102", "specialops.jl", "*("))),
    Case(3, "CMBLensing.jl", OLD, (("RC101", "generic.jl", "hvcat(rows::Tuple{Vararg{Int}}, values::Vararg{DiagOp"),)),
    Case(
        5,
        "Mill.jl",
        OLD,
        (("RC101", "maybe_hot_matrix.jl", "*(A::AbstractMatrix, B::MaybeHotMatrix)"),),
        "the products of the imputing and n-gram matrices have forwarding adjoints at this commit",
    ),
    Case(6, "Mill.jl", OLD, (("RC302", "preimputing_matrix.jl", "PreImputingMatrix, ::AbstractVecOrMat"),)),
    Case(11, "ITensors.jl", OLD, (("RC101", "itensor.jl", "adjoint("),), "the rule is written in a later commit"),
    Case(16, "RecursiveArrayTools.jl", OLD, (), "VectorOfArray is no AbstractArray here: no rule for arrays takes it"),
    Case(21, "ChainRules.jl", OLD, (("RC402", "mapreduce.jl", "sum"),)),
    Case(23, "AbstractGPs.jl", NEW, (("RC101", "exact_gpr_posterior.jl", "mean("),)),
    Case(26, "BlockDiagonals.jl", OLD, (("RC101", "base_maths.jl", "*(B::BlockDiagonal, x::AbstractVector)"),)),
    Case(28, "TaylorDiff.jl", OLD, (("RC101", "primitive.jl", "^(t::TaylorScalar"),)),
    Case(32, "KernelFunctions.jl", OLD, (("RC101", "transform.jl", "map(t::Transform, x::Union{ColVecs,RowVecs})"),)),
    Case(33, "ComponentArrays.jl", OLD, (("RC402", "chainrulescore.jl", "constructor"),)),
    Case(47, "LuxLib.jl", OLD, (("RC202", "bias_activation.jl", "__bias_activation_impl"),)),
)


def sources(folder: Path) -> list[str]:
    """The package's own files."""
    return [str(p) for part in ("src", "ext") for p in sorted((folder / part).rglob("*.jl"))]


def findings(folder: Path, environment: Environment) -> list[Finding]:
    """What all checks say of a package."""
    model = ZygoteModel(read_julia(sources(folder), environment))
    return [finding for check in all_checks() for finding in check.run(model)]


def meets(finding: Finding, code: str, path: str, message: str) -> bool:
    """Whether a finding is one that was expected."""
    places = {finding.place.path, *(place.path for place in finding.sites), finding.home or ""}
    return finding.code == code and any(p.endswith(path) for p in places) and message in finding.message


def apply(edits: Sequence[Edit]) -> None:
    """Put edits into their files."""
    for path in {edit.path for edit in edits}:
        text = Path(path).read_text()
        own = {(e.start, e.end, e.text) for e in edits if e.path == path}
        for start, end, new in sorted(own, reverse=True):
            text = text[:start] + new + text[end:]
        Path(path).write_text(text)


def after_fixes(folder: Path, environment: Environment) -> tuple[int, int, int]:
    """Findings with a fix, how many of them are left when all are applied at once, and how many are new."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "package"
        shutil.copytree(folder, copy)
        before = findings(copy, environment)
        fixed = [f for f in before if f.fix is not None and f.fix.edits]
        apply([edit for f in fixed for edit in f.fix.edits if f.fix is not None])
        after = findings(copy, environment)
    left = {(f.code, f.identity) for f in after}
    known = {(f.code, f.identity) for f in before}
    return len(fixed), sum((f.code, f.identity) in left for f in fixed), len(left - known)


def row(case: Case, folder: Path, environment: Environment, fixed: bool) -> str:
    """A row of the table."""
    start = time.perf_counter()
    found = findings(folder, environment)
    seconds = time.perf_counter() - start
    answers = [any(meets(f, *wanted) for f in found) for wanted in case.expected]
    verdict = "no claim" if not answers else "found" if all(answers) else "NOT FOUND"
    codes = " ".join(sorted({code for code, _, _ in case.expected})) or "-"
    cells = [str(case.number), case.repository, case.environment, codes, verdict, str(len(found)), f"{seconds:.1f}"]
    if fixed:
        cells += map(str, after_fixes(folder, environment))
    return f"| {' | '.join([*cells, case.note])} |"


def main(arguments: Iterable[str] | None = None) -> int:
    """Print the table; 1 where a finding that is expected is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fixed", action="store_true", help="apply the fixes to a copy, and walk again")
    options = parser.parse_args(None if arguments is None else list(arguments))
    head = ["case", "repository", "environment", "expected", "verdict", "findings", "seconds"]
    head += ["fixes", "left", "new"] if options.fixed else []
    print(f"| {' | '.join([*head, 'note'])} |\n|{' --- |' * (len(head) + 1)}")
    missing = False
    for case in CASES:
        folder = options.folder / str(case.number)
        if not folder.is_dir():
            print(f"{folder}: no checkout of case {case.number}", file=sys.stderr)
            continue
        line = row(case, folder, load_environment(case.environment), options.fixed)
        missing |= "NOT FOUND" in line
        print(line, flush=True)
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())

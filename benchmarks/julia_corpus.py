"""Public bugs in Julia packages: does each case give the finding at the place meant, and is it gone once mended?

Usage: python benchmarks/julia_corpus.py FOLDER [--fixed] [--case NUMBER]...

FOLDER holds checkouts, each named REPOSITORY@COMMIT as in the table below: for a case one at which the fault stands and
one at which it is mended. The table says whether the finding that is meant is there before and gone after, and, with
--fixed, how many of the findings bring a fix, and what is left with one, or is new, once they are applied to a copy.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rulecheck.checks import all_checks
from rulecheck.finding import Finding
from rulecheck.fix import apply, settle
from rulecheck.languages.julia.packs.collect import collect
from rulecheck.languages.julia.packs.environment import PackageEnvironment, load_environment
from rulecheck.languages.julia.packs.pack import pack
from rulecheck.languages.julia.program import read_julia
from rulecheck.systems import macros
from rulecheck.systems.zygote.model import ZygoteModel

Expected = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    """A case: a repository at which commit the fault stands (`before`), and at which one it is mended (`after`).

    `expected` are (code, part of the path, part of the message). `packed` are checkouts of which an environment is made
    over `environment`; where they hold the fault, `packed_after` are those that do not, and the package linted is ours.
    `note` says what stands in the way where the case cannot be met as it was meant.
    """

    number: str
    repository: str
    before: str
    after: str
    environment: str
    expected: tuple[Expected, ...]
    note: str = ""
    packed: tuple[str, ...] = ()
    packed_after: tuple[str, ...] = ()


OLD, NEW = "zygote-0.6.32", "zygote-0.7"
OWN = "fixtures/julia_own_rules"
OWN_RULES = Path(__file__).parents[1] / OWN
CASES = (
    Case(
        "1", "CMBLensing.jl", "01149f1", "73b21db", OLD,
        (("RC101", "specialops.jl", "*("), ("RC102", "specialops.jl", "*(")),
        "its own adjoints change with the commit, the products stay as they are",
    ),
    Case(
        "3", "CMBLensing.jl", "a84a3fad", "de60a36", OLD,
        (("RC101", "generic.jl", "hvcat(rows::Tuple{Vararg{Int}}, values::Vararg{DiagOp"),),
    ),
    Case(
        "5", "Mill.jl", "733c395c", "8fbb2247", OLD,
        (("RC101", "maybe_hot_matrix.jl", "*(A::AbstractMatrix, B::MaybeHotMatrix)"),),
        "the products of the imputing and n-gram matrices have had forwarding adjoints since 0aa7930b (2020) and lose "
        "them in the next commit, 19c011cd; those of MaybeHotMatrix are the ones that the rule answers, then and later",
    ),
    Case(
        "6", "Mill.jl", "3be44938", "8fbb2247", NEW,
        (("RC302", "preimputing_matrix.jl", "PreImputingMatrix, ::AbstractVecOrMat"),),
        "ChainRulesCore is 1.13 of the week before, in which an opt-out means its rrule without an import",
    ),
    Case(
        "7", OWN, "", "", OLD, (("RC201", "OwnRules.jl", "typeof(*), A::Scaled"),), "",
        ("Zygote.jl@6dadc6c1", "ChainRules.jl@d40e3e17", "ChainRulesCore.jl@04a92fc2"),
        ("Zygote.jl@5c2569de", "ChainRules.jl@d40e3e17", "ChainRulesCore.jl@04a92fc2"),
    ),
    Case(
        "11", "ITensors.jl", "ae3b49d9", "", OLD, (("RC101", "itensor.jl", "adjoint("),),
        "no rule exists yet: the first are of 8b7cb695, rrule(adjoint, ::ITensor) of b66d1b7c",
    ),
    Case(
        "11b", "ITensors.jl", "b66d1b7c1", "", OLD,
        (("RC201", "indexset.jl", "typeof(adjoint), x::ITensor"),),
        "its own adjoint, written because Zygote's comes first, hides it, and stays when Zygote's is gone (ed84d53a)",
    ),
    Case(
        "12", OWN, "", "", NEW, (("RC201", "OwnRules.jl", "typeof(getindex), v::Ring"),), "",
        ("Zygote.jl@f7551273", "ChainRules.jl@e3b8bf53", "ChainRulesCore.jl@26b77484"),
        ("Zygote.jl@fbe82714", "ChainRules.jl@e3b8bf53", "ChainRulesCore.jl@26b77484"),
    ),
    Case(
        "16", "RecursiveArrayTools.jl", "1ecc9661", "1f9b577", OLD, (),
        "VectorOfArray is no AbstractArray here: no rule for Numeric takes it, and the next commit writes the adjoints "
        "that are missing for that reason",
    ),
    Case("21", "ChainRules.jl", "a130b8f6", "5a68a61f", OLD, (("RC402", "mapreduce.jl", "sum"),)),
    Case("23", "AbstractGPs.jl", "ad9eb28f", "448f826", NEW, (("RC101", "exact_gpr_posterior.jl", "mean("),)),
    Case(
        "26", "BlockDiagonals.jl", "57d84908", "fda7259", OLD,
        (("RC101", "base_maths.jl", "*(B::BlockDiagonal, x::AbstractVector)"),),
    ),
    Case(
        "28", "TaylorDiff.jl", "f1f850b3", "", OLD, (("RC101", "primitive.jl", "^(t::TaylorScalar"),),
        "never mended: its newest commit still has opt-outs of frule that are dead",
    ),
    Case(
        "32", "KernelFunctions.jl", "d88dcff1", "44ad0cda", OLD,
        (("RC101", "transform.jl", "map(t::Transform, x::Union{ColVecs,RowVecs})"),),
    ),
    Case("33", "ComponentArrays.jl", "43a398e7", "37c841e", OLD, (("RC402", "chainrulescore.jl", "constructor"),)),
    Case(
        "47", "LuxLib.jl", "efd3be56", "900c50c", NEW,
        (("RC202", "bias_activation.jl", "takes a configuration"),),
        "the next commit narrows the opt-outs and leaves them without the configuration",
    ),
)  # fmt: skip


def sources(folder: Path) -> list[str]:
    """The package's own files."""
    return [str(p) for part in ("src", "ext") for p in sorted((folder / part).rglob("*.jl"))]


def findings(folder: Path, environment: PackageEnvironment) -> list[Finding]:
    """What all checks say of a package."""
    model = ZygoteModel(read_julia(sources(folder), environment, macros=macros()))
    return [finding for check in all_checks() for finding in check.run(model)]


def meets(finding: Finding, code: str, path: str, message: str) -> bool:
    """Whether a finding is one that was expected."""
    places = {finding.place.path, *(place.path for place in finding.sites), finding.home or ""}
    return finding.code == code and any(p.endswith(path) for p in places) and message in finding.message


def after_fixes(folder: Path, environment: PackageEnvironment) -> tuple[int, int, int]:
    """Findings with a fix, what is left with one once `--unsafe-fixes` has settled, and how many are new."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "package"
        shutil.copytree(folder, copy)
        rounds: list[list[Finding]] = []

        def lint() -> list[Finding]:
            rounds.append(findings(copy, environment))
            return rounds[-1]

        remaining = settle(lint, partial(apply, unsafe=True)).remaining
    fixed = {key(f) for f in rounds[0] if has_fix(f)}
    known = {key(f) for f in rounds[0]}
    left = [f for f in remaining if has_fix(f) or key(f) in fixed]
    return len(fixed), len(left), sum(key(f) not in known for f in remaining)


def key(finding: Finding) -> tuple[object, ...]:
    """What stays of a finding when lines move."""
    return finding.code, finding.identity


def has_fix(finding: Finding) -> bool:
    """Whether a finding brings an edit."""
    return finding.fix is not None and bool(finding.fix.edits)


def packed(folder: Path, names: Sequence[str], over: str) -> PackageEnvironment:
    """An environment made of checkouts over a shipped one."""
    beneath = load_environment(over)
    if not names:
        return beneath
    version = ".".join(map(str, beneath.julia))
    made = collect(
        [folder / name for name in names], beneath.julia, beneath.world.copy(), beneath.macro_lines(), macros()
    )
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "corpus.pack"
        path.write_bytes(pack(made.packages, "corpus", version, over))
        return load_environment(str(path))


def checkout(folder: Path, case: Case, commit: str) -> Path:
    """Where a case's package stands."""
    return OWN_RULES if case.repository == OWN else folder / f"{case.repository}@{commit}"


def verdict(case: Case, found: Sequence[Finding]) -> str:
    """Whether what a case expects is among findings."""
    answers = [any(meets(f, *wanted) for f in found) for wanted in case.expected]
    return "no claim" if not answers else "found" if all(answers) else "gone" if not any(answers) else "in part"


def row(case: Case, folder: Path, fixed: bool) -> str:
    """A row of the table; fails where a checkout is missing."""
    before = packed(folder, case.packed, case.environment)
    start = time.perf_counter()
    found = findings(checkout(folder, case, case.before), before)
    seconds = time.perf_counter() - start
    mended = "-"
    if case.after or case.packed_after:
        after = packed(folder, case.packed_after, case.environment)
        mended = verdict(case, findings(checkout(folder, case, case.after), after))
    codes = " ".join(sorted({code for code, _, _ in case.expected})) or "-"
    name = f"{case.repository}@{case.before}" if case.before else f"{case.repository}, {case.packed[0]}"
    cells = [
        case.number,
        name,
        case.environment,
        codes,
        verdict(case, found),
        mended,
        str(len(found)),
        f"{seconds:.1f}",
    ]
    if fixed:
        cells += map(str, after_fixes(checkout(folder, case, case.before), before))
    return f"| {' | '.join([*cells, case.note])} |"


def main(arguments: Iterable[str] | None = None) -> int:
    """Print the table; 1 where a finding that is expected is missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fixed", action="store_true", help="apply the fixes to a copy, and walk again")
    parser.add_argument("--case", action="append", help="only this case; several times for several")
    options = parser.parse_args(None if arguments is None else list(arguments))
    head = ["case", "repository", "environment", "expected", "before", "after", "findings", "seconds"]
    head += ["fixes", "left", "new"] if options.fixed else []
    print(f"| {' | '.join([*head, 'note'])} |\n|{' --- |' * (len(head) + 1)}")
    missing = False
    for case in CASES:
        if options.case and case.number not in options.case:
            continue
        needed = [checkout(options.folder, case, c) for c in (case.before, case.after) if c]
        needed += [options.folder / name for name in (*case.packed, *case.packed_after)]
        absent = [path for path in needed if not path.is_dir()]
        if absent:
            print(f"{absent[0]}: no checkout for case {case.number}", file=sys.stderr)
            continue
        line = row(case, options.folder, options.fixed)
        missing |= "| found |" not in line and bool(case.expected)
        print(line, flush=True)
    return int(missing)


if __name__ == "__main__":
    sys.exit(main())

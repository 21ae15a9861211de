"""How much of what real Julia reports is in a shipped environment: places and signatures of methods and rules.

    python benchmarks/julia_facts.py ORACLE [ENVIRONMENT]

ORACLE is a folder with dispatch.jsonl.gz and specificity.jsonl.gz as Julia answered them: a call a line with the places
of the methods that answered, and pairs of method signatures. For each column the share that is found is printed, with
every miss.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rulecheck.dispatch.parametric import Alias, Declaration, Declarations, ParametricError, TypeParameter, equal
from rulecheck.languages.julia.facts import JuliaMethod, Variable
from rulecheck.languages.julia.link.type_expressions import show, split_name
from rulecheck.languages.julia.packs.environment import PackageEnvironment, load_environment

RULE_TABLES = {
    "pullback": "ZygoteRules._pullback",
    "rrule_config": "ChainRulesCore.rrule",
    "rrule": "ChainRulesCore.rrule",
    "no_rrule": "ChainRulesCore.no_rrule",
}
SIGNATURE_TABLES = ("ZygoteRules._pullback", "ChainRulesCore.rrule", "ChainRulesCore.no_rrule")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a table."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def places(environment: PackageEnvironment) -> dict[str, set[str]]:
    """The functions that have a method at each `path:line`, the last part of their names only."""
    found: dict[str, set[str]] = defaultdict(set)
    for function in environment.functions():
        for method in environment.methods(function):
            found[method.julia_place.at].add(split_name(function)[2])
    return found


def shares(oracle: Path, environment: PackageEnvironment) -> None:
    """Print for each column of the call table how many named places hold a method of that function."""
    known = places(environment)
    good: Counter[str] = Counter()
    misses: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in rows(oracle / "dispatch.jsonl.gz"):
        for column in ("primal", *RULE_TABLES):
            at = row[column].partition(" ")[0]
            if at in ("NONE", "fallback", "julia/none:0") or at.startswith("Structured"):
                continue
            table = RULE_TABLES.get(column)
            name = split_name(table or row["f"])[2]
            if name in known.get(at, ()):
                good[column] += 1
            else:
                misses[column][row["f"], at] += 1
    for column in ("primal", *RULE_TABLES):
        missed = misses[column]
        total = good[column] + missed.total()
        print(f"{column:14} {good[column]:6} of {total:6} places found")
        for (function, at), count in missed.most_common():
            print(f"    {count:5} {function} {at}")


def declarations(environment: PackageEnvironment) -> Declarations:
    """The environment's types, with names found as Julia prints them: without the module where it is exported."""
    exported: dict[str, str] = {}
    for module in (
        "Core",
        "Base",
        "LinearAlgebra",
        "SparseArrays",
        "Statistics",
        "Random",
        "ChainRulesCore",
        "Zygote",
        "FillArrays",
    ):
        for name in environment.world.exports(module):
            found = environment.world.resolve(module, name)
            if found is not None:
                exported.setdefault(name, found.name.removeprefix("Core."))

    def named(name: str) -> str:
        name = exported.get(name) or name.replace(".:", ".").removeprefix("Core.")
        if name.endswith("##kw") and name not in sorters:
            # The type of a function's keyword sorter: one value, below Function.
            sorters.add(name)
            made.add(Declaration(name, (), "Function"))
        return name

    sorters: set[str] = set()
    made = Declarations(type_named=named, function_named=named)
    for declared in environment.types():
        name = declared.name.removeprefix("Core.")
        kind = declared.kind == "abstract"
        if name not in ("Any", "Tuple", "Type", "Vararg", "DataType", "UnionAll", "Union", "TypeofBottom"):
            made.add(Declaration(name, _parameters(declared.parameters), show(declared.supertype), kind))
    for alias in environment.aliases():
        made.add(Alias(alias.name.removeprefix("Core."), show(alias.target), _parameters(alias.parameters)))
    return made


def _parameters(variables: tuple[Variable, ...]) -> tuple[TypeParameter, ...]:
    return tuple(
        TypeParameter(n, show(low) if low is not None else "Union{}", show(up) if up is not None else "Any")
        for n, low, up in variables
    )


def text(method: JuliaMethod) -> str:
    """A method's whole signature."""
    tuple_type = ("apply", ("name", "Core.Tuple"), (method.self_type, *method.arguments))
    return show(("where", tuple_type, method.variables) if method.variables else tuple_type)


def signatures(oracle: Path, environment: PackageEnvironment) -> None:
    """Print how many of the signatures that Julia prints are type-equal to one that was read."""
    declared = declarations(environment)
    wanted = {side for row in rows(oracle / "specificity.jsonl.gz") for side in (row["a"], row["b"])}
    wanted |= {s for row in rows(oracle / "dispatch.jsonl.gz") if (s := row["pullback"].partition(" ")[2])}
    read: dict[Any, list[Any]] = defaultdict(list)
    broken = 0
    for table in SIGNATURE_TABLES:
        for method in environment.methods(table):
            try:
                term = declared.parse(text(method))
            except ParametricError as error:
                broken += 1
                print(f"    not understood: {text(method)}: {error}")
                continue
            read[len(method.arguments)].append(term)
    found = 0
    for signature in sorted(wanted):
        try:
            term = declared.parse(signature)
        except ParametricError as error:
            print(f"    Julia's own not understood: {signature}: {error}")
            continue
        if any(equal(term, other) for group in read.values() for other in group):
            found += 1
        else:
            print(f"    missing: {signature}")
    print(f"{'signatures':14} {found:6} of {len(wanted):6} found; {broken} read ones name what is not known")


def main(arguments: list[str]) -> int:
    """Print all shares."""
    if not 1 <= len(arguments) <= 2:
        print(__doc__)
        return 2
    oracle = Path(arguments[0])
    environment = load_environment(arguments[1] if len(arguments) > 1 else "zygote-0.6.32")
    shares(oracle, environment)
    signatures(oracle, environment)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

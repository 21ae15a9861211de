"""From directories of Julia sources to one pack: packages in the order of their dependencies, Julia's own first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.expand.rule_macros import RuleMacro
from rulecheck.languages.julia.facts import PackageFacts
from rulecheck.languages.julia.link.name_resolution import World
from rulecheck.languages.julia.package import PackageReader, ProjectFile, Version, read_project
from rulecheck.place import Place


class Collected(NamedTuple):
    """Packages that were read, and what was wrong with the rest."""

    packages: tuple[PackageFacts, ...]
    problems: tuple[Unreadable, ...]


class PackageDirectory(NamedTuple):
    """A package's directory and the label that its paths carry in facts."""

    directory: Path
    label: str


def standard_library(share: Path) -> list[PackageDirectory]:
    """The packages of a Julia installation's `share/julia`, or of Julia's own source tree."""
    roots = [share / "stdlib", *sorted((share / "stdlib").glob("v*"))]
    found = [d.parent for root in roots if root.is_dir() for d in sorted(root.glob("*/Project.toml"))]
    # Packages that only wrap a binary declare nothing that anyone dispatches on.
    listed = [d for d in found if not d.name.endswith("_jll") and (d / "src" / f"{d.name}.jl").is_file()]
    return [PackageDirectory(d, f"julia/stdlib/{d.name}") for d in listed]


def is_julia(directory: Path) -> bool:
    """Whether a directory is a Julia installation's `share/julia` or its source tree."""
    return (directory / "base" / "boot.jl").is_file()


def collect(
    sources: Iterable[Path],
    version: Version,
    world: World | None = None,
    macro_lines: Mapping[str, Place] | None = None,
    macros: Sequence[RuleMacro] = (),
) -> Collected:
    """Read directories: packages, and `share/julia` with Base and the standard library.

    A package named twice is read from where it is named first, so that a newer one can stand before the library's own.
    `world` and `macro_lines` are those of an environment that answers for everything else; `macros` make rules.
    """
    problems: list[Unreadable] = []
    packages: dict[str, tuple[ProjectFile, PackageDirectory]] = {}
    bases: list[Path] = []
    for directory in sources:
        if is_julia(directory):
            bases.append(directory / "base")
            listed = standard_library(directory)
        else:
            listed = [PackageDirectory(directory, "")]
        for source in listed:
            project = read_project(source.directory / "Project.toml")
            if isinstance(project, Unreadable):
                problems.append(project)
            elif project.name not in packages:
                label = source.label or project.name
                packages[project.name] = (project, PackageDirectory(source.directory, label))
    reader = PackageReader(world or World(), version, macros=macros)
    reader.macro_lines.update(macro_lines or {})
    made: list[PackageFacts] = [reader.base(bases[0])] if bases else []
    for name in in_order({name: project.dependencies for name, (project, _) in packages.items()}):
        _, source = packages[name]
        facts = reader.package(source.directory, source.label)
        if isinstance(facts, Unreadable):
            problems.append(facts)
        else:
            made.append(facts)
    if not made and not problems:
        problems.append(Unreadable(Place("", 0), "there is no Julia package among the sources"))
    return Collected(tuple(made), tuple(problems))


def in_order(dependencies: Mapping[str, Sequence[str]]) -> list[str]:
    """Names with each after what it depends on; a cycle is entered at its first name."""
    done: dict[str, None] = {}
    under_way: set[str] = set()

    def visit(name: str) -> None:
        if name in done or name in under_way or name not in dependencies:
            return
        under_way.add(name)
        for dependency in dependencies[name]:
            visit(dependency)
        under_way.discard(name)
        done[name] = None

    for name in sorted(dependencies):
        visit(name)
    return list(done)

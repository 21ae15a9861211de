"""`rulecheck pack`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rulecheck.cli.exit_codes import CLEAN
from rulecheck.cli.output import say, store_bytes
from rulecheck.config import UsageError

if TYPE_CHECKING:
    from rulecheck.languages.julia.packs.environment import PackageEnvironment


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="SOURCE...")
@click.option("--output-file", "-o", required=True, metavar="FILE", help="Write the pack here; its name ends in .pack.")
@click.option("--name", metavar="N", help="What the pack is called [default: the file's name].")
@click.option(
    "--env",
    "over",
    metavar="NAME",
    help="The shipped environment that answers for what is not among the sources [default: zygote-0.7].",
)
@click.option("--julia", metavar="VERSION", help="The version of Julia that the packages are read for.")
def command(sources: tuple[Path, ...], output_file: str, name: str | None, over: str | None, julia: str | None) -> int:
    """Write down the types and methods of Julia packages, for machines where these are not installed.

    A SOURCE is a package's folder (it has a Project.toml), or a Julia installation's share/julia. The pack holds
    signatures with their places, and no code. `--env FILE` then lets it answer.
    """
    from rulecheck import systems
    from rulecheck.languages.julia.packs.collect import collect, is_julia
    from rulecheck.languages.julia.packs.environment import SUFFIX, parse_version
    from rulecheck.languages.julia.packs.installation import julia_version
    from rulecheck.languages.julia.packs.pack import pack
    from rulecheck.languages.julia.program import relative
    from rulecheck.languages.julia.reading import named_environment

    if not output_file.endswith(SUFFIX):
        raise UsageError(f"{output_file}: a pack's name ends in {SUFFIX}")
    _check(sources)
    installations = [source for source in sources if is_julia(source)]
    beneath: PackageEnvironment | None = None
    if not installations or over is not None:
        beneath = named_environment(over or systems.environment())
    version = julia or (julia_version(installations[0]) if installations else None) or _version(beneath)
    if beneath is None:
        found = collect(sources, parse_version(version), macros=systems.macros())
    else:
        world, lines = beneath.world.copy(), beneath.macro_lines()
        found = collect(sources, parse_version(version), world, lines, systems.macros())
    for problem in found.problems:
        say(f"note: {relative(problem.place.at)}: {problem.reason}")
    if not found.packages:
        raise UsageError("nothing was packed: no Julia package could be read from the sources")
    title = name or Path(output_file).name.removesuffix(SUFFIX)
    store_bytes(pack(found.packages, title, version, beneath.name if beneath is not None else ""), output_file)
    methods = sum(len(facts.methods) for facts in found.packages)
    listed = ", ".join(f"{facts.name} {facts.version}" if facts.version else facts.name for facts in found.packages)
    under = f"; {beneath.name} answers for the rest" if beneath is not None else ""
    say(f"wrote {methods:,} methods of {listed} into {output_file}{under}")
    return CLEAN


def _check(sources: Sequence[Path]) -> None:
    for source in sources:
        if not source.is_dir():
            raise UsageError(f"{source}: no such folder")


def _version(environment: PackageEnvironment | None) -> str:
    assert environment is not None
    return ".".join(map(str, environment.julia))

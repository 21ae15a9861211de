"""What several commands take: paths, systems, settings; and the settings that come of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import click

from rulecheck.config import Config, UnknownName, UsageError, load, nearest, read

F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:
    _Words = click.ParamType[str]
else:  # not generic in every version that we support
    _Words = click.ParamType


class Name(_Words):
    """One of a few names; any other is answered with the nearest."""

    name = "name"

    def __init__(self, kind: str, known: Callable[[], Sequence[str]]) -> None:
        self.kind, self.known = kind, known

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if it is one."""
        if value not in self.known():
            raise UnknownName(self.kind, value, self.known())
        return value

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[Any]:
        """The names that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self.known() if name.startswith(incomplete)]


class Sectioned(click.Command):
    """A command whose `--help` lists its options under headings; `sections` holds parameter names by heading."""

    sections: ClassVar[dict[str, tuple[str, ...]]] = {}

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those under no heading last."""
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        records = {p.name: record for p in options if (record := p.get_help_record(ctx)) is not None}
        for heading, names in self.sections.items():
            with formatter.section(heading):
                formatter.write_dl([records.pop(name) for name in names])
        with formatter.section("Other"):
            formatter.write_dl(list(records.values()))


def _systems() -> Sequence[str]:
    from rulecheck.systems import names

    return names()


def formats(*known: str) -> Callable[[F], F]:
    """`--format`, the first of the names being the default."""
    return click.option(
        "--format",
        "format_",
        type=Name("format", lambda: known),
        default=known[0],
        metavar="F",
        help=f"How to print it: {', '.join(known)} [default: {known[0]}].",
    )


def paths(function: F) -> F:
    """`[PATH...]`."""
    kind = click.Path(path_type=str)
    return click.argument("paths", nargs=-1, type=kind, metavar="[PATH]...")(function)


def _enable(ctx: click.Context, param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from rulecheck import plugins

    plugins.enable(names)
    return names


# Eager: the names of its systems and checks have to be known before other options are read.
plugin_option = click.option(
    "--plugin",
    multiple=True,
    metavar="NAME",
    is_eager=True,
    expose_value=False,
    callback=_enable,
    help="Add the systems and checks of this installed distribution; can be given several times.",
)


def project(function: F) -> F:
    """The options of every command that reads a project."""
    for option in reversed(
        (
            plugin_option,
            click.option(
                "--system",
                "systems",
                multiple=True,
                type=Name("system", _systems),
                metavar="S",
                help="Ask only this system; can be given several times.",
            ),
            click.option(
                "--env",
                "julia_environment",
                metavar="NAME",
                help="What answers for a Julia project's packages: a shipped environment, or a pack's path "
                "[default: what its Manifest.toml says].",
            ),
            click.option(
                "--config",
                "config_file",
                type=click.Path(path_type=Path),
                metavar="FILE",
                help="Take the settings from this file instead of the closest one.",
            ),
            click.option("--no-cache", is_flag=True, help="Neither read nor write the cache of facts."),
            click.option("--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Read with N processes."),
        )
    ):
        function = option(function)
    return function


def settings(
    paths: Sequence[str],
    *,
    systems: Sequence[str] = (),
    config_file: Path | None = None,
    no_cache: bool = False,
    jobs: int | None = None,
    **more: object,
) -> Config:
    """The configuration that holds for the paths, with the options over it; raises UsageError."""
    if config_file is not None and not config_file.is_file():
        raise UsageError(f"{config_file}: no such configuration file")
    config = read(config_file) if config_file else load(_common(paths))
    given: dict[str, object] = {name: value for name, value in more.items() if value not in (None, ())}
    if systems:
        given["systems"] = tuple(dict.fromkeys(systems))
    if no_cache:
        given["cache"] = False
    if jobs is not None:
        given["jobs"] = jobs
    return config.override(**given)


def existing(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths to read, "." where there is none; raises UsageError for one that is not there."""
    for path in paths:
        if not Path(path).exists():
            parent = Path(path).parent
            siblings = [p.name for p in parent.iterdir()] if parent.is_dir() else []
            close = nearest(Path(path).name, siblings)
            hint = f"; did you mean {parent / close}?" if close else ""
            raise UsageError(f"{path}: no such file or folder{hint}")
    return tuple(paths) or (".",)


def _common(paths: Sequence[str]) -> Path:
    """The folder that holds all of the paths."""
    import os

    absolute = [os.path.abspath(p) for p in paths] or [os.getcwd()]
    try:
        common = Path(os.path.commonpath(absolute))
    except ValueError:  # on several drives
        return Path.cwd()
    return common if common.is_dir() else common.parent

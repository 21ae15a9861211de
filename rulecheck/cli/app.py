"""The group of commands. A command's module is imported only when the command is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from rulecheck._version import __version__

# In the order in which `--help` lists them; each is a module of this folder with `command`.
COMMANDS = ("lint", "which", "explain", "graph", "stubs", "rules", "types", "measure", "pack", "diff")


class Commands(click.Group):
    """A group that knows its commands by name and nothing more."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in a useful order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rulecheck.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that there is not gets the nearest as an answer, and a path gets `lint`."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from pathlib import Path

            from rulecheck.config import UnknownName, UsageError

            if Path(name).exists():
                raise UsageError(f'"{name}" is no command; to lint it: rulecheck lint {name}')
            raise UnknownName("command", name, COMMANDS)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean, 1 findings, 2 usage or configuration error, 101 internal error.",
)
@click.version_option(__version__, "-V", "--version", prog_name="rulecheck", message="%(prog)s %(version)s")
def cli() -> None:
    """Find the derivative rules that shadow the fast code of structured array types, see why, and fix them."""

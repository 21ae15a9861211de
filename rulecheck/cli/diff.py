"""`rulecheck diff`."""

from __future__ import annotations

import sys
from typing import Any

import click

from rulecheck.cli.exit_codes import CLEAN, FINDINGS
from rulecheck.cli.options import existing, formats, paths, project, settings
from rulecheck.cli.output import emit, wants_colour
from rulecheck.cli.progress import Bar
from rulecheck.config import UsageError


@click.command()
@paths
@click.option(
    "--from", "before", metavar="ENV", help="The environment of today [default: what --env or the project says]."
)
@click.option(
    "--to", "after", required=True, metavar="ENV", help="The environment that is thought of: a name or a pack."
)
@click.option("--exit-zero", is_flag=True, help="End with status 0 even where something changes for the worse.")
@formats("text", "json")
@project
def command(
    paths: tuple[str, ...], before: str | None, after: str, exit_zero: bool, format_: str, **options: Any
) -> int:
    """Tell whose answer changes for a project when what it depends on is upgraded.

    A rule that appears and shadows a method, an override that goes dead or stale, an ambiguity: these are for the
    worse, and end with status 1.
    """
    from rulecheck.report.changes import changes_data, changes_text
    from rulecheck.run.compare import compare
    from rulecheck.run.project import open_project

    where = existing(paths)
    config = settings(where, **options)
    with Bar() as progress:
        chosen = before or config.julia_environment
        first = open_project(where, config=config.override(julia_environment=chosen), progress=progress)
        if not first.environments:
            raise UsageError("there is nothing here that an environment answers for: give a folder with Julia files")
        second = open_project(where, config=config.override(julia_environment=after), progress=progress)
        changes = compare(first, second)
    names = ", ".join(first.environments), ", ".join(second.environments)
    if format_ == "json":
        emit(changes_data(changes, *names), data=True)
    else:
        emit(changes_text(changes, *names, colour=wants_colour(sys.stdout)))
    return FINDINGS if any(c.is_worse for c in changes) and not exit_zero else CLEAN

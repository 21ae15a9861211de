"""`rulecheck stubs`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rulecheck.cli import CLEAN
from rulecheck.cli.options import existing, paths, project, settings
from rulecheck.cli.output import emit, say, store
from rulecheck.cli.progress import Bar
from rulecheck.config import UsageError


@click.command()
@paths
@click.option("--output-file", "-o", metavar="F", help="Write the module here; what it already overrides stays.")
@project
def command(paths: tuple[str, ...], output_file: str | None, **options: Any) -> int:
    """Write a module of overrides, one for every shadow found, ready to commit.

    Each override forwards to the specialised code, and names the finding that it answers. Import the module where the
    types are defined.
    """
    from rulecheck.analysis import overrides
    from rulecheck.fix.stubs import is_stub, render_stubs
    from rulecheck.report.base import count

    where = existing(paths)
    with Bar() as progress:
        every = overrides(where, config=settings(where, **options), progress=progress)
    found = [(finding, fix) for finding, fix in every if is_stub(fix)]
    if not found:
        say("nothing to override: no rule shadows specialised code here")
        return CLEAN
    existing_text = _present(output_file)
    try:
        text = render_stubs(found, existing_text)
    except ValueError as error:
        raise UsageError(f"{output_file}: {error}") from None
    if output_file is None:
        emit(text)
    else:
        store(text, output_file)
        say(f"wrote {count(len(found), 'override')} into {output_file}")
    return CLEAN


def _present(path: str | None) -> str:
    """What stands in the file now."""
    if path is None or not Path(path).exists():
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', 'not UTF-8')}") from None

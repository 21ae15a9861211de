"""`rulecheck stubs`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import Any

import click

from rulecheck.cli.exit_codes import CLEAN
from rulecheck.cli.options import Name, existing, paths, project, settings
from rulecheck.cli.output import emit, say, store
from rulecheck.cli.progress import Bar
from rulecheck.config import UsageError
from rulecheck.finding import Finding, Fix

Override = tuple[Finding, Fix]


@click.command()
@paths
@click.option("--output-file", "-o", metavar="F", help="Write the module here; what it already overrides stays.")
@click.option(
    "--kind",
    type=Name("kind", lambda: ("opt-out", "forward")),
    metavar="K",
    help="opt-out: the call is traced; forward: a rule that hands the call on, to be added to by hand. "
    "[default: an opt-out where the system has such]",
)
@project
def command(paths: tuple[str, ...], output_file: str | None, kind: str | None, **options: Any) -> int:
    """Write a module of overrides, one for every shadow found, ready to commit.

    Each override lets the specialised code answer, and names the finding that it ends. Import the module once, where
    the types are defined.
    """
    from rulecheck.finding import FixKind
    from rulecheck.fix.stubs import is_stub
    from rulecheck.report.base import count
    from rulecheck.run.lint import lint

    where = existing(paths)
    with Bar() as progress:
        wanted = FixKind(kind) if kind is not None else None
        findings = lint(where, config=settings(where, **options), kind=wanted, progress=progress).findings
    fixes = [(finding, finding.fix) for finding in findings if finding.fix is not None]
    overrides = [(finding, fix) for finding, fix in fixes if is_stub(fix)]
    if not overrides:
        others = f"; {count(len(fixes), 'finding')} can be mended in the code itself: see rulecheck lint --diff"
        say(f"nothing to override: no rule shadows specialised code here{others if fixes else ''}")
        return CLEAN
    suffix, found = _of_one_language(overrides, output_file)
    existing_text = _present(output_file)
    try:
        text = _writer(suffix)(found, existing_text)
    except ValueError as error:
        raise UsageError(f"{output_file}: {error}") from None
    if output_file is None:
        emit(text, data=True)
    else:
        store(text, output_file)
        say(f"wrote {count(len(found), 'override')} into {output_file}: load it once, where the types are defined")
    return CLEAN


def _of_one_language(found: list[Override], output_file: str | None) -> tuple[str, list[Override]]:
    """The overrides that can stand in one file, with the suffix of its language."""
    by_suffix: dict[str, list[Override]] = {}
    for finding, fix in found:
        by_suffix.setdefault(PurePath(finding.place.path).suffix, []).append((finding, fix))
    suffix = PurePath(output_file).suffix if output_file is not None else ""
    if len(by_suffix) == 1 and suffix not in by_suffix:
        (suffix,) = by_suffix
    if suffix not in by_suffix:
        names = " and ".join(f"-o overrides{each}" for each in sorted(by_suffix))
        raise UsageError(f"the overrides are for files of several languages: write them one by one, with {names}")
    for other, left in by_suffix.items():
        if other != suffix:
            say(f"note: {len(left)} more for {other} files: write them with -o overrides{other}")
    return suffix, by_suffix[suffix]


def _writer(suffix: str) -> Callable[[list[Override], str], str]:
    if suffix == ".jl":
        from rulecheck.fix import stubs_julia

        return stubs_julia.render_stubs
    from rulecheck.fix import stubs

    return stubs.render_stubs


def _present(path: str | None) -> str:
    """What stands in the file now."""
    if path is None or not Path(path).exists():
        return ""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {getattr(error, 'strerror', 'not UTF-8')}") from None

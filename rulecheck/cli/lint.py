"""`rulecheck lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import click

from rulecheck.cli.exit_codes import CLEAN, FINDINGS
from rulecheck.cli.options import F, Name, Sectioned, existing, paths, project, settings
from rulecheck.cli.output import emit, say, store, wants_colour, width
from rulecheck.cli.progress import Bar
from rulecheck.config import Config, UnknownName, UsageError
from rulecheck.finding import Result
from rulecheck.report import FORMATS

_FOR_PEOPLE = ("full", "concise", "markdown")


def _codes(context: click.Context, parameter: click.Parameter, value: Sequence[str]) -> tuple[str, ...] | None:
    """Codes or names, several with commas."""
    named = tuple(code.strip() for part in value for code in part.split(",") if code.strip())
    return named or None


def _selector(flag: str, help_: str) -> Callable[[F], F]:
    return click.option(flag, multiple=True, callback=_codes, metavar="CODES", help=help_)


class _Lint(Sectioned):
    sections: ClassVar[dict[str, tuple[str, ...]]] = {
        "What is looked for": ("select", "extend_select", "ignore", "systems"),
        "What is printed": ("format_", "output_file", "statistics", "exit_zero", "show_files", "show_settings"),
        "Fixing": ("fix", "unsafe_fixes", "diff"),
        "The baseline": ("baseline", "write_baseline"),
        "The run": ("config_file", "julia_environment", "no_cache", "jobs", "stdin_filename"),
    }


@click.command(cls=_Lint)
@paths
@project
@_selector("--select", "Run only these checks: codes, prefixes of codes, names or ALL; several with commas.")
@_selector("--extend-select", "Run these checks too.")
@_selector("--ignore", "Leave these checks out.")
@click.option(
    "--format",
    "format_",
    type=Name("format", lambda: FORMATS),
    metavar="F",
    help=f"How to report: {', '.join(FORMATS)} [default: full].",
)
@click.option("--output-file", "-o", metavar="F", help="Write the report into a file.")
@click.option("--baseline", metavar="F", help="Leave out the findings that this file holds.")
@click.option("--write-baseline", is_flag=True, help="Write all present findings into the baseline.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Apply the others too: they may change results.")
@click.option("--diff", is_flag=True, help="Show what would be fixed, and write nothing.")
@click.option("--exit-zero", is_flag=True, help="End with status 0 even where there are findings.")
@click.option("--statistics", is_flag=True, help="Count findings by check, and say what was not resolved, and why.")
@click.option("--show-files", is_flag=True, help="List the files that are read, and stop.")
@click.option("--show-settings", is_flag=True, help="Show the settings and where each was made, and stop.")
@click.option("--stdin-filename", metavar="F", help="The name that source read with `-` goes by.")
def command(
    paths: tuple[str, ...],
    format_: str | None,
    output_file: str | None,
    write_baseline: bool,
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    exit_zero: bool,
    statistics: bool,
    show_files: bool,
    show_settings: bool,
    stdin_filename: str | None,
    **options: Any,
) -> int:
    """Report rules that shadow specialised code, dead and ambiguous rules, and what else the checks find.

    Nothing that is read is imported or run. A path may be a file or a folder [default: .]; - reads the standard input.
    """
    run = _asked_for(paths, stdin_filename, options)
    if show_settings or show_files:
        from rulecheck.cli.show import files_text, settings_text

        emit(settings_text(run.config) if show_settings else files_text(run.paths, run.config, run.stdin))
        return CLEAN
    if write_baseline:
        return _write_baseline(run)
    format_ = _format(format_, run.config)
    run.check_baseline()
    if diff or fix or unsafe_fixes:
        from rulecheck.cli.fixing import fixed

        result = fixed(run, unsafe=unsafe_fixes, dry=diff)
        if diff:
            return FINDINGS if result.findings and not exit_zero else CLEAN
    else:
        result = run()
    run.shrink(result)
    _report(result, format_, output_file, statistics, aside=run.stdin is not None and (fix or unsafe_fixes))
    return FINDINGS if result.findings and not exit_zero else CLEAN


class _LintRun:
    """A lint that can be had again, after fixes."""

    def __init__(self, paths: Sequence[str], config: Config, stdin: tuple[str, bytes] | None) -> None:
        self.paths, self.config, self.stdin = paths, config, stdin

    def __call__(self, **overrides: object) -> Result:
        from rulecheck.run.lint import lint

        with Bar() as progress:
            config = self.config.override(**overrides) if overrides else self.config
            result = lint(self.paths, config=config, stdin=self.stdin, progress=progress)
        if self.stdin is None:
            return result
        return replace(result, findings=tuple(f for f in result.findings if f.place.path == self.stdin[0]))

    def check_baseline(self) -> None:
        """Say what cannot be used of a baseline before the work, not after it."""
        from rulecheck.run.baseline import read

        if self.config.baseline is not None:
            read(Path(self.config.baseline))

    def shrink(self, result: Result) -> None:
        """Take rows whose findings no longer occur out of the baseline, and tell of it."""
        if not result.stale or self.config.baseline is None or self.stdin:
            return
        from rulecheck.report.base import count
        from rulecheck.run.baseline import read, shrink

        path = Path(self.config.baseline)
        gone = [row for row in read(path) if row.fingerprint in result.stale]
        shown = "".join(f"\n  {row.code} {row.name} in {row.path}: {row.call or row.scope}" for row in gone)
        try:
            left = shrink(path, result.stale)
        except UsageError as error:
            say(f"note: {count(len(gone), 'finding')} of the baseline no longer occurred, but {error}{shown}")
            return
        say(f"note: {count(len(gone), 'finding')} no longer occurred and left the baseline ({left:,} stay):{shown}")


def _asked_for(paths: tuple[str, ...], stdin_filename: str | None, options: dict[str, Any]) -> _LintRun:
    """The lint of these paths, by the settings that hold for them and these options."""
    stdin = _stdin(paths, stdin_filename)
    where = _around(stdin[0]) if stdin else existing(paths)
    if options["baseline"]:
        options["baseline"] = str(Path(options["baseline"]).absolute())
    return _LintRun(where, settings([stdin[0]] if stdin else where, **options), stdin)


def _format(given: str | None, config: Config) -> str:
    chosen = given or config.format or "full"
    if chosen not in FORMATS:
        raise UnknownName("format", chosen, FORMATS, config.where("format"))
    return chosen


def _write_baseline(run: _LintRun) -> int:
    from rulecheck.report.base import count
    from rulecheck.run.baseline import DEFAULT_NAME, write

    path = Path(run.config.baseline or DEFAULT_NAME)
    rows = write(run(baseline=None).findings, path)
    hint = "" if run.config.baseline else f"; use it with --baseline {path}, or set `baseline` in the configuration"
    say(f"wrote {count(rows, 'finding')} into {path}{hint}")
    return CLEAN


def _stdin(paths: Sequence[str], name: str | None) -> tuple[str, bytes] | None:
    """The name and bytes of the source on the standard input, where that is to be read."""
    if "-" not in paths:
        if name is not None:
            raise UsageError("--stdin-filename says what `-` goes by; give `-` as the path")
        return None
    if len(paths) > 1:
        raise UsageError("- cannot be linted together with other paths")
    return os.path.normpath(name or "stdin.py"), sys.stdin.buffer.read()


def _around(name: str) -> tuple[str, ...]:
    """What is read beside the standard input: the project around its file, for what it shadows may stand anywhere."""
    below = not os.path.isabs(name) and name.split(os.sep)[0] != os.pardir
    return (".", "-") if below and os.path.exists(name) else ("-",)


def _report(result: Result, format_: str, output_file: str | None, statistics: bool, aside: bool) -> None:
    from rulecheck._version import __version__
    from rulecheck.checks import all_checks
    from rulecheck.report import render
    from rulecheck.report.base import Report, verdict

    stream = sys.stderr if aside else sys.stdout
    colour = output_file is None and wants_colour(stream)
    rules = all_checks() if format_ == "sarif" else ()
    wide = width() if output_file is None and stream.isatty() else None
    text = render(format_, Report(replace(result, notes=()), rules, __version__, colour, wide))
    for note in result.notes:
        say(f"note: {note}")
    if output_file:
        store(text, output_file)
        say(f"{verdict(result)} The report is in {output_file}.")
    else:
        emit(text, stream, data=format_ not in _FOR_PEOPLE)
    if statistics:
        from rulecheck.report.statistics import statistics as counted

        plain = output_file is None and format_ in _FOR_PEOPLE
        emit(counted(result), stream if plain else sys.stderr)

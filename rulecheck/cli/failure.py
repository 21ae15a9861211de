"""What is said where a command cannot do its work: the user's mistake in a line, rulecheck's own with all it takes."""

from __future__ import annotations

import platform
import traceback

import click

from rulecheck._version import __version__
from rulecheck.cli.exit_codes import CLEAN, INTERNAL, INTERRUPTED, USAGE
from rulecheck.cli.output import quieten, say
from rulecheck.config import UsageError


def told(error: Exception) -> int:
    """Say what went wrong on the error stream, and give the exit code."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return INTERRUPTED
        case click.ClickException():
            error.show()
            return USAGE
        case UsageError():
            say(f"error: {error}")
            return USAGE
        case BrokenPipeError():
            quieten()
            return CLEAN
        case _:
            _report(error)
            return INTERNAL


def _report(error: Exception) -> None:
    said = str(error).strip()
    say(f"rulecheck: internal error: {type(error).__name__}{': ' + said if said else ''}")
    say(
        "This is a defect of rulecheck, not of your code, and the run is not complete. "
        "Please report it with what follows and, if you can, the source that it read.\n"
    )
    say("".join(traceback.format_exception(error)))
    say(f"rulecheck {__version__}, Python {platform.python_version()}, {platform.platform()}")

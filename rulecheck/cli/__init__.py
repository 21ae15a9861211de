"""The command line. `main` is the entry point: it turns whatever ends a command into an exit code and plain words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

CLEAN, FINDINGS, USAGE, INTERNAL, INTERRUPTED = 0, 1, 2, 101, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    try:
        import click

        from rulecheck.cli.app import cli
        from rulecheck.cli.output import quieten
        from rulecheck.config import UsageError
    except KeyboardInterrupt:
        return INTERRUPTED
    try:
        code = cli.main(args=arguments, prog_name="rulecheck", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else CLEAN
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show()
        return USAGE
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        quieten()
        return CLEAN
    except Exception as error:
        from rulecheck.cli.failure import report

        report(error)
        return INTERNAL

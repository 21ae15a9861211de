"""What is said where rulecheck itself fails."""

from __future__ import annotations

import platform
import sys
import traceback

from rulecheck import __version__


def report(error: BaseException) -> None:
    """Say on the error stream that the defect is rulecheck's own, and what a report of it should hold."""
    said = str(error).strip()
    name = type(error).__name__
    print(f"rulecheck: internal error: {name}{': ' + said if said else ''}", file=sys.stderr)
    print(
        "This is a defect of rulecheck, not of your code, and the run is not complete. "
        "Please report it with what follows and, if you can, the source that it read.\n",
        file=sys.stderr,
    )
    traceback.print_exception(error, file=sys.stderr)
    print(f"\nrulecheck {__version__}, Python {platform.python_version()}, {platform.platform()}", file=sys.stderr)

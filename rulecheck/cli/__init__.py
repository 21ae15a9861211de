"""The command line. `main` is the entry point: it turns whatever ends a command into an exit code and plain words."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from rulecheck.cli.exit_codes import CLEAN, INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    # The process ends with the command: to look through all that it holds for garbage takes longer than to end.
    gc.disable()
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115
    code = run(arguments)
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code."""
    try:
        from rulecheck.cli.app import cli

        code = cli.main(args=arguments, prog_name="rulecheck", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else CLEAN
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        from rulecheck.cli.failure import told

        return told(error)

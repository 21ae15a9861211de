"""`rulecheck measure`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rulecheck.cli.exit_codes import CLEAN, FINDINGS
from rulecheck.cli.options import formats
from rulecheck.cli.output import emit, wants_colour
from rulecheck.cli.progress import Bar
from rulecheck.config import UsageError

if TYPE_CHECKING:
    from rulecheck.cost.target import Target


def _sizes(context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        sizes = tuple(int(part) for part in value.split(","))
    except ValueError:
        raise UsageError(f'--sizes "{value}": whole numbers with commas, such as 64,128,256') from None
    if len(sizes) < 3 or any(b != 2 * a for a, b in pairwise(sizes)) or sizes[0] < 1:
        raise UsageError(f'--sizes "{value}": at least three, each twice the last, such as 64,128,256')
    return sizes


@click.command()
@click.argument("target")
@click.option(
    "--arg", "arguments", multiple=True, metavar="EXPR", help="An argument, over n, rng, np, ad and the module's names."
)
@click.option("--sizes", default="64,128,256,512", callback=_sizes, metavar="N,N,N", help="Sizes, each twice the last.")
@formats("text", "json")
def command(target: str, arguments: tuple[str, ...], sizes: tuple[int, ...], format_: str) -> int:
    """Count what a rule costs against differentiating the code that it hides. This runs your code.

    TARGET is module:function, file.py:function or file.py:Class.method. Arguments of every size are found by trying
    what the signature asks for, or given with --arg, once each:

    \b
        rulecheck measure model.py:loss --arg "Circulant(rng.normal(size=n))" --arg "rng.normal(size=n)"

    Operations on arrays and the peak of memory are counted, not times. Ends with 1 where the rule costs more than the
    trace (RC501), or the gradient is wrong (RC502).
    """  # noqa: D301 - click wants the character itself, to keep the lines below it as they are
    import gc

    gc.enable()  # what is measured runs as it does elsewhere
    from rulecheck.cost.inputs import found, written
    from rulecheck.cost.measure import measure
    from rulecheck.cost.show import data, text
    from rulecheck.cost.target import resolve

    with _blamed(target), Bar() as progress:
        resolved = resolve(target)
        if arguments:
            words, make = ", ".join(arguments), written(arguments, resolved)
        else:
            words, make = found(resolved)
        measured = measure(resolved.run, make, sizes, progress)
    answered = _answered(resolved, make(sizes[0]))
    if format_ == "json":
        emit(json.dumps(data(target, words, answered, measured), indent=2) + "\n", data=True)
    else:
        emit(text(target, words, answered, measured, colour=wants_colour(sys.stdout)))
    return FINDINGS if measured.verdicts else CLEAN


@contextmanager
def _blamed(target: str) -> Iterator[None]:
    """What the user's code raises is the user's to see, in a line; what we raise ourselves stays our own."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        import traceback

        last = traceback.extract_tb(error.__traceback__)[-1]
        if Path(last.filename).parent.name == "cost":
            raise
        raise UsageError(f"{target} raised {type(error).__name__}: {error} ({last.filename}:{last.lineno})") from error


def _answered(target: Target, arguments: tuple[object, ...]) -> str | None:
    """What answers the call itself, where it is one that the engine can see."""
    from rulecheck import ad

    try:
        winner = ad.which(target.run, *arguments).winner
    except Exception:  # a plain function is answered by nothing but its own body
        return None
    return str(winner) if winner is not None else None

"""`rulecheck which`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rulecheck.cli.exit_codes import CLEAN, INTERNAL, USAGE
from rulecheck.cli.options import existing, formats, project, settings
from rulecheck.cli.output import emit, say, wants_colour
from rulecheck.cli.progress import Bar
from rulecheck.config import UsageError

if TYPE_CHECKING:
    from rulecheck.run.project import Project, SystemAnswer


@click.command()
@click.argument("function", required=False)
@click.argument("types", nargs=-1, metavar="TYPE...")
@click.option("--in", "paths", multiple=True, metavar="PATH", help="Read the types and rules here [default: .].")
@click.option(
    "--batch", metavar="FILE", help="Answer a JSON object a line, a JSON line each; - reads the standard input."
)
@formats("text", "json")
@project
def command(
    function: str | None,
    types: tuple[str, ...],
    paths: tuple[str, ...],
    batch: str | None,
    format_: str,
    **options: Any,
) -> int:
    """Show the walk for one call, layer by layer: who is asked, who declines, who answers.

    FUNCTION and TYPEs are names as you write them: `which matmul Circulant Vector`,
    `which @ "Transpose[Vector]" Circulant`, `which '*' 'Circulant{Float64}' 'Vector{Float64}' --in src`.

    A line of a batch is {"function": "matmul", "args": ["Circulant", "Vector"]}.
    """
    if (function is None) == (batch is None):
        raise UsageError("say which call: FUNCTION TYPE..., or --batch FILE")
    from rulecheck.report.walk import walk_text
    from rulecheck.run.project import open_project
    from rulecheck.systems import names, system

    where = existing(paths)
    if options["julia_environment"] and not options["systems"]:
        options["systems"] = [name for name in names() if ".jl" in system(name).suffixes]
    lines = list(_lines(batch)) if batch is not None else []
    with Bar() as progress:
        opened = open_project(where, config=settings(where, **options), progress=progress)
    if batch is not None:
        return _batch(opened, lines)
    assert function is not None
    answers = opened.which(function, types)
    if format_ == "json":
        more = {"environment": answers[0].environment} if answers[0].environment else {}
        data = _data(answers, function, list(types)) | more
        emit(json.dumps(data, indent=2, ensure_ascii=False) + "\n", data=True)
    else:
        colour = wants_colour(sys.stdout)
        texts = [walk_text(a.question.text, a.system, a.walk, a.primal, a.environment, colour=colour) for a in answers]
        emit("\n".join(texts))
    return CLEAN


def _batch(project: Project, lines: list[str]) -> int:
    for environment in project.environments:
        say(f"note: environment: {environment}")
    code = CLEAN
    for number, line in enumerate(lines, 1):
        answer: dict[str, Any] = {"function": None, "args": [], "primal": None, "fires": None, "walk": []}
        try:
            function, arguments = _asked(line, number)
        except UsageError as error:
            answer["error"] = str(error)
            code = code or USAGE
        else:
            answer |= {"function": function, "args": arguments}
            try:
                answer |= _data(project.which(function, arguments), function, arguments)
            except UsageError as error:
                answer["error"] = str(error)
            except Exception as error:  # the other questions are answered all the same
                answer["error"] = f"internal error: {type(error).__name__}: {error}"
                code = INTERNAL
        emit(json.dumps(answer, ensure_ascii=False) + "\n", data=True)
    return code


def _data(answers: Sequence[SystemAnswer], function: str, arguments: list[str]) -> dict[str, Any]:
    """The answer of the first system that has one."""
    from rulecheck.report.walk import walk_data

    return walk_data(function, arguments, answers[0].walk, answers[0].primal)


def _asked(line: str, number: int) -> tuple[str, list[str]]:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise UsageError(f"line {number}: not valid JSON: {error.msg}") from None
    match data:
        case {"function": str(function), "args": list(arguments)} if all(isinstance(a, str) for a in arguments):
            return function, arguments
    raise UsageError(f'line {number}: must be {{"function": "...", "args": ["...", ...]}}')


def _lines(batch: str) -> Iterator[str]:
    if batch == "-":
        text = sys.stdin.read()
    else:
        try:
            text = Path(batch).read_text(encoding="utf-8-sig")
        except OSError as error:
            raise UsageError(f"{batch}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise UsageError(f"{batch}: not UTF-8") from None
    # Only a line feed ends a line of JSON: others may stand in strings.
    return (line for line in text.split("\n") if line.strip())

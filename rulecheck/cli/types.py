"""`rulecheck types`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from rulecheck.cli.exit_codes import CLEAN
from rulecheck.cli.options import existing, formats, paths, project, settings
from rulecheck.cli.output import emit, wants_colour
from rulecheck.cli.progress import Bar

if TYPE_CHECKING:
    from rulecheck.facts import TypeDef
    from rulecheck.languages.python.program import Program


@click.command()
@paths
@click.option("--all", "everything", is_flag=True, help="Types without specialised operators as well.")
@formats("text", "json")
@project
def command(paths: tuple[str, ...], everything: bool, format_: str, **options: Any) -> int:
    """List the project's types, what they are subtypes of, and the methods that a rule could shadow."""
    from rulecheck.run.project import open_project

    where = existing(paths)
    with Bar() as progress:
        opened = open_project(where, config=settings(where, **options), progress=progress)
        specialised: dict[str, set[str]] = {}
        for model in opened.models:
            for probe in model.probes():
                for owner, name in model.specialised(probe.method):
                    specialised.setdefault(owner, set()).add(name)
    program = opened.program
    rows = [
        _data(type_, program, sorted(specialised.get(type_.name, ())))
        for type_ in sorted(program.owned_types(), key=lambda t: (t.place.path, t.place.line))
        if everything or type_.name in specialised
    ]
    if format_ == "json":
        emit(json.dumps(rows, indent=2) + "\n", data=True)
    else:
        emit(_text(rows, wants_colour(sys.stdout)))
        if not everything:
            emit(f"Of {len(program.owned_types()):,} in all; --all lists those without specialised operators too.\n")
    return CLEAN


def _data(type_: TypeDef, program: Program, specialised: list[str]) -> dict[str, Any]:
    from rulecheck.facts import short

    return {
        "name": type_.name,
        "bases": [short(base) for base in type_.bases],
        "registered_on": list(program.virtual(type_.name)),
        "methods": specialised,
        "complete": type_.complete,
        "path": type_.place.path,
        "line": type_.place.line,
    }


def _text(rows: list[dict[str, Any]], colour: bool) -> str:
    from rulecheck.report.base import count
    from rulecheck.report.paint import Paint

    paint = Paint(colour)
    lines = []
    for row in rows:
        above = ", ".join(row["bases"] + [f"{name.rpartition('.')[2]} (registered)" for name in row["registered_on"]])
        lines.append(f"{paint(row['name'], 'bold')}({above})  {row['path']}:{row['line']}")
        if row["methods"]:
            lines.append(f"  specialises {', '.join(row['methods'])}")
        if not row["complete"]:
            lines.append("  the source of a base was not found: this type is not judged")
    lines.append(f"{count(len(rows), 'type')}.")
    return "\n".join(lines) + "\n"

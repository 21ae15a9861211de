"""`rulecheck rules`."""

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
    from rulecheck.model.entries import Entry


@click.command()
@paths
@click.option("--function", metavar="NAME", help="Only the rules of this function, by its full or its last name.")
@click.option("--own", is_flag=True, help="Only what the project itself registers.")
@formats("text", "json")
@project
def command(paths: tuple[str, ...], function: str | None, own: bool, format_: str, **options: Any) -> int:
    """List the rules and opt-outs that are registered, by function, and where."""
    from rulecheck.run.project import open_project

    where = existing(paths)
    with Bar() as progress:
        opened = open_project(where, config=settings(where, **options), progress=progress)
        listed = [
            (model.name, entry)
            for model in opened.models
            for entry in model.entries()
            if (entry.owned or not own) and (function is None or function in _names(entry.function))
        ]
    if format_ == "json":
        emit(json.dumps([_data(system, entry) for system, entry in listed], indent=2) + "\n", data=True)
    else:
        emit(_text(listed, wants_colour(sys.stdout)))
    return CLEAN


def _names(function: str) -> tuple[str, str]:
    return function, function.rpartition(".")[2]


def _text(listed: list[tuple[str, Entry]], colour: bool) -> str:
    from rulecheck.report.base import count
    from rulecheck.report.paint import Paint

    paint = Paint(colour)
    groups: dict[tuple[str, str], list[Entry]] = {}
    for system, entry in listed:
        groups.setdefault((system, entry.function), []).append(entry)
    lines = []
    width = max((len(entry.signature) for _, entry in listed), default=0)
    for (system, function), entries in sorted(groups.items()):
        lines.append(f"{paint(function, 'bold')} {paint(f'({system})', 'dim')}")
        for entry in entries:
            at = entry.place.at if entry.place else ""
            whose = "" if entry.owned else " (not the project's)"
            lines.append(f"  {entry.kind.value:<8} {entry.signature:<{width}}  {at}{whose}".rstrip())
    own = sum(entry.owned for _, entry in listed)
    entries_ = count(len(listed), "entry", "entries")
    lines.append(f"{entries_} for {count(len(groups), 'function')}, {own:,} of them the project's own.")
    return "\n".join(lines) + "\n"


def _data(system: str, entry: Entry) -> dict[str, Any]:
    place = entry.place
    return {
        "system": system,
        "kind": entry.kind.value,
        "function": entry.function,
        "signature": entry.signature,
        "path": place.path if place else None,
        "line": place.line if place else None,
        "owned": entry.owned,
    }

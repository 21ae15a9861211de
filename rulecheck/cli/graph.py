"""`rulecheck graph`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from rulecheck.checks.causes import causes
from rulecheck.checks.meetings import meetings
from rulecheck.cli.exit_codes import CLEAN
from rulecheck.cli.options import existing, formats, paths, project, settings
from rulecheck.cli.output import emit, say, store
from rulecheck.cli.progress import Bar
from rulecheck.dispatch.graph import DispatchGraph, Edge, Node, Relation, narrowings
from rulecheck.report.graph import FORMATS, render

if TYPE_CHECKING:
    from rulecheck.model.entries import Entry
    from rulecheck.model.model import Model


@click.command()
@paths
@click.option("--function", metavar="NAME", help="Only the graph of this function, by its full or its last name.")
@click.option(
    "--all", "everything", is_flag=True, help="Functions too for which the project has neither rule nor method."
)
@formats(*FORMATS)
@click.option("--output-file", "-o", metavar="F", help="Write the graph into a file.")
@project
def command(
    paths: tuple[str, ...],
    function: str | None,
    everything: bool,
    format_: str,
    output_file: str | None,
    **options: Any,
) -> int:
    """Draw the dispatch graph: what can answer each function, what is more specific, and what shadows what.

    By default the functions that the project registers something for, or has a specialised method of.
    """
    from rulecheck.run.project import open_project

    where = existing(paths)
    with Bar() as progress:
        opened = open_project(where, config=settings(where, **options), progress=progress)
        builder = Builder(function, everything)
        for model in opened.models:
            builder.add(model, several=len(opened.models) > 1)
    text = render(format_, builder.graph())
    if output_file is None:
        emit(text, data=format_ != "text")
    else:
        store(text, output_file)
        say(f"The graph is in {output_file}.")
    return CLEAN


class Builder:
    """Asks models for what stands in the graph."""

    def __init__(self, function: str | None = None, everything: bool = False) -> None:
        self._function, self._everything = function, everything
        self._nodes: list[Node] = []
        self._edges: list[Edge] = []

    def add(self, model: Model, *, several: bool = False) -> None:
        """Take in a model's entries, methods, shadows and ambiguities."""
        probes = list(model.probes())
        shadows = [c.shadow for c in causes(model, lambda shadow: True, lambda s: (s.fires, s.hides))]
        met = list(meetings(model))
        groups: dict[str, dict[Entry, None]] = {}
        for entry in model.entries():
            groups.setdefault(entry.function, {})[entry] = None
        chosen = {p.question.function for p in probes} | {s.fires.function for s in shadows}
        chosen |= {entry.function for group in groups.values() for entry in group if entry.owned}
        for probe in probes:
            groups.setdefault(probe.question.function, {})[probe.method] = None
        for shadow in shadows:
            group = groups.setdefault(shadow.fires.function, {})
            group[shadow.fires] = group[shadow.hides] = None
        for name in sorted(groups):
            if not self._wanted(name, chosen):
                continue
            nodes = self._number(groups[name], f"{name} ({model.name})" if several else name)
            by_id = {node.id: entry for entry, node in nodes.items()}
            self._edges += narrowings(list(nodes.values()), partial(_narrower, model, by_id))
            pairs = [(s.fires, s.hides, Relation.SHADOWS) for s in shadows]
            pairs += [(m.first, m.second, Relation.AMBIGUOUS) for m in met]
            self._edges += _edges(pairs, nodes)

    def graph(self) -> DispatchGraph:
        """What was taken in."""
        return DispatchGraph(tuple(self._nodes), tuple(self._edges))

    def _wanted(self, name: str, chosen: set[str]) -> bool:
        if self._function is not None:
            return self._function in (name, name.rpartition(".")[2])
        return self._everything or name in chosen

    def _number(self, entries: Iterable[Entry], group: str) -> dict[Entry, Node]:
        nodes = {}
        for entry in entries:
            at = entry.place.at if entry.place else None
            node = Node(f"n{len(self._nodes)}", entry.kind.value, entry.signature, group, at, entry.owned)
            self._nodes.append(node)
            nodes[entry] = node
        return nodes


def _narrower(model: Model, entries: dict[str, Entry], a: Node, b: Node) -> bool:
    return model.more_specific(entries[a.id], entries[b.id])


def _edges(pairs: Iterable[tuple[Entry, Entry, Relation]], nodes: dict[Entry, Node]) -> list[Edge]:
    found = (Edge(nodes[a].id, nodes[b].id, relation) for a, b, relation in pairs if a in nodes and b in nodes)
    return list(dict.fromkeys(found))

"""Where two registrations meet: calls that both claim and no walk can choose between, in any system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from rulecheck.checks.reachability import is_undecided
from rulecheck.model.entries import CallWalk, Entry, EntryKind, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Meeting


def meetings(model: Model) -> Iterator[Meeting]:
    """Every pair of entries that some call cannot choose between, one of them the project's own; each pair once."""
    sites = _undecided_sites(model)
    seen: set[frozenset[object]] = set()
    for entry in model.entries():
        if not entry.owned:
            continue
        walker, condition = model.as_meant(entry)
        for call in _calls(model, entry, condition):
            walk = walker.walk(call)
            for other in _beside(model, entry, walk):
                pair = frozenset((model.identity(entry), model.identity(other)))
                if pair not in seen:
                    seen.add(pair)
                    site = next((s for s, entries in sites if _holds(model, entries, pair)), None)
                    out = next((e for e in (entry, other) if e.kind is EntryKind.OPT_OUT), entry)
                    yield Meeting(entry, other, walk, site, model.narrowed(out), condition)


def _calls(model: Model, entry: Entry, condition: str) -> Iterator[Question]:
    """Calls that may be unable to choose between an entry and others; most entries need not be asked."""
    crossing = tuple(model.crossing(entry))
    if crossing or condition:
        yield from chain.from_iterable(model.witnesses(entry, other) for other in crossing)
        yield from model.witnesses(entry)


def _beside(model: Model, entry: Entry, walk: CallWalk) -> Iterator[Entry]:
    """The entries that a walk cannot tell from one; between two opt-outs there is nothing to choose."""
    end = walk.end
    if end is None or not is_undecided(walk):
        return
    own = model.identity(entry)
    others = [e for e in end.entries if model.identity(e) != own]
    if len(others) < len(end.entries):
        yield from (e for e in others if not (e.kind is entry.kind is EntryKind.OPT_OUT))


def _undecided_sites(model: Model) -> list[tuple[Site, Sequence[Entry]]]:
    """The calls in source that cannot choose, each with the entries among which."""
    walks = ((site, model.walk(question)) for site in model.sites() for question in site.questions)
    return [(site, walk.end.entries) for site, walk in walks if walk.end is not None and is_undecided(walk)]


def _holds(model: Model, entries: Sequence[Entry], pair: frozenset[object]) -> bool:
    return pair <= {model.identity(e) for e in entries}

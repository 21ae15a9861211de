"""Where values of some types can turn up: the files that name the types, or what is made of or gives one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from rulecheck.facts import Stats, Unreadable
from rulecheck.sources.link.modules import Module
from rulecheck.sources.python.wanted import NOTHING, Wanted
from rulecheck.sources.texts import Texts

# With more names than this, or after this many rounds, no further ones are followed: they are everyday words by then.
MOST_NAMES = 60
ROUNDS = 3


class Files(Protocol):
    """The files of a run, read when they are needed."""

    texts: Texts
    relevant: set[str]
    unreadable: list[Unreadable]

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say of the cache."""
        ...

    @property
    def read(self) -> Collection[str]:
        """The linted files that were parsed so far."""
        ...

    def stats(self, beside: frozenset[str]) -> Stats:
        """What was looked at so far, in files and lines, but for the files that are not judged."""
        ...

    def installed_keys(self) -> dict[str, bytes]:
        """The digests of the files of installed packages that were read; those that could not be count as well."""
        ...

    def need(self, paths: Iterable[str], wanted: Wanted | None = NOTHING) -> None:
        """Have the facts of these files; they matter from now on. Bodies are read that hold what is wanted, or all."""
        ...

    def need_below(self, names: Iterable[str]) -> None:
        """Read the files in which a class derives from one of these names."""
        ...

    def close(self) -> None:
        """Keep what was read since the start."""
        ...

    def mention(self, names: Iterable[str], imported: bool = False) -> set[str]:
        """The linted files in which one of these names occurs, or where it is taken from another module."""
        ...


def reaching(modules: Sequence[Module], files: Files, types: Iterable[str], wanted: Wanted = NOTHING) -> set[str]:
    """The paths of the files in which a value of one of the types, given by their own names, can stand.

    Names are followed as words from file to file. Where they grow beyond `MOST_NAMES`, or would take more than
    `ROUNDS`, the last files on the way may be left out: a call there is not seen, and nothing is said of it. Where
    every file was read, as in a small project, every file is given. `wanted` is what will be asked of their bodies.
    """
    by_path = {m.path: m for m in modules}
    names = set(types)
    fresh = set(names)
    found: set[str] = set()
    if files.relevant.issuperset(by_path):
        return set(by_path)
    for left in reversed(range(ROUNDS)):
        reached = files.mention(fresh, imported=bool(found))
        found |= reached
        if not left or len(names) > MOST_NAMES:
            break  # nobody asks what else these files define
        files.need(reached - files.relevant, wanted)
        fresh = set()
        for path in found:
            for name, parts in _definitions(by_path[path], names):
                if name not in names and _mentions(parts, names):
                    fresh.add(name)
        names |= fresh
        if not fresh or len(names) > MOST_NAMES:
            break
    return found


def _definitions(module: Module, names: Iterable[str]) -> Iterable[tuple[str, Any]]:
    """What other files can name, with the symbols that say what it gives or holds.

    A body that says none of the names has no part in that.
    """
    raw = module.raw
    for function in raw["functions"]:
        if "<locals>" not in function[0]:
            yield _public(function), (function[3],)
    said = [n.encode() for n in names]
    for function in module.saying(said):
        if "<locals>" not in function[0]:
            yield _public(function), (function[7],)
        if function[1] is not None:
            yield _public(function), tuple(value for _, value, _ in function[10])
    for record in raw["classes"]:
        held = (
            record["bases"],
            tuple(record["declared"].values()),
            tuple(v[0] for v in record["attributes"].values()),
        )
        yield record["name"].partition(".")[0], held
    yield from raw["names"].items()
    for name, (_, attribute, _) in raw["imports"].items():
        if attribute is not None and name != attribute:
            yield name, ("name", attribute)


def _public(function: tuple[Any, ...]) -> str:
    """The name by which other files come to a function: its own, or its class's."""
    name: str = function[0] if function[1] is None else function[1]
    return name.partition(".")[0]


def _mentions(parts: Any, names: set[str]) -> bool:
    stack = [parts]
    while stack:
        part = stack.pop()
        if type(part) is tuple:
            if len(part) == 2 and part[0] == "name" and type(part[1]) is str:
                if not names.isdisjoint(part[1].split(".")):
                    return True
            elif len(part) == 2 and part[0] == "const" and type(part[1]) is str:
                if any(name in part[1] for name in names):
                    return True
            else:
                stack.extend(part)
    return False

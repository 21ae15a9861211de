"""Where values of some types can turn up: the files that name the types, or what is made of or gives one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from rulecheck.facts import Stats, Unreadable
from rulecheck.languages.python.import_following import ImportFollowing
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted
from rulecheck.languages.store.source_texts import SourceTexts

# With more names than this, or after this many rounds, no further ones are followed: they are everyday words by then.
MOST_NAMES = 60
ROUNDS = 3


class ProjectFiles(Protocol):
    """The files of a run, read when they are needed."""

    texts: SourceTexts
    relevant: set[str]

    @property
    def unreadable(self) -> Sequence[Unreadable]:
        """Files and parts of them that could not be read."""
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

    def mention(self, names: Iterable[str], paths: Iterable[str] | None = None) -> dict[str, set[str]]:
        """The linted files in which some of these names occur, or those among some paths, each with the names."""
        ...


def reaching(
    modules: Sequence[Module],
    files: ProjectFiles,
    taking: ImportFollowing,
    types: Iterable[str],
    wanted: Wanted = NOTHING,
) -> set[str]:
    """The paths of the files in which a value of one of the types, given by their qualified names, can stand.

    Names are followed from file to file, by the import statements. Where they grow beyond `MOST_NAMES`, or would take
    more than `ROUNDS`, the last files on the way may be left out: a call there is not seen, and nothing is said of it.
    Where every file was read, as in a small project, every file is given. `wanted` is what will be asked of their
    bodies.
    """
    by_path = {m.path: m for m in modules}
    if files.relevant.issuperset(by_path):
        return set(by_path)
    # The names that lead to the types, each with the modules that define it.
    definers: dict[str, set[str]] = {}
    by_name = {m.name: m for m in modules}
    for type_ in types:
        definer, name = _split(type_, by_name)
        definers.setdefault(name, set()).add(definer)
    fresh = set(definers)
    found: set[str] = set()
    for left in reversed(range(ROUNDS)):
        said = files.mention(fresh).items()
        reached = {path for path, names in said if taking.taken(by_path[path], names, definers)}
        found |= reached
        if not left or len(definers) > MOST_NAMES:
            break  # nobody asks what else these files define
        files.need(reached - files.relevant, wanted)
        fresh = set()
        for path, candidates in sorted(files.mention(definers, found).items()):
            module = by_path[path]
            names = taking.taken(module, candidates, definers)
            for name, parts in _definitions(module, names):
                if module.name not in definers.get(name, ()) and _mentions(parts, names):
                    definers.setdefault(name, set()).add(module.name)
                    fresh.add(name)
        if not fresh or len(definers) > MOST_NAMES:
            break
    return found


def _split(qualified: str, modules: Collection[str]) -> tuple[str, str]:
    """The module of a qualified name, and the name by which other files come to it."""
    module = qualified.rpartition(".")[0]
    while module and module not in modules:
        module = module.rpartition(".")[0]
    return module, qualified[len(module) + 1 if module else 0 :].partition(".")[0]


def _definitions(module: Module, names: Iterable[str]) -> Iterable[tuple[str, Any]]:
    """What other files can name, with the symbols that say what it gives or holds.

    A body that says none of the names has no part in that.
    """
    raw = module.raw
    for function in raw["functions"]:
        if "<locals>" not in function[0]:
            yield _public(function), (function[3],)
    said = [n.encode("utf-8", "surrogateescape") for n in names]
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

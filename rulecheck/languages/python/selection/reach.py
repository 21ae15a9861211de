"""Where values of some types can turn up: the files that name the types, or what is made of or gives one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from rulecheck.languages.python.selection.files import ProjectFiles
from rulecheck.languages.python.selection.imports import ImportFollowing
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.syntax.rows import FunctionRow
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted

# With more names than this, or after this many rounds, no further ones are followed: they are everyday words by then.
MOST_NAMES = 60
ROUNDS = 3


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
    for function in raw.functions:
        if "<locals>" not in function.name:
            yield _public(function), (function.returns,)
    said = [n.encode("utf-8", "surrogateescape") for n in names]
    for function in module.saying(said):
        if "<locals>" not in function.name:
            yield _public(function), (function.results,)
        if function.owner is not None:
            yield _public(function), tuple(store.value for store in function.stores)
    for record in raw.classes:
        held = (
            record.bases,
            tuple(record.declared.values()),
            tuple(given.value for given in record.attributes.values()),
        )
        yield record.name.partition(".")[0], held
    yield from raw.names.items()
    for name, (_, attribute, _) in raw.imports.items():
        if attribute is not None and name != attribute:
            yield name, ("name", attribute)


def _public(function: FunctionRow) -> str:
    """The name by which other files come to a function: its own, or its class's."""
    name = function.name if function.owner is None else function.owner
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

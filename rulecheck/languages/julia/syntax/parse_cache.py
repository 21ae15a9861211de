"""What files parse to, from the cache of facts: what was read of a content in a run before is not parsed again."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.syntax.bodies import keep
from rulecheck.languages.julia.syntax.parse import Parsed, parse
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.languages.store.records import Bundle, Store, digest, packed, unpacked
from rulecheck.languages.store.schema import Misfit, maker

GRAMMAR = ("tree_sitter", "tree_sitter_julia")


class _File(NamedTuple):
    """What is kept of a file: its statements, and what could not be read, in a file of no name."""

    statements: tuple[Ast, ...]
    errors: tuple[Unreadable, ...]


class ParseCache:
    """The parsed files of one project's runs; without a folder those of this run alone."""

    def __init__(self, store: Store) -> None:
        self._bundle: Bundle[bytes] = Bundle(store, "facts", (b"julia", *versions()), maker(bytes))

    def parsed(self, data: bytes, label: str) -> Parsed:
        """What stands in a file, and what of it could not be read; its bodies are kept, not closed."""
        key = digest(data)
        known = self._known(key)
        if known is not None:
            return Parsed(known.statements, [_in(label, error) for error in known.errors], [])
        made = parse(data, label)
        keep(made.cells)
        errors = tuple(_in("", error) for error in made.errors)
        content = packed((made.statements, errors))
        if content is not None:
            self._bundle.put(key, content)
        return made

    def _known(self, key: bytes) -> _File | None:
        content = self._bundle.get(key)
        try:
            found: _File | None = maker(_File)(unpacked(content)) if content is not None else None
        except Misfit:
            return None
        return found

    def save(self) -> None:
        """Leave what was read to the next run."""
        self._bundle.save()


def _in(path: str, error: Unreadable) -> Unreadable:
    return replace(error, place=replace(error.place, path=path))


def versions() -> tuple[bytes, ...]:
    """The grammar that makes statements of texts, by name and version."""
    return tuple(map(_version, GRAMMAR))


def _version(package: str) -> bytes:
    """A package's name and version, as the folder says that was installed beside it.

    Where there is none `importlib` is asked, which brings dozens of modules along.
    """
    spec = find_spec(package)
    if spec is not None and spec.origin is not None:
        beside = Path(spec.origin).parent.parent.glob(f"{package}-*.dist-info")
        found = max((folder.name for folder in beside), default="")
        if found:
            return found.encode()
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{package} {version(package)}".encode()
    except PackageNotFoundError:
        return package.encode()

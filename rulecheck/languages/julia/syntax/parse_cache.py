"""What files parse to, from the cache of facts: what was read of a content in a run before is not parsed again."""

from __future__ import annotations

import marshal
from contextlib import suppress
from dataclasses import astuple
from importlib.util import find_spec
from pathlib import Path

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.syntax.bodies import keep
from rulecheck.languages.julia.syntax.parse import Parsed, parse
from rulecheck.languages.store.cache import Cache, digest
from rulecheck.place import Place

GRAMMAR = ("tree_sitter", "tree_sitter_julia")


class ParseCache:
    """The parsed files of one project's runs; without a folder those of this run alone."""

    def __init__(self, folder: str | None) -> None:
        self._cache = Cache(folder, (b"julia", *map(_version, GRAMMAR)), "julia")

    def parsed(self, data: bytes, label: str) -> Parsed:
        """What stands in a file, and what of it could not be read; its bodies are kept, not closed."""
        key = digest(data)
        record = self._cache.get(key)
        if record is not None:
            statements, errors = marshal.loads(record[0])
            return Parsed(statements, [Unreadable(Place(label, *at), reason) for at, reason in errors], [])
        made = parse(data, label)
        keep(made.cells)
        told = [(astuple(error.place)[1:], error.reason) for error in made.errors]
        with suppress(ValueError):  # what nests too deeply to be kept
            self._cache.put(key, (marshal.dumps((made.statements, told)),))
        return made

    def save(self) -> tuple[str, ...]:
        """Leave what was read to the next run; gives what there is to say of the cache."""
        self._cache.save()
        return tuple(self._cache.notes)


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

"""Reading Manifest.toml, in both of its formats."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rulecheck.facts import Unreadable
from rulecheck.place import Place


@dataclass(frozen=True, slots=True)
class Locked:
    """A package as a manifest fixes it. `path` is given for one that is developed in place."""

    name: str
    version: str | None
    path: str | None
    is_library: bool
    line: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The packages of an environment, and the version of Julia that resolved it (only newer manifests say)."""

    packages: tuple[Locked, ...]
    julia: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The packages' names."""
        return tuple(p.name for p in self.packages)


def read_manifest(path: Path) -> Manifest | Unreadable:
    """Read a manifest; a broken one gives a diagnostic with its path."""
    try:
        text = path.read_text("utf-8")
        data = tomllib.loads(text)
        tables: dict[str, Any] = data["deps"] if "manifest_format" in data else data
        lines = {line.strip("[] \t").removeprefix("deps."): n for n, line in enumerate(text.splitlines(), 1)}
        packages: list[Locked] = []
        for name, entries in tables.items():
            if not isinstance(entries, list):
                continue
            for entry in entries:
                path_given = entry.get("path")
                library = path_given is None and not ("git-tree-sha1" in entry or "repo-url" in entry)
                packages.append(Locked(name, entry.get("version"), path_given, library, lines.get(name, 1)))
        julia = data.get("julia_version")
        return Manifest(tuple(packages), str(julia) if julia else None)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        line = getattr(error, "lineno", 1) or 1
        return Unreadable(Place(str(path), line), f"this manifest could not be read: {error}")

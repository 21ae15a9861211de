"""Systems and checks of other distributions, found by entry points, and only of those that the user names.

The shipped ones stand in the same two groups. Nothing that is linted can name a plugin: what it says is a stranger's,
and a plugin is code that runs here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rulecheck.config import ConfigError, UnknownName, UsageError, user_file

SYSTEMS, CHECKS = "rulecheck.systems", "rulecheck.checks"
VARIABLE = "RULECHECK_PLUGINS"

_named: list[str] = []


def enable(distributions: Sequence[str]) -> None:
    """Take in what these installed distributions add, as the command line asks. Raises UsageError for one that is not
    installed, or adds nothing.
    """
    for name in distributions:
        _points(name)
        if name not in _named:
            _named.append(name)


def enabled() -> tuple[str, ...]:
    """The distributions that were named: by the command line, by the variable, or in the user's own configuration."""
    said = [name.strip() for name in os.environ.get(VARIABLE, "").split(",")]
    return tuple(dict.fromkeys(name for name in (*_in_user_file(), *said, *_named) if name))


def added(group: str) -> dict[str, Any]:
    """What the enabled plugins have in a group, by name. Raises UsageError for a plugin that cannot be loaded."""
    found: dict[str, Any] = {}
    for distribution in enabled():
        for name, point in _points(distribution):
            if point.group == group:
                found[name] = _loaded(distribution, point)
    return found


@cache
def _points(distribution: str) -> tuple[tuple[str, Any], ...]:
    """The entry points of a distribution in our groups, each with its name."""
    from importlib import metadata

    try:
        points = metadata.distribution(distribution).entry_points
    except metadata.PackageNotFoundError:
        known = {p.dist.name for group in (SYSTEMS, CHECKS) for p in metadata.entry_points(group=group) if p.dist}
        others = known - {"rulecheck"}
        raise UnknownName("plugin", distribution, others, hint="" if others else "no plugin is installed") from None
    ours = tuple((p.name, p) for p in points if p.group in (SYSTEMS, CHECKS))
    if not ours:
        raise UsageError(f'"{distribution}" is installed, but is no plugin: it has nothing in {SYSTEMS} or {CHECKS}')
    return ours


@cache
def _loaded(distribution: str, point: Any) -> Any:
    try:
        return point.load()
    except Exception as error:  # whatever a plugin does, it is named and its error told
        raise UsageError(
            f"the plugin {distribution} cannot be loaded: {point.value}: {type(error).__name__}: {error}"
        ) from error


def _in_user_file() -> tuple[str, ...]:
    path = user_file()
    return _read(path, path.stat().st_mtime_ns) if path is not None else ()


@cache
def _read(path: Path, changed: int) -> tuple[str, ...]:
    """The plugins that the user's own configuration names; it holds nothing else."""
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    for key in table:
        if key != "plugins":
            raise UnknownName("key", key, ("plugins",), str(path))
    names = table.get("plugins", [])
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise ConfigError(f'{path}: `plugins` must be a list of distributions, such as ["rulecheck-example"]')
    return tuple(names)

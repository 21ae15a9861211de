"""What `--show-settings` and `--show-files` print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from rulecheck.config import Config

_NO_SETTINGS = ("origins", "path", "root")
_UNSET = {
    "systems": "every system",
    "select": "the checks that run by default",
    "baseline": "none",
    "cache_dir": "the user's cache folder",
    "jobs": "as many as pay",
    "format": "full",
    "julia_environment": "what the project's Manifest.toml says",
}


def settings_text(config: Config) -> str:
    """Every setting that holds, with the place that made it."""
    lines = [
        f"# settings from {config.path}" if config.path else "# no configuration file: every setting is the default"
    ]
    for field in fields(config):
        if field.name in _NO_SETTINGS:
            continue
        value = getattr(config, field.name)
        if value is None:
            lines.append(f"# {_key(field.name)} is not set: {_UNSET[field.name]}")
            continue
        where = config.where(field.name)
        given = value != field.default
        note = f"  # {where}" if where else "  # command line" if given else "  # default"
        lines.append(f"{_key(field.name)} = {_toml(value)}{note}")
    return "\n".join(lines) + "\n"


def files_text(paths: Sequence[str], config: Config, stdin: tuple[str, bytes] | None) -> str:
    """The files that a lint would read, a line each, in order."""
    from rulecheck.run.project import open_project

    return "".join(f"{path}\n" for path in open_project(paths, config=config, stdin=stdin).paths)


def _key(name: str) -> str:
    return "julia.environment" if name == "julia_environment" else name.replace("_", "-")


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        import json

        return json.dumps(value, ensure_ascii=False)
    if value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(codes)}" for key, codes in value) + "}"
    return "[" + ", ".join(map(_toml, value)) + "]"

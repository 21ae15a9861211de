"""Settings: `[tool.rulecheck]` of the closest pyproject.toml that has the section, or the closest rulecheck.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

Known = Sequence[tuple[str, str, bool]]
"""The checks that there are: code, kebab-case name, and whether the check runs unless it is asked for."""


# More known names than these are not listed in a message.
_LISTED = 40


class UsageError(Exception):
    """What the user asked for cannot be done; the message says where and what to do instead."""


class ConfigError(UsageError):
    """A configuration file that cannot be used; the message begins with `path:line`."""


class UnknownName(UsageError):
    """A name that nothing has. `kind` is what it should have named ("check", "system", "format")."""

    def __init__(self, kind: str, name: str, known: Collection[str], where: str = "", hint: str = "") -> None:
        close = None if hint else nearest(name, known)
        every = f"known: {', '.join(sorted(known))}" if len(known) <= _LISTED else "nothing has a name like it"
        hint = hint or (f'did you mean "{close}"?' if close else every)
        super().__init__(f'{where + ": " if where else ""}unknown {kind} "{name}"; {hint}')
        self.kind, self.name, self.close = kind, name, close


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting; `Config()` is what holds where no file says otherwise. Paths are absolute."""

    systems: tuple[str, ...] | None = None
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    # Patterns with a slash are relative to the file that has them, and stand here with its folder before them.
    exclude: tuple[str, ...] = ()
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    baseline: str | None = None
    search_path: tuple[str, ...] = ()
    cache: bool = True
    cache_dir: str | None = None
    jobs: int | None = None
    format: str | None = None
    julia_environment: str | None = None
    # Where each field was set, as (field, "path:line"); and the file itself, with its folder.
    origins: tuple[tuple[str, str], ...] = ()
    path: str | None = None
    root: str = ""

    def override(self, **given: object) -> Config:
        """The settings with those of a command line over them: a new `select` also drops the file's other two."""
        names = {f.name for f in fields(self)}
        for name in given:
            if name not in names:
                raise UnknownName("setting", name, names)
        if given.get("select") is not None:
            given = {"ignore": (), "extend_select": (), **given}
        origins = tuple(o for o in self.origins if o[0] not in given)
        return replace(self, origins=origins, **given)  # type: ignore[arg-type]

    def where(self, name: str) -> str:
        """`path:line` of the field's setting, or nothing where no file set it."""
        return dict(self.origins).get(name, "")


# Key as users write it -> (field, kind).
KEYS: dict[str, tuple[str, str]] = {
    "systems": ("systems", "strings"),
    "select": ("select", "strings"),
    "extend-select": ("extend_select", "strings"),
    "ignore": ("ignore", "strings"),
    "exclude": ("exclude", "patterns"),
    "per-path-ignores": ("per_path_ignores", "table"),
    "baseline": ("baseline", "path"),
    "search-path": ("search_path", "paths"),
    "cache": ("cache", "bool"),
    "cache-dir": ("cache_dir", "path inside"),
    "jobs": ("jobs", "count"),
    "format": ("format", "string"),
}
JULIA_KEYS: dict[str, tuple[str, str]] = {"environment": ("julia_environment", "name or path")}


def load(start: Path) -> Config:
    """The settings that hold for a file or folder; raises ConfigError."""
    start = start.absolute()
    for folder in (start, *start.parents):
        own = folder / "rulecheck.toml"
        if own.is_file():
            return read(own)
        project = folder / "pyproject.toml"
        if project.is_file() and _section(project) is not None:
            return read(project)
    return Config(root=str(start if start.is_dir() else start.parent))


def user_file() -> Path | None:
    """The user's own configuration, which no project has a part in; None where there is none."""
    folder = os.environ.get("XDG_CONFIG_HOME") or os.environ.get("APPDATA") or os.path.expanduser("~/.config")
    path = Path(folder) / "rulecheck" / "user.toml"
    return path if path.is_file() else None


def read(path: Path) -> Config:
    """The settings of one file, on top of those that it extends; raises ConfigError."""
    path = path.absolute()
    config = Config(**_settings(path, ()))
    return replace(config, path=str(path), root=str(path.parent))


def select(config: Config, known: Known) -> frozenset[str]:
    """The codes of the checks to run; raises UnknownName."""
    everything = config.select is None
    chosen = {code for code, _, default in known if default} if everything else set()
    chosen |= expand(config.select or (), known, config.where("select"))
    chosen |= expand(config.extend_select, known, config.where("extend_select"))
    return frozenset(chosen - expand(config.ignore, known, config.where("ignore")))


def expand(selectors: Sequence[str], known: Known, where: str = "") -> set[str]:
    """The codes that codes, prefixes of codes, kebab-case names and `ALL` stand for; raises UnknownName."""
    codes: set[str] = set()
    for selector in selectors:
        upper, lower = selector.strip().upper(), selector.strip().lower().replace("_", "-")
        found = {c for c, name, _ in known if upper == "ALL" or (upper and c.startswith(upper)) or name == lower}
        if not found:
            hint = "that is a verdict of `rulecheck measure`, which runs code" if upper.startswith("RC5") else ""
            raise UnknownName("check", selector, [n for code, name, _ in known for n in (code, name)], where, hint)
        codes |= found
    return codes


def path_matches(pattern: str, path: str) -> bool:
    """Whether a pattern of `exclude` or `per-path-ignores` takes in an absolute path, or a folder above it."""
    import fnmatch

    if "/" not in pattern:
        return any(fnmatch.fnmatchcase(part, pattern) for part in Path(path).parts)
    return path.startswith(pattern + "/") or fnmatch.fnmatchcase(path, pattern)


def nearest(name: str, known: Collection[str]) -> str | None:
    """The known name that a person most likely meant."""
    import difflib

    lowered = {k.lower(): k for k in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.55)
    return lowered[close[0]] if close else None


def _section(path: Path) -> tuple[Mapping[str, Any], str] | None:
    """The file's own table and its text; None where it has no section (one that never says the word is not parsed)."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    own = path.name != "pyproject.toml"
    if not own and b"rulecheck" not in raw:
        return None
    import tomllib

    try:
        text = raw.decode("utf-8-sig")
        table: Any = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8, as TOML must be") from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"\(at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise ConfigError(f"{path}:{line}: not valid TOML: {str(error).split(' (at ')[0]}") from None
    if own and table.keys() != {"tool"}:
        return table, text
    tools = table.get("tool", {})
    section = tools.get("rulecheck") if isinstance(tools, dict) else None
    if section is None:
        return None
    if not isinstance(section, dict):
        raise ConfigError(f"{path}:{_line(text, 'rulecheck')}: tool.rulecheck must be a table: write [tool.rulecheck]")
    return section, text


def _settings(path: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    """Field values of a file, those of the file that it extends beneath them."""
    if path.resolve() in chain:
        names = " -> ".join(str(p) for p in (*chain, path.resolve()))
        raise ConfigError(f"{chain[-1]}: `extend` goes round in a circle: {names}")
    found = _section(path)
    if found is None:
        raise ConfigError(f"{path}: has no [tool.rulecheck] section")
    table, text = dict(found[0]), found[1]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    if "extend" in table:
        where = f"{path}:{_line(text, 'extend')}"
        parent = Path(_value(table.pop("extend"), "path", "extend", path.parent, where))
        if not parent.is_file():
            raise ConfigError(f"{where}: `extend` names {parent}, which is no file")
        values = _settings(parent, (*chain, path.resolve()))
        origins = dict(values.pop("origins"))
    for key, field, kind, value in _rows(table, path, text):
        where = f"{path}:{_line(text, key)}"
        values[field] = _value(value, kind, key, path.parent, where)
        origins[field] = where
    values["origins"] = tuple(origins.items())
    return values


def _rows(table: dict[str, Any], path: Path, text: str) -> Iterator[tuple[str, str, str, Any]]:
    """(key, field, kind, value) of each setting; raises ConfigError on a key that there is not."""
    julia = table.pop("julia", {})
    if not isinstance(julia, dict):
        raise ConfigError(f"{path}:{_line(text, 'julia')}: `julia` must be a table: write [tool.rulecheck.julia]")
    for rows, keys, others in ((table, KEYS, ("extend", "julia")), (julia, JULIA_KEYS, ())):
        for key, value in rows.items():
            if key not in keys:
                where = f"{path}:{_line(text, key)}"
                if key == "plugins":
                    raise ConfigError(
                        f"{where}: a project cannot name plugins, which are code that runs on the machine of whoever "
                        "lints it: give --plugin NAME, or set RULECHECK_PLUGINS"
                    )
                if key == "tool":
                    raise ConfigError(
                        f"{where}: in {path.name} the settings stand at the top, or all of them in [tool.rulecheck]"
                    )
                raise UnknownSetting(key, (*keys, *others), where)
            yield key, *keys[key], value


class UnknownSetting(ConfigError, UnknownName):
    """A key of a configuration file that means nothing."""

    def __init__(self, name: str, known: Collection[str], where: str) -> None:
        UnknownName.__init__(self, "key", name, known, where)


_WANTED = {
    "strings": 'a list of strings, such as ["RC101"]',
    "patterns": 'a list of patterns, such as ["build/**"]',
    "paths": 'a list of paths, such as ["vendor"]',
    "string": "a string",
    "path": "a path, as a string",
    "path inside": "a path, as a string",
    "name or path": "a name or a path, as a string",
    "bool": "true or false",
    "count": "a whole number of at least 1",
    "table": 'a table of lists, such as {"tests/**" = ["RC104"]}',
}


def _value(value: Any, kind: str, key: str, folder: Path, where: str) -> Any:
    """A TOML value as its field holds it; raises ConfigError where it is of the wrong kind."""
    strings = isinstance(value, list) and all(isinstance(v, str) for v in value)
    if kind == "strings" and strings:
        return tuple(value)
    if kind == "patterns" and strings:
        return tuple(_anchored(v, folder) for v in value)
    if kind == "paths" and strings:
        return tuple(str(folder / v) for v in value)
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "path" and isinstance(value, str):
        return str(folder / value)
    if kind == "path inside" and isinstance(value, str):
        return _inside(folder, value, key, where)
    if kind == "name or path" and isinstance(value, str):
        return str(folder / value) if "/" in value or value.endswith(".pack") else value
    if kind == "bool" and isinstance(value, bool):
        return value
    if kind == "count" and isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if kind == "table" and isinstance(value, dict):
        return tuple((_anchored(k, folder), _value(v, "strings", key, folder, where)) for k, v in value.items())
    raise ConfigError(f"{where}: `{key}` must be {_WANTED[kind]}, not {_shown(value)}")


def _inside(folder: Path, value: str, key: str, where: str) -> str:
    """A path that does not leave the file's folder, wherever links lead: who wrote the file may write no further."""
    try:
        is_inside = (folder / value).resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a circle of links, or no path at all
        is_inside = False
    if not is_inside:
        instead = "set $RULECHECK_CACHE_DIR to keep it elsewhere"
        raise ConfigError(f"{where}: `{key}` must stay inside {folder}, and {_shown(value)} does not; {instead}")
    return str(folder / value)


def _anchored(pattern: str, folder: Path) -> str:
    """A pattern with a slash is a path below the file's folder; one without matches a name anywhere."""
    bare = pattern.rstrip("/").removeprefix("./")
    return str(folder / bare) if "/" in bare or bare != pattern.rstrip("/") else bare


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}.get(value, repr(value)) if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _line(text: str, key: str) -> int:
    """The line that sets a key (or heads its table), as near as a search can tell; 1 where it is spelled unusually."""
    name = re.escape(key)
    found = re.search(rf"""^\s*(?:[\w."'-]+\.)?["']?{name}["']?\s*[=.]|^\s*\[[^\]]*\b{name}["']?\s*\]""", text, re.M)
    return text.count("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1 if found else 1

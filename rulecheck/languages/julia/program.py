"""A Julia project: its own packages and scripts, linked against the environment that it runs with."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from rulecheck.facts import Stats, Suppression, TypeDef, Unreadable
from rulecheck.languages.julia.expand.rule_macros import RuleMacro
from rulecheck.languages.julia.facts import Body, JuliaAlias, JuliaMethod, JuliaType, PackageFacts
from rulecheck.languages.julia.link.name_resolution import World
from rulecheck.languages.julia.link.type_expressions import show
from rulecheck.languages.julia.package import PackageReader, ProjectFile, read_project
from rulecheck.languages.julia.packs.environment import PackageEnvironment
from rulecheck.languages.julia.syntax.bodies import read_body
from rulecheck.languages.julia.syntax.parse import Parsed
from rulecheck.languages.julia.syntax.parse_cache import ParseCache
from rulecheck.languages.language_source import NOTHING, Consulted
from rulecheck.languages.store.records import Store
from rulecheck.suppression_comment import comment_in

INCLUDE = re.compile(rb"""\binclude\(\s*(?:\w+\s*,\s*)?["']([^"'$\n]+)["']\s*\)""")
ENTRY = "Main"


class JuliaProgram:
    """What was read of a project. `packages` are its own: each a package, or a script with what it includes."""

    def __init__(
        self,
        packages: Sequence[PackageFacts],
        environment: PackageEnvironment,
        world: World,
        texts: dict[str, bytes],
        bodies: Callable[[], Iterable[Body]],
        problems: Sequence[Unreadable],
        consulted: Consulted = NOTHING,
    ) -> None:
        self.packages = tuple(packages)
        self.environment = environment
        self.world = world
        self.texts = texts
        self._bodies = bodies
        self._problems = tuple(problems)
        self._consulted = consulted
        self._own: dict[str, list[JuliaMethod]] = defaultdict(list)
        for package in packages:
            for method in package.methods:
                self._own[method.function].append(method)
        self._owned = {id(method) for methods in self._own.values() for method in methods}
        # A package that is linted itself stands before the one of its name in the environment.
        self._hidden = {name.partition(".")[0] for package in packages for name in package.modules} - {ENTRY}

    @cached_property
    def owned_methods(self) -> tuple[JuliaMethod, ...]:
        """Every method that the project defines, rules among them, in order."""
        return tuple(m for package in self.packages for m in package.methods)

    def methods(self, function: str) -> tuple[JuliaMethod, ...]:
        """All methods of a function: the environment's, then the project's."""
        others = self.environment.methods(function)
        if self._hidden:
            others = tuple(m for m in others if m.module.partition(".")[0] not in self._hidden)
        return (*others, *self._own.get(function, ()))

    def is_owned(self, method: JuliaMethod) -> bool:
        """Whether the project defines a method."""
        return id(method) in self._owned

    def functions(self) -> frozenset[str]:
        """Every function that has methods."""
        return self.environment.functions() | frozenset(self._own)

    def types(self) -> tuple[JuliaType, ...]:
        """The environment's types and the project's; a project's own stands for one of the same name."""
        found = {t.name: t for t in self.environment.types() if t.name.partition(".")[0] not in self._hidden}
        for package in self.packages:
            for declared in package.types:
                found[declared.name] = declared
        return tuple(found.values())

    def owned_types(self) -> list[TypeDef]:
        """The project's types as those of any language: a supertype stands as it is written in Julia."""
        return [
            TypeDef(t.name, t.name.rpartition(".")[0], (show(t.supertype),), t.certain, t.place, True)
            for package in self.packages
            for t in package.types
        ]

    def virtual(self, name: str) -> tuple[str, ...]:
        """The types that a type is registered on: Julia has no such thing."""
        return ()

    def aliases(self) -> tuple[JuliaAlias, ...]:
        """The environment's aliases and the project's."""
        found = {a.name: a for a in self.environment.aliases() if a.name.partition(".")[0] not in self._hidden}
        for package in self.packages:
            for declared in package.aliases:
                found[declared.name] = declared
        return tuple(found.values())

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """What stands in the bodies of the project's methods that are written out once (not in loops)."""
        return tuple(self._bodies())

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What could not be read."""
        return tuple(near(u) for u in (*self._problems, *(u for p in self.packages for u in p.unreadable)))

    @property
    def unresolved(self) -> tuple[Unreadable, ...]:
        """Definitions that hang on values which could not be worked out."""
        return tuple(u for package in self.packages for u in package.unresolved)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that were read."""
        return tuple(self.texts)

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """Every `# rulecheck: ignore[...]` comment."""
        return tuple(s for path, data in self.texts.items() if b"rulecheck:" in data for s in _suppressions(path, data))

    def consulted(self) -> Consulted:
        """What was looked at beside the files that were named."""
        return self._consulted

    @property
    def stats(self) -> Stats:
        """What was looked at."""
        files = len(self.texts)
        lines = sum(data.count(b"\n") + 1 for data in self.texts.values())
        return Stats(files, lines, files, sum(len(b.calls) for b in self.bodies))

    def text(self, path: str) -> str | None:
        """The source of a file that was read."""
        data = self.texts.get(path)
        return data.decode("utf-8", "replace") if data is not None else None


def relative(text: str) -> str:
    """A text with paths below the working directory told from there."""
    return text.replace(os.path.realpath(os.curdir) + os.sep, "").replace(os.getcwd() + os.sep, "")


def near(problem: Unreadable) -> Unreadable:
    """The same with paths told from the working directory, standing on a line that there is."""
    place = replace(problem.place, path=relative(problem.place.path), line=max(1, problem.place.line))
    return Unreadable(place, relative(problem.reason))


def _suppressions(path: str, data: bytes) -> Iterable[Suppression]:
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        found = comment_in(line)
        if found is not None:
            yield Suppression(path, number, found.codes, found.reason)


def read_julia(
    files: Sequence[str],
    environment: PackageEnvironment,
    contents: Mapping[str, bytes] | None = None,
    parsed: Callable[[bytes, str], Parsed] | None = None,
    macros: Sequence[RuleMacro] = (),
) -> JuliaProgram:
    """Read a project from its files: the packages that they belong to, and every other file as a script.

    Paths in facts are as they were given, relative ones staying relative. A file that another one includes is read
    where it is included. `contents` stands for the bytes of some files, by the paths that were given, and
    `parsed` for the parser, where what it says of a file may be known. `macros` are those that make rules.
    """
    given = {os.path.abspath(path): data for path, data in (contents or {}).items()}
    reader = PackageReader(
        environment.world.copy(), environment.julia, given, parsed or ParseCache(Store()).parsed, macros
    )
    reader.macro_lines.update(environment.macro_lines())
    problems: list[Unreadable] = []
    packages: list[PackageFacts] = []
    visited: set[str] = set()
    absolute = {os.path.abspath(path): path for path in files}
    roots, broken = _roots(absolute, reader.files)
    problems += broken
    for root, project in roots.items():
        shown = _shown(root, absolute)
        packages.append(reader.owned(project, root, shown, visited))
    rest = [path for path in absolute if path not in visited]
    entries, included = _entries(rest, given)
    for number, path in enumerate((*entries, *included)):
        name = ENTRY if len(entries) <= 1 and not number else f"{ENTRY}.{_identifier(absolute[path], number)}"
        if path not in visited:
            packages.append(reader.script(Path(path), name, absolute.get, visited))
    texts: dict[str, bytes] = {}
    for raw in reader.raws.values():
        texts |= raw.texts

    consulted = Consulted(reader.files, reader.folders)

    def bodies() -> Iterable[Body]:
        for method, body in reader.bodies:
            made = read_body(method, body)
            if made is not None:
                yield made

    return JuliaProgram(packages, environment, reader.world, texts, bodies, problems, consulted)


def _roots(files: dict[str, str], missing: dict[str, bytes]) -> tuple[dict[Path, ProjectFile], list[Unreadable]]:
    """The packages whose `src` or `ext` holds one of the files; what is `missing` for one grows."""
    found: dict[Path, ProjectFile] = {}
    broken: list[Unreadable] = []
    seen: set[Path] = set()
    for path in files:
        for folder in Path(path).parents:
            if folder in seen:
                break
            seen.add(folder)
            if not (folder / "Project.toml").is_file():
                continue
            project = read_project(folder / "Project.toml")
            if isinstance(project, Unreadable):
                broken.append(project)
            elif project.name:
                entry = folder / "src" / f"{project.name}.jl"
                if entry.is_file():
                    found[folder] = project
                else:
                    missing[entry.as_posix()] = b""
            break
    return found, broken


def _shown(root: Path, files: dict[str, str]) -> Callable[[str], str]:
    """How paths below a package are shown: as the user spelled a path there, else from the working directory."""
    here = os.getcwd()

    def shown(path: str) -> str:
        if path in files:
            return files[path]
        relative = os.path.relpath(path, here)
        return path if relative.startswith("..") else relative

    return shown


def _entries(paths: Sequence[str], contents: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """The files that no other includes, and the rest: they are read by themselves only where no include leads there."""
    included: set[str] = set()
    for path in paths:
        try:
            data = contents[path] if path in contents else Path(path).read_bytes()
        except OSError:
            continue
        for found in INCLUDE.finditer(data):
            target = os.path.normpath(PurePosixPath(path).parent / found[1].decode("utf-8", "replace"))
            if target != path:
                included.add(target)
    entries = [path for path in paths if path not in included]
    return entries, [path for path in paths if path in included]


def _identifier(path: str, number: int) -> str:
    return re.sub(r"\W", "_", PurePosixPath(path).stem) + f"_{number + 1}"

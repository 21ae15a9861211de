"""Reading whole packages: a directory with Project.toml, Julia's own Base, or a few files of a script."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.expand.evaluator import Evaluator
from rulecheck.languages.julia.expand.expander import Expander
from rulecheck.languages.julia.expand.macro_templates import find_templates
from rulecheck.languages.julia.expand.macros import handlers
from rulecheck.languages.julia.expand.rule_macros import RuleMacro
from rulecheck.languages.julia.expand.unresolved import RawModule, RawPackage, StatementScope
from rulecheck.languages.julia.facts import JuliaMethod, JuliaModule, PackageFacts
from rulecheck.languages.julia.link.core_module import core_aliases, core_module, core_types
from rulecheck.languages.julia.link.linker import Linker
from rulecheck.languages.julia.link.name_resolution import MISSING, World
from rulecheck.languages.julia.link.type_expressions import dotted
from rulecheck.languages.julia.syntax.parse import Parsed, parse
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.languages.store.records import digest, listing
from rulecheck.place import Place

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What a Project.toml says of a package."""

    name: str
    version: str | None
    dependencies: tuple[str, ...]
    extensions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_project(path: Path) -> ProjectFile | Unreadable:
    """Read a Project.toml; one that is broken is reported with its path."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        extensions = {
            name: (deps,) if isinstance(deps, str) else tuple(deps) for name, deps in data.get("extensions", {}).items()
        }
        name = data.get("name") or ""
        return ProjectFile(str(name), data.get("version"), tuple(data.get("deps", {})), extensions)
    except (OSError, ValueError, AttributeError, TypeError) as error:
        return Unreadable(Place(str(path), 1), f"this project file could not be read: {error}")


class PackageReader:
    """Reads packages into one world. `macro_lines` grows with each package that defines rule makers."""

    def __init__(
        self,
        world: World,
        version: Version = (1, 5, 3),
        contents: Mapping[str, bytes] | None = None,
        parsed: Callable[[bytes, str], Parsed] = parse,
        macros: Sequence[RuleMacro] = (),
    ) -> None:
        self.world = world
        self._parsed = parsed
        self._macros = macros
        self._handlers = handlers(macros)
        # What stands for the bytes of some files, by absolute path.
        self._contents = contents or {}
        self.version = version
        self.macro_lines: dict[str, Place] = {}
        self.raws: dict[str, RawPackage] = {}
        # What was looked at: files by digests of their contents, folders by those of their listings.
        self.files: dict[str, bytes] = {}
        self.folders: dict[str, bytes] = {}
        # The bodies of the project's own methods, closed until someone asks.
        self.bodies: list[tuple[JuliaMethod, Ast]] = []

    def base(self, directory: Path) -> PackageFacts:
        """Julia's own Base, from its `base` directory; Core comes with it."""
        self.world.add(
            {"Core": core_module(), "Core.Compiler": JuliaModule("Core.Compiler", False, {}, {}, ("Core",), ())}
        )
        self.world.parametric.update(t.name for t in core_types() if t.parameters)
        self.world.parametric.update(("Core.Tuple", "Core.NamedTuple"))
        raw = RawPackage("Base")
        expander = self._expander(raw, lambda path: f"julia/{PurePosixPath(path).relative_to(directory.as_posix())}")
        expander.include_root = directory.as_posix()
        core = expander.module("Core", None, bare=True)
        for name, kind in core_module().kinds.items():
            core.bindings[name] = kind
        core.exports.update(dict.fromkeys(core_module().exports))
        expander.file((directory / "boot.jl").as_posix(), StatementScope(core, "", "", {}))
        main = RawModule("", None)
        expander.file((directory / "Base.jl").as_posix(), StatementScope(main, "", "", {}))
        facts = self._link(raw, None, ())
        declared = {t.name for t in facts.types}
        missing = tuple(t for t in core_types() if t.name not in declared)
        return replace(facts, types=missing + facts.types, aliases=core_aliases() + facts.aliases)

    def package(self, directory: Path, label: str, owned: bool = False) -> PackageFacts | Unreadable:
        """A package from its directory: `src/Name.jl` with all that it includes, and its extensions."""
        project = read_project(directory / "Project.toml")
        if isinstance(project, Unreadable):
            return project
        entry = directory / "src" / f"{project.name}.jl"
        if not entry.is_file():
            return Unreadable(Place(str(directory / "Project.toml"), 1), f"the package has no src/{project.name}.jl")
        return self.sources(project, directory, [entry], label)

    def sources(self, project: ProjectFile, directory: Path, entries: list[Path], label: str) -> PackageFacts:
        """A package from its entry files, and its extensions."""
        raw = RawPackage(project.name)
        root = directory.as_posix()
        expander = self._expander(raw, lambda path: str(PurePosixPath(label) / PurePosixPath(path).relative_to(root)))
        self._read(expander, project, directory, entries)
        return self._link(raw, project.version, project.dependencies)

    def owned(
        self, project: ProjectFile, directory: Path, shown: Callable[[str], str], visited: set[str]
    ) -> PackageFacts:
        """A package of the project itself, with what stands in its methods' bodies; `shown` spells paths for users."""
        raw = RawPackage(project.name)
        expander = self._expander(raw, shown)
        self._read(expander, project, directory, [directory / "src" / f"{project.name}.jl"])
        visited |= expander.visited
        return self._link(raw, project.version, project.dependencies, self.bodies)

    def script(self, path: Path, name: str, shown: Callable[[str], str | None], visited: set[str]) -> PackageFacts:
        """A file that belongs to no package, with what it includes; its own names stand in the module `name`."""
        raw = RawPackage(name)
        expander = self._expander(raw, lambda part: shown(part) or os.path.relpath(part))
        main = expander.module(name, None)
        expander.file(path.as_posix(), StatementScope(main, "", "", {}))
        expander.finish()
        visited |= expander.visited
        return self._link(raw, None, (), self.bodies)

    def _read(self, expander: Expander, project: ProjectFile, directory: Path, entries: list[Path]) -> None:
        top = RawModule("", None)
        for entry in entries:
            expander.file(entry.as_posix(), StatementScope(top, "", "", {}))
        expander.finish()
        for name, triggers in project.extensions.items():
            for candidate in (directory / "ext" / f"{name}.jl", directory / "ext" / name / f"{name}.jl"):
                if self._load(candidate.as_posix()) is not None:
                    expander.file(candidate.as_posix(), StatementScope(top, "", "", {}, when=triggers))
                    break

    def _expander(self, raw: RawPackage, label: Callable[[str], str]) -> Expander:
        self.raws[raw.name] = raw
        return Expander(raw, self._load, label, self._evaluator(), parsed=self._parsed, macros=self._handlers)

    def _load(self, path: str) -> bytes | None:
        try:
            data = self._contents[path] if path in self._contents else Path(path).read_bytes()
        except OSError:
            self.files[path] = b""
            return None
        self.files[path] = digest(data)
        return data

    def _listing(self, path: str) -> list[str]:
        self.folders[path] = listing(path)
        try:
            return sorted(os.listdir(path))
        except OSError:
            return []

    def _evaluator(self) -> Evaluator:
        return Evaluator(self.version, self._known, self._imported, self._members, self._listing)

    def _imported(self, scope: StatementScope, name: str) -> tuple[Ast, StatementScope] | None:
        """The value that another package of this run gave to a constant; dotted names are absolute."""
        if "." in name:
            package, _, _ = name.partition(".")
            path, _, last = name.rpartition(".")
            owner = self.raws[package].modules.get(path) if package in self.raws else None
            return owner.values.get(last) if owner is not None else None
        source = scope.module.imports.get(name)
        if source is not None:
            dots, names, selected = source
            raw = self.raws.get(names[0]) if names and not dots else None
            module = raw.modules.get(".".join(names)) if raw is not None else None
            return module.values.get(selected or name) if module is not None else None
        base = self.raws.get("Base")
        module = base.modules.get("Base") if base is not None and not scope.module.bare else None
        return module.values.get(name) if module is not None and name in module.exports else None

    def _members(self, scope: StatementScope, ast: Ast) -> list[Ast] | None:
        """The members of a union type that a constant names."""
        names = dotted(ast)
        for raw in self.raws.values():
            for alias in raw.aliases:
                if names and alias.name == names[-1] and alias.target[:2] == ("curly", ("sym", "Union")):
                    module = alias.scope.module.name
                    listed = [dotted(item) for item in alias.target[2]]
                    found = [self.world.path(module, path) for path in listed if path]
                    return [("abs", f.name) for f in found if f is not None]
        return None

    def _known(self, scope: StatementScope, module: Ast, name: str) -> bool | None:
        """`isdefined(module, name)`, where the module is one that was read."""
        names = dotted(module)
        if not names:
            return None
        if names[-1] in ("@__MODULE__", "__module__"):
            return None
        found = self.world.module(".".join(names))
        if found is None:
            return None
        return self.world.member(found.name, name).kind != MISSING

    def _link(
        self,
        raw: RawPackage,
        version: str | None,
        dependencies: tuple[str, ...],
        bodies: list[tuple[JuliaMethod, Ast]] | None = None,
    ) -> PackageFacts:
        find_templates(raw, self._macros)
        linker = Linker(raw, self.world, self.macro_lines.get, self._evaluator())
        facts = linker.link(version, dependencies)
        if bodies is not None:
            bodies += linker.bodies
        self.macro_lines.update(facts.macro_lines)
        return facts

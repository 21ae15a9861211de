"""From the Julia files of a run to a program, with the environment that answers for everything else."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from rulecheck.config import UnknownName, UsageError
from rulecheck.facts import Unreadable
from rulecheck.languages.julia.package import read_project
from rulecheck.languages.julia.packs.environment import SUFFIX, PackageEnvironment, load_environment, shipped
from rulecheck.languages.julia.packs.installation import find_manifest, locate, project_environment
from rulecheck.languages.julia.packs.manifest import read_manifest
from rulecheck.languages.julia.packs.pack import PackError
from rulecheck.languages.julia.program import JuliaProgram, near, read_julia, relative
from rulecheck.languages.julia.syntax.parse_cache import ParseCache, versions
from rulecheck.languages.language_source import LanguageSource
from rulecheck.languages.store.discovery import Discovery
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.languages.store.source_texts import SourceTexts, state_of


def read_found(found: Discovery, settings: ReadSettings, texts: SourceTexts) -> LanguageSource:
    """Read the Julia files of a run; raises `config.UsageError` for an environment that cannot be used."""
    folder = _common(found.files)
    environment = environment_for(folder, settings)
    kept = ParseCache(settings.store)
    program = read_julia(found.files, environment, texts.kept(found.files), kept.parsed, settings.macros)
    kept.save()
    broken = tuple(p for p in environment.problems if _is_broken(p))
    missing = len(environment.problems) - len(broken)
    packages = "1 package" if missing == 1 else f"{missing} packages"
    note = f"{packages} of the Julia project could not be found on this machine; --statistics lists what answers"
    return LanguageSource(
        program,
        relative(environment.name),
        (*_not_installed(environment.problems), *_unknown(program)),
        (note,) if missing else (),
        tuple(near(p) for p in (*found.unreadable, *broken, *_circular(program))),
        tuple(
            Counter(f"{relative(u.place.path)}:{u.place.line}: {u.reason}" for u in program.unresolved).most_common()
        ),
    )


def environment_for(folder: Path, settings: ReadSettings) -> PackageEnvironment:
    """The environment of the settings, else that of the manifest above a folder, else the default one.

    Raises `config.UsageError` where it cannot be used.
    """
    if settings.environment is not None:
        return named_environment(settings.environment, _needed(folder))
    return project_environment(folder, _fallback(settings), settings.store, settings.macros)


def _fallback(settings: ReadSettings) -> str:
    """What answers where neither the settings nor a manifest say what the project runs with: else the newest."""
    return settings.default_environment or shipped()[-1]


def surroundings(found: Discovery, settings: ReadSettings) -> object:
    """What answers hang on beside the files and the settings: the project's own files, and what it runs with."""
    folder = _common(found.files)
    above = {f for path in found.files for f in Path(os.path.abspath(path)).parents} | {folder, *folder.parents}
    named = settings.environment
    files = [os.path.join(f, name) for f in above for name in ("Project.toml", "Manifest.toml", "JuliaManifest.toml")]
    states = [(path, state_of(path)) for path in sorted([*files, *([named] if named else [])])]
    return _fallback(settings), versions(), states, None if named else locate(folder).state()


def named_environment(name: str, loaded: Iterable[str] = ()) -> PackageEnvironment:
    """A shipped environment by name, or a pack by path; `loaded` are further packages that count as loaded.

    Raises `config.UnknownName` or `config.UsageError`.
    """
    if os.sep not in name and not name.endswith(SUFFIX) and name not in shipped() and not Path(name).is_file():
        raise UnknownName("environment", name, shipped())
    try:
        return load_environment(name, loaded)
    except PackError as error:
        raise UsageError(str(error)) from None


def _needed(folder: Path) -> tuple[str, ...]:
    """The packages that the project at or above a folder loads, as far as its files say."""
    names: dict[str, None] = {}
    manifest = find_manifest(folder)
    locked = read_manifest(manifest) if manifest is not None else None
    if locked is not None and not isinstance(locked, Unreadable):
        names |= dict.fromkeys(locked.names)
    for above in (folder, *folder.parents):
        if (above / "Project.toml").is_file():
            project = read_project(above / "Project.toml")
            names |= {} if isinstance(project, Unreadable) else dict.fromkeys(project.dependencies)
            break
    return tuple(names)


def _common(files: Sequence[str]) -> Path:
    """The folder that holds all of the files."""
    absolute = [os.path.dirname(os.path.abspath(path)) for path in files]
    try:
        return Path(os.path.commonpath(absolute)) if absolute else Path.cwd()
    except ValueError:  # on several drives
        return Path.cwd()


def _is_broken(problem: Unreadable) -> bool:
    """Whether a file is broken, and not merely a package absent."""
    return "could not be read" in problem.reason


def _not_installed(problems: Iterable[Unreadable]) -> list[tuple[str, int]]:
    return [(relative(p.reason), 1) for p in problems if not _is_broken(p)]


def _unknown(program: JuliaProgram) -> list[tuple[str, int]]:
    """The functions and types that the project uses in signatures and nobody knows, with how often it does."""
    known = set(program.environment.packages) | {n.partition(".")[0] for p in program.packages for n in p.modules}
    known |= {"Core", "Base", "Main"}
    functions: Counter[str] = Counter()
    types: Counter[str] = Counter()
    for method in program.owned_methods:
        if "." in method.function and method.function.partition(".")[0] not in known:
            functions[method.function] += 1
        types.update(sorted(_unknown_in(method.arguments)))
    for package in program.packages:
        types.update(name for declared in package.types for name in sorted(_unknown_in(declared.supertype)))
    rows = [(f"the function {name}", number) for name, number in functions.most_common()]
    return rows + [(f"the type {name}", number) for name, number in types.most_common()]


def _unknown_in(expr: object) -> set[str]:
    """What a type expression names that nothing has."""
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "unknown":
        return {str(expr[1])}
    return set().union(*map(_unknown_in, expr)) if expr else set()


def _circular(program: JuliaProgram) -> list[Unreadable]:
    """The project's aliases that lead back to themselves."""
    own = {alias.name: alias for package in program.packages for alias in package.aliases}
    follows = {name: _named_in(alias.target) & own.keys() for name, alias in own.items()}
    found = []
    for name, alias in own.items():
        reached, ahead = set[str](), [name]
        while ahead:
            fresh = follows[ahead.pop()] - reached
            reached |= fresh
            ahead += fresh
        if name in reached:
            reason = f"the alias {name} leads back to itself: methods with it in their signatures are not judged"
            found.append(Unreadable(alias.place, reason))
    return found


def _named_in(expr: object) -> set[str]:
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "name":
        return {str(expr[1])}
    return set().union(*map(_named_in, expr)) if expr else set()

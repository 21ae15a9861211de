"""The environment of a project on this machine: its Manifest.toml, a depot and Julia's own sources."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.expand.rule_macros import RuleMacro
from rulecheck.languages.julia.package import read_project
from rulecheck.languages.julia.packs.collect import collect, is_julia
from rulecheck.languages.julia.packs.environment import SUFFIX, PackageEnvironment, load_environment, parse_version
from rulecheck.languages.julia.packs.manifest import Locked, Manifest, read_manifest
from rulecheck.languages.julia.packs.pack import Pack, PackError, pack, unpack
from rulecheck.languages.store.records import Store, own_code
from rulecheck.languages.store.schema import maker
from rulecheck.place import Place


def depots() -> list[Path]:
    """Where Julia looks for packages: JULIA_DEPOT_PATH, else ~/.julia."""
    listed = [Path(part).expanduser() for part in os.environ.get("JULIA_DEPOT_PATH", "").split(os.pathsep) if part]
    return listed or [Path("~/.julia").expanduser()]


def installations() -> list[Path]:
    """The `share/julia` directories of the Julia installations that can be found, without running any."""
    candidates: list[Path] = []
    if bindir := os.environ.get("JULIA_BINDIR"):
        candidates.append(Path(bindir).parent / "share" / "julia")
    if program := shutil.which("julia"):
        candidates.append(Path(program).resolve().parent.parent / "share" / "julia")
    for depot in depots():
        candidates += sorted(depot.glob("juliaup/julia-*/share/julia"), reverse=True)
    return [path for path in dict.fromkeys(candidates) if is_julia(path)]


def julia_version(share: Path) -> str | None:
    """The version of an installation, by its standard library's directory."""
    found = sorted((share / "stdlib").glob("v*"))
    return found[-1].name.removeprefix("v") if found else None


def project_environment(
    directory: Path, fallback: str, store: Store, macros: Sequence[RuleMacro] = ()
) -> PackageEnvironment:
    """The environment of the project at or above a directory: its Manifest's packages, where the depot has them.

    What is not installed is answered by the shipped environment `fallback`, and said among `problems`.
    """
    base = load_environment(fallback)
    found = locate(directory, base)
    manifest, problems = found.manifest, found.problems
    if manifest is None:
        return PackageEnvironment(f"{fallback} (no Manifest.toml was found)", base.packs, found.names)
    if not found.sources:
        why = f"nothing of {manifest} is installed" if found.is_read else f"{manifest} could not be read"
        return PackageEnvironment(f"{fallback} ({why})", base.packs, found.names, problems)
    if found.borrows:
        text = f"no Julia installation was found; {fallback} answers for Base and its library"
        problems = (*problems, Unreadable(Place(str(manifest), 1), text))
    made, more = _kept(found, found.julia or base.packs[0].julia, base, store, macros)
    name = f"{manifest} with {fallback} for what is not installed" if problems else str(manifest)
    return PackageEnvironment(name, [made, *base.packs], found.names, [*problems, *more])


@dataclass(frozen=True, slots=True)
class Located:
    """What there is on this machine for a project: its manifest, and the folders of sources that this names.

    `names` are the packages that the project loads. Where there is no installation of Julia, it `borrows` what is
    shipped.
    """

    manifest: Path | None
    names: tuple[str, ...]
    julia: str | None = None
    is_read: bool = False
    sources: tuple[Path, ...] = ()
    borrows: bool = False
    problems: tuple[Unreadable, ...] = ()

    def state(self) -> str:
        """What an answer hangs on, as a text: the folders, and each source in them by its size and time."""
        return repr((self, [_stamps(source) for source in self.sources]))


def locate(directory: Path, base: PackageEnvironment | None = None) -> Located:
    """Find what a project on this machine runs with; `base` answers for what there is not."""
    manifest = find_manifest(directory)
    if manifest is None:
        return Located(None, _dependencies(directory))
    read = read_manifest(manifest)
    if isinstance(read, Unreadable):
        return Located(manifest, _dependencies(directory), problems=(read,))
    problems: list[Unreadable] = []
    sources = _installed(read, manifest, problems, base)
    share = _installation(read)
    if share is not None:
        sources.append(share)
    borrows = share is None and bool(sources)
    return Located(manifest, read.names, read.julia, True, tuple(sources), borrows, tuple(problems))


def _stamps(source: Path) -> list[tuple[str, int, int]]:
    found = []
    for path in (source / "Project.toml", *sorted(source.rglob("*.jl"))):
        with suppress(OSError):
            status = path.stat()
            found.append((str(path), status.st_size, status.st_mtime_ns))
    return found


def find_manifest(directory: Path) -> Path | None:
    """The Manifest.toml (or JuliaManifest.toml) that counts for a directory."""
    directory = directory.resolve()
    for folder in (directory, *directory.parents):
        for name in ("JuliaManifest.toml", "Manifest.toml"):
            if (folder / name).is_file():
                return folder / name
        if (folder / "Project.toml").is_file():
            return None
    return None


def _dependencies(directory: Path) -> tuple[str, ...]:
    for folder in (directory.resolve(), *directory.resolve().parents):
        if (folder / "Project.toml").is_file():
            project = read_project(folder / "Project.toml")
            return () if isinstance(project, Unreadable) else project.dependencies
    return ()


def _installed(
    manifest: Manifest, path: Path, problems: list[Unreadable], base: PackageEnvironment | None
) -> list[Path]:
    sources: list[Path] = []
    for locked in manifest.packages:
        if locked.is_library:
            continue
        found = _source(locked, path)
        if found is not None:
            sources.append(found)
            continue
        version = f" {locked.version}" if locked.version else ""
        where = ", ".join(str(depot) for depot in depots())
        is_known = base is not None and locked.name in base.packages
        answered = f"; {base.name} answers for it" if base and is_known else "; what it defines is not known"
        reason = f"{locked.name}{version} is not installed (looked in {where}){answered}"
        problems.append(Unreadable(Place(str(path), locked.line), reason))
    return sources


def _source(locked: Locked, manifest: Path) -> Path | None:
    if locked.path is not None:
        directory = (manifest.parent / locked.path).resolve()
        return directory if (directory / "Project.toml").is_file() else None
    for depot in depots():
        for directory in sorted((depot / "packages" / locked.name).glob("*")):
            project = read_project(directory / "Project.toml")
            if not isinstance(project, Unreadable) and (locked.version is None or project.version == locked.version):
                return directory
    return None


def _installation(manifest: Manifest) -> Path | None:
    found = installations()
    wanted = ".".join((manifest.julia or "").split(".")[:2])
    for share in found:
        if wanted and julia_version(share) == wanted:
            return share
    return found[0] if found else None


class _Made(NamedTuple):
    """What is kept of the sources of a project's packages."""

    pack: bytes
    problems: tuple[Unreadable, ...]


def _kept(
    found: Located, julia: str, base: PackageEnvironment, store: Store, macros: Sequence[RuleMacro]
) -> tuple[Pack, tuple[Unreadable, ...]]:
    """The pack of a project's sources, kept in the store under what it was made from."""
    told = "\n".join((found.state(), julia, base.name, *map(repr, macros)))
    parts = (told.encode("utf-8", "surrogateescape"), own_code())
    label = Path(f"project{SUFFIX}")
    known: _Made | None = store.get("pack", parts, maker(_Made))
    if known is not None:
        with suppress(PackError):  # made again below
            return unpack(known.pack, label), known.problems
    world = base.world.copy() if found.borrows else None
    collected = collect(list(found.sources), parse_version(julia), world, macros=macros)
    made = _Made(pack(collected.packages, "project", julia), tuple(collected.problems))
    store.put("pack", parts, made)
    return unpack(made.pack, label), made.problems

"""The environment of a project on this machine: its Manifest.toml, a depot and Julia's own sources."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.package import read_project
from rulecheck.languages.julia.packs.collect import collect, is_julia
from rulecheck.languages.julia.packs.environment import SUFFIX, PackageEnvironment, load_environment, parse_version
from rulecheck.languages.julia.packs.manifest import Locked, Manifest, read_manifest
from rulecheck.languages.julia.packs.pack import Pack, PackError, pack, read_pack
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


def project_environment(directory: Path, fallback: str, cache: Path | None = None) -> PackageEnvironment:
    """The environment of the project at or above a directory: its Manifest's packages, where the depot has them.

    What is not installed is answered by the shipped environment `fallback`, and said among `problems`.
    """
    manifest = find_manifest(directory)
    base = load_environment(fallback)
    if manifest is None:
        return PackageEnvironment(f"{fallback} (no Manifest.toml was found)", base.packs, _dependencies(directory))
    read = read_manifest(manifest)
    if isinstance(read, Unreadable):
        return PackageEnvironment(
            f"{fallback} ({manifest} could not be read)", base.packs, _dependencies(directory), [read]
        )
    problems: list[Unreadable] = []
    sources = _installed(read, manifest, problems, base)
    share = _installation(read)
    if share is not None:
        sources.append(share)
    elif sources:
        text = f"no Julia installation was found; {fallback} answers for Base and its library"
        problems.append(Unreadable(Place(str(manifest), 1), text))
    if not sources:
        return PackageEnvironment(f"{fallback} (nothing of {manifest} is installed)", base.packs, read.names, problems)
    made, more = _cached(sources, read.julia or base.packs[0].julia, base, share is None, cache)
    name = f"{manifest} with {fallback} for what is not installed" if problems or share is None else str(manifest)
    return PackageEnvironment(name, [made, *base.packs], read.names, [*problems, *more])


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


def _installed(manifest: Manifest, path: Path, problems: list[Unreadable], base: PackageEnvironment) -> list[Path]:
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
        answered = f"; {base.name} answers for it" if locked.name in base.packages else "; what it defines is not known"
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


def _cached(
    sources: list[Path], julia: str, base: PackageEnvironment, borrow: bool, cache: Path | None
) -> tuple[Pack, list[Unreadable]]:
    """The pack of these sources, kept in the cache under what it was made from."""
    stamps = [
        f"{s}:{(s / 'Project.toml').stat().st_mtime_ns if (s / 'Project.toml').is_file() else ''}" for s in sources
    ]
    key = hashlib.sha256("\n".join([*stamps, julia, base.name, str(borrow)]).encode()).hexdigest()[:24]
    kept = cache / f"julia-{key}{SUFFIX}" if cache is not None else None
    if kept is not None and kept.is_file():
        try:
            return read_pack(kept), []
        except PackError:
            pass  # made again below
    world = base.world.copy() if borrow else None
    collected = collect(sources, parse_version(julia), world)
    data = pack(collected.packages, "project", julia)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / f"project{SUFFIX}"
        made.write_bytes(data)
        result = read_pack(made)
    if kept is not None:
        _write(kept, data)
    return result, list(collected.problems)


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a cache that cannot be written is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
    except OSError:
        pass

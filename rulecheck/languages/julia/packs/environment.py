"""The packages that a project runs with, as packs; those that are shipped with rulecheck stand in environments/."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.facts import JuliaAlias, JuliaMethod, JuliaType
from rulecheck.languages.julia.link.name_resolution import World
from rulecheck.languages.julia.packs.pack import Pack, PackError, read_pack
from rulecheck.place import Place

Version = tuple[int, ...]
SHIPPED = Path(__file__).parents[3] / "environments"
SUFFIX = ".pack"


class PackageEnvironment:
    """The packages that answer for everything that the project does not define itself.

    `name` says where they come from, as messages show it. `loaded` names further packages that count as loaded, so
    that extensions which wait for them are seen.
    """

    def __init__(
        self,
        name: str,
        packs: Sequence[Pack],
        loaded: Iterable[str] = (),
        problems: Sequence[Unreadable] = (),
    ) -> None:
        self.name = name
        self.packs = tuple(packs)
        self.problems = tuple(problems)
        self.packages: dict[str, str | None] = {}
        self._owners: list[frozenset[str]] = []
        for each in self.packs:
            own = [package for package in each.packages if package not in self.packages]
            self.packages |= {package: each.packages[package] for package in own}
            self._owners.append(frozenset(own))
        self.loaded = frozenset(self.packages) | frozenset(loaded)

    @property
    def julia(self) -> Version:
        """The version of Julia that conditions on VERSION are judged with."""
        return parse_version(self.packs[0].julia) if self.packs else (1, 10, 0)

    @cached_property
    def world(self) -> World:
        """What names mean in these packages. Copy it (`World.copy`) before adding a project's own modules."""
        world = World()
        for own, each in zip(self._owners, self.packs, strict=True):
            modules = {n: m for n, m in each.modules().items() if _package_of(n) in own or n.startswith("Core")}
            world.add({n: m for n, m in modules.items() if n not in world.modules})
            world.constants |= each.constants()
            world.parametric |= {t.name for t in each.types() if t.parameters}
            world.parametric |= {a.name for a in each.aliases() if a.parameters or a.target[0] == "where"}
        world.parametric |= {"Core.Tuple", "Core.NamedTuple"}
        return world

    def types(self) -> tuple[JuliaType, ...]:
        """Every type that is declared, once."""
        found: dict[str, JuliaType] = {}
        for each in self.packs:
            for declared in each.types():
                if self.loaded.issuperset(declared.when):
                    found.setdefault(declared.name, declared)
        return tuple(found.values())

    def aliases(self) -> tuple[JuliaAlias, ...]:
        """Every alias that is declared, once."""
        found: dict[str, JuliaAlias] = {}
        for each in self.packs:
            for declared in each.aliases():
                found.setdefault(declared.name, declared)
        return tuple(found.values())

    def functions(self) -> frozenset[str]:
        """Every function, constructed type and callable type that has methods."""
        return frozenset(name for each in self.packs for name in each.functions())

    def methods(self, function: str) -> tuple[JuliaMethod, ...]:
        """The methods of a function whose packages are all loaded; later definitions stand later."""
        found: list[JuliaMethod] = []
        for own, each in zip(self._owners, self.packs, strict=True):
            methods = (m for m in each.methods(function) if self.loaded.issuperset(m.when))
            found.extend(m for m in methods if len(self.packs) == 1 or _package_of(m.module) in own)
        return tuple(found)

    def macro_lines(self) -> dict[str, Place]:
        """Where Julia reports the methods that rule makers make."""
        lines: dict[str, Place] = {}
        for each in reversed(self.packs):
            lines |= each.macro_lines()
        return lines


def _package_of(module: str) -> str:
    first = module.partition(".")[0]
    return "Base" if first == "Core" else first


def parse_version(text: str) -> Version:
    """`1.5.3` as numbers; what is missing counts as 0."""
    numbers = [int(part) for part in re.findall(r"\d+", text.partition("-")[0])[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))


def shipped() -> tuple[str, ...]:
    """The names of the environments that come with rulecheck, oldest first."""
    return tuple(sorted(path.name.removesuffix(SUFFIX) for path in SHIPPED.glob(f"*{SUFFIX}")))


def load_environment(name: str, loaded: Iterable[str] = ()) -> PackageEnvironment:
    """A shipped environment by name, or a pack by path. Raises `PackError` naming what there is."""
    path = Path(name)
    if path.suffix != SUFFIX and not path.is_file():
        path = SHIPPED / f"{name}{SUFFIX}"
        if not path.is_file():
            known = ", ".join(shipped())
            raise PackError(f"there is no environment called {name}; there are {known}, or give a pack's path")
    found = read_pack(path)
    if found.over and found.over not in shipped():
        known = ", ".join(shipped())
        raise PackError(f"{path}: the pack stands on the environment {found.over}, and there are only {known}")
    beneath = load_environment(found.over).packs if found.over else ()
    return PackageEnvironment(name, [found, *beneath], loaded)

"""What a dotted name means in a module: through imports, aliases, re-exports and stars, to where it is defined."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.semantics.modules import Module, Modules

BUILTINS = frozenset(dir(builtins))
# Packages whose public names are the names: how they are laid out inside is nobody's business.
PUBLIC = frozenset(
    ("numpy", "typing", "typing_extensions", "collections", "numbers", "abc", "enum", "dataclasses", "functools")
    + ("operator", "itertools", "math", "asyncio", "cmath", "types", "builtins", "contextlib", "weakref", "warnings")
)
# The package whose functions are followed to their definition even where a project only imports it.
FOLLOWED = "rulecheck"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for.

    `kind` is "module", "class", "function", "value" (a module's variable, `expr`), "builtin", or "external" (its source
    was not looked at). `rest` are attributes behind it that could not be followed by name alone.
    """

    kind: str
    module: str
    name: str
    rest: tuple[str, ...] = ()
    expr: Expr = UNKNOWN

    @property
    def qualified(self) -> str:
        """The full name, attributes included."""
        return ".".join(p for p in (self.module, self.name, *self.rest) if p)


class NameResolution:
    """Resolves names in the modules of a run."""

    def __init__(self, modules: Modules) -> None:
        self.modules = modules
        self._known: dict[tuple[str, str, bool], Meaning | None] = {}

    def meaning(self, module: Module, dotted: str, deep: bool = False) -> Meaning | None:
        """What a name, as written in a module, stands for; `deep` reads installed packages' sources to find out.

        A leading `::` marks the name of a module or what is in it, as an import statement would give it.
        """
        key = (module.name, dotted, deep)
        if key in self._known:
            return self._known[key]
        self._known[key] = None  # a name that leads back to itself has no meaning
        found = self._meaning(module, dotted, deep)
        self._known[key] = found
        return found

    def absolute(self, name: str, deep: bool = True, near: Module | None = None) -> Meaning | None:
        """What an absolute dotted name stands for."""
        parts = name.split(".")
        root = parts[0]
        if root == "builtins":
            return Meaning("builtin", "builtins", parts[1] if len(parts) > 1 else "", tuple(parts[2:]))
        if not self.modules.is_owned(root, near) and (
            root in PUBLIC or (not deep and root != FOLLOWED and not self._any_owned(parts, near))
        ):
            return Meaning("external", root, ".".join(parts[1:]))
        module: Module | None = None
        used = 0
        for count in range(len(parts), 0, -1):
            if self.modules.exists(".".join(parts[:count]), near):
                module = self.modules.get(".".join(parts[:count]), near)
                used = count
                break
        if module is None:
            return Meaning("external", root, ".".join(parts[1:]))
        if used > 1:
            # A module and a name of its package may share a name: what `from package import name` gives comes first.
            parent = self.modules.get(".".join(parts[: used - 1]), near)
            if parent is not None and parent is not module and not self._imports_from_itself(parent, parts[used - 1 :]):
                shadow = self._defined(parent, parts[used - 1])
                if shadow:
                    return self._inside(parent, parts[used - 1 :], deep)
        return self._inside(module, parts[used:], deep)

    def _imports_from_itself(self, package: Module, parts: list[str]) -> bool:
        """Whether a package's `from .f import f` is what is being followed: `package.f.f` is the module's own f."""
        imported = package.raw.imports.get(parts[0])
        return (
            imported is not None
            and imported.attribute is not None
            and parts[1:2] == [imported.attribute]
            and package.absolute(imported.module) == f"{package.name}.{parts[0]}"
        )

    def _any_owned(self, parts: list[str], near: Module | None) -> bool:
        return any(self.modules.is_owned(".".join(parts[:n]), near) for n in range(1, len(parts) + 1))

    def _defined(self, module: Module, name: str) -> bool:
        imported = module.raw.imports.get(name)
        if imported is not None:
            target = f"{module.absolute(imported.module)}.{imported.attribute}"
            return imported.attribute is not None and target != f"{module.name}.{name}"
        return name in module.classes or name in module.functions or name in module.raw.names

    def _meaning(self, module: Module, dotted: str, deep: bool) -> Meaning | None:
        if dotted.startswith("::"):
            return self.absolute(module.absolute(dotted[2:]), deep, module)
        if dotted in module.functions:
            return Meaning("function", module.name, dotted)
        if dotted in module.classes:
            return Meaning("class", module.name, dotted)
        return self._inside(module, dotted.split("."), deep, outside=False)

    def _inside(self, module: Module, parts: list[str], deep: bool, outside: bool = True) -> Meaning | None:
        """What names, one the attribute of the other, stand for in a module. `outside`: as its importers see it."""
        if not parts:
            return Meaning("module", module.name, "")
        whole = ".".join(parts)
        if whole in module.functions:
            return Meaning("function", module.name, whole)
        if whole in module.classes:
            return Meaning("class", module.name, whole)
        first, rest = parts[0], parts[1:]
        if first in module.classes:
            return self._of_class(module, parts)
        if first in module.functions:
            return Meaning("function", module.name, first, tuple(rest))
        imported = module.raw.imports.get(first)
        if imported is not None:
            source = module.absolute(imported.module)
            name = source if imported.attribute is None else f"{source}.{imported.attribute}"
            if source.startswith(f"{module.name}.") and not self.modules.exists(source, module):
                # A compiled module of the package, whose name is often that of what it holds.
                root, _, inner = ".".join((name, *rest)).partition(".")
                return Meaning("external", root, inner)
            return self._follow(".".join((name, *rest)), deep, module)
        value = module.raw.names.get(first)
        if value is not None:
            return self._of_value(module, first, value, rest, deep)
        for star in module.raw.stars:
            found = self._starred(module, star, parts, deep)
            if found is not None:
                return found
        if outside and module.package == module.name and self.modules.exists(f"{module.name}.{first}", module):
            below = self.modules.get(f"{module.name}.{first}", module)
            return self._inside(below, rest, deep) if below is not None else None
        if not outside and first in BUILTINS:
            return Meaning("builtin", "builtins", first, tuple(rest))
        return None

    def _follow(self, name: str, deep: bool, near: Module) -> Meaning | None:
        key = ("::" + near.root, name, deep)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self.absolute(name, deep, near)
        return self._known[key]

    def _of_class(self, module: Module, parts: list[str]) -> Meaning:
        name = parts[0]
        rest = parts[1:]
        while rest and f"{name}.{rest[0]}" in module.classes:
            name, rest = f"{name}.{rest[0]}", rest[1:]
        return Meaning("class", module.name, name, tuple(rest))

    def _of_value(self, module: Module, name: str, value: Expr, rest: list[str], deep: bool) -> Meaning | None:
        if value[0] == "name" and value[1] != name:
            return self.meaning(module, ".".join((value[1], *rest)), deep)
        return Meaning("value", module.name, name, tuple(rest), value)

    def _starred(self, module: Module, star: str, parts: list[str], deep: bool) -> Meaning | None:
        source = module.absolute(star)
        root = source.partition(".")[0]
        if not deep and root != FOLLOWED and not self.modules.is_owned(source, module):
            return None
        other = self.modules.get(source, module)
        if other is None or other is module:
            return None
        exports = other.raw.exports
        if exports is not None and parts[0] not in exports:
            return None
        if exports is None and parts[0].startswith("_"):
            return None
        key = ("*" + other.name, parts[0], deep)
        if key in self._known and self._known[key] is None:
            return None
        self._known[key] = None  # modules that star each other in a circle
        found = self._inside(other, parts, deep)
        self._known.pop(key, None)
        return found

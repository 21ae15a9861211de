"""Which definition a name means: through imports, `using`, exports, aliases, submodules, Base and Core."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from rulecheck.languages.julia.facts import JuliaModule, TypeExpr

MISSING = "missing"


class Named(NamedTuple):
    """A definition: its qualified name, and "function", "type", "alias", "const", "module", "macro" or "missing".

    "missing" is a name that was imported from a module which is not known, or does not define it as far as was read.
    """

    name: str
    kind: str


class World:
    """All modules that are known, by absolute name; `find` brings those of a package when its name is first met."""

    def __init__(self, find: Callable[[str], Mapping[str, JuliaModule] | None] | None = None) -> None:
        self.modules: dict[str, JuliaModule] = {}
        # Types and aliases that take parameters, and the types of constants, by qualified name.
        self.parametric: set[str] = set()
        self.constants: dict[str, TypeExpr] = {}
        self._find = find
        self._asked: set[str] = set()
        self._answers: dict[tuple[str, str], Named | None] = {}
        self._exports: dict[str, frozenset[str]] = {}

    def copy(self) -> World:
        """A world of its own with the same modules."""
        other = World(self._find)
        other.modules = dict(self.modules)
        other.parametric = set(self.parametric)
        other.constants = dict(self.constants)
        return other

    def add(self, modules: Mapping[str, JuliaModule]) -> None:
        """Make a package's modules known; earlier answers are forgotten."""
        self.modules.update(modules)
        self._answers.clear()
        for name in modules:
            self._exports.pop(name, None)

    def module(self, name: str) -> JuliaModule | None:
        """A module by its absolute name."""
        found = self.modules.get(name)
        if found is None and self._find is not None:
            package = name.partition(".")[0]
            if package not in self._asked:
                self._asked.add(package)
                modules = self._find(package)
                if modules is not None:
                    self.add(modules)
                    found = self.modules.get(name)
        return found

    def exports(self, name: str) -> frozenset[str]:
        """What a module exports; nothing where it is not known."""
        found = self._exports.get(name)
        if found is None:
            module = self.module(name)
            found = self._exports[name] = frozenset(module.exports) if module is not None else frozenset()
        return found

    def resolve(self, module: str, name: str) -> Named | None:
        """What a plain name means inside a module; None where nothing defines it."""
        key = (module, name)
        if key in self._answers:
            return self._answers[key]
        self._answers[key] = None
        answer = self._answers[key] = self._resolve(module, name)
        return answer

    def _resolve(self, module: str, name: str) -> Named | None:
        known = self.module(module)
        if known is None:
            return None
        kind = known.kinds.get(name)
        if kind is not None and name not in known.imports:
            return Named(f"{module}.{name}", kind)
        source = known.imports.get(name)
        if source is not None:
            return self.member(*source)
        if module.rpartition(".")[2] == name:
            return Named(module, "module")
        for used in known.using:
            if name in self.exports(used):
                return self.member(used, name)
        if not known.bare and module != "Core":
            if name in self.exports("Base"):
                return self.member("Base", name)
            if name in ("Base", "Core", "Main"):
                return Named(name, "module")
            if name in ("eval", "include"):
                return Named(f"{module}.{name}", "function")
        if name == "Core":
            return Named("Core", "module")
        if module != "Core" and name in self.exports("Core"):
            return self.member("Core", name)
        return None

    def outside(self, module: str, name: str) -> Named | None:
        """What a name would mean in a module if the module did not define it itself."""
        known = self.module(module)
        if known is None:
            return None
        for used in known.using:
            if name in self.exports(used):
                return self.member(used, name)
        if not known.bare and module != "Core" and name in self.exports("Base"):
            return self.member("Base", name)
        return self.member("Core", name) if module != "Core" and name in self.exports("Core") else None

    def member(self, module: str, name: str) -> Named:
        """What `module.name` means."""
        if not name:
            return Named(module, "module")
        found = self.resolve(module, name)
        if found is not None:
            return found
        if self.module(f"{module}.{name}") is not None:
            return Named(f"{module}.{name}", "module")
        return Named(f"{module}.{name}", MISSING)

    def path(self, module: str, names: tuple[str, ...]) -> Named | None:
        """What `a.b.c` means inside a module."""
        first, *rest = names
        found = self.resolve(module, first)
        if found is None and self.module(first) is not None:
            found = Named(first, "module")
        for name in rest:
            if found is None:
                return None
            if found.kind == "module" or found.kind == MISSING:
                found = self.member(found.name, name)
            else:
                return None
        return found

    def object_type(self, constant: str) -> TypeExpr | None:
        """The type of the object that a constant holds, which can be called: `const (:) = Colon()`."""
        found = self.constants.get(constant)
        return found if found is not None and found[0] in ("name", "apply") else None

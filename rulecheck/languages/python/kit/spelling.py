"""How code names functions and types: in a module that has its own imports, or in a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import OBJECT, Generic, Type, TypeName
from rulecheck.languages.python.program import Program


class NotSpellable(Exception):
    """A name that no import can bring: a class in a function, or in a script that nothing can import."""


@dataclass(frozen=True, slots=True)
class Package:
    """How code imports a package by custom, and what it calls it. `public`: what is below it has a name right in it."""

    line: str
    name: str
    public: bool = False


CUSTOMARY: Mapping[str, Package] = {
    "numpy": Package("import numpy as np", "np"),
    "operator": Package("import operator", "operator"),
}


@dataclass
class Spelling:
    """Names as one module writes them. `module` None stands for a new module; `imports` gathers what it must add.

    `packages` has those that code imports whole, by their qualified names.
    """

    program: Program
    module: str | None
    packages: Mapping[str, Package]
    imports: dict[str, None] = field(default_factory=dict)

    def public(self, package: str, name: str) -> str:
        """A public name of a package, wherever that defines it: "opt_out" -> "ad.opt_out"."""
        qualified = self.program.resolve(package, name) or f"{package}.{name}"
        return self._known(qualified) or self._known(f"{package}.{name}") or f"{self._package(package)}.{name}"

    def function(self, canonical: str) -> str:
        """A function by its canonical name: "operator.matmul", "numpy.linalg.solve"."""
        known = self._known(canonical)
        if known is not None:
            return known
        head, _, rest = canonical.partition(".")
        if head in self.packages and rest:
            return f"{self._package(head)}.{rest}"
        package, _, name = canonical.rpartition(".")
        return self._member(package, name)

    def type(self, type_: Type) -> str:
        """A type of a signature."""
        if isinstance(type_, OneOf):
            return " | ".join(sorted(self.type(member) for member in type_.members))
        if isinstance(type_, Generic):
            return f"{self.type(type_.wrapper)}[{self.type(type_.parameter)}]"
        return self._named(type_)

    def _named(self, name: TypeName) -> str:
        assert isinstance(name, str)
        if name == OBJECT or name.startswith("builtins."):
            return name.removeprefix("builtins.")
        package = next((p for p in self.packages if name.startswith(f"{p}.")), None)
        if package is not None and self.packages[package].public:
            return self.public(package, name.rpartition(".")[2])
        if package is not None:
            return f"{self._package(package)}.{name.removeprefix(f'{package}.')}"
        known = self._known(name)
        if known is not None:
            return known
        type_ = self.program.type(name)
        if type_ is not None:
            within = name.removeprefix(f"{type_.module}.")
            if "<locals>" in within:
                raise NotSpellable(name)
            if type_.module == self.module:
                return within
            first, _, rest = within.partition(".")
            spelled = self._member(type_.module, first)
            return f"{spelled}.{rest}" if rest else spelled
        above, _, last = name.rpartition(".")
        return self._member(above, last)

    def _known(self, qualified: str) -> str | None:
        return self.program.spell(self.module, qualified) if self.module is not None else None

    def _package(self, name: str) -> str:
        package = self.packages.get(name) or Package(f"import {name}", name)
        return self._known(name) or self._import(package.line, package.name)

    def _member(self, package: str, name: str) -> str:
        if not package or package == "__main__":
            raise NotSpellable(name)
        return self._import(f"from {package} import {name}", name)

    def _import(self, line: str, name: str) -> str:
        if self.module is not None and self.program.binds(self.module, name):
            # The module means something else by this name.
            line, name = f"{line.partition(' as ')[0]} as {name}_", f"{name}_"
        self.imports[line] = None
        return name

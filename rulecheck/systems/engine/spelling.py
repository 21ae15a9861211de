"""How code names functions and types: in a module that has its own imports, or in a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import NDARRAY, OBJECT, Generic, Type, TypeName

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_AD = "rulecheck.ad"


class NotSpellable(Exception):
    """A name that no import can bring: a class in a function, or in a script that nothing can import."""


@dataclass
class Spelling:
    """Names as one module writes them. `module` None stands for a new module; `imports` gathers what it must add."""

    program: Program
    module: str | None
    imports: dict[str, None] = field(default_factory=dict)

    def engine(self, name: str) -> str:
        """A public name of the engine: "opt_out" -> "ad.opt_out"."""
        qualified = self.program.resolve(_AD, name) or f"{_AD}.{name}"
        if self.module is not None:
            known = self.program.spell(self.module, qualified) or self.program.spell(self.module, f"{_AD}.{name}")
            if known is not None:
                return known
            package = self.program.spell(self.module, _AD)
            if package is not None:
                return f"{package}.{name}"
        return f"{self._import('from rulecheck import ad', 'ad')}.{name}"

    def function(self, canonical: str) -> str:
        """A function by its canonical name: "operator.matmul", "numpy.linalg.solve"."""
        if self.module is not None:
            known = self.program.spell(self.module, canonical)
            if known is not None:
                return known
        head, _, rest = canonical.partition(".")
        if head == "numpy":
            return f"{self._numpy()}.{rest}"
        package, _, name = canonical.rpartition(".")
        if package == "operator":
            return f"{self._package('operator')}.{name}"
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
        if name == NDARRAY:
            return f"{self._numpy()}.ndarray"
        if name.startswith(f"{_AD}."):
            return self.engine(name.rpartition(".")[2])
        if self.module is not None:
            known = self.program.spell(self.module, name)
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
        package, _, last = name.rpartition(".")
        return self._member(package, last)

    def _numpy(self) -> str:
        if self.module is not None:
            known = self.program.spell(self.module, "numpy")
            if known is not None:
                return known
        return self._import("import numpy as np", "np")

    def _package(self, name: str) -> str:
        if self.module is not None:
            known = self.program.spell(self.module, name)
            if known is not None:
                return known
        return self._import(f"import {name}", name)

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

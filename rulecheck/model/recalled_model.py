"""A model whose answers are recalled from the last run of the same project; the system itself is asked for new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from rulecheck.finding import FixKind
from rulecheck.model.entries import Site
from rulecheck.model.model import Model
from rulecheck.model.system import System


class RecalledModel:
    """What a whole run asks of a model; whatever else is asked, the model itself answers."""

    preferred: FixKind | None = None

    def __init__(self, system: System, program: Any) -> None:
        self._system = system
        self._program = program

    @cached_property
    def model(self) -> Model:
        """The system's own model, bound to the program: made when something new is asked."""
        return self._system.model(self._program.opened)

    @property
    def name(self) -> str:
        """The system's name."""
        return self._system.name

    @property
    def takes_part(self) -> bool:
        """Whether the project has anything to do with the system."""
        return bool(self._recalled("takes_part", lambda: self.model.takes_part))

    def sites(self) -> Sequence[Site]:
        """Every call in the project that the system may answer."""
        found: Sequence[Site] = self._recalled("sites", lambda: tuple(self.model.sites()))
        return found

    def untold(self) -> Iterable[str]:
        """What the project registers in a way of which source does not tell all."""
        found: Iterable[str] = self._recalled("untold", lambda: tuple(self.model.untold()))
        return found

    def findings(self, check: str, run: Callable[[Model], Iterable[Any]]) -> tuple[Any, ...]:
        """What a check finds, given by its code."""

        def ask() -> tuple[Any, ...]:
            self.model.preferred = self.preferred
            return tuple(run(self.model))

        found: tuple[Any, ...] = self._recalled(f"{check} {self.preferred}", ask)
        return found

    def _recalled(self, question: str, ask: Callable[[], Any]) -> Any:
        return self._program.answer((self._system.name, question), ask)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.model, name)


def bound(system: System, program: Any) -> Model:
    """The system's model of a program, by way of what the last run answered where there is such."""
    if hasattr(type(program), "answer"):
        recalled: Any = RecalledModel(system, program)
        model: Model = recalled
        return model
    return system.model(program)

"""A model whose answers are recalled from the last run of the same project; the system itself is asked for new ones."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from types import FunctionType
from typing import Any

from rulecheck.finding import FixKind
from rulecheck.model.model import Model
from rulecheck.model.system import System


class _Recalled:
    """The part that is the same for every question."""

    preferred: FixKind | None

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
        return bool(self._program.answer((self._system.name, "takes_part"), lambda: self.model.takes_part))

    def ask(self, question: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """One of the model's questions."""
        preferred = self.preferred
        key: Hashable = (self._system.name, question, preferred, arguments, tuple(sorted(keywords.items())))

        def answer() -> Any:
            self.model.preferred = preferred
            given = getattr(self.model, question)(*arguments, **keywords)
            # What can be read only once is kept as what it gave.
            return tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else given

        try:
            hash(key)
        except TypeError:
            return answer()
        return self._program.answer(key, answer)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.model, name)


def _asking(question: str) -> Callable[..., Any]:
    def ask(self: _Recalled, *arguments: Any, **keywords: Any) -> Any:
        return self.ask(question, arguments, keywords)

    return ask


_QUESTIONS = {name: _asking(name) for name, f in vars(Model).items() if isinstance(f, FunctionType) and name[0] != "_"}
RecalledModel: Any = type("RecalledModel", (_Recalled, Model), _QUESTIONS)


def bound(system: System, program: Any) -> Model:
    """The system's model of a program, by way of what the last run answered where there is such."""
    if hasattr(type(program), "answer"):
        model: Model = RecalledModel(system, program)
        return model
    return system.model(program)

"""The settings of a call: what is no array, such as `axis=`. A derivative may not know all that numpy's function takes.

Numpy's order of parameters is its own: where the derivative's is another, what came by position is handed on by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

# Values that say the same as leaving the setting out.
_NO_VALUE = getattr(np, "_NoValue", None)


class Settings:
    """Which settings a derivative's code knows, and how many arguments it takes in numpy's own order."""

    __slots__ = ("agreeing", "defaults", "names", "numpys")

    def __init__(self, function: Any, code: Iterable[Callable[..., Any] | None], skipped: int = 0) -> None:
        self.names: set[str] | None = set()
        self.agreeing = 1 << 30
        self.numpys = _parameters(function)
        self.defaults = _defaults(function)
        for each in code:
            if each is not None:
                self._learn(list(inspect.signature(each).parameters.values())[skipped:])

    def _learn(self, parameters: list[inspect.Parameter]) -> None:
        kinds = {p.kind for p in parameters}
        own = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if inspect.Parameter.VAR_KEYWORD in kinds:
            self.names = None
        elif self.names is not None:
            self.names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if self.numpys and inspect.Parameter.VAR_POSITIONAL not in kinds:
            paired = zip(own, self.numpys, strict=False)
            same = [mine == theirs or mine not in self.numpys for mine, theirs in paired]
            self.agreeing = min(self.agreeing, same.index(False) if False in same else len(same))

    def by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The call with the arguments beyond those that agree in order handed on by name."""
        if len(args) <= self.agreeing:
            return args, kwargs
        named = dict(zip(self.numpys[self.agreeing :], args[self.agreeing :], strict=False))
        return args[: self.agreeing], {**named, **kwargs}

    def known(self, kwargs: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The settings without those that say nothing, and the names of those that the derivative does not know."""
        if self.names is None:
            return kwargs, []
        unknown = [
            name
            for name, value in kwargs.items()
            if name not in self.names
            and not (value is None or value is _NO_VALUE or (value is True and name in ("where", "subok")))
            and not (type(value) in _PLAIN and value == self.defaults.get(name, _NO_VALUE))
        ]
        return {name: value for name, value in kwargs.items() if name in self.names}, unknown


_PLAIN = (bool, int, float, str)


def _defaults(function: Any) -> dict[str, Any]:
    """What numpy takes for the settings that are left out."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: p.default for p in parameters if type(p.default) in _PLAIN}


def _parameters(function: Any) -> list[str]:
    """The names of what a function of numpy takes by position; none where it does not tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return []
    return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]

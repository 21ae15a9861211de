"""What terms ask of modules that stand above them, which give it when the package imports them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Protocol


class Printer(Protocol):
    """Writes a term as Julia prints it."""

    def __call__(self, term: Any) -> str: ...


class UnionMaker(Protocol):
    """Makes `Union{terms...}`: flat, and without members that another one covers."""

    def __call__(self, terms: Iterable[Any]) -> Any: ...


class Callbacks:
    """What was given."""

    show: ClassVar[Printer]
    union_of: ClassVar[UnionMaker]

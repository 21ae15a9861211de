"""What the parts of inference ask of the whole: each works out some kinds of expressions, and asks for the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rulecheck.facts import Expr
from rulecheck.languages.python.semantics import arrays
from rulecheck.languages.python.semantics.annotations import Annotations
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.semantics.name_resolution import NameResolution
from rulecheck.languages.python.semantics.shapes import Shape
from rulecheck.languages.python.semantics.types import Types


@dataclass(slots=True)
class Context:
    """Where an expression stands: its module, what the parameters are, and the loop variables under way."""

    module: Module
    env: Mapping[str, Shape | None]
    self_shape: Shape | None = None
    owner: str | None = None
    carried: dict[int, Shape | None] = field(default_factory=dict)
    memo: dict[int, tuple[Expr, Shape | None]] = field(default_factory=dict)
    depth: int = 0


class CallEvaluator(Protocol):
    """Works out what calls give."""

    def apply(
        self,
        function: Shape | None,
        arguments: Sequence[Shape | None],
        keywords: Mapping[str, Shape | None],
        literal: arrays.Literal | None = None,
    ) -> Shape | None:
        """What calling a function or class gives."""
        ...


class OperatorEvaluator(Protocol):
    """Works out what operators give."""

    def apply(self, function: str, operands: Sequence[Shape | None]) -> Shape | None:
        """What an operator gives, by its canonical name."""
        ...


class ShapeEvaluator(Protocol):
    """Evaluates expressions to shapes."""

    names: NameResolution
    types: Types
    annotations: Annotations
    # The classes below a class.
    heirs: Callable[[str], Sequence[str]]

    @property
    def calling(self) -> CallEvaluator:
        """The part that evaluates calls."""
        ...

    @property
    def operations(self) -> OperatorEvaluator:
        """The part that evaluates operators."""
        ...

    @property
    def element(self) -> Callable[[Shape | None], Shape | None]:
        """What iterating over a value gives."""
        ...

    def shape(self, expr: Expr, context: Context) -> Shape | None:
        """The shape of an expression's value."""
        ...

    def attribute(self, base: Shape | None, name: str) -> Shape | None:
        """The shape of `base.name`."""
        ...

    def is_a(self, shape: Shape, kind: Shape) -> bool:
        """Whether every value of a shape is an instance of a kind."""
        ...

    def open(self, shape: Shape) -> bool:
        """Whether the classes above an instance's class are not all known."""
        ...

    def disjoint(self, a: Shape, b: Shape) -> bool:
        """Whether no value is of both shapes."""
        ...

"""Operators that an array type has from a mixin, or from a registered class, ask the table as its own do."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad.registry import TABLE


class Scaling:
    """A mixin: no array type itself."""

    def __init__(self, factor: float) -> None:
        self.factor = factor
        self.shape = (2, 2)

    def __matmul__(self, x: Any) -> Any:
        return self.factor * x

    def to_array(self) -> Any:
        return self.factor * np.eye(2)


class Mixed(Scaling, ad.AbstractMatrix):
    pass


class Registered(Scaling):
    pass


class Before(Registered):
    def __matmul__(self, x: Any) -> Any:
        return 2.0 * self.factor * x


ad.AbstractMatrix.register(Registered)


class After(Registered):
    def __matmul__(self, x: Any) -> Any:
        return 3.0 * self.factor * x


@pytest.fixture
def fired() -> Iterator[list[type]]:
    """A rule for everything above; the types of the first operands that it answered for."""
    found: list[type] = []

    @ad.adjoint(operator.matmul, Scaling, ad.AbstractVector)
    def scaling(A: Any, x: Any) -> Any:
        found.append(type(A))
        return A.factor * x, lambda dy: (ad.Tangent(factor=dy @ x), A.factor * dy)

    yield found
    TABLE.remove("operator.matmul", (Scaling, ad.AbstractVector))


@pytest.mark.parametrize("kind", [Mixed, Registered, Before, After])
def test_the_rule_answers(kind: type[Scaling], fired: list[type]) -> None:
    ad.gradient(lambda A, x: np.sum(A @ x), kind(3.0), np.ones(2))
    assert fired == [kind]


@pytest.mark.parametrize("below", [False, True])
def test_one_that_is_assigned_later_asks_too(below: bool, fired: list[type]) -> None:
    class Late(Scaling):
        pass

    ad.AbstractMatrix.register(Late)
    kind = type("Under", (Late,), {}) if below else Late

    def product(self: Any, x: Any) -> Any:
        return 5.0 * self.factor * x

    kind.__matmul__ = product  # type: ignore[method-assign,assignment]
    assert (kind(3.0) @ np.ones(2))[0] == 15.0
    ad.gradient(lambda A, x: np.sum(A @ x), kind(3.0), np.ones(2))
    assert fired == [kind]
    assert (kind(3.0) @ np.ones(2))[0] == 15.0


def test_a_value_that_is_no_array_is_not_asked(fired: list[type]) -> None:
    gradient = ad.gradient(lambda factor, x: np.sum(Scaling(factor) @ x), 3.0, np.ones(2))
    assert not fired
    assert gradient[0] == 2.0


def test_a_class_with_its_own_hook_keeps_it() -> None:
    seen: list[type] = []

    class Hooked:
        def __init_subclass__(cls, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            seen.append(cls)

    ad.AbstractMatrix.register(Hooked)

    class Below(Hooked):
        pass

    assert seen == [Below]

"""Arrays that come by keyword: they are brought to their positions, or it is said that they must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rulecheck import ad

X = np.array([0.5, 1.5, 2.5])
M = np.arange(9.0).reshape(3, 3) + 3 * np.eye(3)


class Scaling(ad.AbstractMatrix):
    def __init__(self, factors: Any) -> None:
        self.factors = factors

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.factors), len(self.factors))

    def to_array(self) -> Any:
        return self.factors[:, None] * np.eye(len(self.factors))


@pytest.mark.parametrize(
    ("by_keyword", "by_position"),
    [
        (lambda x: np.sum(a=x * x), lambda x: np.sum(x * x)),
        (lambda x: np.sum(axis=0, a=x * x), lambda x: np.sum(x * x, axis=0)),
        (lambda x: np.dot(a=x, b=x), lambda x: np.dot(x, x)),
        (lambda x: np.dot(x, b=X), lambda x: np.dot(x, X)),
        (lambda x: np.linalg.solve(b=x, a=M)[0], lambda x: np.linalg.solve(M, x)[0]),
        (lambda x: np.linalg.solve(a=Scaling(x), b=X)[1], lambda x: np.linalg.solve(Scaling(x), X)[1]),
        (lambda x: np.sum(a=Scaling(x)), lambda x: np.sum(Scaling(x))),
        (lambda x: np.clip(a=x, a_min=1, a_max=x[0] * 4)[2], lambda x: np.clip(x, 1, x[0] * 4)[2]),
    ],
)
def test_they_count_as_positional(by_keyword: Callable[[Any], Any], by_position: Callable[[Any], Any]) -> None:
    np.testing.assert_allclose(by_keyword(X), by_position(X))
    np.testing.assert_array_equal(ad.gradient(by_keyword, X), ad.gradient(by_position, X))


def test_one_that_has_no_position_is_refused() -> None:
    def padded(x: Any) -> Any:
        return np.sum(x, initial=x[0])

    with pytest.raises(ad.NotTraceable, match=r"sum: no derivative in the keyword argument 'initial'"):
        ad.gradient(padded, X)

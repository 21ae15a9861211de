"""Arrays that come by keyword: they are brought to their positions, or it is said that they must be."""

from __future__ import annotations

import pickle
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
    def filled(x: Any) -> Any:
        return np.sum(np.nan_to_num(x, nan=x[0]))

    with pytest.raises(ad.NotTraceable, match=r"nan_to_num: no derivative in the keyword argument 'nan'"):
        ad.gradient(filled, X)


MASK = np.array([True, False, True])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, 0, None, None, True),
        lambda x: np.sum(x, initial=x[0]),
        lambda x: np.mean(x, 0, np.float64, None, True),
        lambda x: np.var(x, 0, None, None, 1),
        lambda x: np.std(x, 0, None, None, 1, True),
        lambda x: np.max(x, 0, None, True),
        lambda x: np.prod(x, 0, None, None, True),
        lambda x: np.cumsum(x, 0, float),
        lambda x: np.swapaxes(np.outer(x, x), axis1=0, axis2=-1),
        lambda x: np.moveaxis(np.outer(x, x), source=0, destination=1),
        lambda x: np.sum(x, out=None, where=MASK),
        lambda x: np.mean(a=x, keepdims=True, where=MASK),
        lambda x: np.reshape(np.outer(x, x), order="F", shape=(9,)),
        lambda x: x.sum(where=MASK, initial=2.0),
        lambda x: np.median(x, 0, None, False, True),
        lambda x: np.quantile(x, [0.2, 0.8], 0, keepdims=True),
        lambda x: np.linalg.norm(x, 3, None, True),
    ],
)
def test_settings_by_position_and_by_name(f: Callable[[Any], Any]) -> None:
    np.testing.assert_allclose(ad.pullback(f, X)[0], f(X))
    ad.check_gradients(f, X)


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: np.sum(x, out=np.zeros(())), r"numpy\.sum: there is no derivative with out=; leave it out"),
        (lambda x: np.mean(x, out=np.zeros(())), r"numpy\.mean: there is no derivative with out="),
        (lambda x: np.max(x, out=np.zeros(())), r"numpy\.max: there is no derivative with out="),
        (lambda x: np.einsum("i,i", x, x, dtype=float), r"numpy\.einsum: there is no derivative with dtype="),
        (lambda x: np.fft.fft(x, out=np.zeros(3, complex)), r"fft: there is no derivative with out="),
        (lambda x: np.concatenate([x, x], dtype=np.float32), r"numpy\.concatenate: .*with dtype="),
        (lambda x: np.interp(x, [0.0, 4.0], [1.0, 2.0], period=2.0), r"numpy\.interp: .*with period="),
        (lambda x: np.nextafter(x, 2.0), r"there is no derivative for numpy\.nextafter: use functions that have one"),
        (lambda x: np.hypot.reduce(x), r"there is no derivative for numpy\.hypot\.reduce"),
        (lambda x: np.quantile(x, 0.5, method="nearest"), r"method='linear', not 'nearest'"),
        (lambda x: np.poly(x), r"there is no derivative for numpy\.poly"),
        (lambda x: np.polyfit([0.0, 1.0, 2.0], x, 1), r"there is no derivative for numpy\.polyfit"),
        (lambda x: np.piecewise(x, [x > 1], [1.0]), r"there is no derivative for numpy\.piecewise"),
    ],
)
def test_settings_and_functions_without_a_derivative_are_refused_at_once(f: Callable[[Any], Any], says: str) -> None:
    with pytest.raises(ad.NotTraceable, match=says):
        ad.pullback(f, X)


@pytest.mark.parametrize("name", ["flags", "tobytes", "sort", "fill", "data", "real_thing"])
def test_what_a_stand_in_has_not_is_told(name: str) -> None:
    with pytest.raises(ad.NotTraceable, match=f"a traced array has no '{name}'.*Use numpy's functions"):
        ad.gradient(lambda x: getattr(x, name)(), X)
    assert ad.gradient(lambda x: x[0] if not hasattr(x, name) else x[1], X).tolist() == [1.0, 0.0, 0.0]


def test_a_traced_value_is_not_pickled() -> None:
    with pytest.raises(ad.NotTraceable, match="cannot be pickled"):
        ad.gradient(lambda x: pickle.dumps(x), X)

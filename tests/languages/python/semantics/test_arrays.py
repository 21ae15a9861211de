"""What numpy's functions and operators give is told as far as ranks decide it, and numpy agrees."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from rulecheck.facts import Type
from tests.languages.python.semantics.test_inference_is_run_time import holds
from tests.languages.python.semantics.test_standard_library import shown, types_of

HEAD = """
import numpy as np
def v(): return np.ones(3)
def m(): return np.eye(3)
def c(): return np.zeros((2, 3, 3))
def s(): return {1, 2}
"""
RANKED = [
    # made
    "np.zeros(3)", "np.full((2, 3), 1.0)", "np.empty(shape=(2, 3, 4))", "np.identity(3)", "np.arange(3)",
    "np.linspace(0.0, 1.0)", "np.array([[1, 2], [3, 4]])", "np.array((1.0, 2.0))", "np.array([v(), v()])",
    "np.asarray([1, 2])", "np.array([n for n in (1, 2)])", "np.zeros_like(m())", "np.random.rand(2, 3)",
    "np.random.normal(0.0, 1.0, size=(2, 3))", "np.random.default_rng(0).standard_normal(3)",
    "np.random.default_rng(0).uniform(size=(2, 3))", "np.random.RandomState(0).normal(size=3)",
    # joined
    "np.concatenate([v(), v()])", "np.stack((m(), m()))", "np.vstack([v(), v()])", "np.hstack((v(), v()))",
    "np.column_stack([v(), v()])", "np.where(v() > 0, m(), 1.0)",
    # computed
    "np.exp(m())", "np.fft.fft(v())", "np.dot(m(), v())", "np.matmul(m(), m())", "np.add(m(), v())",
    "np.maximum(v(), 1.0)", "np.sum(m(), axis=0)", "np.mean(c(), axis=1)", "np.linalg.norm(m(), axis=1)",
    "np.cumsum(m())", "np.diff(v())", "np.outer(v(), v())", "np.linalg.inv(m())", "np.linalg.solve(m(), v())",
    "np.linalg.solve(m(), m())", "np.transpose(c())", "np.diag(v())", "np.diag(m())", "np.ravel(c())",
    "np.reshape(m(), (3, 3, 1))", "np.reshape(m(), 9)",
    # methods and attributes
    "m().flatten()", "m().copy()", "m().astype(int)", "c().transpose()", "m().sum(axis=0)", "c().max(axis=0)",
    "m().reshape(9)", "m().reshape(1, 9)", "m().reshape((1, 1, 9))", "m().dot(v())", "m().T", "c().mT", "m().real",
    # operators
    "m() + v()", "2 * m()", "v() / 3.0", "-m()", "abs(v())", "m() @ v()", "v() @ m()", "m() @ m()", "v() ** 2",
    "m() > v()", "m() == 1",
    # parts
    "m()[0]", "m()[:, 0]", "m()[None]", "m()[..., 0]", "c()[0, 1]", "c()[1:, 0, None]", "v()[:2]",
    "[r for r in m()][0]",
]  # fmt: skip
NUMBERS = {
    "m()[0, 0]": None,
    "v() @ v()": "complex | float | int",
    "np.sum(m())": "complex | float | int",
    "m().mean(axis=None)": "complex | float | int",
    "np.linalg.norm(v())": "complex | float | int",
    "m().ndim": "int",
    "m().shape": "tuple",
    "m().shape[0]": "int",
    "m().dtype": "dtype",
    "np.random.normal()": None,
    "1 < 2": "bool",
    "True & False": "bool",
    "True | 2": "int",
    "1 << 2": "int",
    "1 / 2": "float",
    "7 // 2.0": "float",
    "7 % 2": "int",
    "2 * 1j": "complex",
    "1j ** 2": "complex",
    "2 ** -1": None,
    "~True": "int",
    "-True": "int",
    "abs(1j)": "float",
    "+2.5": "float",
    "'%d' % 1": "str",
    "'a' * 2": "str",
    "2 * 'a'": "str",
    "'a' + 'b'": "str",
    "'a' == 'b'": "bool",
    "[1] + [2.5]": "list",
    "([1] + [2.5])[0]": "float | int",
    "((1,) + ('a',))[1]": "str",
    "((1, 'a') * 2)[0]": "int | str",
    "([1] * 2)[0]": "int",
    "(s() | s()).pop()": "int",
    "{1} - {2}": "set",
    "[1] != [2]": "bool",
}
# The rank hangs on values, or what comes is no array for certain.
OPEN = [
    "m()[v() > 0]", "m()[[0, 1]]", "m().squeeze()", "m().reshape(*[3, 3])", "np.sum(m(), keepdims=True)",
    "np.array(v(), ndmin=2)", "np.array([[1, 2], 3][:1])", "np.sum(m(), axis=(0, 1))", "np.gradient(v())",
    "np.concatenate([v(), m()[0]], axis=None)", "np.where(v() > 0)", "np.add(v(), v(), out=v())", "c() @ c()",
    "np.array([])", "m().H", "m().flat", "np.nonzero(v())", "m().item(0)", "np.exp(2.0)",
]  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Type | None]:
    forms = [*RANKED, *NUMBERS, *OPEN]
    return dict(zip(forms, types_of(forms, HEAD, tmp_path_factory.mktemp("told")), strict=True))


def value_of(form: str) -> tuple[Any, dict[str, Any]]:
    names: dict[str, Any] = {}
    exec(HEAD, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval(form, names), names


@pytest.mark.parametrize("form", RANKED)
def test_the_rank_is_told_and_is_numpys(form: str, told: dict[str, Type | None]) -> None:
    value, names = value_of(form)
    found = told[form]
    assert str(found) == f"Generic(wrapper='numpy.ndarray', parameter='{value.ndim}')"
    assert found is not None
    assert holds(value, found, names)


@pytest.mark.parametrize("form", NUMBERS)
def test_what_is_no_array_is_told(form: str, told: dict[str, Type | None]) -> None:
    found = told[form]
    assert shown(found) == NUMBERS[form]
    if found is not None:
        value, names = value_of(form)
        assert holds(value, found, names)


@pytest.mark.parametrize("form", OPEN)
def test_where_the_rank_is_open_none_is_told(form: str, told: dict[str, Type | None]) -> None:
    assert "parameter" not in str(told[form])

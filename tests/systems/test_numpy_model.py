"""The tables of numpy's functions against numpy itself, and walks as `which` shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import NDARRAY
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.model.entries import Question
from rulecheck.model.operand_misses import REFLECTED
from rulecheck.systems.numpy import SYSTEM
from rulecheck.systems.numpy.functions import (
    HANDED_OVER,
    NDARRAY_NAMES,
    READ,
    SHARED,
    SILENT,
    UNARY_UFUNCS,
    FunctionKind,
    spelling,
)
from rulecheck.systems.numpy.model import NumpyModel

SOURCE = """
import numpy as np


class A:
    __array_ufunc__ = None
    shape = (2, 2)
    def __matmul__(self, x): return x + 1
    def __rmatmul__(self, x): return x + 1
    def __array__(self, dtype=None, copy=None): return np.eye(2)
    def sum(self): return 4


class B:
    shape = (2, 2)
    def __rmatmul__(self, x): return x + 1
"""


@pytest.fixture
def model(tmp_path: Path) -> NumpyModel:
    path = tmp_path / "example.py"
    path.write_text(SOURCE, encoding="utf-8")
    built = SYSTEM.model(read([str(path)], ReadSettings(tokens=SYSTEM.tokens)))
    assert isinstance(built, NumpyModel)
    return built


def walk(model: NumpyModel, function: str, *types: str) -> list[tuple[str, Outcome]]:
    asked = model.walk(Question(function, types, function))
    return [(step.layer, step.outcome) for step in asked.steps]


def test_every_ufunc_of_numpy_is_known_as_one() -> None:
    ufuncs = {n for n in dir(np) if isinstance(getattr(np, n), np.ufunc)}
    public = {n for n in dir(np) if callable(getattr(np, n)) and n[0].islower()}
    found = {n: spelling(f"numpy.{n}") for n in public}
    assert {n for n, s in found.items() if s is not None and s.kind is FunctionKind.UFUNC} == ufuncs


def test_the_names_of_ndarray_are_its_own() -> None:
    assert {n for n in NDARRAY_NAMES if not hasattr(np.ndarray, n)} == set()
    assert all(o.reflected in NDARRAY_NAMES for o in REFLECTED)


@pytest.mark.parametrize("name", sorted(HANDED_OVER))
def test_functions_hand_over_to_a_method(name: str) -> None:
    class Told:
        pass

    setattr(Told, name, lambda self, *args, **kwargs: "told")
    arguments = {"clip": (0, 1), "put": (0, 1), "choose": ([0],), "reshape": (1,), "swapaxes": (0, 0), "nonzero": ()}
    given = arguments.get(name, (0,))
    assert getattr(np, name)(Told(), *given) == "told"


class Converted(Exception):
    """Numpy made an array of the operand."""


class Square:
    """A square matrix that tells when it is converted."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        raise Converted


@pytest.mark.parametrize("name", READ)
def test_functions_read_an_attribute_and_convert_without_it(name: str) -> None:
    assert getattr(np, name)(type("Told", (Square,), {name: "told"})()) == "told"
    with pytest.raises(Converted):
        getattr(np, name)(Square())


@pytest.mark.parametrize("name", sorted(SILENT))
def test_silent_functions_convert_nothing(name: str) -> None:
    told = type("Told", (Square,), {"shape": (2, 2), "ndim": 2, "dtype": np.dtype(float)})
    getattr(np, name.removeprefix("numpy."))(told())
    assert spelling(name) is None


def test_shared_names_are_functions_of_numpy() -> None:
    assert {n for n in SHARED if not callable(getattr(np, n, getattr(np.linalg, n, None)))} == set()


@pytest.mark.parametrize("name", UNARY_UFUNCS)
def test_ufuncs_find_a_method_of_their_name(name: str) -> None:
    ufunc = "bitwise_count" if name == "bit_count" else name
    told = type("Told", (), {name: lambda self: "told"})
    assert getattr(np, ufunc)(told()) == "told"


def test_a_method_of_ndarray_that_is_not_known_is_nobodys() -> None:
    assert spelling("numpy.ndarray.sum") is None
    assert spelling("numpy.random.rand") is None
    assert spelling("numpy.poly1d.__call__") is None
    assert spelling("scipy.linalg.solve") is None


def test_walks_end_at_who_answers(model: NumpyModel) -> None:
    assert walk(model, "operator.matmul", NDARRAY, "example.A") == [
        ("subclass", Outcome.DECLINES),
        ("forward", Outcome.DECLINES),
        ("__array_ufunc__", Outcome.DECLINES),
        ("array", Outcome.DECLINES),
        ("reflected", Outcome.CLAIMS),
    ]
    assert walk(model, "operator.matmul", NDARRAY, "example.B")[-1] == ("array", Outcome.CLAIMS)
    assert walk(model, "operator.matmul", "example.A", NDARRAY)[-1] == ("forward", Outcome.CLAIMS)
    assert walk(model, "numpy.matmul", "example.A", NDARRAY) == [("__array_ufunc__", Outcome.CLAIMS)]
    assert walk(model, "numpy.dot", "example.A", NDARRAY)[-1] == ("array", Outcome.CLAIMS)
    assert walk(model, "numpy.sum", "example.A")[-1] == ("method", Outcome.CLAIMS)
    assert walk(model, "numpy.mean", "example.A")[-1] == ("array", Outcome.CLAIMS)
    assert walk(model, "scipy.linalg.solve", "example.A") == []


def test_the_primal_is_the_method_that_python_would_run(model: NumpyModel) -> None:
    right = model.primal(Question("operator.matmul", (NDARRAY, "example.B"), "x @ B"))
    assert right is not None
    assert right.signature == "B.__rmatmul__"
    assert model.primal(Question("operator.matmul", ("example.B", NDARRAY), "B @ x")) is None

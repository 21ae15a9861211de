"""RC104: spellings that miss a method which another spelling runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_rc103 import FIXTURE, findings, in_source

CLASS = """
class A:
    {protocol}
    def __init__(self, n): self.shape = (n, n)
    def __array__(self, dtype=None, copy=None): return np.eye(self.shape[0])
    def __matmul__(self, x): return x + 1
    def __rmatmul__(self, x): return x + 1
    def __mul__(self, x): return self
    def trace(self): return self.shape[0]
    def sum(self): return self.shape[0]
    def size(self): return self.shape[0]
    def copy(self): return A(self.shape[0])
    def append(self, row): self.rows = row
    def solve(self, b): return b
    @property
    def det(self): return 1.0


def f(x: np.ndarray, a: A):
    return {call}
"""


def test_the_fixture() -> None:
    found = findings(FIXTURE, "RC104")
    assert [f.scope.rpartition(".")[0].rpartition(".")[2] for f in found] == ["OneSided", "LowRank"]
    assert [len(f.sites) for f in found] == [1, 1]
    assert found[0].message == (
        "`x @ A` misses OneSided.__matmul__: OneSided has no __rmatmul__, and its __array__ makes a dense array of it"
    )


@pytest.mark.parametrize(
    ("call", "method"),
    [
        ("np.dot(a, x)", "A.__matmul__"),
        ("np.dot(x, a)", "A.__rmatmul__"),
        ("x.dot(a)", "A.__rmatmul__"),
        ("np.einsum('ij,jk->ik', a, x)", "A.__matmul__"),
        ("np.einsum('i,ij', x, a)", "A.__rmatmul__"),
        ("np.linalg.matmul(a, x)", "A.__matmul__"),
        ("np.trace(a)", "A.trace"),
        ("np.linalg.trace(a)", "A.trace"),
        ("np.linalg.solve(a, x)", "A.solve"),
        ("np.linalg.det(a)", "A.det"),
    ],
)
def test_spellings_that_are_dense(call: str, method: str, tmp_path: Path) -> None:
    (found,) = in_source(CLASS.format(protocol="__array_ufunc__ = None", call=call), tmp_path, "RC104")
    assert found.message.startswith(f"`{call}` makes a dense array of the operand, where `")
    assert found.shadows is not None
    assert found.shadows.signature == method


@pytest.mark.parametrize(
    ("call", "better"),
    [("np.trace(a)", "A.trace()"), ("np.linalg.solve(a, x)", "A.solve(...)"), ("np.linalg.det(a)", "A.det")],
)
def test_the_method_is_named_as_it_is_used(call: str, better: str, tmp_path: Path) -> None:
    (found,) = in_source(CLASS.format(protocol="__array_ufunc__ = None", call=call), tmp_path, "RC104")
    assert f"where `{better}` runs" in found.message


@pytest.mark.parametrize("call", ["np.matmul(a, x)", "np.multiply(a, x)"])
def test_a_ufunc_converts_where_it_is_not_told_otherwise(call: str, tmp_path: Path) -> None:
    priority = CLASS.format(protocol="__array_priority__ = 9", call=call)
    assert len(in_source(priority, tmp_path, "RC104")) == 1
    raising = CLASS.format(protocol="__array_ufunc__ = None", call=call)
    assert in_source(raising, tmp_path, "RC104") == [], "nobody misses an error"


@pytest.mark.parametrize(
    "call",
    [
        "a @ x",
        "x @ a",
        "np.sum(a)",
        "np.einsum('ij,kj->ik', a, x)",
        "np.trace(x)",
        "np.dot(x, x)",
        "np.asarray(a)",
        "np.copy(a)",
        "np.shape(a)",
        "np.size(a)",
        "np.append(a, x)",
        "2 * x",
    ],
)
def test_spellings_that_reach_the_method_or_mean_something_else(call: str, tmp_path: Path) -> None:
    assert in_source(CLASS.format(protocol="__array_ufunc__ = None", call=call), tmp_path, "RC104") == []


def test_a_class_that_answers_functions_is_silent(tmp_path: Path) -> None:
    protocol = "__array_ufunc__ = None\n    def __array_function__(self, f, types, args, kwargs): return f"
    assert in_source(CLASS.format(protocol=protocol, call="np.dot(a, x)"), tmp_path, "RC104") == []


def test_one_side_only_needs_a_conversion_to_be_missed(tmp_path: Path) -> None:
    source = "class A:\n    def __init__(self, n): self.n = n\n    def __matmul__(self, x): return x + self.n\n"
    assert in_source(source, tmp_path, "RC104") == []
    dense = source + "    def __array__(self, dtype=None, copy=None): return np.eye(self.n)\n"
    assert len(in_source(dense, tmp_path, "RC104")) == 1
    told = dense.replace("class A:\n", "class A:\n    __array_ufunc__ = None\n")
    assert in_source(told, tmp_path, "RC104") == []


def test_an_array_that_the_object_holds_is_not_made_dense(tmp_path: Path) -> None:
    source = CLASS.format(protocol="__array_ufunc__ = None", call="np.trace(a)")
    held = source.replace("return np.eye(self.shape[0])", "return np.asarray(self.values, dtype=dtype)")
    assert held != source
    assert in_source(held, tmp_path, "RC104") == []


def test_a_side_that_takes_no_arrays_leaves_nothing_out(tmp_path: Path) -> None:
    source = CLASS.format(protocol="", call="1").replace("    def __rmatmul__(self, x): return x + 1\n", "")
    assert len(in_source(source, tmp_path, "RC104")) == 1
    other = source.replace("def __matmul__(self, x)", "def __matmul__(self, x: 'A')")
    assert other != source
    assert in_source(other, tmp_path, "RC104") == []


def test_the_composition_of_what_is_no_array_leaves_no_side_out(tmp_path: Path) -> None:
    source = "class Element:\n    def __matmul__(self, x): return self.by(x)\n"
    heir = "class Identity(Element): ...\nclass Swap(Element): ...\n"
    heir += "class Permutation(Element):\n    def __array__(self): return np.arange(self.n)\n"
    assert in_source(source + heir, tmp_path, "RC104") == []
    matrix = source + "    def __init__(self, n): self.n, self.shape = n, (n, n)\n" + heir
    assert [f.scope for f in in_source(matrix, tmp_path, "RC104")] == ["example.Element.__matmul__"]


def test_a_side_that_gets_the_array_that_is_held_is_not_made_dense(tmp_path: Path) -> None:
    source = (
        "class A:\n    def __init__(self, data): self.data = data\n    def __matmul__(self, x): return self.by(x)\n"
    )
    held = source + "    def __array__(self): return self.data\n"
    assert in_source(held, tmp_path, "RC104") == []
    assert len(in_source(held.replace("self.data\n", "self.dense()\n"), tmp_path, "RC104")) == 1

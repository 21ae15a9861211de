"""Counted arrays count what was done on them, whatever way numpy is asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.cost.count import Counted, counted, counting

N = 8
X = np.linspace(1, 2, N)
A = np.eye(N) + np.ones((N, N)) / N


def count(run: Callable[..., Any], *arguments: Any) -> int:
    with counting() as gathered:
        run(*map(counted, arguments))
    return sum(gathered.values())


@pytest.mark.parametrize(
    ("run", "operations"),
    [
        (lambda: np.exp(counted(X)), N),
        (lambda: counted(X) * counted(X), N),
        (lambda: 2.0 + counted(X), N),
        (lambda: X - counted(X), N),
        (lambda: np.multiply.outer(counted(X), X), N * N),
        (lambda: np.outer(counted(X), X), N * N),
        (lambda: np.add.reduce(counted(A), axis=0), N * N),
        (lambda: np.sum(counted(A)), N * N),
        (lambda: counted(A).sum(), N * N),
        (lambda: np.cumsum(counted(X)), N),
        (lambda: counted(A) @ counted(X), 2 * N * N),
        (lambda: counted(A) @ counted(A), 2 * N**3),
        (lambda: np.dot(counted(A), X), 2 * N * N),
        (lambda: counted(A).dot(X), 2 * N * N),
        (lambda: np.dot(counted(X), X), 2 * N),
        (lambda: np.tensordot(counted(A), A, 1), 2 * N**3),
        (lambda: np.einsum("ij,j->i", counted(A), X), 2 * N * N),
        (lambda: np.einsum("...ij,jk", np.ones((3, N, N)).view(Counted), A), 3 * 2 * N**3),
        (lambda: np.linalg.solve(counted(A), X), round(2 / 3 * N**3 + 2 * N * N)),
        (lambda: np.linalg.inv(counted(A)), 2 * N**3),
        (lambda: np.linalg.slogdet(counted(A)), round(2 / 3 * N**3)),
        (lambda: np.linalg.cholesky(counted(A @ A.T)), round(N**3 / 3)),
        (lambda: np.fft.fft(counted(X)), 5 * N * 3),
        (lambda: np.fft.fft2(counted(A)), 5 * N * N * 6),
        (lambda: np.concatenate([counted(X), X]), 2 * N),
        (lambda: counted(X)[[0, 1, 1]], 3),
        (lambda: np.where(counted(X) > 0, counted(X), 0.0), 2 * N),
        (lambda: counted(X).copy(), N),
        (lambda: np.sort(counted(X)), N * 3),
    ],
)
def test_what_counts(run: Callable[[], Any], operations: int) -> None:
    assert count(run) == operations


@pytest.mark.parametrize(
    "run",
    [
        lambda: counted(A).T,
        lambda: counted(A)[0],
        lambda: counted(A)[:, 1:3],
        lambda: counted(A).reshape(-1),
        lambda: np.transpose(counted(A)),
        lambda: np.expand_dims(counted(X), 0),
        lambda: np.broadcast_to(counted(X), (N, N)),
        lambda: np.shape(counted(A)),
        lambda: np.iscomplexobj(counted(A)),
        lambda: np.exp(X),
    ],
)
def test_what_is_free(run: Callable[[], Any]) -> None:
    assert count(run) == 0


def test_writing_counts_what_is_written() -> None:
    x = counted(np.zeros(N))
    with counting() as gathered:
        x[2:5] = 1.0
        np.add.at(x, [0, 0, 1], 1.0)
        x += 1.0
    assert gathered == {"setitem": 3, "add.at": 3, "add": N}
    assert x.sum() == 3 + 3 + N


def test_results_count_on_and_are_what_numpy_gives() -> None:
    value = counted({"a": (A, 1.5), "b": [X]})
    assert type(value["a"][0]) is Counted
    made = np.linalg.slogdet(np.matmul(np.exp(value["a"][0]), A))
    assert type(np.exp(value["a"][0])) is Counted
    assert made == np.linalg.slogdet(np.exp(A) @ A)


def test_blocks_nest_and_end() -> None:
    with counting() as outer:
        counted(X) + 1
        with counting() as inner:
            counted(X) + 1
    counted(X) + 1
    assert (sum(outer.values()), sum(inner.values())) == (2 * N, N)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6))
def test_spellings_of_a_product_cost_the_same(m: int, k: int, n: int) -> None:
    a, b = np.ones((m, k)), np.ones((k, n))
    spellings = [np.matmul, np.dot, lambda x, y: np.tensordot(x, y, 1), lambda x, y: np.einsum("ij,jk->ik", x, y)]
    assert {count(run, a, b) for run in spellings} == {2 * m * k * n}

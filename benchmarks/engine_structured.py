"""What the generic dense rule costs beside tracing the structured code that it shadows.

Run `python benchmarks/engine_structured.py`. For each type the gradient of `sum(A @ b)` is taken with the generic rule
first, then after an opt-out: CPU time of the process and the peak of what was allocated.
"""
# ruff: noqa: E402 - the number of threads is set before numpy is imported

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import operator
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    """A diagonal matrix by its diagonal."""

    def __init__(self, d: Any) -> None:
        self.d = d

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return (len(self.d), len(self.d))

    def to_array(self) -> Any:
        return np.diag(self.d)

    def __matmul__(self, x: Any) -> Any:
        return self.d * x


class Circulant(ad.AbstractMatrix):
    """A circulant matrix by its first column."""

    def __init__(self, c: Any) -> None:
        self.c = c

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return (len(self.c), len(self.c))

    def to_array(self) -> Any:
        n = len(self.c)
        return self.c[(np.arange(n)[:, None] - np.arange(n)[None, :]) % n]

    def __matmul__(self, x: Any) -> Any:
        return np.real(np.fft.ifft(np.fft.fft(self.c) * np.fft.fft(x)))


class LowRank(ad.AbstractMatrix):
    """U V^T with few columns."""

    def __init__(self, u: Any, v: Any) -> None:
        self.u = u
        self.v = v

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        return (len(self.u), len(self.v))

    def to_array(self) -> Any:
        return self.u @ self.v.T

    def __matmul__(self, x: Any) -> Any:
        return self.u @ (self.v.T @ x)


def loss(A: Any, b: Any) -> Any:
    """What is differentiated."""
    return np.sum(A @ b)


def cost(run: Callable[[], Any], rounds: int) -> tuple[float, int]:
    """Median CPU seconds, and the peak of allocated bytes in a run of its own."""
    run()
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.median(times), peak


def leaves(gradient: Any) -> list[Any]:
    """The arrays of a gradient of a matrix and a vector."""
    return [gradient[0][field] for field in gradient[0]] + [gradient[1]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    n = options.size
    random = np.random.default_rng(3)
    b = random.normal(size=n)
    cases = (
        Diagonal(random.normal(size=n)),
        Circulant(random.normal(size=n)),
        LowRank(random.normal(size=(n, 8)), random.normal(size=(n, 8))),
    )
    print(f"{'type':12} {'generic rule':>22} {'traced':>22} {'time':>8} {'peak':>8}")
    for A in cases:
        dense, dense_peak = cost(lambda A=A: ad.gradient(loss, A, b), options.rounds)  # type: ignore[misc]
        before = leaves(ad.gradient(loss, A, b))
        ad.opt_out(operator.matmul, type(A), ad.AbstractVector)
        traced, traced_peak = cost(lambda A=A: ad.gradient(loss, A, b), 50 * options.rounds)  # type: ignore[misc]
        for mine, theirs in zip(leaves(ad.gradient(loss, A, b)), before, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-8)
        print(
            f"{type(A).__name__:12} {dense * 1e3:10.2f} ms {dense_peak / 1e6:6.1f} MB {traced * 1e3:10.3f} ms "
            f"{traced_peak / 1e6:6.2f} MB {dense / traced:7.0f}x {dense_peak / traced_peak:7.0f}x"
        )


if __name__ == "__main__":
    main()

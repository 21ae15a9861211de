"""How fast the embedded engine is: ratios to hand-written numpy gradients, beside HIPS autograd.

Run `python benchmarks/engine.py`. One thread; the three take turns in one process; CPU time of the process; medians of
the ratios of neighbouring runs. A chain of scalars is given in microseconds per operation.
"""
# ruff: noqa: E402 - the number of threads is set before numpy is imported

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import functools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np

from rulecheck import ad

RANDOM = np.random.default_rng(7)


@dataclass
class Case:
    """A workload: the same gradient by hand, by the engine and by autograd, and the goal for the engine."""

    name: str
    goal: float
    by_hand: Callable[[], Any]
    by_engine: Callable[[], Any]
    by_autograd: Callable[[], Any]
    operations: int = 0


def flat(value: Any) -> list[Any]:
    """The arrays of a gradient in order."""
    if isinstance(value, (tuple, list)):
        return [a for item in value for a in flat(item)]
    return [np.asarray(value)]


def normal(*shape: int) -> Any:
    """A matrix or vector of small normal numbers."""
    return RANDOM.normal(size=shape) / np.sqrt(shape[0])


def mlp() -> Case:
    """784-512-512-10 on a batch of 128, tanh, softmax cross-entropy."""
    x = RANDOM.normal(size=(128, 784))
    target = np.eye(10)[RANDOM.integers(0, 10, 128)]
    parameters = [normal(784, 512), np.zeros(512), normal(512, 512), np.zeros(512), normal(512, 10), np.zeros(10)]

    def loss_with(numpy: Any) -> Callable[..., Any]:
        def loss(x: Any, target: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any) -> Any:
            h = numpy.tanh(x @ w1 + b1)
            h = numpy.tanh(h @ w2 + b2)
            scores = h @ w3 + b3
            return (numpy.sum(numpy.log(numpy.sum(numpy.exp(scores), axis=1))) - numpy.sum(target * scores)) / 128

        return loss

    def by_hand() -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        h1 = np.tanh(x @ w1 + b1)
        h2 = np.tanh(h1 @ w2 + b2)
        scores = h2 @ w3 + b3
        e = np.exp(scores)
        totals = np.sum(e, axis=1)
        loss = (np.sum(np.log(totals)) - np.sum(target * scores)) / 128
        d = (e / totals[:, None] - target) / 128
        d2 = (d @ w3.T) * (1 - h2 * h2)
        d1 = (d2 @ w2.T) * (1 - h1 * h1)
        return loss, [x.T @ d1, d1.sum(0), h1.T @ d2, d2.sum(0), h2.T @ d, d.sum(0)]

    runs = by_both(loss_with, parameters, [x, target])
    return Case("MLP 784-512-512-10, batch 128", 1.1, by_hand, *runs)


def by_both(
    loss_with: Callable[[Any], Any], parameters: list[Any], data: list[Any]
) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The value and gradients of a loss by the engine and by autograd; its first arguments are the data."""
    for_engine = functools.partial(loss_with(np), *data)
    for_autograd = loss_with(anp)
    taken = autograd.value_and_grad(lambda p: for_autograd(*data, *p))
    return lambda: ad.value_and_gradient(for_engine, *parameters), lambda: taken(parameters)


def logistic() -> Case:
    """Logistic regression on 20000 rows of 200."""
    x = RANDOM.normal(size=(20000, 200))
    sign = np.sign(RANDOM.normal(size=20000))
    parameters = [normal(200)]

    def loss_with(numpy: Any) -> Callable[..., Any]:
        def loss(x: Any, sign: Any, w: Any) -> Any:
            return numpy.sum(numpy.log(1 + numpy.exp(-sign * (x @ w)))) / 20000

        return loss

    def by_hand() -> Any:
        (w,) = parameters
        e = np.exp(-sign * (x @ w))
        return np.sum(np.log(1 + e)) / 20000, [x.T @ (-sign * (e / (1 + e)) / 20000)]

    return Case("logistic regression 20000 x 200", 1.1, by_hand, *by_both(loss_with, parameters, [x, sign]))


def rnn() -> Case:
    """A recurrent net of width 128 over 100 steps, one sequence."""
    steps = RANDOM.normal(size=(100, 128))
    parameters = [normal(128, 128), normal(128, 128), np.zeros(128)]

    def loss_with(numpy: Any) -> Callable[..., Any]:
        def loss(steps: Any, w: Any, u: Any, b: Any) -> Any:
            h = np.zeros(128)
            for x in steps:
                h = numpy.tanh(w @ h + u @ x + b)
            return numpy.sum(h * h)

        return loss

    def by_hand() -> Any:
        w, u, b = parameters
        h = np.zeros(128)
        kept = [h]
        for x in steps:
            h = np.tanh(w @ h + u @ x + b)
            kept.append(h)
        dw, du, db = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
        dh = 2 * h
        for t in range(99, -1, -1):
            d = dh * (1 - kept[t + 1] * kept[t + 1])
            dw += np.outer(d, kept[t])
            du += np.outer(d, steps[t])
            db += d
            dh = w.T @ d
        return np.sum(h * h), [dw, du, db]

    return Case("RNN 100 steps x 128 wide", 2.0, by_hand, *by_both(loss_with, parameters, [steps]))


def chain() -> Case:
    """A thousand scalar operations, one after the other."""

    def loss_with(numpy: Any) -> Callable[..., Any]:
        def loss(x: Any) -> Any:
            y = x
            for _ in range(250):
                y = y * x
                y = y + 0.25
                y = y / 1.5
                y = y - 0.125 * x if False else y - x
            return y

        return loss

    def by_hand() -> Any:
        x = 0.5
        y, d = x, 1.0
        for _ in range(250):
            y, d = y * x, d * x + y
            y = y + 0.25
            y, d = y / 1.5, d / 1.5
            y, d = y - x, d - 1.0
        return y, [d]

    return Case("chain of 1000 scalar operations", 3.0, by_hand, *by_both(loss_with, [0.5], []), operations=1000)


def timed(run: Callable[[], Any]) -> float:
    """CPU seconds of one run."""
    begin = time.process_time()
    run()
    return time.process_time() - begin


def measure(case: Case, rounds: int) -> tuple[float, float, float]:
    """Median seconds by hand, and the medians of the two ratios (for a chain: microseconds per operation)."""
    answers = [flat(run()[1]) for run in (case.by_hand, case.by_engine, case.by_autograd)]
    for other in answers[1:]:
        for mine, theirs in zip(answers[0], other, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-10)
    for run in (case.by_hand, case.by_engine, case.by_autograd):
        run()
    runs = (case.by_hand, case.by_engine, case.by_autograd)
    hand, engine, peer = times = [], [], []
    for number in range(rounds):
        for turn in range(3):  # each goes first as often as the others: the allocator's state carries over
            which = (number + turn) % 3
            times[which].append(timed(runs[which]))
    if case.operations:
        per = 1e6 / case.operations
        return statistics.median(hand), statistics.median(engine) * per, statistics.median(peer) * per
    return (
        statistics.median(hand),
        statistics.median(e / h for e, h in zip(engine, hand, strict=True)),
        statistics.median(p / h for p, h in zip(peer, hand, strict=True)),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    print(f"{'workload':34} {'by hand':>10} {'engine':>12} {'autograd':>12} {'goal':>8}")
    for make in (mlp, logistic, rnn, chain):
        if options.only not in make.__name__:
            continue
        case = make()
        hand, engine, peer = measure(case, options.rounds)
        unit = " us/op" if case.operations else " x"
        met = "met" if engine <= case.goal and engine < peer else "MISSED"
        print(f"{case.name:34} {hand * 1e3:7.2f} ms {engine:9.2f}{unit:>6} {peer:7.2f}{unit:>6} {case.goal:5.1f} {met}")


if __name__ == "__main__":
    main()

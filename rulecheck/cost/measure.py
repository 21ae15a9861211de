"""A call differentiated with its rules and by its trace, at growing sizes, and what is to be said of it."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rulecheck import ad
from rulecheck.ad.structure import map_leaves
from rulecheck.cost.count import counted, counting
from rulecheck.cost.growth import Growth, fit
from rulecheck.cost.verdicts import SLOWER, WRONG, Verdict

SIZES = (64, 128, 256, 512)
_POLICIES = ("rules-first", "most-specific")
_CHECKED_AT = 6
# Faster growth by this much in the exponent, or this many times the count, is worth a verdict.
_STEEPER, _TIMES = 0.25, 2.0

Make = Callable[[int], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class DerivativeCost:
    """What one derivative cost at one size: operations on arrays, and the peak of bytes above what was there."""

    operations: int
    memory: int
    by_function: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Measurement:
    """Costs by size with the rules and by the trace, how they grow, and the verdicts; `mismatch` says what is wrong."""

    sizes: tuple[int, ...]
    rule: tuple[DerivativeCost, ...]
    trace: tuple[DerivativeCost, ...]
    mismatch: str | None

    def growth(self, which: str, of: str) -> Growth:
        """How `"operations"` or `"memory"` grows for `"rule"` or `"trace"`."""
        return fit(self.sizes, [getattr(cost, of) for cost in getattr(self, which)])

    def ratio(self, of: str) -> float:
        """How many times the trace's count the rule's is, at the largest size."""
        return float(getattr(self.rule[-1], of) / max(getattr(self.trace[-1], of), 1))

    @property
    def same(self) -> bool:
        """Whether both ways did the same work: no rule stands in front of more specific code."""
        return all(a.by_function == b.by_function for a, b in zip(self.rule, self.trace, strict=True))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What is to be said against the rule."""
        slower = not self.same and any(self._slower(of) for of in ("operations", "memory"))
        return (*([SLOWER] if slower else []), *([WRONG] if self.mismatch else []))

    def _slower(self, of: str) -> bool:
        steeper = self.growth("rule", of).exponent > self.growth("trace", of).exponent + _STEEPER
        return self.ratio(of) >= _TIMES or (steeper and self.ratio(of) > 1)


def measure(
    run: Callable[..., Any],
    make: Make,
    sizes: Sequence[int] = SIZES,
    progress: Callable[[str, int, int], None] | None = None,
) -> Measurement:
    """Differentiate `run(*make(n))` at every size under both policies.

    `sizes` are at least three, each twice the last. Raises what the call, or its derivative, raises.
    """
    costs: dict[str, list[DerivativeCost]] = {policy: [] for policy in _POLICIES}
    for done, n in enumerate(sizes):
        if progress is not None:
            progress("measuring", done, len(sizes))
        for policy in _POLICIES:
            with ad.precedence(policy):
                costs[policy].append(_cost(run, make, n))
    return Measurement(tuple(sizes), tuple(costs[_POLICIES[0]]), tuple(costs[_POLICIES[1]]), _mismatch(run, make))


def _cost(run: Callable[..., Any], make: Make, n: int) -> DerivativeCost:
    _differentiate(run, make(n))  # what is cached on a first use is no cost of the second
    arguments = make(n)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        _differentiate(run, arguments)
        memory = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    with counting() as gathered:
        _differentiate(run, tuple(map(counted, make(n))))
    listed: Counter[str] = gathered
    return DerivativeCost(sum(listed.values()), max(memory, 0), tuple(sorted(listed.items())))


def _differentiate(run: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    value, back = ad.pullback(run, *arguments)
    back(map_leaves(_direction, value))


def _direction(leaf: Any) -> Any:
    """A cotangent of the leaf's own kind."""
    return np.ones_like(leaf) if isinstance(leaf, np.ndarray) else type(leaf)(1)


def _mismatch(run: Callable[..., Any], make: Make) -> str | None:
    """How the gradient with all rules in force differs from central differences, if it does."""

    def dense(*arguments: Any) -> Any:
        value = run(*arguments)
        return ad.asarray(value) if isinstance(value, ad.AbstractArray) else value

    try:
        ad.check_gradients(dense, *make(_CHECKED_AT))
    except ad.GradientMismatch as error:
        return str(error)
    return None

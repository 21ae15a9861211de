"""How fast dispatch resolves: a first call among many methods of two arguments, and a warm one, beside two peers.

Run `python benchmarks/dispatch.py`. Times are CPU time of the process. A peer whose first call would take minutes at
the full number is given fewer methods, and the table says how many. A warm call includes running an empty method.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import multipledispatch
import plum

from rulecheck.ad.lattice import ClassLattice
from rulecheck.dispatch import Claim, Table


class Base:
    """What all types below derive from."""


def families(count: int) -> list[type]:
    """Types four deep, so that a call has several applicable methods."""
    kinds: list[type] = []
    while len(kinds) < count:
        kind: type = Base
        for depth in range(4):
            kind = type(f"T{len(kinds)}_{depth}", (kind,), {})
            kinds.append(kind)
    return kinds[:count]


def signatures(methods: int) -> list[tuple[type, type]]:
    """The square of enough types; each type's own subclass is left to be asked about."""
    side = int(methods**0.5)
    kinds = families(side)
    return [(a, b) for a in kinds for b in kinds][:methods]


def per_call(run: Callable[[], Any], number: int = 20000) -> float:
    """Median CPU seconds of a call."""
    times = []
    for _ in range(7):
        begin = time.process_time()
        for _ in range(number):
            run()
        times.append((time.process_time() - begin) / number)
    empty = []
    for _ in range(7):
        begin = time.process_time()
        for _ in range(number):
            pass
        empty.append((time.process_time() - begin) / number)
    return statistics.median(times) - statistics.median(empty)


def fresh_subtypes(pairs: list[tuple[type, type]], number: int) -> list[tuple[type, type]]:
    """Types that no call has been made with, below types that have methods."""
    step = max(1, len(pairs) // number)
    return [(type("A", (a,), {}), type("B", (b,), {})) for a, b in pairs[::step][:number]]


def ours(methods: int) -> tuple[float, float, float]:
    """Seconds of the first call (the median of many), of a warm call, and of a dict look-up on the two types."""
    table: Table[str, type, Callable[[Any, Any], Any]] = Table(ClassLattice())
    pairs = signatures(methods)
    for pair in pairs:
        table.add("f", pair, lambda a, b: None)
    firsts = []
    gc.collect()
    for pair in fresh_subtypes(pairs, 200):
        begin = time.perf_counter()
        found = table.resolve("f", pair)
        firsts.append(time.perf_counter() - begin)
        assert isinstance(found, Claim)
    a, b = pairs[len(pairs) // 2][0](), pairs[len(pairs) // 2][1]()
    known = {(type(a), type(b)): lambda a, b: None}
    resolve = table.resolve

    def warm() -> Any:
        return resolve("f", (type(a), type(b))).entry.value(a, b)  # type: ignore[union-attr]

    def look_up() -> Any:
        return known[type(a), type(b)](a, b)

    warm()
    return statistics.median(firsts), per_call(warm), per_call(look_up)


def by_plum(methods: int) -> tuple[float, float]:
    """The same for plum-dispatch."""
    dispatch = plum.Dispatcher()
    pairs = signatures(methods)

    def make(a: type, b: type) -> None:
        def f(x: Any, y: Any) -> None:
            return None

        f.__annotations__ = {"x": a, "y": b}
        dispatch(f)

    for pair in pairs:
        make(*pair)
    function = dispatch.functions["f"] if "f" in getattr(dispatch, "functions", {}) else None
    if function is None:
        (function,) = [v for owner in vars(dispatch).values() if isinstance(owner, dict) for v in owner.values()][:1]
    return first_and_warm(function, pairs)


def by_multipledispatch(methods: int) -> tuple[float, float]:
    """The same for multipledispatch."""
    function = multipledispatch.Dispatcher("f")
    pairs = signatures(methods)
    for pair in pairs:
        function.add(pair, lambda x, y: None)
    return first_and_warm(function, pairs)


def first_and_warm(function: Any, pairs: list[tuple[type, type]]) -> tuple[float, float]:
    """Seconds of the first call and of a warm one."""
    ((first_a, first_b),) = fresh_subtypes(pairs, 1)
    a, b = first_a(), first_b()
    begin = time.process_time()
    function(a, b)
    first = time.process_time() - begin
    return first, per_call(lambda: function(a, b))


def shown(seconds: float) -> str:
    """A time with a unit that fits."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--methods", type=int, default=10000)
    parser.add_argument("--peer-methods", type=int, default=625, help="for the peers")
    options = parser.parse_args()
    first, warm, look_up = ours(options.methods)
    print(f"{'':18} {'methods':>8} {'first call':>12} {'warm call':>12}")
    print(f"{'rulecheck':18} {options.methods:8} {shown(first):>12} {shown(warm):>12}")
    for name, run in (("plum-dispatch", by_plum), ("multipledispatch", by_multipledispatch)):
        peer_first, peer_warm = run(options.peer_methods)
        print(f"{name:18} {options.peer_methods:8} {shown(peer_first):>12} {shown(peer_warm):>12}")
    print(f"{'dict look-up, called':26}   {'':12} {shown(look_up):>12}")
    print(f"first call under 100 us: {'met' if first < 1e-4 else 'MISSED'}")
    print(f"warm at most twice the look-up: {'met' if warm <= 2 * look_up else 'MISSED'} ({warm / look_up:.2f} x)")


if __name__ == "__main__":
    main()

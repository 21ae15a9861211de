"""Random small projects: type hierarchies, rules, opt-outs and calls, written as source."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

HEAD = """\
import operator

import numpy as np

from rulecheck import ad

FIRED = []


class Values:
    def __init__(self):
        self.data = np.ones(self.shape)

    def to_array(self):
        return self.data
"""
BINARY = {"matmul": "@", "add": "+", "mul": "*"}
METHODS = ("__matmul__", "__rmatmul__", "__add__", "__radd__", "__mul__", "__rmul__")
FUNCTIONS = ("operator.matmul", "operator.add", "operator.mul", "operator.neg", "np.sum", "np.cumsum")
ARRAYS = ("ad.Matrix", "ad.Vector")


@dataclass
class Drawn:
    """A class of the project: its rank (0 for a mixin), whether values of it are arrays to the engine, and whether
    its type says of which rank (else nobody can tell what its transpose does).
    """

    name: str
    rank: int
    is_array: bool
    is_ranked: bool
    bases: tuple[str, ...]
    order: tuple[str, ...]


@dataclass
class Project:
    """What was drawn, and its source."""

    source: str
    types: list[Drawn] = field(default_factory=list)
    calls: int = 0


def draw(seed: int, calls: int) -> Project:
    """The project of a seed."""
    random = Random(seed)
    types: list[Drawn] = []
    blocks = [HEAD]
    blocks += [_draw_type(random, number, types) for number in range(random.randint(4, 8))]
    blocks += [_draw_rule(random, number, types) for number in range(random.randint(3, 12))]
    blocks += [_draw_call(random, number, types) for number in range(calls)]
    return Project("\n\n".join(blocks), types, calls)


def _draw_type(random: Random, number: int, types: list[Drawn]) -> str:
    name = f"T{number}"
    kind = random.choice(["matrix", "matrix", "vector", "array", "mixin", "plain", "virtual", "virtual"])
    rank = {"matrix": 2, "vector": 1, "mixin": 0}.get(kind, random.choice([1, 2]))
    abstract = {2: "ad.AbstractMatrix", 1: "ad.AbstractVector"}.get(rank, "ad.AbstractArray")
    inherit = [t for t in types if t.rank in (0, rank) and (t.is_array or t.rank == 0 or kind != "array")]
    bases = random.sample([t.name for t in inherit], k=min(len(inherit), random.choice([0, 1, 1, 2])))
    if kind in ("matrix", "vector") and (not bases or random.random() < 0.5):
        bases.append(abstract)
    if kind == "array":
        bases.append("ad.AbstractArray")
    if rank and "Values" not in bases:
        bases.append("Values")
    order = _order(name, bases, types)
    if order is None:
        bases = [abstract, "Values"] if kind in ("matrix", "vector", "array") else ["Values"] if rank else []
        order = _order(name, bases, types) or (name,)
    above = [t for t in types if t.name in order]
    registered = kind == "virtual" and not any(t.is_array for t in above)
    is_array = any(b.startswith("ad.") for b in order) or any(t.is_array for t in above) or registered
    is_ranked = any(b in ("ad.AbstractMatrix", "ad.AbstractVector") for b in order) or any(t.is_ranked for t in above)
    body = [f"class {name}({', '.join(bases)}):" if bases else f"class {name}:"]
    if rank:
        body.append(f"    shape = {(2,) * rank}")
    for method in random.sample(METHODS, k=random.choice([0, 1, 2, 3])):
        body += _draw_method(random, name, method, types)
    for method in ("__neg__", "sum", "cumsum"):
        if random.random() < 0.2:
            body += ["", f"    def {method}(self):", f'        FIRED.append("{name}.{method}")', "        return 1.0"]
    if random.random() < 0.15 and rank == 2:
        body += ["", "    @property", "    def T(self):", "        return self"]
    if len(body) == 1:
        body.append("    pass")
    if registered:
        derived = [t.name for t in types if t.rank == rank and any(b.startswith("ad.") for b in t.order)]
        parents = [*derived, abstract]
        parent = random.choice(parents)
        body += ["", "", f"{parent}.register({name})"]
        is_ranked = is_ranked or parent == abstract or any(t.is_ranked for t in types if t.name == parent)
    if is_array and rank and random.random() < 0.2:
        body += ["", "", f"def late_{number}(self, other):", f'    FIRED.append("late_{number}")', "    return 1.0"]
        body += ["", "", f"{name}.{random.choice(METHODS)} = late_{number}"]
    types.append(Drawn(name, rank, is_array, is_ranked, tuple(bases), order))
    return "\n".join(body)


def _draw_method(random: Random, owner: str, method: str, types: list[Drawn]) -> list[str]:
    lines = ["", f"    def {method}(self, other):"]
    if types and random.random() < 0.25:
        lines += [f"        if isinstance(other, {random.choice(types).name}):", "            return NotImplemented"]
    return [*lines, f'        FIRED.append("{owner}.{method}")', "        return 1.0"]


def _order(name: str, bases: list[str], types: list[Drawn]) -> tuple[str, ...] | None:
    """The names above a class, itself first, where Python would take the bases."""
    made: dict[str, type] = {}
    for foreign, below in (
        ("ad.AbstractArray", None),
        ("ad.AbstractMatrix", "ad.AbstractArray"),
        ("ad.AbstractVector", "ad.AbstractArray"),
        ("Values", None),
    ):
        made[foreign] = type(foreign, (made[below],) if below else (), {})
    try:
        for type_ in types:
            made[type_.name] = type(type_.name, tuple(made[b] for b in type_.bases), {})
        return tuple(c.__name__ for c in type(name, tuple(made[b] for b in bases), {}).__mro__[:-1])
    except TypeError:
        return None


def _pattern(random: Random, types: list[Drawn]) -> str:
    names = [t.name for t in types]
    wide = ["ad.AbstractMatrix", "ad.AbstractVector", "ad.AbstractArray", "object", "np.ndarray", "float", *ARRAYS]
    chosen = random.random()
    if chosen < 0.6:
        return random.choice(names)
    if chosen < 0.7:
        return " | ".join(random.sample(names, k=2))
    if chosen < 0.8:
        return f"{random.choice(['ad.Transpose', 'ad.Adjoint'])}[{random.choice([*names, 'ad.AbstractVector'])}]"
    return random.choice([*wide, "ad.Transpose", "ad.Adjoint"])


def _draw_rule(random: Random, number: int, types: list[Drawn]) -> str:
    function = random.choice([*FUNCTIONS[:3], *FUNCTIONS])
    width = 2 if function in FUNCTIONS[:3] and random.random() < 0.9 else 1
    arguments = ", ".join([function, *(_pattern(random, types) for _ in range(width))])
    if random.random() < 0.3:
        return f"ad.opt_out({arguments})"
    return f"@ad.adjoint({arguments})\ndef rule_{number}(*args):\n    return 1.0, lambda dy: tuple(None for _ in args)"


def _draw_call(random: Random, number: int, types: list[Drawn]) -> str:
    arrays = [t for t in types if t.is_array and t.rank]
    if not arrays:
        return f"def call_{number}(a: ad.Matrix):\n    return np.sum(a)"
    first = random.choice(arrays).name
    if random.random() < 0.25:
        body = random.choice(["-a", "np.sum(a)", "np.cumsum(a)"])
        return f"def call_{number}(a: {first}):\n    return {body}"
    others = [*(t.name for t in types if t.rank), *ARRAYS, "float"]
    operands = [(first, "a"), (random.choice(others), "b")]
    random.shuffle(operands)
    written = [
        f"{name}.{random.choice('TH')}" if random.random() < 0.3 and _may_flip(types, type_) else name
        for type_, name in operands
    ]
    symbol = random.choice(list(BINARY.values()))
    parameters = ", ".join(f"{name}: {type_}" for type_, name in operands)
    return f"def call_{number}({parameters}):\n    return {written[0]} {symbol} {written[1]}"


def _may_flip(types: list[Drawn], name: str) -> bool:
    return any(t.name == name and t.is_array and t.is_ranked for t in types)

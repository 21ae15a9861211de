"""Random small projects: type hierarchies, rules, opt-outs and calls, written as source."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

HEAD = """\
import operator
import operator as op
import typing
from operator import matmul as times

import numpy as np

import rulecheck.ad as engine
from rulecheck import ad
from rulecheck.ad import adjoint as rule
from rulecheck.ad import opt_out

off = ad.opt_out

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
PRIMITIVES = 2
OF_PROJECT = tuple(f"primitive_{number}" for number in range(PRIMITIVES))
ARRAYS = ("ad.Matrix", "ad.Vector")
# Other ways to say the same.
SPELLINGS = {
    "operator.matmul": ("operator.matmul", "op.matmul", "times", "np.matmul"),
    "operator.add": ("operator.add", "op.add", "np.add"),
    "operator.mul": ("operator.mul", "np.multiply"),
    "operator.neg": ("operator.neg", "np.negative"),
}
REGISTRARS = ("ad.adjoint", "ad.adjoint", "engine.adjoint", "rule")
OPT_OUTS = ("ad.opt_out", "ad.opt_out", "engine.opt_out", "opt_out", "off")


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
    has_alias: bool = False

    def spelled(self, random: Random) -> str:
        """A name of the class."""
        return f"Also{self.name}" if self.has_alias and random.random() < 0.5 else self.name


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
    blocks += [_draw_primitive(number) for number in range(PRIMITIVES)]
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
    decorated = registered and random.random() < 0.3
    head = f"class {name}({', '.join(bases)}):" if bases else f"class {name}:"
    body = [f"@{abstract}.register", head] if decorated else [head]
    start = len(body)
    if rank:
        body.append(f"    shape = {(2,) * rank}")
    for method in random.sample(METHODS, k=random.choice([0, 1, 2, 3])):
        body += _draw_method(random, name, method, types)
    for method in ("__neg__", "sum", "cumsum"):
        if random.random() < 0.2:
            body += ["", f"    def {method}(self):", f'        FIRED.append("{name}.{method}")', "        return 1.0"]
    if random.random() < 0.15 and rank == 2:
        body += ["", "    @property", "    def T(self):", "        return self"]
    if random.random() < 0.2:
        body += _draw_alias(random, body)
    if len(body) == start:
        body.append("    pass")
    if decorated:
        is_ranked = is_ranked or rank > 0
    elif registered:
        derived = [t.name for t in types if t.rank == rank and any(b.startswith("ad.") for b in t.order)]
        parents = [*derived, abstract]
        parent = random.choice(parents)
        body += ["", "", f"{parent}.register({name})"]
        is_ranked = is_ranked or parent == abstract or any(t.is_ranked for t in types if t.name == parent)
    if is_array and rank and random.random() < 0.2:
        body += ["", "", f"def late_{number}(self, other):", f'    FIRED.append("late_{number}")', "    return 1.0"]
        body += ["", "", f"{name}.{random.choice(METHODS)} = late_{number}"]
    if random.random() < 0.2:
        body += ["", "", f"Also{name} = {name}"]
    types.append(Drawn(name, rank, is_array, is_ranked, tuple(bases), order, body[-1].startswith("Also")))
    return "\n".join(body)


def _draw_alias(random: Random, body: list[str]) -> list[str]:
    """An operator of the class under a second name: `__radd__ = __add__`."""
    defined = [m for m in METHODS if any(line.startswith(f"    def {m}(") for line in body)]
    missing = [m for m in METHODS if m not in defined]
    if not defined or not missing:
        return []
    return ["", f"    {random.choice(missing)} = {random.choice(defined)}"]


def _draw_method(random: Random, owner: str, method: str, types: list[Drawn]) -> list[str]:
    hint = f": {_annotation(random, types)}" if random.random() < 0.3 else ""
    lines = ["", f"    def {method}(self, other{hint}){random.choice(['', '', ' -> float'])}:"]
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


def _draw_primitive(number: int) -> str:
    name = OF_PROJECT[number]
    return f'@ad.primitive\ndef {name}(x, y):\n    FIRED.append("{name}")\n    return 1.0'


def _annotation(random: Random, types: list[Drawn]) -> str:
    """What a method says of its operand; it is not asked where rules come first."""
    return random.choice(["ad.AbstractArray", "object", '"not evaluated"', *(t.spelled(random) for t in types)])


def _pattern(random: Random, types: list[Drawn]) -> str:
    names = [t.spelled(random) for t in types]
    wide = ["ad.AbstractMatrix", "ad.AbstractVector", "ad.AbstractArray", "object", "np.ndarray", "float", *ARRAYS]
    chosen = random.random()
    if chosen < 0.6:
        return random.choice(names)
    if chosen < 0.7:
        first, second = random.sample(names, k=2)
        return random.choice([f"{first} | {second}", f"({first}, {second})", f"typing.Union[{first}, {second}]"])
    if chosen < 0.8:
        return f"{random.choice(['ad.Transpose', 'ad.Adjoint'])}[{random.choice([*names, 'ad.AbstractVector'])}]"
    return random.choice([*wide, "ad.Transpose", "ad.Adjoint"])


def _draw_rule(random: Random, number: int, types: list[Drawn]) -> str:
    function = random.choice([*FUNCTIONS[:3], *FUNCTIONS, *OF_PROJECT])
    width = 2 if function in (*FUNCTIONS[:3], *OF_PROJECT) and random.random() < 0.9 else 1
    spelled = random.choice(SPELLINGS.get(function, (function,)))
    patterns = [_pattern(random, types) for _ in range(width)]
    loop = ""
    if random.random() < 0.2:  # over a literal tuple: of types, or of functions
        names = ", ".join(t.spelled(random) for t in random.sample(types, k=min(2, len(types))))
        loop, patterns[0] = f"for kind_{number} in ({names},):\n    ", f"kind_{number}"
    elif function in FUNCTIONS[1:3] and random.random() < 0.3:
        loop, spelled = f"for function_{number} in (operator.add, operator.mul):\n    ", f"function_{number}"
    arguments = ", ".join([spelled, *patterns])
    if random.random() < 0.3:
        return f"{loop}{random.choice(OPT_OUTS)}({arguments})"
    registrar = random.choice(REGISTRARS)
    answer = f"def rule_{number}(*args):\n    return 1.0, lambda dy: tuple(None for _ in args)"
    if loop or random.random() < 0.2:
        return f"{answer}\n\n\n{loop}{registrar}({arguments})(rule_{number})"
    return f"@{registrar}({arguments})\n{answer}"


def _draw_call(random: Random, number: int, types: list[Drawn]) -> str:
    arrays = [t for t in types if t.is_array and t.rank]
    if not arrays:
        return f"def call_{number}(a: ad.Matrix):\n    return np.sum(a)"
    first = random.choice(arrays)
    if random.random() < 0.25:
        body = random.choice(["-a", "np.sum(a)", "np.cumsum(a)", "operator.neg(a)", "np.negative(a)"])
        return f"def call_{number}(a: {first.spelled(random)}):\n    return {body}"
    others = [*(t.name for t in types if t.rank), *ARRAYS, "float"]
    operands = [(first.name, "a"), (random.choice(others), "b")]
    random.shuffle(operands)
    written = [
        f"{name}.{random.choice('TH')}" if random.random() < 0.3 and _may_flip(types, type_) else name
        for type_, name in operands
    ]
    function, symbol = random.choice(list(BINARY.items()))
    if function == "matmul" and "." in written[0] and not _is_ranked(types, operands[1][0]):
        written[0] = operands[0][1]  # a vector's transpose times an array whose rank nobody can tell
    parameters = ", ".join(f"{name}: {type_}" for type_, name in operands)
    before = ""
    if random.random() < 0.3:  # by way of local names
        before = (
            f"    x, y = {', '.join(written)}\n"
            if random.random() < 0.5
            else f"    x = {written[0]}\n    y = {written[1]}\n"
        )
        written = ["x", "y"]
    called = f"{written[0]} {symbol} {written[1]}"
    if random.random() < 0.15:
        called = f"{random.choice(OF_PROJECT)}({written[0]}, {written[1]})"
    elif random.random() < 0.3:
        called = f"{random.choice(SPELLINGS[f'operator.{function}'])}({written[0]}, {written[1]})"
    return f"def call_{number}({parameters}):\n{before}    return {called}"


def _may_flip(types: list[Drawn], name: str) -> bool:
    return any(t.name == name and t.is_array and t.is_ranked for t in types)


def _is_ranked(types: list[Drawn], name: str) -> bool:
    return all(t.is_ranked or not t.is_array for t in types if t.name == name)

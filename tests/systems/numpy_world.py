"""Random classes with every part of numpy's operator protocol, as source, and what numpy does with them."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

HEAD = """\
import operator

import numpy as np

LOG = []


def says(what):
    LOG.append(what)
    return what


def makes(what, value):
    LOG.append(what)
    return value


"""

OPERATORS = {
    "matmul": ("operator.matmul", "({} @ {})", "numpy.matmul", "np.matmul({}, {})"),
    "mul": ("operator.mul", "({} * {})", "numpy.multiply", "np.multiply({}, {})"),
    "sub": ("operator.sub", "({} - {})", "numpy.subtract", "np.subtract({}, {})"),
    "pow": ("operator.pow", "({} ** {})", "numpy.power", "np.power({}, {})"),
    "divmod": ("builtins.divmod", "divmod({}, {})", "numpy.divmod", "np.divmod({}, {})"),
}
COMPARISONS = {
    "lt": ("operator.lt", "({} < {})", "numpy.less", "np.less({}, {})"),
    "eq": ("operator.eq", "({} == {})", "numpy.equal", "np.equal({}, {})"),
}
IN_PLACE = {
    "operator.imul": "operator.imul({}, {})",
    "operator.imatmul": "operator.imatmul({}, {})",
}
TWO = {
    "numpy.dot": "np.dot({}, {})",
    "numpy.einsum": "np.einsum('ij,jk->ik', {}, {})",
    "numpy.inner": "np.inner({}, {})",
    "numpy.kron": "np.kron({}, {})",
}
ONE = {
    "numpy.sum": "np.sum({})",
    "numpy.mean": "np.mean({})",
    "numpy.transpose": "np.transpose({})",
    "numpy.max": "np.max({})",
    "numpy.sqrt": "np.sqrt({})",
}

PRIORITIES = ("10", "-1", "0", "0.5", "-2_000_000", "1e3")
METHODS = [f"__{r}{stem}__" for stem in OPERATORS for r in ("", "r")] + ["__lt__", "__gt__", "__eq__"]
METHODS += ["__imul__", "__imatmul__"]


@dataclass(frozen=True)
class Case:
    """A call: the function, the names of its operands' classes ("ndarray" for an array), and its source."""

    function: str
    operands: tuple[str, ...]
    text: str


def body(rng: random.Random, name: str, heir: bool) -> Iterator[str]:
    """The lines of a class body; `heir` says that it inherits from ndarray."""
    density = rng.choice((0.1, 0.3, 0.6))
    for method in METHODS:
        if rng.random() > density:
            continue
        kind = rng.choice(("real", "real", "real", "declines", "raises", "none"))
        yield {
            "real": f"    def {method}(self, other): return says('{name}.{method}')",
            "declines": f"    def {method}(self, other): return NotImplemented",
            "raises": f"    def {method}(self, other): raise TypeError('{name}.{method}')",
            "none": f"    {method} = None",
        }[kind]
    if rng.random() < 0.1:
        yield f"    def _shared(self, other): return says('{name}._shared')\n    __rmul__ = _shared"
    if rng.random() < 0.35:
        ufunc = f"    def __array_ufunc__(self, ufunc, method, *args, **kw): return says('{name}.__array_ufunc__')"
        declines = "    def __array_ufunc__(self, ufunc, method, *args, **kw): return NotImplemented"
        yield rng.choice((ufunc, ufunc, declines, "    __array_ufunc__ = None", "    __array_ufunc__ = None"))
    if rng.random() < 0.35:
        yield f"    __array_priority__ = {rng.choice(PRIORITIES)}"
    if rng.random() < 0.25:
        function = f"    def __array_function__(self, f, types, args, kw): return says('{name}.__array_function__')"
        declines = "    def __array_function__(self, f, types, args, kw): return NotImplemented"
        yield rng.choice((function, function, declines))
    for method in ("sum", "mean", "transpose"):
        if rng.random() < 0.2:
            yield f"    def {method}(self, *args, **kw): return says('{name}.{method}')"
    if heir:
        return
    if rng.random() < 0.4:
        convert = f"    def __array__(self, dtype=None, copy=None): return makes('{name}.__array__', np.eye(2))"
        stop = f"    def __array__(self, dtype=None, copy=None): raise TypeError('{name}.__array__')"
        yield rng.choice((convert, convert, stop, "    __array__ = None"))
    if rng.random() < 0.1:
        yield (
            "    @property\n    def __array_interface__(self):"
            f" return makes('{name}.__array_interface__', dict(SPARE.__array_interface__, data=SPARE.tobytes()))"
        )
    if rng.random() < 0.3:
        yield "    def __len__(self): return 2"
    if rng.random() < 0.3:
        yield f"    def __getitem__(self, i): return makes('{name}.__getitem__', [[1.0, 0.0], [0.0, 1.0]][i])"


def write_world(rng: random.Random, count: int = 12) -> tuple[str, dict[str, bool]]:
    """The source of a module of classes, and for each class whether an attribute of it is set after its body."""
    lines = [HEAD, "SPARE = np.eye(2)\n"]
    late: dict[str, bool] = {}
    heirs: set[str] = set()
    for number in range(count):
        name = f"{rng.choice('CM')}{number}"
        plain = [c for c in late if c not in heirs]
        arrays = [c for c in late if c in heirs]
        match rng.choice(("plain", "plain", "array", "child", "child", "mixed")):
            case "array":
                bases = ["np.ndarray"]
            case "child" if late:
                bases = [rng.choice(list(late))]
            case "mixed" if len(plain) > 1:
                bases = [rng.choice(plain), *([rng.choice([*arrays, "np.ndarray"])] if rng.random() < 0.3 else [])]
                bases += [b for b in rng.sample(plain, 1) if b not in bases and len(bases) == 1]
            case _:
                bases = []
        heir = any(b == "np.ndarray" or b in heirs for b in bases)
        members = list(body(rng, name, heir)) or ["    pass"]
        source = f"class {name}({', '.join(bases)}):\n" + "\n".join(members) + "\n"
        try:  # an inconsistent order of bases, or an unhashable layout: draw the next one
            run("\n".join([*lines, source]))
        except TypeError:
            continue
        lines.append(source)
        if heir:
            heirs.add(name)
        late[name] = any(late.get(b, False) for b in bases)
        if rng.random() < 0.15:
            lines.append(f"{name}.{rng.choice(('__array_ufunc__', '__rmatmul__', '__array__'))} = None\n")
            late[name] = True
    return "\n".join(lines), late


def run(source: str) -> dict[str, Any]:
    """Execute a world."""
    module = ModuleType("world")
    exec(compile(source, "world.py", "exec"), module.__dict__)
    return module.__dict__


def cases(rng: random.Random, names: list[str], count: int) -> Iterator[Case]:
    """Random calls on the classes of a world, most with an ndarray on one side."""
    for _ in range(count):
        a, b = rng.choice(names), rng.choice(names)
        left, right = rng.choice((("ndarray", a), ("ndarray", a), (a, "ndarray"), (a, b)))
        spelled = rng.choice([*OPERATORS.values(), *OPERATORS.values(), *COMPARISONS.values()])
        match rng.choice(("operator", "operator", "operator", "in place", "ufunc", "two", "one", "method")):
            case "operator":
                yield Case(spelled[0], (left, right), spelled[1].format(value(left), value(right)))
            case "in place":
                function, text = rng.choice(list(IN_PLACE.items()))
                yield Case(function, (a, right), text.format(value(a), value(right)))
            case "ufunc":
                yield Case(spelled[2], (left, right), spelled[3].format(value(left), value(right)))
            case "two":
                function, text = rng.choice(list(TWO.items()))
                yield Case(function, (left, right), text.format(value(left), value(right)))
            case "one":
                function, text = rng.choice(list(ONE.items()))
                yield Case(function, (a,), text.format(value(a)))
            case _:
                yield Case("numpy.ndarray.dot", ("ndarray", a), f"np.eye(2).dot({value(a)})")


def value(name: str) -> str:
    """An expression that makes an operand."""
    return "np.eye(2)" if name == "ndarray" else f"make({name})"


def make(np: Any) -> Callable[[type], object]:
    """How an instance of a drawn class is made."""
    return lambda cls: np.eye(2).view(cls) if issubclass(cls, np.ndarray) else cls()


@dataclass(frozen=True)
class Told:
    """What numpy did: a value, or an error, and what the methods that were called wrote down."""

    value: object
    error: Exception | None
    log: tuple[str, ...]

    @property
    def is_array(self) -> bool:
        """Whether numpy's own loop made the value."""
        import numpy as np

        parts = self.value if isinstance(self.value, tuple) else (self.value,)
        return all(isinstance(p, np.ndarray | np.generic) for p in parts)


def ask(world: dict[str, Any], case: Case) -> Told:
    """Run one call."""
    np = world["np"]
    world["LOG"].clear()
    names = {**world, "make": make(np)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Told(eval(case.text, names), None, tuple(world["LOG"]))
        except Exception as error:
            return Told(None, error, tuple(world["LOG"]))

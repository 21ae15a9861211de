"""Ranks of numpy arrays, where they are certain. Rank 0 is never claimed: it may be a scalar or an array."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rulecheck.facts import NDARRAY, Expr
from rulecheck.languages.python.semantics.shapes import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    LIST,
    LOOSE,
    NUMBERS,
    STR,
    Seq,
    Shape,
    Tup,
    Union,
    array,
    is_array,
    is_ranked,
    rank_of,
    unite,
)

ANY: Shape = NDARRAY
MEMBERS = frozenset(
    ("T", "mT", "all", "any", "argmax", "argmin", "argpartition", "argsort", "astype", "base", "byteswap", "choose")
    + ("clip", "compress", "conj", "conjugate", "copy", "ctypes", "cumprod", "cumsum", "data", "device", "diagonal")
    + ("dot", "dtype", "dump", "dumps", "fill", "flags", "flat", "flatten", "getfield", "imag", "item", "itemset")
    + ("itemsize", "max", "mean", "min", "nbytes", "ndim", "newbyteorder", "nonzero", "partition", "prod", "ptp", "put")
    + ("ravel", "real", "repeat", "reshape", "resize", "round", "searchsorted", "setfield", "setflags", "shape", "size")
    + ("sort", "squeeze", "std", "strides", "sum", "swapaxes", "take", "to_device", "tobytes", "tofile", "tolist")
    + ("tostring", "trace", "transpose", "var", "view", "is_integer", "as_integer_ratio", "hex", "fromhex", "numerator")
    + ("denominator", "bit_length", "bit_count")
    + tuple(
        f"__{n}__" for n in ("class", "array_interface__", "array", "len", "getitem", "iter", "add", "mul", "matmul")
    )
)
"""What an ndarray or a number has; of names between underscores nothing is claimed."""
CONSTANTS: dict[str, Shape] = {
    "numpy.newaxis": "builtins.NoneType",
    **{f"numpy.{n}": FLOAT for n in ("pi", "e", "inf", "nan", "euler_gamma")},
}
_SHAPED = frozenset(f"numpy.{n}" for n in ("zeros", "ones", "empty", "full", "ndarray"))
_LIKE = frozenset(
    f"numpy.{n}" for n in ("zeros_like", "ones_like", "empty_like", "full_like", "copy", "ascontiguousarray")
)
_AS_ARRAY = frozenset(f"numpy.{n}" for n in ("array", "asarray", "asanyarray", "asfarray", "asfortranarray"))
_JOINS = frozenset(f"numpy.{n}" for n in ("concatenate", "hstack", "vstack", "stack", "column_stack"))
# Without an axis these give one number, or one for each of the last two axes of more.
_REDUCTIONS = frozenset(("sum", "prod", "mean", "std", "var", "max", "min", "amax", "amin", "median", "ptp", "nansum"))
_FLAT = frozenset(("cumsum", "cumprod", "append", "repeat", "unique", "flatnonzero"))
_SCALAR: Shape = Union(frozenset((INT, FLOAT, COMPLEX)))
"""A number of numpy's, as Python's: of whatever kind the array holds."""
_LINES = frozenset(f"numpy.{n}" for n in ("arange", "linspace", "logspace", "geomspace"))
_ELEMENTWISE = frozenset(
    f"numpy.{n}"
    for n in (
        *("exp", "log", "log1p", "expm1", "log2", "log10", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh"),
        *("cosh", "tanh", "sqrt", "square", "abs", "absolute", "negative", "positive", "conj", "conjugate", "sign"),
        *("real", "imag", "floor", "ceil", "rint", "isnan", "isfinite", "isinf", "reciprocal", "cbrt", "angle"),
        *("sort", "flip", "clip", "nan_to_num", "cumsum", "roll", "fft.fft", "fft.ifft", "fft.rfft", "fft.irfft"),
        *("fft.fft2", "fft.ifft2", "fft.fftn", "fft.ifftn", "triu", "tril", "exp2", "deg2rad", "rad2deg"),
    )
) - {"numpy.cumsum"}
_BINARY = frozenset(
    f"numpy.{n}"
    for n in ("add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "power", "maximum", "minimum")
)
_MATRIX_TO_MATRIX = frozenset(f"numpy.linalg.{n}" for n in ("inv", "cholesky", "pinv"))
FUNCTIONS = _SHAPED.union(_LIKE, _AS_ARRAY, _JOINS, _LINES, _ELEMENTWISE, _BINARY, _MATRIX_TO_MATRIX) - {NDARRAY} | {
    f"numpy.{n}" for n in (*_REDUCTIONS, *_FLAT, "where", "dot", "matmul", "outer", "diff", "transpose", "reshape")
}
"""Functions of which it is known here that they are no classes: no source has to be read for that."""
_GENERATORS = frozenset(("numpy.random.Generator", "numpy.random.RandomState"))
_SIZED = frozenset(
    ("normal", "uniform", "standard_normal", "random", "exponential", "integers", "randint", "random_sample", "poisson")
)
_KEEPING = frozenset(("copy", "astype", "conj", "conjugate", "clip", "round", "byteswap"))


@dataclass(frozen=True, slots=True)
class Literal:
    """A call's arguments as written, for functions whose result depends on what they are, not only on their types."""

    arguments: tuple[Expr, ...]
    keywords: Mapping[str, Expr]
    shape: Callable[[Expr], Shape | None]

    def argument(self, position: int, name: str) -> Expr | None:
        """An argument by its place or its name."""
        if name in self.keywords:
            return self.keywords[name]
        return self.arguments[position] if 0 <= position < len(self.arguments) else None


def attribute(base: Shape, name: str) -> Shape | None:
    """An attribute of an ndarray."""
    from rulecheck.languages.python.semantics.shapes import Fun

    rank = rank_of(base)
    if name in ("T", "real", "imag"):
        return base
    if name in ("mT", "H"):
        return base if rank is not None and rank >= 2 and name == "mT" else None
    if name in ("ndim", "size", "nbytes", "itemsize"):
        return INT
    if name == "shape":
        return Tup((INT,) * rank) if rank is not None else Seq("builtins.tuple", INT)
    if name == "dtype":
        return "numpy.dtype"
    return None if name in ("flat", "flags", "base", "data", "ctypes", "strides") else Fun(f"{NDARRAY}.{name}", base)


def row(base: Shape) -> Shape | None:
    """What iterating over an ndarray yields: rows, of one rank less."""
    rank = rank_of(base)
    return array(rank - 1) if rank is not None and rank >= 2 else None


def operated(function: str, left: Shape | None, right: Shape | None) -> Shape | None:
    """An operator between arrays and numbers."""
    a, b = _rank(left), _rank(right)
    if function == "operator.matmul":
        if 2 in (a, b) and None in (a, b) and is_array(left) and is_array(right):
            return NDARRAY
        if a is None or b is None or not a or not b or max(a, b) > 2:
            return None
        rank = a + b - 2
        return array(rank) if rank else _SCALAR
    if left in NUMBERS or right in NUMBERS:
        one = right if left in NUMBERS else left
        # An array of rank 0 gives a scalar.
        return one if is_ranked(one) else None
    if a is not None and b is not None:
        return array(max(a, b))
    return NDARRAY if is_ranked(left) or is_ranked(right) else None


def _rank(shape: Shape | None) -> int | None:
    return 0 if shape in NUMBERS else rank_of(shape)


def indexed(base: Shape, index: Expr, shape: Callable[[Expr], Shape | None]) -> Shape | None:
    """`base[index]`, where integers, slices, new axes and an ellipsis make it up."""
    rank = rank_of(base)
    items: tuple[Expr, ...] = index[1] if index[0] == "tuple" else (index,)
    if rank is None:
        whole = all(i in (("slice",), ("const", "..."), ("const", None)) for i in items)
        return base if whole and is_ranked(base) else None
    left = rank
    added = 0
    for item in items:
        if item == ("slice",) or item == ("const", "..."):
            continue
        kind = shape(item)
        if kind == "builtins.NoneType":
            added += 1
        elif kind == INT:
            left -= 1
        elif rank_of(kind) is not None and len(items) == 1:
            return None  # an array of integers or of booleans: of another rank each
        else:
            return None
    result = left + added
    return array(result) if result >= 1 and left >= 0 else None


def called(
    name: str, arguments: Sequence[Shape | None], literal: Literal | None, receiver: Shape | None = None
) -> Shape | None:
    """What a numpy function, or a method of an ndarray or a generator, gives."""
    if name.startswith(f"{NDARRAY}.") and receiver is not None:
        return _method(name.removeprefix(f"{NDARRAY}."), receiver, arguments, literal)
    owner, _, method = name.rpartition(".")
    if owner in _GENERATORS and method in _SIZED:
        return _sized(literal, {"standard_normal": 0, "random": 0, "random_sample": 0}.get(method, 2))
    if name in ("numpy.random.default_rng", "numpy.random.RandomState"):
        return "numpy.random.Generator" if name.endswith("rng") else "numpy.random.RandomState"
    if literal is not None and "out" in literal.keywords:
        return None
    first = arguments[0] if arguments else None
    if name in _SHAPED:
        return _of_shape(literal.argument(0, "shape"), literal) if literal is not None else None
    if name in ("numpy.eye", "numpy.identity", "numpy.vander", "numpy.tri"):
        return array(2)
    if name in _LINES:
        return array(1) if all(a in (INT, FLOAT) for a in arguments[:2]) else None
    if name in ("numpy.random.rand", "numpy.random.randn"):
        return array(len(arguments)) if arguments and all(a == INT for a in arguments) else None
    if owner == "numpy.random" and method in _SIZED:
        return _sized(literal, {"standard_normal": 0, "random": 0, "random_sample": 0}.get(method, 2))
    if name in _AS_ARRAY:
        return _from_value(first, literal)
    return _computed(name, first, arguments, literal)


def _computed(
    name: str, first: Shape | None, arguments: Sequence[Shape | None], literal: Literal | None
) -> Shape | None:
    if name in _JOINS:
        return _joined(name, first, literal)
    if name == "numpy.where":
        return operated("operator.add", *arguments[1:]) if len(arguments) == 3 else None
    if name in _LIKE or name in _ELEMENTWISE:
        if name.startswith("numpy.fft.") and first == LOOSE:
            return NDARRAY  # of rank 0 it raises
        return first if is_ranked(first) or (name in _LIKE and is_array(first)) else None
    if not is_array(first) or len(arguments) < 1:
        return None
    second = arguments[1] if len(arguments) > 1 else None
    if name in ("numpy.dot", "numpy.matmul") and (is_array(second) or second in NUMBERS):
        return operated("operator.matmul", first, second) if second is not None and is_array(second) else None
    if name in _BINARY and second is not None and (is_array(second) or second in NUMBERS):
        return operated("operator.add", first, second)
    if name in ("numpy.diff", "numpy.atleast_1d", "numpy.gradient") and len(arguments) == 1:
        return first if is_ranked(first) and name != "numpy.gradient" else None
    if name == "numpy.linalg.solve":
        return array(rank_of(second)) if rank_of(first) == 2 and rank_of(second) in (1, 2) else None
    return _of_one_array(name, first, literal, len(arguments))


def _of_one_array(name: str, first: Shape | None, literal: Literal | None, count: int) -> Shape | None:
    """What a function of one array gives, of so many arguments."""
    rank = rank_of(first)
    last = name.rpartition(".")[2]
    if last in _REDUCTIONS or name == "numpy.linalg.norm":
        return _reduced(first, literal, 1 if last != "norm" else 2)
    if last in _FLAT:
        return array(1) if literal is not None and not literal.keywords and count <= 2 else None
    if name == "numpy.outer":
        return array(2)
    if name in _MATRIX_TO_MATRIX:
        return first if rank is not None else None
    if name == "numpy.transpose":
        return first
    if name == "numpy.diag":
        return array({1: 2, 2: 1}[rank]) if rank in (1, 2) else None
    if name == "numpy.ravel":
        return array(1)
    if name == "numpy.reshape":
        return _of_shape(literal.argument(1, "shape"), literal) if literal is not None else None
    return None


def _method(method: str, receiver: Shape, arguments: Sequence[Shape | None], literal: Literal | None) -> Shape | None:
    rank = rank_of(receiver)
    if method in ("flatten", "ravel"):
        return array(1)
    if method in _KEEPING or (method == "transpose"):
        return receiver if literal is None or "out" not in literal.keywords else None
    if method in _REDUCTIONS:
        return _reduced(receiver, literal, 0)
    if method == "reshape" and literal is not None:
        if len(literal.arguments) == 1:
            return _of_shape(literal.arguments[0], literal)
        whole = literal.arguments and all(literal.shape(e) == INT for e in literal.arguments)
        return array(len(literal.arguments)) if whole and not literal.keywords else None
    if method == "dot" and len(arguments) == 1 and is_array(arguments[0]) and arguments[0] is not None:
        return operated("operator.matmul", receiver, arguments[0])
    if method == "tolist" and rank is not None:
        return Seq(LIST, None)
    return None


def _reduced(base: Shape | None, literal: Literal | None, position: int) -> Shape | None:
    """What a reduction gives: a number, or with an axis an array of one rank less."""
    if literal is None or literal.keywords.keys() & {"out", "keepdims"} or len(literal.arguments) > position + 1:
        return None
    axis = literal.argument(position, "axis")
    if axis is None or axis == ("const", None):
        return _SCALAR
    rank = rank_of(base)
    return array(rank - 1) if rank is not None and rank > 1 and literal.shape(axis) == INT else None


def _joined(name: str, first: Shape | None, literal: Literal | None) -> Shape | None:
    """Arrays joined along an axis that they have, or a new one."""
    inside = first.element if isinstance(first, Seq) else unite(first.items) if isinstance(first, Tup) else None
    if inside is None or literal is None or literal.argument(1, "axis") == ("const", None):
        return None
    members = inside.members if isinstance(inside, Union) else {inside}
    if not members or not all(is_ranked(m) for m in members):
        return None
    ranks = {rank_of(m) for m in members}
    rank = ranks.pop() if len(ranks) == 1 else None
    if name in ("numpy.vstack", "numpy.column_stack"):
        return array(2) if rank in (1, 2) else NDARRAY
    return array(rank + (name == "numpy.stack")) if rank is not None else NDARRAY


def _of_shape(shape: Expr | None, literal: Literal) -> Shape | None:
    """The rank that a shape argument asks for."""
    if shape is None:
        return None
    kind = literal.shape(shape)
    if kind == INT:
        return array(1)
    return array(len(kind.items)) if isinstance(kind, Tup) else LOOSE


def _sized(literal: Literal | None, position: int) -> Shape | None:
    """A random draw of a given `size`; a scalar without one."""
    if literal is None:
        return None
    size = literal.argument(position, "size")
    if size is None:
        return None
    kind = literal.shape(size)
    if kind == INT:
        return array(1)
    return array(len(kind.items)) if isinstance(kind, Tup) and kind.items else None


def _from_value(first: Shape | None, literal: Literal | None) -> Shape | None:
    if is_array(first):
        return first if literal is None or "ndmin" not in literal.keywords else NDARRAY
    if literal is None or literal.keywords.keys() - {"dtype", "copy", "order"}:
        return None
    depth = _nesting(literal.argument(0, "object"), literal)
    if depth is None and literal.argument(0, "object") is not None:
        return LOOSE  # whatever it is, an array comes of it
    return array(depth) if depth else None


def _nesting(expr: Expr | None, literal: Literal) -> int | None:
    """How deep a literal of numbers is nested; None where it is not certain."""
    if expr is None:
        return None
    if expr[0] in ("list", "tuple"):
        inner = [_nesting(e, literal) for e in expr[1]]
        if not inner or None in inner or len(set(inner)) != 1 or inner[0] is None:
            return None
        return inner[0] + 1
    if expr[0] == "each":
        inside = _nesting(expr[1], literal)
        # Of arrays, none may come: an empty list makes an array of rank 1.
        return 1 if inside == 0 and expr[2] == "list" else None
    kind = literal.shape(expr)
    if kind in (INT, FLOAT, COMPLEX, BOOL):
        return 0
    return rank_of(kind) if kind != STR else None

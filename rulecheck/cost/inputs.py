"""Arguments of a size n for a call: as the user writes them, or found by trying what its signature asks for."""

from __future__ import annotations

import inspect
import itertools
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from rulecheck.ad import AbstractMatrix, AbstractVector
from rulecheck.config import UsageError
from rulecheck.cost.target import Target

Make = Callable[[int], Any]
Candidate = tuple[str, Make]

_SEED = 20240607
_TRIED_AT = 8
_MOST = 400


def written(expressions: Sequence[str], target: Target) -> Callable[[int], tuple[Any, ...]]:
    """Arguments from expressions over `n`, `rng`, `np`, `ad` and the names of the target's module."""
    compiled = []
    for expression in expressions:
        try:
            compiled.append(compile(expression, "--arg", "eval"))
        except SyntaxError as error:
            raise UsageError(f'--arg "{expression}": {error.msg}') from None
    from rulecheck import ad

    def make(n: int) -> tuple[Any, ...]:
        names = {**vars(target.module), "n": n, "rng": np.random.default_rng(_SEED), "np": np, "ad": ad}
        return tuple(eval(code, names) for code in compiled)

    return make


def found(target: Target) -> tuple[str, Callable[[int], tuple[Any, ...]]]:
    """How the arguments are made, in words, and a function that makes them; raises UsageError where nothing fits.

    Structured types are made by their constructors, from vectors of n, matrices of n by n, n by 2 and 2 by n, and
    numbers, whichever the call accepts first. What they are made of is what the words say.
    """
    hints = _hints(target.run, target)
    required = _required(target.signature)
    choices = [
        list(_candidates(owner or hints.get(p.name), p.name)) for owner, p in zip(target.owners, required, strict=False)
    ]
    if not choices:
        raise UsageError(f"{target.name} takes no arguments: there is nothing to differentiate")
    failure: Exception | None = None
    for chosen in itertools.islice(itertools.product(*choices), _MOST):
        try:
            if _fits(target, [make for _, make in chosen]):
                return ", ".join(words for words, _ in chosen), _maker(lambda *a: a, [make for _, make in chosen])
        except Exception as error:  # the wrong arguments may raise anything
            failure = failure or error
    why = f" (the first try: {type(failure).__name__}: {failure})" if failure else ""
    raise UsageError(f"no arguments were found that {target.name} accepts{why}; say them with --arg, one each")


def _maker(build: Callable[..., Any], makes: Sequence[Make]) -> Make:
    return lambda n: build(*(make(n) for make in makes))


def _fits(target: Target, makes: Sequence[Make]) -> bool:
    """Whether the call accepts arguments of two sizes, and gives numbers."""
    for n in (_TRIED_AT, 2 * _TRIED_AT):
        with np.errstate(all="ignore"):
            value = target.run(*(make(n) for make in makes))
        if value is None or value is NotImplemented or isinstance(value, (bool, str)):
            return False
    return True


def _required(signature: inspect.Signature) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in signature.parameters.values() if p.kind in kinds and p.default is inspect.Parameter.empty]


def _hints(function: Any, target: Target) -> dict[str, Any]:
    owner = next((o for o in target.owners if o is not None), None)
    method = getattr(owner, target.name.rpartition(".")[2], None) if owner is not None else function
    try:
        return typing.get_type_hints(method)
    except Exception:  # annotations that cannot be evaluated say nothing
        return {}


def _candidates(kind: Any, name: str, depth: int = 0) -> Iterator[Candidate]:
    """What an argument of a type may be, the likeliest first."""
    if kind in (float, complex):
        yield f"{name}: a number", lambda n: 0.75
        return
    if kind is int:
        yield f"{name}: n", lambda n: n
        yield f"{name}: 1", lambda n: 1
        return
    if isinstance(kind, type) and kind is not np.ndarray and kind is not object and not inspect.isabstract(kind):
        if kind in (AbstractVector, AbstractMatrix):
            shapes = [(0,)] if kind is AbstractVector else [(0, 0)]
            yield from (_array(name, shape) for shape in shapes)
        elif depth < 3:
            yield from _instances(kind, depth)
        return
    for shape in ((0,), (0, 0), (0, 2), (2, 0)):
        yield _array(name, shape)
    yield f"{name}: a number", lambda n: 0.75


def _array(name: str, shape: tuple[int, ...]) -> Candidate:
    """An array in whose shape 0 stands for n. Its elements are away from zero, and a square one is well conditioned."""
    words = " by ".join(str(s or "n") for s in shape)

    def make(n: int) -> np.ndarray:
        drawn = np.random.default_rng((_SEED, len(shape), sum(map(ord, name)))).uniform(
            0.5, 1.5, [s or n for s in shape]
        )
        return drawn / n + np.eye(n) if shape == (0, 0) else drawn

    return f"{name}: {words}", make


def _instances(kind: type, depth: int) -> Iterator[Candidate]:
    """Instances by the constructor, from every choice of what its parameters may be."""
    try:
        parameters = _required(inspect.signature(kind))
        hints = typing.get_type_hints(kind.__dict__.get("__init__", kind))
    except Exception:  # a constructor without a signature, or with annotations that cannot be evaluated
        parameters, hints = [], {}
    choices = [list(_candidates(hints.get(p.name), p.name, depth + 1)) for p in parameters]
    for chosen in itertools.islice(itertools.product(*choices), _MOST):
        words = ", ".join(w for w, _ in chosen)
        yield f"{kind.__name__}({words})", _maker(kind, [make for _, make in chosen])

"""How the engine differentiates numpy's own functions on arrays and numbers: each with its pullbacks.

This is the fast path, taken where every argument is an array, a number or a box; what involves the user's types goes
through the table of rules first (see `rulecheck.ad.call`). How pullbacks are written is told in `rulecheck.ad.rules`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from rulecheck.ad.box import Box, new, output_boxes, strip
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.guard import COPIED, ELSEWHERE, keep
from rulecheck.ad.placeholders import is_large, placeholder, reads
from rulecheck.ad.settings import Settings
from rulecheck.ad.tape import Tape, fit, higher, place

Pull = Callable[..., Any]
NO_KEYWORDS: dict[str, Any] = {}


class NumpyPullbacks:
    """A function and its pullbacks, one per positional argument, or one for all of them.

    `gather(known, owned, position, g, args)` adds an argument's cotangent to what is known of it, where that spares
    making the cotangent; `owned` allows to add in place, and None says that it is the pullback's business.
    `asked` says that a user's rule may apply to plain arrays, so that the table has to be asked first. `run` is what is
    run for the function, where there is a shorter way to the same.
    """

    __slots__ = (
        "asked",
        "first_active",
        "function",
        "gather",
        "joint",
        "keeps",
        "name",
        "needs",
        "pulls",
        "run",
        "settings",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        pulls: tuple[Pull | None, ...] | None,
        joint: Pull | None,
        keeps: bool,
        gather: Pull | None = None,
    ) -> None:
        self.function = self.run = function
        self.settings: Settings | None = None
        self.name = str(getattr(function, "__name__", function))
        self.pulls = pulls
        self.joint = joint
        self.keeps = keeps
        self.asked = False
        self.first_active = pulls is not None and len(pulls) > 0 and pulls[0] is not None
        self.gather = gather
        self.needs: dict[tuple[tuple[int, ...], int], tuple[bool, tuple[bool, ...] | None]] = {}

    def active_at(self, position: int) -> bool:
        """Whether the function has a derivative in this argument."""
        pulls = self.pulls
        return pulls is None or (position < len(pulls) and pulls[position] is not None)

    def settled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
        """The call as the pullbacks take it, and None; or the names of settings that they do not know."""
        if self.settings is None:
            pulls = self.pulls if isinstance(self.pulls, tuple) else ()
            self.settings = Settings(self.function, pulls, skipped=2)
            if not pulls:
                self.settings.names = None
        args, kwargs = self.settings.by_name(args, kwargs)
        known, unknown = self.settings.known(kwargs)
        return args, kwargs if unknown else known, unknown

    def retained(self, answer: Any, args: tuple[Any, ...], parents: Any) -> tuple[Any, tuple[Any, ...]]:
        """The answer and the arguments as far as the pullbacks of the parents will read them."""
        active = tuple([position for position, _ in parents])
        known = self.needs.get((active, len(args)))
        if known is None:
            known = self.needs[active, len(args)] = self._needed(active, len(args))
        answer_read, args_read = known
        if args_read is not None:
            args = tuple([a if read else placeholder(a) for a, read in zip(args, args_read, strict=True)])
        return answer if answer_read else placeholder(answer), args

    def _needed(self, active: tuple[int, ...], count: int) -> tuple[bool, tuple[bool, ...] | None]:
        """Whether the answer is read, and which arguments are; None for all."""
        pulls = self.pulls
        if pulls is None:
            return reads(self.joint, 1), None if self.keeps else (False,) * count
        used = [pulls[position] for position in active]
        args_read = tuple(self.keeps and any(reads(pull, i + 2) for pull in used) for i in range(count))
        return any(reads(pull, 1) for pull in used), None if all(args_read) else args_read

    def step(self, g: Any, record: Any, grads: list[Any], index: int) -> None:
        """Pull a cotangent back through a function with one pullback for all arguments, or with several answers."""
        _, answer, args, kwargs, parents = record
        if type(answer) is tuple:
            outputs = grads[index + 1 : index + 1 + len(answer)]
            g = tuple(np.zeros_like(y) if o is None else o for o, y in zip(outputs, answer, strict=True))
        assert self.joint is not None
        active = tuple(position for position, _ in parents)
        for (position, parent), d in zip(parents, self.joint(g, answer, args, kwargs, active), strict=True):
            d = fit(d, args[position])
            known = grads[parent]
            grads[parent] = d if known is None else known + d


PULLBACKS: dict[Any, NumpyPullbacks] = {}
REWRITES: dict[Any, Callable[..., Any]] = {}
CONSTANT: set[Any] = set()
WHERE_COMPLEX: dict[Any, Callable[..., Any]] = {}


def pullbacks_of(
    function: Callable[..., Any], *pulls: Pull | None, keeps: bool = True, gather: Pull | None = None
) -> None:
    """Give `function` one pullback per positional argument: `pull(g, answer, *args, **kwargs)`; None where it has none.

    `keeps=False` promises that the pullbacks read only the shapes and dtypes of the arguments, never their contents.
    For `gather` see `NumpyPullbacks`.
    """
    PULLBACKS[function] = NumpyPullbacks(function, pulls, None, keeps, gather)


def joint_pullback_of(function: Callable[..., Any], pull: Pull, keeps: bool = True) -> None:
    """Give `function` one pullback for all arguments: `pull(g, answer, args, kwargs, active)`.

    `active` holds the positions whose cotangents are needed, and `pull` gives exactly those, in that order. A function
    that answers a tuple gets a tuple of cotangents.
    """
    PULLBACKS[function] = NumpyPullbacks(function, None, pull, keeps)


def rewrite(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say how a call of `function` is written in terms of others: a decorator of what runs where a box is involved."""

    def register(written: Callable[..., Any]) -> Callable[..., Any]:
        made: list[Settings] = []

        def settled(*args: Any, **kwargs: Any) -> Any:
            if not made:
                made.append(Settings(function, (written,)))
            args, kwargs = made[0].by_name(args, kwargs)
            if kwargs:
                kwargs, unknown = made[0].known(kwargs)
                if unknown:
                    raise not_known(name_of_numpys(function), unknown)
            return written(*args, **kwargs)

        REWRITES[function] = settled
        return written

    return register


def name_of_numpys(function: Any) -> str:
    """How a person calls a function of numpy, or the method of a ufunc that is given as (ufunc, method)."""
    if isinstance(function, tuple):
        return f"numpy.{function[0].__name__}.{function[1]}"
    module = "numpy" if isinstance(function, np.ufunc) else getattr(function, "__module__", "numpy")
    return f"{module}.{getattr(function, '__name__', function)}"


def not_known(name: str, unknown: list[str]) -> NotTraceable:
    """The error for a call with settings that the derivative does not know."""
    listed = ", ".join(f"{each}=" for each in unknown)
    return NotTraceable(
        f"{name}: there is no derivative with {listed}; leave it out, or give the call a rule with rulecheck.ad.adjoint"
    )


def constant(*functions: Callable[..., Any]) -> None:
    """Say that these have no derivative (or a zero one everywhere): they run on the plain values."""
    CONSTANT.update(functions)


def constant_if_real(function: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say that this has no derivative for real values: a decorator of what has one for complex values."""
    CONSTANT.add(function)

    def register(for_complex: Callable[..., Any]) -> Callable[..., Any]:
        WHERE_COMPLEX[function] = for_complex
        return for_complex

    return register


def kernel(
    *pulls: Pull | None, keeps: bool = True, each: Any = None, gather: Pull | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function of plain arrays differentiable: a decorator that takes the pullbacks, as `pullbacks_of` does.

    `each`, a sequence that makes the pullback of any position, is for functions of any number of arguments;
    for `gather` see `NumpyPullbacks`.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        made = PULLBACKS[function] = NumpyPullbacks(function, each or pulls, None, keeps, gather)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            return record_call(made, args, kwargs)

        def run(*args: Any, **kwargs: Any) -> Any:
            """The function itself, or at a lower level its record again: its body is never traced."""
            return (function if top_of(args) is None else call)(*args, **kwargs)

        made.run = run
        return call

    return register


def top_of(args: Any) -> Tape | None:
    """The tape of the highest level among boxed arguments."""
    tape: Tape | None = None
    for a in args:
        if type(a) is Box and a._tape is not tape:
            tape = higher(tape, a._tape)
    return tape


def record_call(
    pullbacks: NumpyPullbacks, args: tuple[Any, ...], kwargs: dict[str, Any] = NO_KEYWORDS, way: int = ELSEWHERE
) -> Any:
    """Run a function on values of the level below, and put the call on the tape."""
    tape = top_of(args)
    if kwargs or len(args) > 2:
        args, kwargs, unknown = pullbacks.settled(args, kwargs)
        if unknown:
            written = REWRITES.get(pullbacks.function)
            if written is not None:
                return written(*args, **kwargs)
            raise not_known(pullbacks.name, unknown)
        for name, value in kwargs.items():
            if type(value) is Box:
                raise NotTraceable(
                    f"{pullbacks.name}: no derivative in the keyword argument {name!r}; pass it by position"
                )
    if tape is None:
        return pullbacks.run(*args, **kwargs)
    values: Any = []
    parents = []
    for position, a in enumerate(args):
        kind = type(a)
        if kind is Box and a._tape is tape:
            values.append(a._value)
            if pullbacks.active_at(position):
                parents.append((position, a._index))
        elif kind is np.ndarray and pullbacks.keeps:
            values.append(keep(tape, a, way))
        else:
            values.append(a)
    answer = pullbacks.run(*values, **kwargs)
    if not parents:
        return answer
    if not isinstance(answer, tuple):
        box = new(Box)
        box._value = answer
        box._tape = tape
        values = tuple(values)
        if type(answer) is np.ndarray and (answer.nbytes > COPIED or any(map(is_large, values))):
            answer, values = pullbacks.retained(answer, values, parents)
        record = (pullbacks, answer, values, kwargs, parents)
        box._index = index = len(tape)
        tape.append(record)
        if tape[index] is not record:
            box._index = place(tape, record, index)
        return box
    leaves: list[Any] = output_boxes(list(answer), tape, (pullbacks, tuple(answer), tuple(values), kwargs, parents))
    return type(answer)(*leaves) if hasattr(answer, "_fields") else tuple(leaves)


def record_unary(pullbacks: NumpyPullbacks, box: Box) -> Any:
    """What `record_call` does for one argument, which is traced: little code, for it runs when the caches are cold."""
    tape = box._tape
    x = box._value
    answer = pullbacks.run(x)
    made = new(Box)
    made._value = answer
    made._tape = tape
    args = (x,)
    parents = ((0, box._index),)
    if type(answer) is np.ndarray and answer.nbytes > COPIED:
        answer, args = pullbacks.retained(answer, args, parents)
    record = (pullbacks, answer, args, NO_KEYWORDS, parents)
    made._index = index = len(tape)
    tape.append(record)
    if tape[index] is not record:
        made._index = place(tape, record, index)
    return made


def on_plain(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Run a function that has no derivative on the plain values of its arguments."""
    if function in WHERE_COMPLEX and any(map(np.iscomplexobj, map(plain, args))):
        return WHERE_COMPLEX[function](*args, **kwargs)
    return function(*map(plain, args), **{name: plain(value) for name, value in kwargs.items()})


def plain(value: Any) -> Any:
    """A value with every box in it, also inside tuples, lists and dicts, replaced by what it holds."""
    kind = type(value)
    if kind is Box:
        return strip(value)
    if kind in (tuple, list):
        return kind(map(plain, value))
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    return value

"""RC103: an operator converts the structured operand before its own specialised method is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import Cause, causes, party
from rulecheck.checks.wording import listed
from rulecheck.finding import Finding, Severity
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Shadow

_CLASS = '''\
import numpy as np


class LowRank:
    """U @ V.T for two thin factors."""
{attribute}
    def __init__(self, u: np.ndarray, v: np.ndarray) -> None:
        self.u, self.v = u, v

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.u), len(self.v))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.u @ self.v.T

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        return self.u @ (self.v.T @ x)

    def __rmatmul__(self, x: np.ndarray) -> np.ndarray:
        return (x @ self.u) @ self.v.T


def project(x: np.ndarray, A: LowRank) -> np.ndarray:
    return x @ A
'''
BAD = _CLASS.format(attribute="")
GOOD = _CLASS.format(attribute="\n    __array_ufunc__ = None\n")

_ORDER = tuple(Severity)


def run(model: Model) -> Iterable[Finding]:
    """One finding for each class, with every operator that misses a method of it; else one for each method."""

    def wanted(shadow: Shadow) -> bool:
        return shadow.fires.kind is EntryKind.PROTOCOL and len(shadow.path) == 1

    def key(shadow: Shadow) -> tuple[str, str, str, str]:
        return _scope(shadow), shadow.walk.call.function, shadow.hides.scope, shadow.consequence

    groups: dict[str, list[Cause]] = {}
    for cause in causes(model, wanted, key):
        groups.setdefault(_scope(cause.shadow), []).append(cause)
    for scope, group in groups.items():
        finding = _finding(model, scope, sorted(group, key=lambda c: _ORDER.index(_severity(c.shadow))))
        if finding is not None:
            yield finding


def _scope(shadow: Shadow) -> str:
    """Whose cause it is: the project's class that is to blame, else the method that is hidden."""
    return shadow.blame.scope if shadow.blame is not None and shadow.blame.owned else shadow.hides.scope


def _severity(shadow: Shadow) -> Severity:
    return shadow.severity or Severity.WARNING


def _finding(model: Model, scope: str, group: Sequence[Cause]) -> Finding | None:
    first = group[0].shadow
    sites = tuple(sorted({site.place for cause in group for site in cause.sites}))
    declared = first.blame if first.blame is not None and first.blame.owned else None
    place = declared.place if declared is not None else (sites[0] if sites else None)
    if place is None:
        return None
    hidden = dict.fromkeys(cause.shadow.hides.signature for cause in _topmost(group))
    verb = "reaches" if len(_texts(group)) == 1 else "reach"
    message = f"{_calls(group)} never {verb} {listed(list(hidden))}: {_consequences(group)}"
    return Finding(
        code=CHECK.code,
        name=CHECK.name,
        system=model.name,
        severity=_severity(first),
        place=place,
        message=message,
        scope=scope,
        call=group[0].call,
        fires=party(first.fires, first.layer),
        shadows=party(first.hides),
        cost=model.cost(first),
        fix=model.override(first),
        sites=sites,
        identity=(scope,),
        home=declared.place.path if declared is not None and declared.place is not None else None,
    )


def _topmost(group: Sequence[Cause]) -> list[Cause]:
    """One cause for each call: that of the class to blame, before those of what inherits from it."""
    found: dict[str, Cause] = {}
    for cause in group:
        text, shadow = cause.shadow.walk.call.text, cause.shadow
        own = shadow.blame is not None and shadow.hides.scope.rpartition(".")[0] == shadow.blame.scope
        if text not in found or own:
            found[text] = cause
    return list(found.values())


def _texts(group: Sequence[Cause]) -> list[str]:
    return list(dict.fromkeys(cause.shadow.walk.call.text for cause in group))


def _calls(group: Sequence[Cause]) -> str:
    return listed([f"`{text}`" for text in _texts(group)])


def _consequences(group: Sequence[Cause]) -> str:
    said: dict[str, list[Cause]] = {}
    for cause in _topmost(group):
        said.setdefault(cause.shadow.consequence, []).append(cause)
    if len(said) == 1:
        return f"the operator {next(iter(said))}"
    return "the operator " + ", and ".join(f"{consequence} for {_calls(those)}" for consequence, those in said.items())


CHECK = Check(
    code="RC103",
    name="densified-operand",
    severity=Severity.WARNING,
    summary="An operator converts the structured operand to an array before its own reflected method is asked.",
    what="""\
Finds array-like classes with a reflected method, `__rmatmul__` or `__rmul__` say, that the left operand's operator
never asks for. Every concrete class is judged, whether or not a call is known; a mixin or abstract base is judged by
the concrete classes below it, and the finding stands at the class where one attribute ends it. Types without a shape,
`@` or a conversion to an array are left alone, since elementwise is what their users want, and so are classes with an
`__array_ufunc__` of their own.
""",
    why="""\
`x @ A` looks like the mirror of `A @ x` and is not: `ndarray.__matmul__` runs first, and unless the class says
otherwise it makes an array of A. With `__array__` that is a dense array, thousands of times slower for a large low-rank
operand, and it is silent. Without it, `x * A` silently gives an array of objects, and `x @ A` mostly raises. An array
of objects is reported as an error, a dense array as a warning, an operator that raises as a note.
""",
    fix_safety="""\
`__array_ufunc__ = None` makes ndarray's operators hand the call to the reflected method, and makes every ufunc that is
called with the class as a function raise a TypeError: `np.multiply(A, x)`, `np.exp(A)`. It is safe where ufuncs
could do nothing useful with the class before: neither it nor a class below it converts to an array or has a method
named like a ufunc. Elsewhere it needs `--unsafe-fixes`. The walk is taken again before the fix is offered.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)

"""RC104: a type specialises one spelling of an operation, and an equivalent spelling misses it."""

from __future__ import annotations

from collections.abc import Iterable

from rulecheck.checks.base import Check, Example
from rulecheck.checks.causes import Cause, causes, party
from rulecheck.finding import Finding, Severity
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Gap, Shadow
from rulecheck.place import Place

_CLASS = '''\
import numpy as np


class Circulant:
    """The circulant matrix of a column."""

    __array_ufunc__ = None

    def __init__(self, column: np.ndarray) -> None:
        self.column = column

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.column), len(self.column))

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array([np.roll(self.column, k) for k in range(len(self.column))]).T

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        return np.fft.ifft(np.fft.fft(self.column) * np.fft.fft(x)).real


def blur(A: Circulant, x: np.ndarray) -> np.ndarray:
    return {call}
'''
BAD = _CLASS.format(call="np.dot(A, x)")
GOOD = _CLASS.format(call="A @ x")


def run(model: Model) -> Iterable[Finding]:
    """One finding for each class and spelling: at the class for an operator, at the call for a function."""

    def wanted(shadow: Shadow) -> bool:
        return bool(shadow.consequence) and len(shadow.path) > 1

    gathered = {_key(c.shadow): c for c in causes(model, wanted, _key) if c.sites}
    for gap in model.gaps():
        covered = [gathered.pop((gap.method.scope, question.function), None) for question in gap.missing]
        sites = {site.place for cause in covered if cause is not None for site in cause.sites}
        if gap.method.place is not None:
            yield _gap_finding(model, gap, gap.method.place, tuple(sorted(sites)))
    for cause in gathered.values():
        yield _call_finding(model, cause)


def _key(shadow: Shadow) -> tuple[str, str]:
    return shadow.hides.scope, shadow.walk.call.function


def _gap_finding(model: Model, gap: Gap, place: Place, sites: tuple[Place, ...]) -> Finding:
    missed = " and ".join(f"`{question.text}`" for question in gap.missing)
    verb = "misses" if len(gap.missing) == 1 else "miss"
    return Finding(
        code=CHECK.code,
        name=CHECK.name,
        system=model.name,
        severity=CHECK.severity,
        place=place,
        message=f"{missed} {verb} {gap.method.signature}: {gap.why}",
        scope=gap.method.scope,
        call=gap.missing[0].text if gap.missing else None,
        shadows=party(gap.method),
        fix=gap.fix,
        sites=sites,
        identity=(gap.method.signature, *(question.function for question in gap.missing)),
    )


def _call_finding(model: Model, cause: Cause) -> Finding:
    shadow = cause.shadow
    places = tuple(sorted({site.place for site in cause.sites}))
    better = shadow.path[-1].text
    return Finding(
        code=CHECK.code,
        name=CHECK.name,
        system=model.name,
        severity=shadow.severity or CHECK.severity,
        place=places[0],
        message=f"`{cause.call}` {shadow.consequence}, where `{better}` runs {shadow.hides.signature}",
        scope=shadow.hides.scope,
        call=cause.call,
        fires=party(shadow.fires, shadow.layer),
        shadows=party(shadow.hides),
        cost=model.cost(shadow),
        fix=model.override(shadow),
        sites=places,
        identity=(shadow.walk.call.function, shadow.hides.signature),
        home=shadow.hides.place.path if shadow.hides.place else None,
    )


CHECK = Check(
    code="RC104",
    name="partial-override",
    severity=Severity.WARNING,
    summary="A type specialises one spelling of an operation, and an equivalent spelling makes a dense array of it.",
    what="""\
Finds calls such as `np.dot(A, x)`, `np.matmul(A, x)`, `x.dot(A)`, a matrix product by `np.einsum`, or `np.trace(A)`,
that silently convert the operand, where `A @ x` or `A.trace()` runs its specialised method. And classes that specialise
`A @ x` but not `x @ A`, or the reverse, and have an `__array__`, so that the missing side is dense. A spelling that
raises is left alone: nobody misses that.
""",
    why="""\
Spellings that mean the same to a reader are answered by different protocols: operators ask the operand's methods,
ufuncs ask `__array_ufunc__`, and the other functions ask `__array_function__`. A class that answers one of them and
converts for the rest is fast in one line and thousands of times slower in the next.
""",
    fix_safety="""\
No edit is offered: which spelling to write, or which method to add, is for a person to choose. The message names the
spelling that reaches the specialised method.
""",
    examples=(Example(bad=BAD, good=GOOD),),
    run=run,
)

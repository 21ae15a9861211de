"""How the generic rules grow in the operand's size n, against code that makes use of structure.

The rules' pullbacks give dense cotangents: an n-by-n array for a matrix (an outer product for a matrix times a
vector), and what numpy's dense algorithms take to make it.
"""

from __future__ import annotations

from rulecheck.dispatch import OneOf
from rulecheck.facts import TypeName
from rulecheck.finding import Cost
from rulecheck.model.entries import Entry, Question
from rulecheck.systems.engine.lattice import EngineLattice
from rulecheck.systems.engine.names import ABSTRACT_MATRIX, ABSTRACT_VECTOR

_CUBIC = frozenset(
    f"numpy.linalg.{name}"
    for name in ("solve", "inv", "det", "slogdet", "cholesky", "eigh", "eigvalsh", "svd", "pinv", "qr", "lstsq")
)


def growth(rule: Entry, call: Question, lattice: EngineLattice) -> Cost | None:
    """The growth of one of the engine's own rules for a call on matrices; None for rules that others wrote."""
    if rule.owned:
        return None
    ranks = [_rank(pattern, lattice) for pattern in rule.types]
    if 2 not in ranks:
        return None
    is_row = any((parts := lattice.unwrap(t)) and _rank(parts[1], lattice) == 1 for t in map(_as_key, call.types))
    cubic = rule.function in _CUBIC or (rule.function == "operator.matmul" and ranks[:2] == [2, 2] and not is_row)
    return Cost(time="n^3" if cubic else "n^2", memory="n^2", note="the cotangent of the matrix is dense")


def _rank(pattern: object, lattice: EngineLattice) -> int | None:
    if isinstance(pattern, OneOf):
        return None
    line = lattice.positions(_as_key(pattern))
    return 2 if ABSTRACT_MATRIX in line else 1 if ABSTRACT_VECTOR in line else None


def _as_key(pattern: object) -> TypeName:
    return pattern  # type: ignore[return-value]

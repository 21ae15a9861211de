"""Multiple dispatch, shared by the engine and the analyser: pure, no input or output."""

from rulecheck.dispatch.lattice import Lattice, OneOf, Pattern
from rulecheck.dispatch.table import Ambiguous, Claim, Resolution, Table, TableEntry
from rulecheck.dispatch.walk import Outcome, Step, Walk, take_walk

__all__ = [
    "Ambiguous",
    "Claim",
    "Lattice",
    "OneOf",
    "Outcome",
    "Pattern",
    "Resolution",
    "Step",
    "Table",
    "TableEntry",
    "Walk",
    "take_walk",
]

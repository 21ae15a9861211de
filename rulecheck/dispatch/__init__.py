"""Multiple dispatch, shared by the engine and the analyser: pure, no input or output."""

from rulecheck.dispatch.lattice import Lattice, OneOf, Pattern
from rulecheck.dispatch.table import Ambiguous, Claim, Entry, Resolution, Table
from rulecheck.dispatch.walk import Layer, Outcome, Step, Walk, take_walk

__all__ = [
    "Ambiguous",
    "Claim",
    "Entry",
    "Lattice",
    "Layer",
    "OneOf",
    "Outcome",
    "Pattern",
    "Resolution",
    "Step",
    "Table",
    "Walk",
    "take_walk",
]

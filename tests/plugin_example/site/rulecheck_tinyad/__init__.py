"""The system `tinyad` for rulecheck: one table of rules keyed by classes, then the code of the call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rulecheck.facts import Registration
from rulecheck.finding import FixKind
from rulecheck.model.entries import EntryKind
from rulecheck.model.model import Model
from rulecheck.model.system import System

if TYPE_CHECKING:
    from rulecheck.languages.python.kit.spelling import Spelling
    from rulecheck.languages.python.program import Program


def _no_rule(names: Spelling, function: str, arguments: str) -> str:
    """An opt-out as code spells it; `arguments` begin with the function."""
    return f"{names.public('tinyad', 'no_rule')}({arguments})"


def _model(program: Program) -> Model:
    from rulecheck.model.class_table_model import ClassTableModel

    class TinyModel(ClassTableModel):
        """`tinyad`, bound to one program."""

        forms = {FixKind.OPT_OUT: _no_rule}

        def shipped(self) -> Iterable[Registration]:
            """What the library registers itself, read from its source like any other."""
            return self.program.registrations_of("tinyad_rules")

    return TinyModel(SYSTEM, program)


SYSTEM = System(
    name="tinyad",
    summary="tinyad: a table of rules keyed by classes is asked before the code of the call.",
    page="""\
## Layers, in the order in which they are asked

1. rule: the most specific entry of the table; `no_rule` makes the layer decline.
2. trace: the method that Python runs.
""",
    model=_model,
    registrars={"tinyad.rule": EntryKind.RULE, "tinyad.no_rule": EntryKind.OPT_OUT},
    tokens=(b"tinyad",),
)

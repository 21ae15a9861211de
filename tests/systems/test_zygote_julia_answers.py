"""The walk against what Zygote 0.6.32 itself answered on Julia 1.5.3, for the types of data/Ladder.jl."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from typing import Any

from zygote_world import DATA, model_of

from rulecheck.dispatch import Outcome
from rulecheck.systems.zygote.model import ZygoteModel


@cache
def rows() -> list[dict[str, Any]]:
    with gzip.open(DATA / "ladder.jsonl.gz", "rt") as stream:
        return [json.loads(line) for line in stream]


@cache
def model() -> ZygoteModel:
    return model_of(DATA / "Ladder.jl")


def test_the_table_reaches_every_layer() -> None:
    assert {row["layer"] for row in rows()} == {"adjoint", "rrule", "trace", "ambiguous"}


def test_the_layer_and_the_rule_are_those_of_julia() -> None:
    wrong: Counter[tuple[str, ...]] = Counter()
    for row in rows():
        question = model().question(row["f"], row["args"])
        primal = model().primal(question)
        end = model().walk(question).end
        assert end is not None
        layer = "ambiguous" if end.outcome is Outcome.AMBIGUOUS and end.layer != "trace" else end.layer
        if layer != row["layer"]:
            wrong[row["f"], row["layer"], layer, str(row["args"])] += 1
        elif layer == "rrule" and row["at"] != "none:0":
            place = model().method(end.entries[0]).julia_place
            at = f"{place.path.rpartition('/data/')[2]}:{place.line}"
            if at != row["at"]:
                wrong[row["f"], row["at"], at, str(row["args"])] += 1
        elif row["primal"].startswith("Ladder.jl") and (primal is None or primal.place is None):
            wrong[row["f"], row["primal"], "no method", str(row["args"])] += 1
        elif row["primal"].startswith("Ladder.jl") and row["primal"] != f"Ladder.jl:{primal.place.line}":  # type: ignore[union-attr]
            wrong[row["f"], row["primal"], str(primal), str(row["args"])] += 1
    assert not wrong, (len(wrong), wrong.most_common(8))

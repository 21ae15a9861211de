"""The walk against what Zygote 0.6.32 itself answered on Julia 1.5.3, for the packages under data/.

A table has a call a line: `primal` and `at` are the places of the method and of the chain rule, as Julia reports them.
`primal` is empty or starts with "NONE" where no method answers; "NONE:ambiguous" is one that cannot be chosen.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from zygote_world import DATA, model_of

from rulecheck.dispatch import Outcome
from rulecheck.model.entries import Entry
from rulecheck.systems.zygote.model import ZygoteModel

pytestmark = pytest.mark.slow

PACKAGES = {
    "Ladder": "Ladder.jl",
    "Blocks": "Blocks.jl",
    "Hyper": "Hyper.jl",
    "Odd": "Odd/src/Odd.jl",
    "Nest": "Nest.jl",
    "Quirk": "Quirk.jl",
}


@cache
def rows(package: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / f"{package.lower()}.jsonl.gz", "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


@cache
def model(package: str) -> ZygoteModel:
    return model_of(DATA / PACKAGES[package])


def shown_at(found: ZygoteModel, entry: Entry | None) -> str:
    """Where Julia says that a method stands; paths of the package's own count from data/."""
    if entry is None:
        return ""
    place = found.method(entry).julia_place
    return f"{place.path.rpartition('/data/')[2]}:{place.line}"


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tables_reach_every_layer(package: str) -> None:
    assert {row["layer"] for row in rows(package)} >= {"adjoint", "rrule", "trace", "ambiguous"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_layer_the_rule_and_the_method_are_those_of_julia(package: str) -> None:
    wrong: Counter[tuple[str, ...]] = Counter()
    found = model(package)
    for row in rows(package):
        question = found.question(row["f"], row["args"])
        primal = shown_at(found, found.primal(question))
        end = found.walk(question).end
        assert end is not None
        layer = "ambiguous" if end.outcome is Outcome.AMBIGUOUS and end.layer != "trace" else end.layer
        if layer != row["layer"]:
            wrong[row["f"], row["layer"], layer, str(row["args"])] += 1
        elif layer == "rrule" and row["at"] != "none:0" and (at := shown_at(found, end.entries[0])) != row["at"]:
            wrong[row["f"], row["at"], at, str(row["args"])] += 1
        elif row["primal"] and primal != ("" if row["primal"].startswith("NONE") else row["primal"]):
            wrong[row["f"], row["primal"], primal, str(row["args"])] += 1
        elif row["primal"] == "NONE:ambiguous" and end.layer == "trace" and end.outcome is not Outcome.AMBIGUOUS:
            wrong[row["f"], row["primal"], "no method", str(row["args"])] += 1
    assert not wrong, (len(wrong), wrong.most_common(8))

"""Static is dynamic: what the walk says of random classes, read from source, is what numpy does with them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
from numpy_world import Case, Told, ask, cases, run, write_world

from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import NDARRAY
from rulecheck.languages.python.kit.class_slots import SourceClasses
from rulecheck.languages.python.reading import read
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.model.operand_protocol import Effect, LayerAnswer, last_answer
from rulecheck.systems.numpy import SYSTEM
from rulecheck.systems.numpy.functions import FunctionKind, spelling
from rulecheck.systems.numpy.model import NumpyModel
from rulecheck.systems.numpy.protocol import LAYERS, NumpyProtocol

WORLDS = 50
CALLS = 200


def classes_of(source: str, folder: Path) -> SourceClasses:
    """Read a world, without running it."""
    path = folder / "world.py"
    path.write_text(source, encoding="utf-8")
    return SourceClasses(read([str(path)], ReadSettings(tokens=SYSTEM.tokens)), NumpyModel.natives)


def answer_to(classes: SourceClasses, case: Case) -> LayerAnswer | None:
    """Who answers a call, as the walk says; None for an array that is changed in place."""
    operands = tuple(NDARRAY if o == "ndarray" else f"world.{o}" for o in case.operands)
    return last_answer(NumpyProtocol(), classes, case.function, operands)


def agrees(case: Case, answer: LayerAnswer, told: Told) -> bool:
    """Whether what was said is what happened. Of numpy's own loops, only that they answered is said."""
    pair = len(case.operands) == 2 and "ndarray" not in case.operands
    found = spelling(case.function)
    assert found is not None
    if answer.outcome is Outcome.DECLINES:  # nobody answers; equality falls back on identity
        return isinstance(told.error, TypeError) or (case.function == "operator.eq" and told.value is False)
    match answer.effect:
        case Effect.ASKED if answer.slot is not None:
            owner = str(answer.slot.owner).rpartition(".")[2]
            return told.value in (f"{owner}.{answer.name}", f"{owner}._shared")
        case Effect.ASKED:
            return told.is_array or found.kind is FunctionKind.FUNCTION
        case Effect.RAISES:
            return told.error is not None
        case Effect.OBJECT:
            return pair or told.is_array or told.error is not None or found.kind is FunctionKind.FUNCTION
        case _:
            owner = str(answer.slot.owner if answer.slot else "").rpartition(".")[2]
            answered = pair or told.is_array or told.error is not None
            return answered and f"{owner}.{answer.name}" in told.log


@pytest.mark.long
@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_walk_names_the_layer_that_answers(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    source, late = write_world(rng)
    classes = classes_of(source, tmp_path)
    world = run(source)
    for case in cases(rng, list(late), CALLS):
        answer = answer_to(classes, case)
        if answer is None:
            continue
        if answer.outcome is Outcome.AMBIGUOUS:
            uncertain = [o for o in case.operands if o != "ndarray" and late[o]]
            assert uncertain, f"{case}: {answer.reason}, though all of it stands in a class body"
            continue
        told = ask(world, case)
        assert agrees(case, answer, told), f"{case}\n{answer}\n{told}"


def test_the_worlds_reach_every_layer(tmp_path: Path) -> None:
    reached: Counter[str] = Counter()
    effects: Counter[Effect] = Counter()
    for seed in range(6):
        rng = random.Random(seed)
        source, late = write_world(rng)
        classes = classes_of(source, tmp_path)
        for case in cases(rng, list(late), CALLS):
            answer = answer_to(classes, case)
            if answer is None:
                continue
            reached[answer.layer] += 1
            effects[answer.effect] += 1
    assert set(LAYERS) <= set(reached)
    assert set(Effect) <= set(effects)

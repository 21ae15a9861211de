"""Static is dynamic: what the walk over source names is what fires when the program runs."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hierarchies import OF_PROJECT, draw

from rulecheck import ad
from rulecheck.ad import call as engine
from rulecheck.ad import numpy_pullbacks
from rulecheck.ad.registry import TABLE
from rulecheck.config import Config
from rulecheck.dispatch import Outcome
from rulecheck.facts import Generic, TypeName
from rulecheck.languages.python.kit.methods import RunningMethod
from rulecheck.model.entries import Question
from rulecheck.run.project import open_project
from rulecheck.systems.engine.model import EngineModel
from rulecheck.systems.engine.names import MATRIX, VECTOR, WRAPPERS

pytestmark = pytest.mark.slow

AMBIGUOUS = ("ambiguous",)
NOTHING = ("nothing of the project",)
Event = tuple[Any, ...]


def predicted(model: EngineModel, ranks: dict[str, int], question: Question, run: RunningMethod | None = None) -> Event:
    """What fires first: a rule, by its place, or a method of the project, by its name, or an ambiguity."""
    step = model.walker.answer("rule", question)
    if step.outcome is Outcome.AMBIGUOUS:
        return AMBIGUOUS
    if step.outcome is Outcome.CLAIMS:
        place = step.entries[0].place
        assert place is not None
        if not step.entries[0].owned and all(map(model.methods.is_plain, question.types)):
            return NOTHING  # the engine answers for arrays as its rule would, by a faster way
        return ("rule", Path(place.path).name, place.line)
    own = question.function.rpartition(".")[2]
    if own in OF_PROJECT:
        return ("method", own)  # the code of a primitive, whatever it is given
    run = run or model.run(question)
    if run is not None and model.is_special(run.method):
        return ("method", run.method.name.partition(".")[2])
    if run is not None and run.method.owner in WRAPPERS:
        inner = model.follower.within_library(question.function, run)
        if inner is not None:
            made, behind = inner
            return predicted(model, ranks, Question(made.function, made.types, made.text), behind)
    dense = tuple(_dense(ranks, type_) for type_ in question.types)
    if dense != question.types and (run is not None or question.function.startswith("numpy.")):
        return predicted(model, ranks, Question(question.function, dense, question.text))
    return NOTHING


def _dense(ranks: dict[str, int], type_: TypeName) -> TypeName:
    """What the library's fallback turns an operand into before numpy's operator runs."""
    if isinstance(type_, Generic):
        return MATRIX
    return {1: VECTOR, 2: MATRIX}.get(ranks.get(type_.rpartition(".")[2], 0), type_)


@contextmanager
def clean_engine() -> Iterator[None]:
    """Take out afterwards what a program registers, and put back what it replaces."""
    before = {f: TABLE.entries(f) for f in list(TABLE.functions())}
    asked = {pullbacks: pullbacks.asked for pullbacks in numpy_pullbacks.PULLBACKS.values()}
    try:
        yield
    finally:
        for function in list(TABLE.functions()):
            for entry in TABLE.entries(function):
                TABLE.remove(function, entry.signature)
            for entry in before.get(function, ()):
                TABLE.add(function, entry.signature, entry.value)
        for pullbacks, was in asked.items():
            pullbacks.asked = was


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def value_of(module: ModuleType, annotation: Any) -> Any:
    if annotation is float:
        return 2.0
    if annotation in (ad.Matrix, ad.Vector):
        return np.ones((2,) * annotation.rank)
    return annotation()


def fired(module: ModuleType, number: int, monkeypatch: pytest.MonkeyPatch) -> Event:
    """What fires first when a call is traced."""
    events: list[Event] = []
    run_rule = engine.run_rule

    def recording(rule: Any, tape: Any, args: Any, kwargs: Any) -> Any:
        if not (rule.shipped and all(map(engine._is_plain, args))):
            events.append(("rule", Path(rule.path).name, rule.line))
        return run_rule(rule, tape, args, kwargs)

    function = getattr(module, f"call_{number}")
    values = [value_of(module, a) for name, a in function.__annotations__.items() if name != "return"]
    module.FIRED.clear()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "run_rule", recording)
        patch.setattr(module, "FIRED", _Recorder(events), raising=True)
        try:
            ad.pullback(function, *values)
        except ad.AmbiguousRule:
            return events[0] if events else AMBIGUOUS
        except Exception:
            pass
    return events[0] if events else NOTHING


class _Recorder(list[Any]):
    def __init__(self, events: list[Event]) -> None:
        super().__init__()
        self.events = events

    def append(self, name: Any) -> None:
        self.events.append(("method", name))


def compare(seed: int, calls: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """The number of calls of a project that were compared, and those that came out otherwise than the walk said."""
    project = draw(seed, calls)
    path = folder / f"drawn{seed}.py"
    path.write_text(project.source)
    cache = str(folder / "cache")
    opened = open_project([str(path)], config=Config(systems=("engine",), cache_dir=cache))
    (model,) = opened.models
    assert isinstance(model, EngineModel)
    ranks = {type_.name: type_.rank for type_ in project.types}
    said: dict[int, Event] = {}
    for site in model.sites():
        if site.scope.rpartition(".")[2].startswith("call_"):
            assert site.questions, f"seed {seed}: `{site.text}` was not typed: {site.reason}"
            # Called with values of the declared classes themselves: those come before what their subclasses may give.
            said[int(site.scope.rpartition("_")[2])] = predicted(model, ranks, site.questions[0])
    wrong = []
    with clean_engine():
        module = imported(path)
        for number, says in said.items():
            does = fired(module, number, monkeypatch)
            if says != does:
                wrong.append(f"seed {seed}, call_{number}: the walk says {says}, and {does} fired")
    sys.modules.pop(path.stem, None)
    return len(said), wrong


@pytest.mark.parametrize("seed", range(40))
def test_the_walk_names_what_fires(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compared, wrong = compare(seed, 40, tmp_path, monkeypatch)
    assert compared
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
def test_ten_thousand_of_ten_thousand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    total, seed = 0, 1000
    while total < 10_000:
        compared, wrong = compare(seed, 120, tmp_path, monkeypatch)
        assert not wrong, "\n".join(wrong)
        total, seed = total + compared, seed + 1

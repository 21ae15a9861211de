"""Measuring a call: the target found, its arguments made, both ways counted, and the verdicts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rulecheck.cli import run
from rulecheck.config import UsageError
from rulecheck.cost.inputs import found, written
from rulecheck.cost.measure import measure
from rulecheck.cost.target import resolve

pytestmark = pytest.mark.slow

MODULE = '''\
import operator

import numpy as np

from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    @property
    def shape(self):
        return (len(self.entries), len(self.entries))

    @property
    def T(self):
        return self

    def to_array(self):
        return np.diag(self.entries)

    def __matmul__(self, x: ad.AbstractVector):
        return self.entries * ad.asarray(x)

    def __rmatmul__(self, x: ad.AbstractVector):
        return ad.asarray(x) * self.entries


class Halved(Diagonal):
    """A rule of its own is wrong for it: it says half of the truth."""


@ad.adjoint(operator.matmul, Halved, ad.AbstractVector)
def halved(A, x, active):
    x = ad.asarray(x)
    return A.entries * x, lambda dy: (ad.Tangent(entries=dy * x / 2), dy * A.entries)


def plain(x, scale: float):
    return np.sum(np.exp(x) * scale)


def loss(A: Diagonal, x):
    return np.sum(A @ x)


def odd(A: Diagonal, x: ad.AbstractMatrix):
    raise ValueError("never")


def nothing():
    return 1.0
'''


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    path = tmp_path / f"measured_{tmp_path.name.replace('-', '_')}.py"
    path.write_text(MODULE)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.chdir(tmp_path)
    yield str(path)
    sys.modules.pop(path.stem, None)


SIZES = (32, 64, 128)


def measured(target: str, *arguments: str) -> Any:
    found_target = resolve(target)
    make = written(arguments, found_target) if arguments else found(found_target)[1]
    return measure(found_target.run, make, SIZES)


class TestVerdicts:
    @pytest.mark.parametrize("method", ["__matmul__", "__rmatmul__"])
    def test_a_generic_rule_on_a_structured_matrix(self, module: str, method: str) -> None:
        result = measured(f"{module}:Diagonal.{method}")
        assert [v.code for v in result.verdicts] == ["RC501"]
        assert result.growth("rule", "operations").exponent == pytest.approx(2, abs=0.1)
        assert result.growth("trace", "operations").exponent == pytest.approx(1, abs=0.05)
        assert result.growth("rule", "memory").exponent == pytest.approx(2, abs=0.15)
        assert result.growth("trace", "memory").exponent == pytest.approx(1, abs=0.2)
        assert result.ratio("operations") > 20

    def test_nothing_stands_in_front(self, module: str) -> None:
        result = measured(f"{module}:plain")
        assert result.same
        assert result.verdicts == ()
        assert result.growth("rule", "operations").shape == "n"

    def test_a_wrong_rule(self, module: str) -> None:
        result = measured(f"{module}:Halved.__matmul__")
        assert "RC502" in [v.code for v in result.verdicts]
        assert ".entries" in result.mismatch

    def test_an_opt_out_ends_it(self, module: str) -> None:
        with open(module, "a") as file:
            file.write("\nad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n")
        result = measured(f"{module}:Diagonal.__matmul__")
        assert result.verdicts == ()
        assert result.same

    def test_counts_are_the_same_every_time(self, module: str) -> None:
        first, second = (measured(f"{module}:loss") for _ in range(2))
        assert [c.by_function for c in first.rule] == [c.by_function for c in second.rule]


class TestArguments:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("Diagonal.__matmul__", "Diagonal(entries: n), x: n"),
            ("Diagonal.__rmatmul__", "x: n, Diagonal(entries: n)"),
            ("plain", "x: n, scale: a number"),
            ("loss", "Diagonal(entries: n), x: n"),
        ],
    )
    def test_found(self, module: str, name: str, words: str) -> None:
        assert found(resolve(f"{module}:{name}"))[0] == words

    def test_written(self, module: str) -> None:
        make = written(["Diagonal(rng.normal(size=n))", "np.ones(n)"], resolve(f"{module}:loss"))
        assert [getattr(a, "shape", None) for a in make(5)] == [(5, 5), (5,)]
        assert make(5)[0].entries.tolist() == make(5)[0].entries.tolist()

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("odd", "no arguments were found that .* accepts .*ValueError: never.*--arg"),
            ("nothing", "takes no arguments"),
            ("lss", 'did you mean "loss"'),
            ("Diagonal.__matmull__", 'did you mean "__matmul__"'),
            ("MODULE_LEVEL", "has no"),
        ],
    )
    def test_what_cannot_be_measured(self, module: str, name: str, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            found(resolve(f"{module}:{name}"))

    @pytest.mark.parametrize("text", ["model", ":loss", "model:", "no.py:f", "nowhere_at_all:f"])
    def test_targets_that_are_none(self, module: str, text: str) -> None:
        with pytest.raises(UsageError):
            resolve(text)

    def test_a_module_by_name(self, module: str) -> None:
        assert resolve(f"{Path(module).stem}:loss").name.endswith(":loss")


class TestCommand:
    @pytest.fixture
    def ask(self, module: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
        def asked(name: str, *words: str) -> tuple[int, str, str]:
            code = run(["measure", f"{Path(module).name}:{name}", "--sizes", "16,32,64", *words])
            streams = capsys.readouterr()
            return code, streams.out, streams.err

        return asked

    def test_text(self, ask: Any) -> None:
        code, out, _ = ask("Diagonal.__matmul__")
        assert code == 1
        assert "answered by rule matmul(AbstractMatrix, AbstractVector)" in out
        assert "RC501 slower-than-trace: at n = 64 the rule takes" in out
        assert [line.split() for line in out.splitlines() if "grows" in line][:1] == [["grows", "n^2", "n"]]

    def test_json(self, ask: Any) -> None:
        code, out, _ = ask("plain", "--format", "json")
        data = json.loads(out)
        assert code == 0
        assert data["verdicts"] == []
        assert data["rule"]["operations"] == data["trace"]["operations"]
        assert data["sizes"] == [16, 32, 64]

    def test_what_the_users_code_raises_is_told_in_a_line(self, ask: Any) -> None:
        code, out, err = ask("odd", "--arg", "Diagonal(np.ones(n))", "--arg", "np.ones((n, n))")
        assert (code, out) == (2, "")
        assert "raised ValueError: never (" in err
        assert "Traceback" not in err

    @pytest.mark.parametrize("sizes", ["16,32", "a,b,c", "3,5,9"])
    def test_sizes(self, module: str, capsys: pytest.CaptureFixture[str], sizes: str) -> None:
        assert run(["measure", f"{module}:loss", "--sizes", sizes]) == 2
        assert "--sizes" in capsys.readouterr().err

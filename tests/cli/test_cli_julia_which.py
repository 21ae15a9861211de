"""`rulecheck which`, `pack` and `diff` on Julia."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from julia_sample import package

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
ENV = ("--env", "zygote-0.6.32")


def batch(ask: Ask, tmp_path: Path, *questions: object, code: int = 0) -> list[dict[str, Any]]:
    lines = [q if isinstance(q, str) else json.dumps({"function": q[0], "args": list(q[1:])}) for q in questions]  # type: ignore[index]
    (tmp_path / "q.jsonl").write_text("\n".join(lines) + "\n")
    answer = ask("which", "--batch", "q.jsonl", "--in", "src", *ENV)
    assert answer.code == code, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


class TestWhich:
    def test_a_walk_is_shown_layer_by_layer(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answer = ask("which", "*", "Circulant{Float64}", "Vector{Float64}", "--in", "src", *ENV)
        assert answer.code == 0, answer.err
        assert "1. adjoint  declines" in answer.out
        assert "2. rrule    claims" in answer.out
        assert "ChainRules/src/rulesets/Base/arraymath.jl:23" in answer.out
        assert "(src/Circ.jl:13) would run" in answer.out
        assert answer.out.endswith("  Environment: zygote-0.6.32.\n")

    def test_the_same_as_data(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        words = ("which", "*", "Circulant{Float64}", "Vector{Float64}", "--in", "src", "--format", "json")
        data = json.loads(ask(*words, *ENV).out)
        assert data["primal"] == "src/Circ.jl:13"
        assert (data["fires"]["layer"], data["environment"]) == ("rrule", "zygote-0.6.32")
        assert [step["outcome"] for step in data["walk"]] == ["declines", "claims"]

    def test_every_layer_has_its_name(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answers = batch(
            ask,
            tmp_path,
            ("+", "Float64", "Int"),
            ("sin", "Float64"),
            ("Float64", "Type{Int}"),
            ("loss", "Circulant{Float64}", "Vector{Float64}"),
        )
        assert [a["fires"]["layer"] for a in answers] == ["adjoint", "rrule", "types-only", "trace"]
        assert answers[3]["primal"] == answers[3]["fires"]["at"] == "src/Circ.jl:17"

    def test_an_ambiguity_names_all_that_it_is_between(self, ask: Ask, tmp_path: Path) -> None:
        rules = (
            "ChainRulesCore.rrule(::typeof(loss), a, b::Int) = 1\nChainRulesCore.rrule(::typeof(loss), a::Int, b) = 2"
        )
        package(tmp_path, more=rules)
        (answer,) = batch(ask, tmp_path, ("loss", "Int", "Int"))
        assert answer["fires"]["layer"] == "ambiguous"
        assert answer["fires"]["at"] == "src/Circ.jl:18 | src/Circ.jl:19"
        assert " | " in answer["fires"]["signature"]
        assert answer["walk"][-1]["outcome"] == "ambiguous"

    def test_a_line_for_each_question_whatever_it_holds(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answers = batch(
            ask,
            tmp_path,
            ("nothing_like_it", "Int"),
            ("sin", "Flaot64"),
            ("sin", "Vector{"),
            ("sin", "Vector{Int,Int,Int}"),
            ("sin", "typeof(unheard)"),
            ("sin", "Float64"),
        )
        errors = [a.get("error", "") for a in answers]
        assert 'unknown function "nothing_like_it"' in errors[0]
        assert 'unknown type "Flaot64"; did you mean "Float64"?' in errors[1]
        assert all('cannot use the type "Vector{' in error for error in errors[2:4])
        assert 'unknown function "unheard"' in errors[4]
        assert errors[5] == ""
        assert [a["args"] for a in answers[:2]] == [["Int"], ["Flaot64"]]

    def test_a_line_that_is_no_question_is_the_caller_s_mistake(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answers = batch(ask, tmp_path, "no json", '{"function": 1}', ("sin", "Float64"), code=2)
        assert ["error" in a for a in answers] == [True, True, False]

    @pytest.mark.parametrize(
        ("words", "at"),
        [
            (("Circulant", "Vector{Float64}"), "src/Circ.jl:8"),
            (("LinearAlgebra.det", "Matrix{Float64}"), "julia/stdlib/LinearAlgebra/src/generic.jl:1533"),
            (("Base.Broadcast.broadcasted", "typeof(sin)", "Float64"), None),
            (("*", "NTuple{2,Int}", "Int"), None),
        ],
    )
    def test_names_are_those_that_people_write(
        self, ask: Ask, tmp_path: Path, words: tuple[str, ...], at: str | None
    ) -> None:
        package(tmp_path)
        answer = json.loads(ask("which", *words, "--in", "src", "--format", "json", *ENV).out)
        if at is not None:
            assert answer["primal"] == at

    def test_an_environment_answers_without_any_file(self, ask: Ask) -> None:
        answer = ask("which", "sin", "Float64", *ENV)
        assert answer.code == 0, answer.err
        assert "(system zygote)" in answer.out


class TestPack:
    def test_a_pack_answers_over_a_shipped_environment(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path / "lib")
        answer = ask("pack", "lib", "-o", "circ.pack", "--name", "mine")
        assert answer.code == 0, answer.err
        assert "Circ 0.1.0" in answer.err
        assert "zygote-0.7 answers for the rest" in answer.err
        (tmp_path / "use.jl").write_text("import Circ\nf(A::Circ.Circulant{Float64}, b::Vector{Float64}) = A * b\n")
        words = ("which", "*", "Circ.Circulant{Float64}", "Vector{Float64}", "--in", "use.jl", "--env", "./circ.pack")
        answer = ask(*words, "--format", "json")
        assert answer.code == 0, answer.err
        assert json.loads(answer.out)["primal"] == "Circ/src/Circ.jl:13"

    def test_a_pack_holds_no_code(self, ask: Ask, tmp_path: Path) -> None:
        import zlib

        package(tmp_path / "lib")
        assert ask("pack", "lib", "-o", "circ.pack").code == 0
        header, _, body = (tmp_path / "circ.pack").read_bytes().partition(b"\n")
        assert json.loads(header)["packages"] == {"Circ": "0.1.0"}
        text = zlib.decompress(body)
        assert b"mod1" not in text
        assert str(tmp_path).encode() not in header + text

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("nowhere", "-o", "x.pack"), "nowhere: no such folder"),
            ((".", "-o", "x.pack"), "nothing was packed"),
            ((".", "-o", "x.zip"), "a pack's name ends in .pack"),
            ((".", "-o", "x.pack", "--env", "zygote"), 'unknown environment "zygote"'),
        ],
    )
    def test_what_cannot_be_packed_is_said(self, ask: Ask, words: tuple[str, ...], said: str) -> None:
        answer = ask("pack", *words)
        assert answer.code == 2
        assert said in answer.err


class TestDiff:
    def test_an_upgrade_that_shadows_a_method(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        library(tmp_path / "old", "")
        rule = "ChainRulesCore.rrule(::typeof(Lib.weigh), A::AbstractMatrix, b) = Lib.weigh(A, b), identity"
        library(tmp_path / "new", rule)
        pack_both(ask)
        use = tmp_path / "use.jl"
        use.write_text("import Lib\nstruct S <: AbstractMatrix{Float64} end\nLib.weigh(A::S, b::Vector{Float64}) = b\n")
        words = ("diff", "--from", "./old.pack", "--to", "./new.pack", "use.jl")
        answer = ask(*words)
        assert answer.code == 1, answer.out + answer.err
        assert "worse: a rule appears: weigh(A::S, b::Vector{Float64}) is no longer traced" in answer.out
        assert "1 change, 1 for the worse." in answer.out
        data = json.loads(ask(*words, "--format", "json").out)
        (change,) = data["changes"]
        assert (change["change"], change["worse"], change["subject"]["path"]) == ("shadowed", True, "use.jl")
        assert change["after"]["layer"] == "rrule"
        assert data["summary"] == {"changes": 1, "worse": 1}
        back = ask("diff", "--from", "./new.pack", "--to", "./old.pack", "use.jl")
        assert back.code == 0
        assert "a rule goes" in back.out

    def test_an_upgrade_that_makes_an_ambiguity(self, ask: Ask, tmp_path: Path) -> None:
        library(tmp_path / "old", "")
        library(tmp_path / "new", "ChainRulesCore.rrule(::typeof(Lib.weigh), A, b::Vector) = 1")
        pack_both(ask)
        (tmp_path / "use.jl").write_text(
            "import Lib, ChainRulesCore\nstruct S end\nLib.weigh(A::S, b::Vector{Float64}) = b\n"
            "ChainRulesCore.rrule(::typeof(Lib.weigh), A::S, b) = 1\n"
        )
        answer = ask("diff", "--from", "./old.pack", "--to", "./new.pack", "use.jl")
        assert answer.code == 1, answer.out
        assert "an ambiguity appears" in answer.out

    def test_an_upgrade_that_leaves_an_opt_out_without_a_rule(self, ask: Ask, tmp_path: Path) -> None:
        library(tmp_path / "old", "ChainRulesCore.rrule(::typeof(Lib.weigh), A, b) = 1")
        library(tmp_path / "new", "")
        pack_both(ask)
        (tmp_path / "use.jl").write_text(
            "import Lib, ChainRulesCore\nstruct S end\nLib.weigh(A::S, b::Vector{Float64}) = b\n"
            "ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(Lib.weigh), ::S, ::Vector{Float64})\n"
        )
        answer = ask("diff", "--from", "./old.pack", "--to", "./new.pack", "use.jl")
        assert answer.code == 1, answer.out
        assert "goes dead" in answer.out or "needed no longer" in answer.out

    def test_nothing_changes_between_an_environment_and_itself(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answer = ask("diff", "--from", "zygote-0.7", "--to", "zygote-0.7")
        assert answer.code == 0
        assert "Nothing changes for this project." in answer.out

    def test_a_project_without_environments_has_nothing_to_compare(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "x.py").write_text("x = 1\n")
        answer = ask("diff", "--to", "zygote-0.7")
        assert answer.code == 2
        assert "give a folder with Julia files" in answer.err


def library(folder: Path, more: str) -> None:
    """A package with a function, and a rule of it."""
    (folder / "src").mkdir(parents=True)
    (folder / "Project.toml").write_text('name = "Lib"\nversion = "1.0.0"\n')
    text = f"module Lib\nimport ChainRulesCore\nweigh(A, b) = 0\n{more}\nend\n"
    (folder / "src" / "Lib.jl").write_text(text)


def pack_both(ask: Ask) -> None:
    for name in ("old", "new"):
        assert ask("pack", name, "-o", f"{name}.pack", *ENV).code == 0


class TestNames:
    def test_a_type_answers_by_all_its_names(self, ask: Ask, tmp_path: Path) -> None:
        package(
            tmp_path,
            more="const Ring = Circulant{Float64}\nRing(n::String) = 1\n(::Type{T})(::Nothing, n) where T<:Circulant=2",
        )
        first, second, third = batch(
            ask,
            tmp_path,
            ("Circulant{Float64}", "String"),
            ("Circulant{Int}", "Nothing", "Int"),
            ("Matrix{Float64}", "UpperTriangular{Float64,Matrix{Float64}}"),
        )
        assert (first["primal"], second["primal"]) == ("src/Circ.jl:19", "src/Circ.jl:20")
        assert third["primal"] == "julia/stdlib/LinearAlgebra/src/triangular.jl:177"

    def test_functions_without_methods_are_known(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path, more="function later end")
        built_in, declared = batch(ask, tmp_path, ("tuple", "Int"), ("later", "Int"))
        assert (built_in["primal"], built_in["fires"]["layer"]) == (None, "adjoint")
        assert (declared["primal"], declared["fires"]["layer"]) == (None, "trace")

    def test_a_stray_function_does_not_stand_for_the_one_that_it_hides(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path, more="det(A::Circulant) = 1\nprod(A::Circulant) = 1\nexport prod")
        plain, own, exported = batch(
            ask,
            tmp_path,
            ("det", "Circulant{Float64}"),
            ("Circ.det", "Circulant{Float64}"),
            ("prod", "Circulant{Float64}"),
        )
        assert plain["primal"].startswith("julia/stdlib/LinearAlgebra/")
        assert (own["primal"], exported["primal"]) == ("src/Circ.jl:18", "src/Circ.jl:19")

    def test_functions_are_values_between_braces(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path, more="struct By{f} end\nuse(::By{sin}) = 1\nuse(::By) = 2")
        sine, other = batch(ask, tmp_path, ("use", "By{sin}"), ("use", "By{cos}"))
        assert (sine["primal"], other["primal"]) == ("src/Circ.jl:19", "src/Circ.jl:20")


def test_an_opt_out_without_its_rrule_makes_zygote_expect_a_rule(ask: Ask, tmp_path: Path) -> None:
    """Run on Zygote 0.6.32: `has_chain_rrule` is true, and the universal `rrule` gives nothing."""
    package(tmp_path, more="ChainRulesCore.@opt_out rrule(::typeof(loss), ::Circulant, ::Any)")
    answer = ask("which", "loss", "Circulant{Float64}", "Vector{Float64}", "--in", "src", *ENV)
    assert "ChainRulesCore/src/rules.jl:131" in answer.out
    assert "expects a rule, gets `nothing`, and fails" in answer.out


def test_a_call_without_a_method_is_said_to_raise(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    answer = ask("which", "loss", "String", "--in", "src", *ENV)
    assert "4. trace       claims     no method takes these types: the call itself raises a MethodError" in answer.out
    assert "The walk ends at layer trace." in answer.out
    (line,) = batch(ask, tmp_path, ("loss", "String"))
    assert (line["primal"], line["fires"]) == (None, {"layer": "trace", "signature": None, "at": None})

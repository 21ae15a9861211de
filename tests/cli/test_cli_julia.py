"""Julia from the command line: lint, fixes and stubs, and what the environment has to say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from julia_sample import MANIFEST, package

pytestmark = pytest.mark.slow

Ask = Callable[..., Any]
CODES = "RC101"
RULE = "ChainRules/src/rulesets/Base/arraymath.jl"


def findings(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)["findings"]
    return found


def test_a_shadowed_method_is_found(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    answer = ask("lint", "--format", "json", "--select", CODES)
    assert answer.code == 1, answer.err
    (finding,) = findings(answer.out)
    assert (finding["code"], finding["system"], finding["path"]) == ("RC101", "zygote", "src/Circ.jl")
    assert finding["shadows"]["line"] == 13  # type: ignore[index]
    assert finding["fires"]["layer"] == "rrule"  # type: ignore[index]
    assert finding["fires"]["path"] == RULE  # type: ignore[index]


def test_the_report_names_the_environment(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    name = "zygote-0.7 (no Manifest.toml was found)"
    assert json.loads(ask("lint", "--format", "json").out)["summary"]["environments"] == [name]
    assert f"Environment: {name}." in ask("lint").out
    assert f"environment: {name}\n" in ask("lint", "--statistics", "--format", "concise").out
    assert "Environment: zygote-0.6.32." in ask("lint", "--env", "zygote-0.6.32").out


def test_the_configuration_names_the_environment(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    (tmp_path / "rulecheck.toml").write_text('[julia]\nenvironment = "zygote-0.6.32"\n')
    assert "Environment: zygote-0.6.32." in ask("lint").out


def test_a_python_project_names_none(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("x = 1\n")
    answer = ask("lint", "--format", "json")
    assert json.loads(answer.out)["summary"]["environments"] == []
    assert "nvironment" not in ask("lint", "--statistics").out


def test_both_languages_are_judged_in_one_run(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    (tmp_path / "broken.py").write_text("def (:\n")
    answer = ask("lint", "--format", "json", "--select", f"{CODES},RC901")
    assert [f["code"] for f in findings(answer.out)] == ["RC901", "RC101"]
    assert json.loads(answer.out)["summary"]["files"] == 2
    assert ask("lint", "--show-files").out.splitlines() == ["broken.py", "src/Circ.jl"]


def test_a_system_reads_only_its_own_language(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path)
    answer = ask("lint", "--system", "engine", "src/Circ.jl")
    assert answer.code == 2
    assert "not a source file (.py)" in answer.err


@pytest.mark.parametrize(
    ("files", "unwanted"),
    [
        ({"x.py": "x = 1\n"}, ("tree_sitter", "rulecheck.languages.julia.program", "rulecheck.systems.zygote.model")),
        ({"x.jl": "x = 1\n"}, ("rulecheck.languages.python.reading", "rulecheck.languages.python.program")),
    ],
    ids=["python", "julia"],
)
def test_nothing_of_another_language_is_imported(
    shell: Callable[..., object], tmp_path: Path, files: dict[str, str], unwanted: tuple[str, ...]
) -> None:
    import os
    import subprocess

    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code = (
        "import sys\nfrom rulecheck.run.lint import lint\nlint(['.'], cache=False)\n"
        f"print([name for name in {unwanted!r} if name in sys.modules])"
    )
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_comment_suppresses_a_finding(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path, comment="  # rulecheck: ignore[RC101] -- dense on purpose")
    answer = ask("lint", "--format", "json", "--select", CODES)
    assert answer.code == 0, answer.out
    assert json.loads(answer.out)["summary"]["suppressed"] == 1


def test_a_comment_that_suppresses_nothing_is_told(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path, comment="  # rulecheck: ignore[RC301]")
    codes = [f["code"] for f in findings(ask("lint", "--format", "json", "--select", "RC902,RC301").out)]
    assert codes == ["RC902"]


def test_a_baseline_holds_what_is_there_today(ask: Ask, tmp_path: Path) -> None:
    source = package(tmp_path)
    assert ask("lint", "--write-baseline", "--baseline", "b.json").code == 0
    source.write_text("# a line more\n" + source.read_text())
    answer = ask("lint", "--baseline", "b.json", "--format", "json")
    assert answer.code == 0, answer.out
    assert json.loads(answer.out)["summary"]["baselined"] >= 1


class TestFixes:
    def test_fixing_ends_every_finding_that_it_can(self, ask: Ask, tmp_path: Path) -> None:
        source = package(tmp_path)
        before = source.read_text()
        assert ask("lint", "--diff", "--unsafe-fixes", "--select", CODES).code == 1
        assert ask("lint", "--fix", "--select", CODES).code == 1, "only a run can tell whether the code can be traced"
        assert source.read_text() == before
        assert ask("lint", "--unsafe-fixes", "--select", CODES).code == 0
        after = source.read_text()
        added = [line for line in after.splitlines() if line not in before.splitlines()]
        assert len(added) == 1
        assert added[0].startswith("ChainRulesCore.@opt_out ChainRulesCore.rrule(::typeof(*), ")
        assert after.replace(added[0] + "\n", "") == before
        assert ask("lint", "--unsafe-fixes", "--select", CODES).code == 0
        assert source.read_text() == after

    @pytest.mark.parametrize(
        ("head", "after"),
        [
            ("using LinearAlgebra\n\n", "using LinearAlgebra\nimport ChainRulesCore\n\n"),
            ("# Ours.\nusing LinearAlgebra # all of it\nexport loss\n", None),
            ("", "\nimport ChainRulesCore\n\nstruct"),
            ("    using LinearAlgebra\n", "    using LinearAlgebra\n    import ChainRulesCore\n"),
        ],
        ids=["behind the imports", "among comments", "first", "indented"],
    )
    def test_what_several_fixes_import_stands_once_with_the_imports(
        self, ask: Ask, tmp_path: Path, head: str, after: str | None
    ) -> None:
        more = "Base.transpose(A::Circulant) = Circulant(reverse(A.c))"
        source = package(tmp_path, more=more)
        lines = ("using LinearAlgebra\n", "import ChainRulesCore\n", "import Base: *\n")
        text = source.read_text()
        for line in lines:
            text = text.replace(line, "")
        text = text.replace("module Circ\n\n", f"module Circ\n{head}").replace("function *", "function Base.:*")
        source.write_text(text)
        assert ask("lint", "--fix", "--select", CODES).code == 1, (
            "an import that the project did not have is for a person"
        )
        assert source.read_text() == text
        assert ask("lint", "--unsafe-fixes", "--select", CODES).code == 0
        fixed = source.read_text()
        assert fixed.count("@opt_out") == 2
        assert fixed.count("import ChainRulesCore") == 1
        expected = after if after is not None else head.replace("of it\n", "of it\nimport ChainRulesCore\n")
        assert fixed.startswith(f"module Circ\n{expected}")

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_line_ends_stay(self, ask: Ask, tmp_path: Path, end: str) -> None:
        source = package(tmp_path)
        source.write_bytes(source.read_text().replace("\n", end).encode())
        assert ask("lint", "--unsafe-fixes", "--select", CODES).code == 0
        data = source.read_bytes()
        assert data.count(b"\n") == data.count(end.encode())

    def test_text_beyond_ascii_stays(self, ask: Ask, tmp_path: Path) -> None:
        source = package(tmp_path, comment="  # für Zyklen: ∑ᵢ cᵢ bᵢ")
        before = source.read_text(encoding="utf-8")
        assert ask("lint", "--unsafe-fixes", "--select", CODES).code == 0
        lines = source.read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "@opt_out" not in line] == before.splitlines()

    def test_standard_input_is_fixed_to_standard_output(
        self, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import io

        source = package(tmp_path)
        text = source.read_text() + "# unsaved\n"

        class Stdin:
            buffer = io.BytesIO(text.encode())

        monkeypatch.setattr(sys, "stdin", Stdin())
        answer = ask("lint", "-", "--stdin-filename", "src/Circ.jl", "--unsafe-fixes", "--select", CODES)
        assert answer.code == 0, answer.err
        assert "@opt_out" in answer.out
        assert answer.out.endswith("# unsaved\n")
        assert "@opt_out" not in source.read_text()


class TestStubs:
    def test_a_file_of_overrides_ends_what_it_answers(self, ask: Ask, tmp_path: Path) -> None:
        source = package(tmp_path)
        assert ask("stubs", "-o", "src/overrides.jl").code == 0
        text = (tmp_path / "src" / "overrides.jl").read_text()
        assert text.startswith("# Overrides that hand calls on to the specialised code")
        assert "Include it at the end of module Circ" in text
        assert "# RC101 shadowed-method, src/Circ.jl:" in text
        ask("stubs", "-o", "src/overrides.jl")
        assert (tmp_path / "src" / "overrides.jl").read_text() == text
        source.write_text(source.read_text().removesuffix("\nend\n") + 'include("overrides.jl")\nend\n')
        assert ask("lint").code == 0

    def test_what_is_for_a_module_inside_is_evaluated_there(self, ask: Ask, tmp_path: Path) -> None:
        source = package(tmp_path)
        inner = source.read_text().replace("module Circ", "module Inner")
        source.write_text(f'module Circ\n{inner}\ninclude("overrides.jl")\nend\n')
        (tmp_path / "src" / "overrides.jl").write_text("")
        assert ask("lint", "--select", CODES).code == 1
        assert ask("stubs", "-o", "src/overrides.jl").code == 0
        assert "@eval Inner begin\n" in (tmp_path / "src" / "overrides.jl").read_text()
        assert ask("lint").code == 0

    def test_another_file_is_not_overwritten(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answer = ask("stubs", "-o", "src/Circ.jl")
        assert answer.code == 2
        assert "not written by `rulecheck stubs`" in answer.err


class TestBadInput:
    def test_an_unknown_environment(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        answer = ask("lint", "--env", "zygote-0.8")
        assert answer.code == 2
        assert 'unknown environment "zygote-0.8"; did you mean "zygote-0.7"?' in answer.err

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (None, "could not be read"),
            (b"hello\n", "this is no pack of rulecheck"),
            (b'{"format":"rulecheck-pack","version":99}\n', "format version 99"),
            (b'{"format":"rulecheck-pack","version":1,"sha256":"0"}\nabc', "damaged"),
        ],
        ids=["missing", "no pack", "another version", "corrupt"],
    )
    def test_a_pack_that_cannot_be_used(self, ask: Ask, tmp_path: Path, data: bytes | None, said: str) -> None:
        package(tmp_path)
        if data is not None:
            (tmp_path / "x.pack").write_bytes(data)
        answer = ask("lint", "--env", "./x.pack")
        assert answer.code == 2
        assert answer.err.startswith("error: ")
        assert "x.pack" in answer.err
        assert said in answer.err

    def test_a_broken_manifest_is_told_and_the_rest_is_judged(self, ask: Ask, tmp_path: Path) -> None:
        package(tmp_path)
        (tmp_path / "Manifest.toml").write_text("[[deps.Broken\n")
        answer = ask("lint", "--format", "json", "--select", f"{CODES},RC901")
        assert [(f["code"], f["path"]) for f in findings(answer.out)] == [
            ("RC901", "Manifest.toml"),
            ("RC101", "src/Circ.jl"),
        ]

    def test_packages_that_are_not_installed_are_counted(
        self, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JULIA_DEPOT_PATH", str(tmp_path / "nothing"))
        package(tmp_path)
        (tmp_path / "Manifest.toml").write_text(MANIFEST)
        answer = ask("lint", "--statistics", "--format", "concise")
        assert answer.code == 1
        assert "2 packages of the Julia project could not be found" in answer.err
        assert "Unheard 1.0.0 is not installed" in answer.out
        assert "what it defines is not known" in answer.out

    def test_files_that_include_each_other(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "a.jl").write_text('include("b.jl")\n')
        (tmp_path / "b.jl").write_text('include("a.jl")\n')
        (finding,) = findings(ask("lint", "--format", "json").out)
        assert finding["code"] == "RC901"
        assert "includes itself" in str(finding["message"])
        assert str(tmp_path) not in str(finding["message"])

    def test_aliases_that_lead_back_to_themselves(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "a.jl").write_text("const C{T} = D{T}\nconst D{T} = C{T}\nBase.:*(x::C{Int}, y::D{Int}) = x\n")
        answer = ask("lint", "--format", "json")
        assert [f["line"] for f in findings(answer.out)] == [1, 2]

    def test_names_that_nobody_knows_are_counted(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "a.jl").write_text("using Unheard\nUnheard.f(x::Unheard.T) = x\n")
        answer = ask("lint", "--statistics", "--format", "concise")
        assert "  1  the function Unheard.f\n  1  the type Unheard.T\n" in answer.out

    @pytest.mark.long
    def test_a_file_of_fifty_thousand_lines(self, ask: Ask, tmp_path: Path) -> None:
        lines = [f"const c{n} = {n}" for n in range(49_998)] + ["f(x::Vector{Float64}) = sum(x)"]
        (tmp_path / "a.jl").write_text("\n".join([*lines, "g(x = 1"]) + "\n")
        answer = ask("lint", "--format", "json", "--no-cache")
        assert [f["code"] for f in findings(answer.out)] == ["RC901"]
        assert json.loads(answer.out)["summary"]["lines"] >= 50_000


def test_what_could_not_be_followed_is_counted_with_its_place(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path, more="for f in names(LinearAlgebra)\n    @eval $f(A::Circulant) = 1\nend")
    answer = ask("lint", "--statistics", "--env", "zygote-0.6.32", "--exit-zero")
    assert "definitions not followed:\n  1  src/Circ.jl:18: a loop that defines methods runs over values" in answer.out


def test_types_say_what_a_rule_could_shadow(ask: Ask, tmp_path: Path) -> None:
    package(tmp_path, more="const Ring = Circulant{Float64}\nBase.sum(A::Ring) = 1.0\nstruct Bare end")
    answer = ask("types", "src", "--env", "zygote-0.6.32")
    assert "Circ.Circulant(AbstractMatrix{T})  src/Circ.jl:7\n  specialises *, sum\n1 type.\n" in answer.out
    assert "Of 2 in all" in answer.out


def test_a_call_of_types_that_one_environment_lacks_is_no_change(ask: Ask, tmp_path: Path) -> None:
    """The likeliest strided matrix has other parameters in later versions of Julia."""
    package(tmp_path, more="Base.:+(A::Circulant, B::StridedMatrix) = B")
    answer = ask("diff", "--from", "zygote-0.6.32", "--to", "zygote-0.7", ".", "--exit-zero")
    assert "+(A::Circulant, B::StridedMatrix)" not in answer.out

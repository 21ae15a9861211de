"""Modules of overrides: formatted, sorted, importable, and the same when written again."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fix_findings import finding
from hypothesis import given
from hypothesis import strategies as st

from rulecheck.finding import Finding, Fix, FixKind
from rulecheck.fix.layout import ImportedName, bindings, fitted, import_block
from rulecheck.fix.stubs import NotStubs, render_stubs
from rulecheck.place import Place

OPT_OUT = Fix(
    FixKind.OPT_OUT,
    True,
    "ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)",
    imports=("import operator", "from rulecheck import ad", "from structured.circulant import Circulant"),
)
FORWARD = Fix(
    FixKind.FORWARD,
    True,
    "@ad.adjoint(operator.matmul, ad.Transpose[CustomVector], Circulant)\n"
    "def _(b, A):\n    return ad.pullback(type(b).__matmul__, b, A)",
    imports=(
        "from structured.circulant import CustomVector, Circulant",
        "import operator",
        "from rulecheck import ad",
    ),
)
LONG = Fix(
    FixKind.OPT_OUT,
    True,
    "ad.opt_out(operator.matmul, ad.Transpose[BlockDiagonalCirculantEmbedding], BlockDiagonalCirculantEmbedding)",
    imports=(
        "import operator",
        "from rulecheck import ad",
        "from structured.blocks import BlockDiagonalCirculantEmbedding",
    ),
)


def at(line: int, message: str = "a rule answers `A @ b` where the method would be traced") -> Finding:
    return replace(finding([]), place=Place("structured/model.py", line), message=message)


MODULE = '''\
"""Overrides that hand calls on to the specialised code; written by `rulecheck stubs`, import it once."""

import operator

from rulecheck import ad

from structured.circulant import Circulant, CustomVector

# RC101 shadowed-method, structured/model.py:3: a rule answers `A @ b` where the method
# would be traced
ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)


# RC101 shadowed-method, structured/model.py:9: a rule answers `A @ b` where the method
# would be traced
@ad.adjoint(operator.matmul, ad.Transpose[CustomVector], Circulant)
def _(b, A):
    return ad.pullback(type(b).__matmul__, b, A)
'''


def test_a_module_in_the_order_of_the_places() -> None:
    assert render_stubs([(at(9), FORWARD), (at(3), OPT_OUT)]) == MODULE


def test_an_override_that_answers_two_findings_stands_once() -> None:
    text = render_stubs([(at(3), OPT_OUT), (at(4), OPT_OUT)])
    assert text.count("ad.opt_out(") == 1
    assert "model.py:3" in text
    assert "model.py:4" in text


def test_fixes_that_change_the_code_itself_are_no_stubs() -> None:
    attribute = Fix(FixKind.ATTRIBUTE, True, "__array_ufunc__ = None")
    assert render_stubs([(at(3), attribute), (at(3), OPT_OUT)]) == render_stubs([(at(3), OPT_OUT)])


def test_nothing_to_override_is_an_empty_module() -> None:
    assert ast.get_docstring(ast.parse(render_stubs([])))


@pytest.mark.parametrize("pairs", [[], [(at(9), FORWARD)], [(at(90), FORWARD), (at(3), OPT_OUT)]])
def test_writing_again_changes_nothing(pairs: list[tuple[Finding, Fix]]) -> None:
    assert render_stubs(pairs, MODULE) == MODULE


def test_what_is_there_stays_when_more_is_added() -> None:
    mine = (
        render_stubs([(at(3), OPT_OUT)]).replace("# RC101", "# checked by hand: RC101") + "\nchecked = True  # mine\n"
    )
    text = render_stubs([(at(9), FORWARD)], mine)
    assert text.startswith(mine.split("from structured")[0])
    assert "# checked by hand: RC101" in text
    assert "checked = True  # mine\n" in text
    assert text.index("mine") < text.index("@ad.adjoint")
    assert render_stubs([(at(9), FORWARD)], text) == text


def test_two_types_of_one_name_are_told_apart() -> None:
    other = replace(OPT_OUT, imports=(*OPT_OUT.imports[:2], "from structured.banded import Circulant"))
    text = render_stubs([(at(3), OPT_OUT), (at(5), other), (at(7), other)])
    assert "from structured.banded import Circulant as Circulant_2\n" in text
    assert "ad.opt_out(operator.matmul, Circulant, ad.AbstractVector)" in text
    assert text.count("ad.opt_out(operator.matmul, Circulant_2, ad.AbstractVector)") == 1
    assert render_stubs([(at(5), other)], text) == text


def test_imports_inside_the_text_move_up() -> None:
    inside = Fix(FixKind.OPT_OUT, True, "import operator\n\n" + FORWARD.text, imports=FORWARD.imports[::2])
    text = render_stubs([(at(9), inside)])
    assert text.count("import operator") == 1
    assert "@ad.adjoint" in text


def test_a_foreign_module_is_not_written_over() -> None:
    with pytest.raises(NotStubs, match="another file"):
        render_stubs([(at(3), OPT_OUT)], "x = 1\n")
    with pytest.raises(NotStubs, match="line 2"):
        render_stubs([(at(3), OPT_OUT)], "x = 1\nx = (\n")


def test_an_override_that_is_not_code_names_its_finding() -> None:
    with pytest.raises(NotStubs, match=r"structured/model\.py:3: the override for RC101"):
        render_stubs([(at(3), replace(OPT_OUT, text="ad.opt_out("))])


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [(at(3), OPT_OUT)],
        [(at(3), LONG), (at(9, "word " * 80), FORWARD), (at(10), OPT_OUT)],
        [(at(9), FORWARD), (at(10), FORWARD), (at(11), LONG)],
        [(at(9), FORWARD), (at(3), replace(OPT_OUT, imports=("from other.circulant import Circulant",)))],
    ],
)
@pytest.mark.parametrize("width", [88, 120])
def test_formatter_and_import_sorter_agree(tmp_path: Path, pairs: list[tuple[Finding, Fix]], width: int) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.ruff]\nline-length = {width}\n")
    (tmp_path / "structured").mkdir()
    for name in ("__init__", "circulant", "blocks"):
        (tmp_path / "structured" / f"{name}.py").touch()
    stubs = tmp_path / "stubs.py"
    stubs.write_text(render_stubs(pairs[:1]))
    stubs.write_text(render_stubs(pairs, stubs.read_text()))
    for command in (["format", "--diff"], ["check", "--select", "I,F", "--no-cache"]):
        ruff = [sys.executable, "-m", "ruff", *command, "stubs.py"]
        done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


NAMES = [
    ImportedName("operator", "operator"),
    ImportedName("np", "numpy"),
    ImportedName("os", "os.path"),
    ImportedName("ad", "rulecheck", "ad"),
    ImportedName("A", "mine.a", "A"),
    ImportedName("B", "mine.a", "B"),
    ImportedName("C", "mine.a", "B"),
    ImportedName("x2", "mine.b", "x2"),
    ImportedName("x10", "mine.b", "x10"),
    ImportedName("annotations", "__future__", "annotations"),
]


@given(st.sets(st.sampled_from(NAMES)))
def test_import_blocks_say_what_they_are_given(names: set[ImportedName]) -> None:
    assert set(bindings(ast.parse(import_block(names, {"mine"})))) == names


@pytest.mark.parametrize(
    "line",
    [
        f"f({', '.join(f'argument_{i}' for i in range(12))})",
        f"def f({', '.join(f'argument_{i}' for i in range(12))}) -> None: ...",
        f"x = g(sum(value_{'a' * 80} for value_{'a' * 80} in y))",
        f"return_value = '{'a' * 100}'",
        f"table[{'a' * 50}, {'b' * 50}]",
        f"table[{'a' * 100}]",
        f"f(g({', '.join(f'argument_{i}' for i in range(12))}), 'a, b', *rest, **more)",
    ],
)
def test_opening_a_long_line_changes_no_meaning(line: str) -> None:
    assert ast.dump(ast.parse(fitted(line))) == ast.dump(ast.parse(line))

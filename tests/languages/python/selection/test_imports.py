"""Names are followed from file to file by what import statements say, and no further."""

from __future__ import annotations

from functools import reduce
from pathlib import Path

import numpy as np
import pytest

from rulecheck.languages.python.program import Program
from rulecheck.languages.python.reading import read
from rulecheck.languages.python.semantics import arrays
from rulecheck.languages.python.syntax.wanted_bodies import spoken, words
from rulecheck.languages.store.settings import ReadSettings

PACKAGE = {
    "pkg/__init__.py": (
        "from pkg.deep import *\nfrom . import deep as below\n"
        "from .deep.made import (  # a comment)\n    empty,\n    M as Matrix,\n)\n"
    ),
    "pkg/deep/__init__.py": "from .made import M\nfrom ..deep import made\n",
    "pkg/deep/made.py": "class M:\n    def __radd__(self, x): return x\n\n\ndef empty() -> M: return M()\n",
    "other.py": "def empty(): return 1\n",
}


def seen(folder: Path, source: str) -> tuple[int, int]:
    """How many sums with a matrix are found in a file, and how many files were parsed."""
    for name, content in {**PACKAGE, "user.py": source}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    program: Program = read([str(folder)], ReadSettings(tokens=(rb"__r\w+__",), parse_all_below=0))
    calls = program.calls_matching(lambda e: e[0] == "op", mentioning=["pkg.deep.made.M"])
    typed = [program.type_of(c.expr[2][1], c.module, scope=c.scope) for c in calls if c.module == "user"]
    return typed.count("pkg.deep.made.M"), program.stats.parsed


@pytest.mark.parametrize(
    "source",
    [
        "from pkg.deep.made import M\n1 + M()",
        "from pkg.deep.made import M as N\n1 + N()",
        "from pkg.deep import M\n1 + M()",
        "from pkg import M\n1 + M()",
        "from pkg import Matrix\n1 + Matrix()",
        "from pkg import (\n    below,  # (a comment)\n    empty,\n)\n1 + empty()",
        "from pkg import *\n1 + M()",
        "from pkg import below\n1 + below.M()",
        "from pkg import below as b\n1 + b.made.empty()",
        "import pkg\n1 + pkg.Matrix()",
        "import pkg\n1 + pkg.below.made.M()",
        "import os, pkg.deep.made as made\n1 + made.M()",
        "import pkg.deep.made\n1 + pkg.deep.made.empty()",
        "from pkg \\\n    import \\\n    M\n1 + M()",
        "try: from pkg import M\nexcept ImportError: M = None\n1 + M()",
        "from pkg.deep import made; from pkg import M\n1 + made.M()",
        "import typing\nif typing.TYPE_CHECKING:\n    import pkg as p\n\ndef f(x: 'p.below.M'): return 1 + x",
    ],
)
def test_what_a_file_can_take_is_found(source: str, tmp_path: Path) -> None:
    assert seen(tmp_path, source)[0] == 1


@pytest.mark.parametrize(
    "source",
    [
        "import other\n1 + other.empty()",
        "import numpy as np\n1 + np.empty()",
        "from other import empty\n1 + empty()",
        "M = 1\n1 + M",
        "def f(x): return 1 + x.empty()",
    ],
)
def test_the_same_word_from_elsewhere_leads_nowhere(source: str, tmp_path: Path) -> None:
    typed, parsed = seen(tmp_path, source)
    assert typed == 0
    user = read([str(tmp_path / "user.py")]).stats.parsed
    assert parsed <= len(PACKAGE) - 1 + user - 1


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from b import M, empty\n")
    (tmp_path / "b.py").write_text("from a import *\n")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "__init__.py").write_text("from c.x import y as x\nfrom c.x.x import M\n")
    assert seen(tmp_path, "import c\n1 + c.x.M()\n1 + c.M()")[0] == 0
    assert seen(tmp_path, "from a import M\n1 + M()")[0] == 0


def test_a_word_is_found_as_among_all_words() -> None:
    data = "np.x = jnp + x_np - \u00e9np(np2)\n# np\n".encode()
    for content in (data, data.replace(b"np", b"nq"), b"", b"np", b"(np)", data[:3], data[3:15]):
        for word in (b"np", b"x", b"jnp", b"2"):
            assert (spoken(word).search(content) is not None) == (word in words(content))


def test_the_functions_of_numpy_that_need_no_source_are_no_classes() -> None:
    for name in arrays.FUNCTIONS - {"numpy.asfarray"}:  # of older versions
        assert not isinstance(reduce(getattr, name.split(".")[1:], np), type)

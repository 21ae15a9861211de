"""What an annotation says of a parameter, and where it says nothing that can be held to."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.dispatch.lattice import members_of
from rulecheck.facts import Generic, Type
from rulecheck.languages.python.reading import read

HEAD = """
import collections.abc, dataclasses, numbers, typing as t
import numpy as np
import numpy.typing as npt
from typing import Annotated, Final, Literal, Optional, Self, Union
class A: ...
def function(): ...
Alias = A
Deep = Optional[Alias]
Ring = "Ring"
Number = t.NewType("Number", int)
K = t.TypeVar("K")
Few = t.TypeVar("Few", A, int)
Below = t.TypeVar("Below", bound=A)
twice = A
twice = int
"""
SAID = {
    # names
    "A": "A",
    "'A'": "A",
    "Alias": "A",
    "Number": "int",
    "None": "NoneType",
    "np.ndarray": "ndarray",
    "npt.NDArray[np.float64]": "ndarray",
    "numbers.Number": "Number",
    # one or another
    "A | None": "A | NoneType",
    "Optional[A]": "A | NoneType",
    "Deep": "A | NoneType",
    "Union[A, int, None]": "A | NoneType | int",
    "'A | int'": "A | int",
    # what stands around a type
    "Annotated[A, 'small']": "A",
    "Final[A]": "A",
    "t.ClassVar[A]": "A",
    "dataclasses.InitVar[A]": "A",
    "Literal[1, 2]": "int",
    "Literal['a', 1]": "int | str",
    "type[A]": "type",
    # containers
    "list[A]": "list of A",
    "t.List[A]": "list of A",
    "set[int]": "set of int",
    "tuple[A, ...]": "tuple of A",
    "dict[str, A]": "dict",
    "dict": "dict",
    "list": "list",
    "collections.abc.Sequence[A]": "Sequence of A",
    "t.Iterable[A]": "Iterable of A",
    # type variables
    "Below": "A",
    "Few": "A | int",
    "K": None,
    # nothing that can be held to
    "t.Any": None,
    "object": "object",
    "function": None,
    "nowhere": None,
    "A.inner": None,
    "Ring": None,
    "1 + 1": None,
    "'not an expression ('": None,
}


def shown(type_: Type | None) -> str | None:
    if type_ is None:
        return None
    parts = []
    for m in members_of(type_):
        if isinstance(m, Generic) and m.wrapper != "numpy.ndarray":
            parts.append(f"{m.wrapper.rpartition('.')[2]} of {shown(m.parameter)}")
        else:
            parts.append((m.wrapper if isinstance(m, Generic) else m).rpartition(".")[2])
    return " | ".join(sorted(parts))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Type | None]:
    path = tmp_path_factory.mktemp("told") / "made.py"
    path.write_text(HEAD + "".join(f"def f{n}(x: {said}): mark({n}, x)\n" for n, said in enumerate(SAID)))
    program = read([str(path)])
    marks = [c for c in program.calls if c.expr[0] == "call" and c.expr[1] == ("name", "mark")]
    found = {c.expr[2][0][1]: program.type_of(c.expr[2][1], c.module, scope=c.scope) for c in marks}
    return {said: found[n] for n, said in enumerate(SAID)}


@pytest.mark.parametrize("said", SAID)
def test_an_annotation(said: str, told: dict[str, Type | None]) -> None:
    assert shown(told[said]) == SAID[said]


def test_self_is_the_class_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "made.py"
    path.write_text(
        "from typing import Self\nclass A:\n    def me(self) -> Self: ...\nclass B(A): ...\ndef f(x: B): mark(x.me())\n"
    )
    program = read([str(path)])
    (call,) = (c for c in program.calls if c.expr[1] == ("name", "mark"))
    assert program.type_of(call.expr[2][0], call.module, scope=call.scope) == "made.B"

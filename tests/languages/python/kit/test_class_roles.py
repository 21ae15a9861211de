"""Which classes have objects of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.languages.python.kit.class_roles import ClassRoles, is_of_tests
from rulecheck.languages.python.reading import read

SOURCE = """
from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol


class Plain:
    def __init__(self): ...

class Below(Plain): ...

class Marked:
    def __init__(self): ...
    @abstractmethod
    def shape(self): ...

class Open:
    def __init__(self): ...
    def shape(self): raise NotImplementedError

class Filled(Open):
    def shape(self): return (2, 2)

class Unfilled:
    def __init__(self): ...
    def shape(self): raise NotImplementedError

class Asked(Protocol):
    def shape(self): ...

class OperatorMixin:
    def __matmul__(self, x): return x

class Mixed(OperatorMixin, Plain): ...

class Shared:
    def __matmul__(self, x): return x

class Made(Shared):
    def __init__(self): ...

@dataclass
class Data:
    x: int

class Heir(Data): ...

class Library:
    def __array__(self): ...

class OfLibrary(Library):
    def __matmul__(self, x): return x

class BelowIt(OfLibrary): ...
"""


@pytest.fixture
def roles(tmp_path: Path) -> ClassRoles:
    path = tmp_path / "m.py"
    path.write_text(SOURCE)
    return ClassRoles(read([str(path)]), made=("m.Library",))


@pytest.mark.parametrize(
    ("name", "abstract", "mixin"),
    [
        ("Plain", False, False),
        ("Below", False, False),
        ("Marked", True, False),
        ("Open", True, False),
        ("Filled", False, False),
        ("Unfilled", False, False),
        ("Asked", True, True),
        ("OperatorMixin", True, True),
        ("Mixed", False, False),
        ("Shared", True, True),
        ("Made", False, False),
        ("Data", False, False),
        ("OfLibrary", False, False),
    ],
)
def test_roles(roles: ClassRoles, name: str, abstract: bool, mixin: bool) -> None:
    assert roles.is_abstract(f"m.{name}") is abstract
    assert roles.is_mixin(f"m.{name}") is mixin


def test_concrete_classes_stand_for_an_abstract_one(roles: ClassRoles) -> None:
    assert roles.concrete("m.Open") == ("m.Filled",)
    assert roles.concrete("m.Shared") == ("m.Made",)
    assert roles.concrete("m.Plain") == ("m.Plain",)


@pytest.mark.parametrize(
    ("name", "is_tests"),
    [("tests.m.A", True), ("pkg.test_m.A", True), ("pkg.m_test.A", True), ("pkg.conftest.A", True), ("pkg.m.A", False)],
)
def test_classes_of_tests(name: str, is_tests: bool) -> None:
    assert is_of_tests(name) is is_tests

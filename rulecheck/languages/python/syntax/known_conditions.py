"""What is known of tests and of blocks before anything runs."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence


def is_type_checking(test: ast.expr) -> bool:
    """Whether a test is `TYPE_CHECKING`, which holds for readers alone."""
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def decided(test: ast.expr) -> bool | None:
    """The outcome of a comparison of `sys.version_info` with a literal, for the Python that reads."""
    if not (isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Attribute)):
        return None
    if test.left.attr != "version_info" or not isinstance(test.comparators[0], ast.Tuple):
        return None
    wanted = tuple(e.value for e in test.comparators[0].elts if isinstance(e, ast.Constant) and type(e.value) is int)
    if len(wanted) != len(test.comparators[0].elts):
        return None
    present = tuple(sys.version_info[:5])
    operator = type(test.ops[0])
    outcomes: dict[type[ast.cmpop], bool] = {
        ast.Gt: present > wanted,
        ast.GtE: present >= wanted,
        ast.Lt: present < wanted,
        ast.LtE: present <= wanted,
    }
    return outcomes.get(operator)


def returns(body: Sequence[ast.stmt]) -> bool:
    """Whether the last statement is a plain return: then the code behind is reached only if something was raised."""
    return bool(body) and isinstance(body[-1], ast.Return)

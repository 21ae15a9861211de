"""Learns how many references an array has on each way into the engine (see `rulecheck.ad.guard`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rulecheck.ad import derivatives, guard
from rulecheck.ad.box import input_box
from rulecheck.ad.numpy_pullbacks import PULLBACKS
from rulecheck.ad.tape import Tape


@dataclass
class _Holder:
    field: Any


def calibrate() -> None:
    """Send arrays with one owner each down every way."""
    _calibrate_arguments()
    _calibrate_operands()


def _fresh() -> Any:
    return np.eye(2)


def _calibrate_arguments() -> None:
    def argument() -> None:
        x = _fresh()
        derivatives.pullback(_identity, x)

    def argument_for_gradient() -> None:
        x = _fresh()
        derivatives.gradient(_zero, x)

    def unpacked() -> None:
        listed = [_fresh()]
        derivatives.gradient(_zero, *listed)

    def unpacked_for_pullback() -> None:
        listed = [_fresh()]
        derivatives.pullback(_identity, *listed)

    def in_list() -> None:
        derivatives.pullback(_identity, [_fresh()])

    def in_dict() -> None:
        derivatives.pullback(_identity, {"a": _fresh()})

    def in_field() -> None:
        derivatives.pullback(_identity, _Holder(_fresh()))

    guard.calibrate(guard.ARGUMENT, argument, argument_for_gradient)
    guard.calibrate(guard.UNPACKED, unpacked, unpacked_for_pullback)
    guard.calibrate(guard.INSIDE, in_list, in_dict, in_field)


def _calibrate_operands() -> None:
    box: Any = input_box(np.eye(2), Tape())

    def right_operand() -> None:
        x = _fresh()
        box * x

    def left_of_ufunc() -> None:
        x = _fresh()
        x * box

    def in_ufunc() -> None:
        x = _fresh()
        np.multiply(x, box)

    def right_in_ufunc() -> None:
        x = _fresh()
        np.multiply(box, x)

    def in_function() -> None:
        x = _fresh()
        function(x, box)

    guard.calibrate(guard.OPERATOR, right_operand)
    guard.calibrate(guard.UFUNC, left_of_ufunc, in_ufunc, right_in_ufunc)
    for function in (np.linalg.solve, np.dot, np.outer):
        if function in PULLBACKS:
            guard.calibrate(guard.FUNCTION, in_function)
            break


def _identity(x: Any) -> Any:
    return x


def _zero(x: Any) -> float:
    return 0.0

"""The small types that the checks' examples share; each example is a complete file that runs."""

from __future__ import annotations

from textwrap import dedent

_HEAD = """\
import operator

import numpy as np

from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    @property
    def shape(self) -> tuple[int, int]:
        return (len(self.entries), len(self.entries))

    @property
    def T(self) -> "Diagonal":
        return self

    def to_array(self) -> np.ndarray:
        return np.diag(self.entries)

    def __matmul__(self, x: ad.AbstractVector) -> np.ndarray:
        return self.entries * ad.asarray(x)
"""
_SIGNAL = """

class Signal(ad.AbstractVector):
    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples

    @property
    def shape(self) -> tuple[int]:
        return self.samples.shape

    def to_array(self) -> np.ndarray:
        return self.samples
"""
TRACED = "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)"


def diagonal(*parts: str) -> str:
    """A file with the matrix type and what follows it; a definition is set off by two blank lines."""
    return _joined(_HEAD, parts)


def diagonal_and_signal(*parts: str) -> str:
    """A file with the matrix type, the vector type, and what follows them."""
    return _joined(_HEAD + _SIGNAL, parts)


def _joined(head: str, parts: tuple[str, ...]) -> str:
    text, apart = head, True
    for part in parts:
        lines = dedent(part).strip("\n")
        defines = lines.startswith(("@", "def ", "class "))
        text += ("\n\n" if apart or defines else "") + lines + "\n"
        apart = defines
    return text

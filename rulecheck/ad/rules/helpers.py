"""What several rules use."""

from __future__ import annotations

from typing import Any

import numpy as np


def conj(x: Any) -> Any:
    """The complex conjugate; a real value itself, without a copy."""
    if x.__class__ is float:
        return x
    return np.conj(x) if np.iscomplexobj(x) else x


def transposed(x: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    return conj(np.swapaxes(x, -1, -2) if np.ndim(x) > 2 else x.T)

"""Keeps the memory of one gradient for the next.

A tape holds the arrays of a whole forward pass, and gives them up together at the end. The C library then returns the
memory to the system, and the next gradient has every page of it cleared anew, which costs more than the arithmetic
on it. glibc keeps as much freed memory for reuse as twice the largest block that was ever mapped and freed; so a block
is, once, and never touched. Where the memory is managed otherwise, or is configured, nothing changes.
"""

from __future__ import annotations

import numpy as np

# Freed memory up to twice this size is kept.
BLOCK = 16 * 1024 * 1024


def keep_freed_memory() -> None:
    """Have the C library keep freed memory for the arrays to come."""
    np.empty(BLOCK, np.uint8)

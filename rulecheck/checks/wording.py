"""How messages put several things into one sentence."""

from __future__ import annotations

from collections.abc import Sequence


def listed(parts: Sequence[str], most: int = 4) -> str:
    """The parts as a person lists them; beyond `most` of them, the number of the rest."""
    shown = list(parts) if len(parts) <= most else [*parts[: most - 1], f"{len(parts) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

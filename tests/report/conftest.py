"""Snapshots: `pytest tests/report --update-snapshots` writes them anew; read the difference before you commit it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "snapshots"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-snapshots", action="store_true", help="write the snapshots of reports anew")


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the snapshot of that name."""
    update = request.config.getoption("--update-snapshots", default=False)

    def compare(text: str, name: str) -> None:
        path = FOLDER / name
        if update:
            path.write_bytes(text.encode())
        assert path.exists(), f"no snapshot {name}: run pytest tests/report --update-snapshots"
        assert text == path.read_bytes().decode()

    return compare

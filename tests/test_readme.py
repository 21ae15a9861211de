"""What the README and the docs show is what happens."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pages import PAGES, ROOT, Stage, blocks, played, same


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_block_prints_what_the_page_says(path: Path, tmp_path: Path) -> None:
    for block, printed in played(path.read_text(encoding="utf-8"), Stage(tmp_path / "stage")):
        assert "Traceback" not in printed, f"{path}:{block.line}\n{printed}"
        assert same(block.text, printed), f"{path}:{block.line}: the page shows\n{block.text}\nbut this is\n{printed}"


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_block_says_its_language(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8")):
        assert block.language in {"console", "python", "text", "sh", "toml", "yaml", "json", "mermaid"}, (
            f"{path}:{block.line}"
        )
        if block.language == "toml":
            tomllib.loads(block.text)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        if not target.startswith(("https://", "http://")):
            assert (path.parent / target).exists(), f"{path}: {target}"


@pytest.mark.parametrize(
    ("expected", "printed", "equal"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n...\nc\n", "a\nb\nb\nc\n", True),
        ("a\n...\nc\n", "a\nc\n", True),
        ("a\n...\nc\n", "a\nb\n", False),
        ("...\n", "", True),
        ("rulecheck/ad/rules/linear.py:4)\n", "rulecheck/ad/rules/linear.py:43)\n", True),
        ("fixtures/seed/structured/model.py:4)\n", "fixtures/seed/structured/model.py:43)\n", False),
    ],
)
def test_three_dots_stand_for_any_lines(expected: str, printed: str, equal: bool) -> None:
    assert same(expected, printed) is equal

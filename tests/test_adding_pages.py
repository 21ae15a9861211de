"""The pages on adding a system and a check: their code is installed here, and the commands print what they show.

`python tests/test_adding_pages.py` writes both into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from installed import install

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
EXAMPLE = Path(__file__).parent / "plugin_example"
PAGES = ("adding-a-system", "adding-a-check")
POINTS = {
    "rulecheck-tinyad": {"rulecheck.systems": {"tinyad": "rulecheck_tinyad:SYSTEM"}},
    "rulecheck-rule-on-object": {"rulecheck.checks": {"EX101": "rulecheck_rule_on_object:CHECK"}},
}
_FENCE = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shown(page: str, folder: Path) -> str:
    """A page with its files and what its commands print, run in a folder beside the installed plugins."""

    def filled(block: re.Match[str]) -> str:
        language, file, text = block.groups()
        if file is not None:
            return f"```{language} file={file}\n{(EXAMPLE / file).read_text()}```"
        if language != "console":
            return block[0]
        lines = [line for line in text.splitlines() if line.startswith("$ ")]
        printed = "\n".join(f"{line}\n{_printed(line[2:], folder)}" for line in lines)
        return f"```console\n{printed}```"

    return _FENCE.sub(filled, page)


def installed(folder: Path) -> Path:
    """The example's project in a folder, beside the plugins as an installer leaves them."""
    modules = {str(p.relative_to(EXAMPLE / "site")): p.read_text() for p in (EXAMPLE / "site").rglob("*.py")}
    for name, points in POINTS.items():
        install(folder / "site", name, modules, points)
    return shutil.copytree(EXAMPLE / "project", folder / "project")


def _printed(command: str, folder: Path) -> str:
    words = shlex.split(command)
    assert words[0] == "rulecheck"
    site = str(folder.parent / "site")
    environment = {**os.environ, "PYTHONPATH": site, "RULECHECK_CACHE_DIR": str(folder.parent / "cache")}
    line = [sys.executable, "-m", "rulecheck", *words[1:]]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    text = done.stdout + done.stderr
    return text.replace(site, "site") + ("" if text.endswith("\n") else "\n")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_is_there(name: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / f"{name}.md").read_text()
    assert shown(page, installed(tmp_path)) == page, "run: python tests/test_adding_pages.py"


def test_the_example_is_as_small_as_the_page_says() -> None:
    assert len((EXAMPLE / "site" / "rulecheck_tinyad" / "__init__.py").read_text().splitlines()) <= 150


def test_the_fix_ends_the_finding_of_the_added_system(tmp_path: Path) -> None:
    project = installed(tmp_path)
    lint = "rulecheck lint model.py --plugin rulecheck-tinyad"
    assert "RC101" in _printed(lint, project)
    assert "applied 1 fix" in _printed(f"{lint} --fix", project)
    assert "No findings" in _printed(lint, project)
    assert "2. trace  claims" in _printed("rulecheck which @ Diagonal Signal --plugin rulecheck-tinyad", project)


if __name__ == "__main__":
    for each in PAGES:
        path = ROOT / "docs" / f"{each}.md"
        with TemporaryDirectory() as temporary:
            text = shown(path.read_text(), installed(Path(temporary)))
        path.write_text(text)

"""The code blocks of the README and the docs: found, run as a reader would, and compared.

`python tests/pages.py` runs every page and writes what the commands really print into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs" / "index.md",
    ROOT / "docs" / "adopting.md",
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "how-the-walk-works.md",
    *sorted((ROOT / "docs" / "systems").glob("*.md")),
]

_OWN_LINE = re.compile(r"(rulecheck/ad/[\w/]+\.py):\d+")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and where the text stands in the page (offsets and line)."""

    language: str
    text: str
    start: int
    end: int
    line: int


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(m[1], m[2], m.start(2), m.end(2), page.count("\n", 0, m.start()) + 1) for m in _FENCE.finditer(page)]


class Stage:
    """A folder with a copy of the fixtures, in which one page's blocks run one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "fixtures" / "seed", folder / "fixtures" / "seed")
        commands = folder.parent / f"{folder.name}-bin"
        commands.mkdir()
        start = "import sys; sys.argv[0] = 'rulecheck'; from rulecheck.cli import main; main()"
        for name, words in {"rulecheck": ["-c", start], "python": []}.items():
            line = shlex.join([sys.executable, *words])
            (commands / name).write_text(f'#!/bin/sh\nexec {line} "$@"\n')
            (commands / name).chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "COLUMNS": "110",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }

    def run(self, command: str) -> str:
        """What a shell command prints, errors among it."""
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        # As one sees it who stands in the checkout.
        return done.stdout.replace(f"{ROOT}{os.sep}", "").replace(f"{self.folder.resolve()}{os.sep}", "")

    def console(self, text: str) -> str:
        """A console block with what its commands (the lines after `$ `) really print."""
        shown = []
        for line in text.splitlines():
            if line.startswith("$ "):
                printed = self.run(line[2:])
                shown.append(f"{line}\n{printed}" + ("\n" if printed and not printed.endswith("\n") else ""))
        return "".join(shown)

    def python(self, text: str) -> str:
        """What a python block prints. It runs alone, with warnings as errors; its failure is an error of the page."""
        (self.folder / "block.py").write_text(text)
        printed = self.run("python -W error block.py || echo '[failed]'")
        (self.folder / "block.py").unlink()
        return printed


def same(expected: str, printed: str) -> bool:
    """Whether a block says what was printed; a line of `...` stands for any lines.

    The line at which one of the engine's own rules stands may have moved since the page was written.
    """
    expected, printed = (_OWN_LINE.sub(r"\1", text) for text in (expected, printed))
    parts = [re.escape(part) for part in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), printed) is not None


def played(page: str, stage: Stage) -> list[tuple[Block, str]]:
    """Every block that is compared, with what it should hold: console blocks, and text that follows python."""
    results: list[tuple[Block, str]] = []
    pending: str | None = None
    found = blocks(page)
    for block, after in zip_longest(found, found[1:]):
        if block.language == "console":
            results.append((block, stage.console(block.text)))
        elif block.language == "python":
            printed = stage.python(block.text)
            between = page[block.end : after.start].split() if after is not None else []
            if between == ["```", "```text"]:
                pending = printed
            else:
                results.append((Block("nothing", "", block.end, block.end, block.line), printed))
        elif block.language == "text" and pending is not None:
            results.append((block, pending))
            pending = None
    return results


def main() -> None:
    """Write into every page what its commands print."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as scratch:
            results = played(text, Stage(Path(scratch) / "stage"))
        for block, printed in reversed(results):
            if block.language == "nothing" and printed:
                raise SystemExit(f"{path}:{block.line}: the block prints\n{printed}")
            if "\n...\n" not in block.text or not same(block.text, printed):
                text = text[: block.start] + printed + text[block.end :]
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

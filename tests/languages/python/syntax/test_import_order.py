"""A new import line goes where isort would have it, and leaves the rest of the file alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rulecheck.languages.python.syntax.import_order import insertion

OPERATOR = "import operator"
AD = "from rulecheck import ad"


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        ("import numpy as np\n\nx = 1\n", OPERATOR, "import operator\n\nimport numpy as np\n\nx = 1\n"),
        ('"""D."""\n\nimport numpy\n', OPERATOR, '"""D."""\n\nimport operator\n\nimport numpy\n'),
        (
            "import os\nimport sys\n\nimport numpy\n",
            OPERATOR,
            "import operator\nimport os\nimport sys\n\nimport numpy\n",
        ),
        ("import abc\nimport sys\n", OPERATOR, "import abc\nimport operator\nimport sys\n"),
        ("import abc\n\nimport numpy\n", OPERATOR, "import abc\nimport operator\n\nimport numpy\n"),
        ("from abc import ABC\n\nimport numpy\n", OPERATOR, "import operator\nfrom abc import ABC\n\nimport numpy\n"),
        ("import abc\n", AD, "import abc\n\nfrom rulecheck import ad\n"),
        ("import abc", AD, "import abc\n\nfrom rulecheck import ad"),
        ("import numpy\nimport scipy\n", AD, "import numpy\nimport scipy\nfrom rulecheck import ad\n"),
        (
            "from numpy import sin\n\nfrom .a import b\n",
            AD,
            "from numpy import sin\nfrom rulecheck import ad\n\nfrom .a import b\n",
        ),
        ("from __future__ import annotations\n\nfrom .a import b\n", AD, None),
        ("from __future__ import annotations\n\nimport own\n", AD, None),
        ("from rulecheck import (\n    __version__,\n)\n\nx = 1\n", OPERATOR, None),
        (
            "# licence\n# of this file\nimport numpy\n",
            OPERATOR,
            "# licence\n# of this file\nimport operator\n\nimport numpy\n",
        ),
        ("import abc\n\n# why\nimport numpy\n", AD, "import abc\n\n# why\nimport numpy\nfrom rulecheck import ad\n"),
        ("import abc\n\n# why\nimport numpy\n", "import attrs", "import abc\n\nimport attrs\n\n# why\nimport numpy\n"),
        ('"""D."""\n', OPERATOR, '"""D."""\n\nimport operator\n'),
        ("", OPERATOR, "import operator\n\n"),
        ("#!/usr/bin/env python\nx = 1\n", OPERATOR, "#!/usr/bin/env python\n\nimport operator\n\nx = 1\n"),
        ("import abc; import sys\n", AD, "import abc; import sys\n\nfrom rulecheck import ad\n"),
    ],
)
def test_the_place(before: str, line: str, after: str | None, tmp_path: Path) -> None:
    at, text = insertion(before, line, ("own",))
    found = before[:at] + text + before[at:]
    assert line in found.splitlines()
    assert found.replace(text, "", 1) == before
    if after is not None:
        assert found == after
    if ";" not in before and before.endswith("\n"):
        assert is_sorted(found, tmp_path)


def is_sorted(text: str, folder: Path) -> bool:
    """Whether ruff has nothing to say of the imports."""
    if shutil.which("ruff", path=str(Path(sys.executable).parent)) is None:
        return True
    words = [
        "ruff",
        "check",
        "--isolated",
        "--select",
        "I",
        "--quiet",
        "--config",
        'lint.isort.known-first-party=["own"]',
    ]
    path = folder / "file.py"
    path.write_text(text)
    command = [str(Path(sys.executable).parent / words[0]), *words[1:], str(path)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0

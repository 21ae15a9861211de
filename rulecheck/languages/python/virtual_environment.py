"""Where a project's packages are installed: the virtual environment that it is worked on in.

The linter itself often runs in an environment of its own (a pre-commit hook's, a tool runner's), which has none of the
packages that the linted code imports.
"""

from __future__ import annotations

import os
import sys

_NAMES = (".venv", "venv")
_LAYOUTS = (("lib", "python3*", "site-packages"), ("Lib", "site-packages"))


def project_packages(start: str) -> tuple[str, ...]:
    """The folders of installed packages that belong to the project around a path; none where there is no environment.

    The active environment comes first (unless it is the one that this very program runs in, whose packages are found
    anyway), else the closest `.venv` or `venv` beside or above the path, no further up than the repository's root.
    """
    active = os.environ.get("VIRTUAL_ENV")
    if active and not _is_own(active):
        return _packages(active)
    folder = os.path.abspath(start)
    while True:
        for name in _NAMES:
            candidate = os.path.join(folder, name)
            if os.path.isfile(os.path.join(candidate, "pyvenv.cfg")):
                return () if _is_own(candidate) else _packages(candidate)
        above = os.path.dirname(folder)
        if above == folder or os.path.exists(os.path.join(folder, ".git")):
            return ()
        folder = above


def _is_own(environment: str) -> bool:
    return os.path.realpath(environment) == os.path.realpath(sys.prefix)


def _packages(environment: str) -> tuple[str, ...]:
    import glob

    found = [p for layout in _LAYOUTS for p in glob.glob(os.path.join(glob.escape(environment), *layout))]
    return tuple(sorted(p for p in found if os.path.isdir(p)))

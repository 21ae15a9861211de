"""Lint published packages and print what is found in each: `python benchmarks/real_code.py [FOLDER]`.

Fetches the wheels named below with pip and no others, into FOLDER (default: a temporary one), and unpacks each beside
the others. Nothing of them is installed, imported or run. Exits 1 where a line of the table is not as expected.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CODES = ("RC103", "RC104")


@dataclass(frozen=True)
class Package:
    """A wheel, the classes that must be reported in it, and those that must not be; `clean` where none may."""

    wheel: str
    version: str
    folder: str
    reported: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    clean: tuple[str, ...] = ()


PACKAGES = (
    Package("scipy", "1.10.1", "scipy", reported=("scipy.sparse.linalg._interface.LinearOperator",)),
    Package("scipy", "1.17.1", "scipy", silent=("LinearOperator",), clean=("RC103",)),
    Package("pylops", "2.8.0", "pylops", reported=("pylops.linearoperator.LinearOperator",)),
    Package(
        "linear_operator",
        "0.6.1",
        "linear_operator",
        reported=("linear_operator.operators._linear_operator.LinearOperator",),
    ),
    Package(
        "sympy",
        "1.14.0",
        "sympy",
        reported=("sympy.matrices.expressions.matexpr.MatrixExpr",),
        silent=("MatrixArithmetic",),
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """Download one wheel, without what it depends on, and unpack it; gives the folder of the package itself."""
    home = folder / f"{package.wheel}-{package.version}"
    if not home.is_dir():
        wheels = folder / "wheels"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--disable-pip-version-check", "--dest", str(wheels), f"{package.wheel}=={package.version}"]
        subprocess.run(command, check=True)
        (wheel,) = wheels.glob(f"{package.wheel}-{package.version}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(home)
    return home / package.folder


def judge(package: Package, found: dict[str, set[str]]) -> Iterator[str]:
    """What is not as expected; `found` has the scopes of the findings by code."""
    scopes = found.get("RC103", set())
    yield from (f"{name} is not reported" for name in package.reported if name not in scopes)
    yield from (
        f"{scope} is reported"
        for scope in sorted(scopes)
        for name in package.silent
        if scope.rpartition(".")[2] == name
    )
    yield from (f"{code} is reported for {scope}" for code in package.clean for scope in sorted(found.get(code, ())))


def main() -> int:
    """Fetch, lint and print; gives the exit code."""
    from rulecheck import lint

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", help="where the wheels are kept; a temporary one by default")
    given = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        homes = [fetch(package, folder) for package in PACKAGES]
        print("| package | version | files | lines | seconds | RC103 | RC104 | as expected |")
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        wrong, named = 0, []
        for package, home in zip(PACKAGES, homes, strict=True):
            start = time.perf_counter()
            result = lint([str(home)], systems=("numpy",), select=CODES, cache=False)
            seconds = time.perf_counter() - start
            found = {code: {f.scope for f in result.findings if f.code == code} for code in CODES}
            troubles = list(judge(package, found))
            wrong += bool(troubles)
            counts = " | ".join(str(sum(f.code == code for f in result.findings)) for code in CODES)
            size = f"{result.summary.files} | {result.summary.lines} | {seconds:.1f}"
            verdict = "; ".join(troubles) or "yes"
            print(f"| {package.wheel} | {package.version} | {size} | {counts} | {verdict} |")
            named += [
                f"{Path(f.place.path).relative_to(home.parent)}:{f.place.line} {f.code} {f.message}"
                for f in result.findings
            ]
    print("", *named, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

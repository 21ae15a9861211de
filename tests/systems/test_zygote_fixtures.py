"""fixtures/julia_*: each package has exactly the findings that its comments announce, and its fixes end them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from zygote_world import announced, apply_edits, environment, findings, model_of, packages, places

from rulecheck.finding import Finding, FixKind
from rulecheck.fix import apply, settle
from rulecheck.languages.julia.program import read_julia
from rulecheck.systems import macros
from rulecheck.systems.zygote.model import ZygoteModel

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", packages(), ids=lambda path: path.stem)
def test_a_package_has_what_it_announces(path: Path) -> None:
    assert places(findings(model_of(path))) == announced(path)


@pytest.mark.parametrize("path", packages(), ids=lambda path: path.stem)
def test_every_override_ends_its_finding_and_starts_none(path: Path, tmp_path: Path) -> None:
    before = findings(model_of(path))
    fixed = 0
    for finding in before:
        if finding.fix is None or not finding.fix.edits:
            continue
        if finding.fix.kind not in (FixKind.OPT_OUT, FixKind.NARROW, FixKind.FORWARD, FixKind.REMOVE):
            continue
        folder = tmp_path / f"{finding.code}_{finding.place.line}_{fixed}"
        (folder / "src").mkdir(parents=True)
        (folder / "Project.toml").write_text((path.parents[1] / "Project.toml").read_text())
        copy = folder / "src" / path.name
        copy.write_text(apply_edits(path.read_text(), finding.fix.edits))
        after = findings(ZygoteModel(read_julia([str(copy)], environment(), macros=macros())))
        left = [(f.code, f.identity) for f in after]
        assert (finding.code, finding.identity) not in left, finding.fix.text
        assert len(after) < len(before), (finding.fix.text, set(left) - {(f.code, f.identity) for f in before})
        fixed += 1
    assert fixed


@pytest.mark.parametrize("path", packages(), ids=lambda path: path.stem)
def test_all_fixes_together_leave_nothing_that_has_one_and_start_nothing(path: Path, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Project.toml").write_text((path.parents[1] / "Project.toml").read_text())
    copy = tmp_path / "src" / path.name
    copy.write_text(path.read_text())

    def lint() -> list[Finding]:
        return findings(ZygoteModel(read_julia([str(copy)], environment(), macros=macros())))

    before = lint()
    settled = settle(lint, partial(apply, unsafe=True))
    assert settled.settled
    assert not [f for f in settled.remaining if f.fix is not None and f.fix.edits]
    known = {(f.code, f.identity) for f in before if f.fix is None or not f.fix.edits}
    assert {(f.code, f.identity) for f in settled.remaining} <= known

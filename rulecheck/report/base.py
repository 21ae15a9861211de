"""What every format is given, and the small things that several of them share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rulecheck.finding import Cost, Finding, Fix, FixKind, Party, Result, Severity


class ExamplePair(Protocol):
    """Two complete small files: one with the finding, one without."""

    @property
    def bad(self) -> str: ...
    @property
    def good(self) -> str: ...


class DescribedCheck(Protocol):
    """What a check says of itself."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def summary(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def fix_safety(self) -> str: ...
    @property
    def examples(self) -> Sequence[ExamplePair]: ...
    @property
    def default(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Report:
    """A run, the checks that there are, and how it is to be shown."""

    result: Result
    rules: tuple[DescribedCheck, ...] = ()
    version: str = ""
    colour: bool = False
    # Where lines for people are wrapped; None leaves that to whoever shows them.
    width: int | None = None


_WORKS = {
    FixKind.OPT_OUT: "opt out",
    FixKind.FORWARD: "forward to the specialised code",
    FixKind.ATTRIBUTE: "set an attribute",
    FixKind.NARROW: "narrow the signature",
    FixKind.REMOVE: "remove it",
}


def fix_title(fix: Fix) -> str:
    """What a fix does and how it is had: "opt out (safe: --fix)"."""
    if not fix.edits:
        how = "by hand"
    else:
        how = "safe: --fix" if fix.safe else "unsafe: --unsafe-fixes"
    return f"{_WORKS[fix.kind]} ({how})"


def party_text(party: Party) -> str:
    """A rule or method in one line: signature, layer, place."""
    where = [f"layer {party.layer}"] if party.layer else []
    where += [party.place.at] if party.place else []
    return f"{party.signature} ({', '.join(where)})" if where else party.signature


def cost_text(cost: Cost) -> str:
    """Why a finding matters, in one line."""
    if cost.time and cost.time == cost.memory:
        said = f"time and memory grow as {cost.time}"
    else:
        each = (("time", cost.time), ("memory", cost.memory))
        said = " and ".join(f"{what} grows as {growth}" for what, growth in each if growth)
    return "; ".join(part for part in (said, cost.note) if part)


def facts(finding: Finding, most_sites: int | None = None) -> list[tuple[str, str]]:
    """What stands behind a finding, in the order of reading: what fires, what it shadows, why it matters, the fix."""
    rows = []
    if finding.fires:
        rows.append(("fires", party_text(finding.fires)))
    if finding.shadows:
        rows.append(("shadows", party_text(finding.shadows)))
    if finding.cost and (cost := cost_text(finding.cost)):
        rows.append(("matters", cost))
    if sites := other_sites(finding):
        more = "" if most_sites is None or len(sites) <= most_sites else f" and {len(sites) - most_sites} more"
        rows.append(("also at", ", ".join(sites[:most_sites]) + more))
    if finding.fix:
        rows.append(("fix", fix_title(finding.fix)))
    return rows


def details(finding: Finding) -> str:
    """The message and what stands behind it, as plain lines."""
    lines = [finding.message, *(f"{label}: {text}" for label, text in facts(finding))]
    if finding.fix:
        lines += finding.fix.text.splitlines()
    return "\n".join(lines)


def other_sites(finding: Finding) -> list[str]:
    """`path:line` of the calls that a finding explains, beside the one where it stands."""
    return list(dict.fromkeys(site.at for site in finding.sites if site != finding.place))


def count(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun: "1 file", "2 files"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def verdict(result: Result) -> str:
    """The last line of a run for people."""
    summary = result.summary
    if not summary.files and not result.findings:
        return "Nothing to lint: there is no source file below these paths."
    looked = f"{count(summary.files, 'file')}, {count(summary.calls, 'call')}"
    aside = [f"{summary.unresolved_calls:,} not resolved"] if summary.unresolved_calls else []
    aside += [f"{number:,} {what}" for what in ("suppressed", "baselined") if (number := getattr(summary, what))]
    aside += [f"{summary.unreadable:,} unreadable"] if summary.unreadable else []
    more = f" ({'; '.join(aside)})" if aside else ""
    number = count(len(result.findings), "finding") if result.findings else "No findings"
    answered = "".join(f" Environment: {name}." for name in summary.environments)
    return f"{number} in {looked}{more}.{_fixable(result)}{answered}"


def _fixable(result: Result) -> str:
    fixes = [f.fix for f in result.findings if f.fix and f.fix.edits]
    safe = sum(fix.safe for fix in fixes)
    ways = [f"--fix ends {safe:,}"] if safe else []
    ways += (
        [f"--unsafe-fixes {f'{len(fixes) - safe:,} more' if safe else f'ends {len(fixes):,}'}"]
        if safe < len(fixes)
        else []
    )
    return f" {', '.join(ways)}." if ways else ""

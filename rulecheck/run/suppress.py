"""Comments that suppress findings: `# rulecheck: ignore[RC101] -- reason`, and what they leave over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rulecheck.checks.rc902 import CODE, NAME
from rulecheck.config import Config, Known, UnknownName, expand, path_matches
from rulecheck.facts import Suppression
from rulecheck.finding import Edit, Finding, Fix, FixKind, Severity, number_occurrences
from rulecheck.place import Place
from rulecheck.suppression_comment import comment_in

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class AfterSuppressions:
    """What is left to report, and how many findings were suppressed."""

    findings: list[Finding]
    suppressed: int


def settle(
    findings: Iterable[Finding],
    suppressions: Sequence[Suppression],
    config: Config,
    known: Known,
    selected: frozenset[str],
    text: Callable[[str], str | None] = lambda path: None,
) -> AfterSuppressions:
    """Take out what comments and `per-path-ignores` suppress; add a finding for each comment that suppresses nothing.

    `selected` are the codes of the checks that ran: a comment about a check that did not run is not judged.
    """
    comments = [_Comment(s, known, selected) for s in suppressions]
    if not comments and not config.per_path_ignores:
        return AfterSuppressions(list(findings), 0)
    by_line: dict[tuple[str, int], list[_Comment]] = {}
    for comment in comments:
        by_line.setdefault((comment.at.path, comment.at.line), []).append(comment)

    commented = {path for path, _ in by_line}

    def quiet(place: Place, code: str) -> bool:
        """Whether a comment covers the place. Every one that fits counts as used, whatever their order."""
        at = _ends(place)
        if place.path in commented:
            at |= _brackets(place, text(place.path) or "")
        fitting = [c for line in at for c in by_line.get((place.path, line), ()) if code in c.codes]
        for comment in fitting:
            comment.used.add(code)
        return bool(fitting)

    found = list(findings)
    kept = [left for finding in found if (left := _without(finding, quiet, text)) is not None]
    suppressed = len(found) - len(kept)
    if CODE in selected:
        kept += number_occurrences([c.finding(text) for c in comments if c.idle])
    where = config.where("per_path_ignores")
    ignored = [(pattern, expand(codes, known, where)) for pattern, codes in config.per_path_ignores]
    shown = [f for f in kept if not any(f.code in codes and path_matches(p, _full(f)) for p, codes in ignored)]
    return AfterSuppressions(shown, suppressed + len(kept) - len(shown))


def _ends(place: Place) -> set[int]:
    return {place.line, place.end_line or place.line}


def _brackets(place: Place, text: str) -> set[int]:
    """The lines of the brackets around an expression that has lines of its own, as formatters lay it out."""
    lines = _LINE_END.split(text)
    if place.line > len(lines) or (place.end_line or place.line) >= len(lines):
        return set()
    found = set()
    last = place.end_line or place.line
    rest = lines[last - 1][place.end_column - 1 :].strip()
    if place.end_column and (not rest or rest.startswith("#")) and lines[last].lstrip().startswith((")", "]", "}")):
        found.add(last + 1)
    above = lines[place.line - 2].partition("#")[0].rstrip() if place.line > 1 else ""
    if above.endswith(("(", "[", "{")) and not lines[place.line - 1][: place.column - 1].strip():
        found.add(place.line - 1)
    return found


def _without(
    finding: Finding, quiet: Callable[[Place, str], bool], text: Callable[[str], str | None]
) -> Finding | None:
    """The finding without its suppressed call sites; None where every site, or what it is about, is suppressed.

    That is the hidden method, and where the finding stands if that is none of the sites: at a rule that calls reach.
    """
    hidden = finding.shadows.place if finding.shadows else None
    by_method = hidden is not None and quiet(hidden, finding.code)
    open_sites = tuple(site for site in finding.sites if not quiet(site, finding.code))
    apart = finding.place not in finding.sites
    by_place = apart and quiet(finding.place, finding.code)
    if by_method or by_place or (finding.sites and not open_sites):
        return None
    if open_sites == finding.sites:
        return finding
    place = finding.place if apart or finding.place in open_sites else open_sites[0]
    first = open_sites[0]
    call = finding.call if first == finding.sites[0] else _source(first, text) or finding.call
    return replace(finding, sites=open_sites, place=place, call=call)


def _source(place: Place, text: Callable[[str], str | None]) -> str | None:
    """The source of a place that stands on one line."""
    lines = _LINE_END.split(text(place.path) or "")
    if place.end_line != place.line or place.line > len(lines):
        return None
    return lines[place.line - 1][place.column - 1 : place.end_column - 1]


def _full(finding: Finding) -> str:
    return str(Path(finding.place.path).absolute())


class _Comment:
    """A suppression comment, the codes that it names, and those that it had use for."""

    def __init__(self, at: Suppression, known: Known, selected: frozenset[str]) -> None:
        self.at = at
        self.used: set[str] = set()
        self.codes: set[str] = set() if at.codes else {code for code, _, _ in known}
        self.written: dict[str, set[str]] = {}
        self.unknown: dict[str, str] = {}
        for spelling in at.codes:
            try:
                self.written[spelling] = expand((spelling,), known)
            except UnknownName as error:
                self.unknown[spelling] = f' (did you mean "{error.close}"?)' if error.close else ""
            self.codes |= self.written.get(spelling, set())
        self._judged = selected if at.codes else selected & {code for code, _, default in known if default}

    @property
    def idle(self) -> list[str]:
        """The codes, as written, that suppress nothing here; the whole comment as "" where it names none."""
        if CODE in self.codes and self.at.codes:
            return []
        if not self.at.codes:
            return [] if self.used or not self._judged else [""]
        return [spelling for spelling in self.at.codes if self._idles(spelling)]

    def _idles(self, spelling: str) -> bool:
        """Whether a code suppresses nothing, as far as the checks that ran can tell."""
        codes = self.written.get(spelling)
        return codes is None or (codes <= self._judged and not codes & self.used)

    def finding(self, text: Callable[[str], str | None]) -> Finding:
        idle = self.idle
        unknown = [f'"{s}" is no check{self.unknown[s]}' for s in idle if s in self.unknown]
        unneeded = [s for s in idle if s and s not in self.unknown]
        said = unknown + ([f"{' and '.join(unneeded)} {_is(unneeded)} not found here"] if unneeded else [])
        place, edit, line = self._edit(text(self.at.path) or "", idle)
        return Finding(
            code=CODE,
            name=NAME,
            system="rulecheck",
            severity=Severity.NOTE,
            place=place,
            message="This comment suppresses nothing" + (f": {'; '.join(said)}." if said else "."),
            scope="",
            fix=Fix(FixKind.REMOVE, True, line, (edit,)) if edit else None,
            identity=tuple(idle),
        )

    def _edit(self, text: str, idle: list[str]) -> tuple[Place, Edit | None, str]:
        """Where the comment stands, the edit that takes the idle codes out of it, and the line after that."""
        path, number = self.at.path, self.at.line
        starts = [0, *(m.end() for m in _LINE_END.finditer(text)), len(text)]
        if number >= len(starts):
            return Place(path, number), None, ""
        start, end = starts[number - 1], starts[number]
        line = text[start:end].rstrip("\r\n")
        found = comment_in(line)
        if found is None:
            return Place(path, number), None, ""
        needed = [c for c in self.at.codes if c not in idle]
        reason = f" -- {self.at.reason}" if self.at.reason else ""
        new = f"# rulecheck: ignore[{', '.join(needed)}]{reason}" if needed else ""
        before = line[: found.start] if needed else line[: found.start].rstrip()
        alone = not (new or before or line[found.end :])
        edit = Edit(path, start + (0 if alone else len(before)), end if alone else start + found.end, new)
        place = Place(path, number, found.start + 1, number, found.end + 1)
        return place, edit, (before + new + line[found.end :]).strip()


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"

"""What the shadow checks share: shadows gathered by cause, and a cause as a finding.

A cause is a rule and the method that it hides. Probes tell of it at the method; call sites are filed under it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from rulecheck.checks.base import Check
from rulecheck.finding import Finding, Fix, Party
from rulecheck.model.entries import Entry, EntryKind, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Obstacle, Shadow


@dataclass(slots=True)
class Cause:
    """A shadow, and the calls in source that it explains."""

    shadow: Shadow
    sites: list[Site] = field(default_factory=list)

    @property
    def call(self) -> str:
        """The first call that it explains as it stands in source, or the probe's."""
        return min(self.sites, key=lambda site: site.place).text if self.sites else self.shadow.walk.call.text


def causes(model: Model, wanted: Callable[[Shadow], bool], key: Callable[[Shadow], Hashable]) -> Iterator[Cause]:
    """Every cause among the probes and the call sites, probes first.

    A site counts where each of the types that its operands may have is shadowed: what holds for some is no finding.
    """
    found: dict[Hashable, Cause] = {}
    for probe in model.probes():
        shadow = model.shadow(probe.question)
        if shadow is not None and wanted(shadow):
            found.setdefault(key(shadow), Cause(shadow))
    for site in model.sites():
        shadows = [model.shadow(question) for question in site.questions]
        certain = [s for s in shadows if s is not None and wanted(s)]
        if not certain or len(certain) < len(shadows):
            continue
        for shadow in certain:
            cause = found.setdefault(key(shadow), Cause(shadow))
            if site not in cause.sites:
                cause.sites.append(site)
    yield from found.values()


def party(entry: Entry, layer: str | None = None) -> Party:
    """An entry as findings name it."""
    return Party(entry.signature, entry.place, layer or entry.layer or None)


def shadow_finding(check: Check, model: Model, cause: Cause, message: str, identity: tuple[str, ...]) -> Finding | None:
    """The finding of a cause: at the first call that it explains, or at the hidden method where there is none."""
    shadow = cause.shadow
    places = tuple(sorted({site.place for site in cause.sites}))
    place = places[0] if places else shadow.hides.place
    if place is None:
        return None
    return Finding(
        code=check.code,
        name=check.name,
        system=model.name,
        severity=check.severity,
        place=place,
        message=_sentence(message),
        scope=shadow.hides.scope,
        call=cause.call,
        fires=party(shadow.fires, shadow.layer),
        shadows=party(shadow.hides),
        cost=model.cost(shadow),
        fix=model.override(shadow),
        sites=places,
        identity=(shadow.fires.signature, shadow.hides.signature, *identity),
        home=shadow.hides.place.path if shadow.hides.place else None,
    )


def cost_clause(model: Model, shadow: Shadow) -> str:
    """Why it matters, as the end of a sentence; empty where the growth is not known."""
    cost = model.cost(shadow)
    if cost is None:
        return ""
    parts = [f"{growth} {what}" for what, growth in (("time", cost.time), ("memory", cost.memory)) if growth]
    return f"; the rule takes {' and '.join(parts)}" if parts else ""


def entry_finding(
    check: Check,
    model: Model,
    entry: Entry,
    message: str,
    *,
    other: Entry | None = None,
    hides: bool = False,
    sites: Sequence[Site] = (),
    fix: Fix | None = None,
) -> Finding | None:
    """A finding about one registration, at its own place.

    `other` is the entry that it is at odds with; where it `hides` the registration, it is what fires. A finding stays
    the same when another entry comes to hide it, as an override does that a fix puts before the rule that did so far.
    """
    if entry.place is None:
        return None
    fires, shadows = (other, entry) if other is not None and hides else (entry, other)
    against = (other.signature,) if other is not None and not hides else ()
    return Finding(
        code=check.code,
        name=check.name,
        system=model.name,
        severity=check.severity,
        place=entry.place,
        message=_sentence(message),
        scope=entry.scope,
        call=sites[0].text if sites else None,
        fires=party(fires),
        shadows=party(shadows) if shadows is not None else None,
        fix=fix,
        sites=tuple(site.place for site in sites),
        identity=(entry.kind, entry.signature, *against),
    )


def needless(
    check: Check,
    model: Model,
    why: Callable[[Model, Entry], Obstacle | None],
    said: str,
    kinds: Sequence[EntryKind] = (EntryKind.RULE, EntryKind.OPT_OUT),
    *,
    hides: bool = True,
) -> Iterator[Finding]:
    """One finding for each certain entry of the project that something stands against; `said` holds its {signature}.

    Where what stands against it `hides` it, that is what fires.
    """
    for entry in model.entries():
        obstacle = why(model, entry) if entry.owned and entry.certain and entry.kind in kinds else None
        if obstacle is None:
            continue
        message = f"{said.format(signature=entry.signature)}, because {obstacle.reason}"
        fix = model.removal(entry)
        finding = entry_finding(check, model, entry, message, other=obstacle.by, hides=hides, fix=fix)
        if finding is not None:
            yield finding


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."

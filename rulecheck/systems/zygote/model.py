"""Zygote as a model: adjoints, chain rules and opt-outs, then the user's method itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.program import JuliaProgram
from rulecheck.model.entries import CallWalk, Entry, Question
from rulecheck.model.verdicts import Obstacle, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer, Walker
from rulecheck.systems.shared.julia_model import JuliaModel
from rulecheck.systems.zygote.audit import ZygoteAudit
from rulecheck.systems.zygote.layers import layers
from rulecheck.systems.zygote.opt_out_repairs import OptOutRepairs
from rulecheck.systems.zygote.overreaching_rules import OverreachingRules
from rulecheck.systems.zygote.overrides import ZygoteOverrides
from rulecheck.systems.zygote.rules import ZygoteRules
from rulecheck.systems.zygote.shadows import Shadows
from rulecheck.systems.zygote.writing import Writing


class ZygoteModel(JuliaModel):
    """One Julia project under Zygote."""

    name = "zygote"
    needs_rules = False

    rules: ZygoteRules

    def __init__(self, program: JuliaProgram) -> None:
        super().__init__(ZygoteRules(program))

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The places in which Zygote looks for a derivative, and the trace."""
        return layers(self.rules, change)

    @cached_property
    def _shadows(self) -> Shadows:
        return Shadows(self.rules, self.walker, self.edits, self.rules.entries, self.turned)

    def shadow(self, question: Question) -> Shadow | None:
        """What a rule of somebody else's hides of the project's own methods."""
        return self._shadows.of(question)

    @cached_property
    def _audit(self) -> ZygoteAudit:
        return ZygoteAudit(self.rules, self.walker, self.rules.entries)

    @cached_property
    def _overreaching(self) -> OverreachingRules:
        return OverreachingRules(self.rules, self.walker, self.edits)

    @cached_property
    def _overrides(self) -> ZygoteOverrides:
        writing = Writing(self.rules, self.walker, self.edits)
        return ZygoteOverrides(writing, OptOutRepairs(writing, self._audit.calls), self.shadow)

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """An opt-out where a chain rule fires, a forwarding adjoint where an adjoint does."""
        return self._overrides.for_shadow(shadow)

    def removal(self, entry: Entry) -> Fix | None:
        """The edit that takes an entry out of the project's source."""
        return self._overrides.removal(entry)

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        """Calls that an entry's own signature takes, or that it shares with another."""
        return self._audit.witnesses(entry, other)

    def rivals(self, entry: Entry) -> Iterable[Entry]:
        """The rules and adjoints that share calls with an entry."""
        return self._audit.rivals(entry)

    def crossing(self, entry: Entry) -> Iterable[Entry]:
        """The rules that share a call with an entry, neither being more specific."""
        return self._audit.crossing(entry)

    def is_met(self, walk: CallWalk, entry: Entry) -> bool:
        """Whether a walk comes to an entry; what an opt-out answers beside all rules would be traced without it."""
        return super().is_met(walk, entry) and not self._audit.is_out_of_reach(entry)

    def is_judged(self, entry: Entry) -> bool:
        """Whether everything that an entry names is known."""
        return self._audit.is_judged(entry)

    def hindrance(self, entry: Entry) -> Obstacle | None:
        """What is wrong with an opt-out as it is written."""
        return self._audit.hindrance(entry)

    def outdone(self, entry: Entry, walks: Sequence[CallWalk]) -> Obstacle | None:
        """Why what answers all these walks comes before an entry."""
        return self._audit.outdone(entry, walks)

    def as_meant(self, entry: Entry) -> tuple[Walker, str]:
        """The walks as they would be if an opt-out's `rrule` were that of ChainRulesCore."""
        return self._audit.as_meant(entry)

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        """What a rule's signature names."""
        return self._audit.named_in(entry)

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule or method takes."""
        return self._overreaching.keywords_of(entry)

    def untaken(self, rule: Entry, layer: str) -> str:
        """What comes of a keyword that a rule does not take."""
        return self._overreaching.untaken(rule, layer)

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        """Rules and opt-outs whose signature is written again."""
        return self._audit.replaced()

    def narrowed(self, entry: Entry) -> Fix | None:
        """An opt-out in the place of one that cannot be told from a rule."""
        return self._overrides.narrowed(entry)

    def overreach(self, entry: Entry) -> Overreach | None:
        """What a rule captures that its body cannot serve."""
        return self._overreaching.overreach(entry)

"""Checks know no system: they hold for a made-up one, whose types are letters and whose table is a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from rulecheck.checks import find
from rulecheck.dispatch.walk import Outcome, Step
from rulecheck.finding import Finding
from rulecheck.model.entries import Entry, EntryKind, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Gap, Overreach, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.place import Place


def entry(types: str, kind: EntryKind = EntryKind.RULE, *, line: int | None = 1, owned: bool = True) -> Entry:
    """An entry for the function f; `*` stands for any type."""
    place = Place("a.py" if owned else "other.py", line) if line is not None else None
    return Entry(kind, "f", tuple(types), f"f({', '.join(types)})", place, owned, order=line or 0)


def applies(found: Entry, types: Sequence[object]) -> bool:
    return all(own in ("*", given) for own, given in zip(found.types, types, strict=True))


class Table(Layer):
    """The most specific rule claims, and an opt-out makes the layer decline."""

    name = "rule"

    def __init__(self, entries: Iterable[Entry], changed: bool) -> None:
        self.entries = tuple(entries)
        self.changed = changed

    def answer(self, call: Question, /) -> Step[Entry]:
        found = [e for e in self.entries if applies(e, call.types)]
        best = [e for e in found if all(applies(other, e.types) for other in found)]
        if found and len(best) != 1:
            return Step(self.name, Outcome.AMBIGUOUS, tuple(found))
        opted_out = not best or best[0].kind is EntryKind.OPT_OUT
        return Step(self.name, Outcome.DECLINES if opted_out else Outcome.CLAIMS, tuple(best))


@dataclass
class MadeUp(Model):
    """A system of one table; what else a test wants to be told is given."""

    table: tuple[Entry, ...]
    calls: tuple[Site, ...] = ()
    hides: dict[tuple[object, ...], Entry] = field(default_factory=dict)
    own_names: tuple[str, ...] = ()
    names: tuple[str, ...] | None = ("f", "A")
    method: Entry | None = None
    keywords: dict[Entry, tuple[str, ...]] = field(default_factory=dict)
    reach: Overreach | None = None
    holes: tuple[Gap, ...] = ()
    twice: tuple[tuple[Entry, Entry], ...] = ()

    @property
    def name(self) -> str:
        return "made-up"

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        return [Table((e for e in (*self.table, *change.added) if e not in change.without), bool(change))]

    def entries(self) -> Sequence[Entry]:
        return self.table

    def sites(self) -> Sequence[Site]:
        return self.calls

    def witnesses(self, entry: Entry, other: Entry | None = None) -> Iterable[Question]:
        met = entry.types if other is None else meet(entry.types, other.types)
        return [] if met is None else [call("".join("A" if t == "*" else str(t) for t in met))]

    def primal(self, question: Question) -> Entry | None:
        return self.method

    def shadow(self, question: Question) -> Shadow | None:
        hidden, walk = self.hides.get(question.types), self.walk(question)
        if hidden is None or walk.winner is None:
            return None
        return Shadow(walk, walk.winner, "rule", hidden, (question,))

    def named_in(self, entry: Entry) -> Iterable[str] | None:
        return self.names

    def owns(self, definition: str) -> bool:
        return definition in self.own_names

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        return self.keywords.get(entry)

    def overreach(self, entry: Entry) -> Overreach | None:
        return self.reach

    def gaps(self) -> Iterable[Gap]:
        return self.holes

    def replaced(self) -> Iterable[tuple[Entry, Entry]]:
        return self.twice


def meet(a: tuple[object, ...], b: tuple[object, ...]) -> tuple[object, ...] | None:
    both = [y if x == "*" else x if y in ("*", x) else None for x, y in zip(a, b, strict=True)]
    return None if None in both else tuple(both)


def call(types: str, *keywords: str) -> Question:
    return Question("f", tuple(types), f"f({', '.join(types)})", keywords)


def site(*questions: Question, line: int = 50) -> Site:
    return Site(questions, Place("a.py", line), "g", questions[0].text.lower())


def found(code: str, model: Model) -> list[Finding]:
    check = find(code)
    assert check is not None
    return list(check.run(model))


OUT = EntryKind.OPT_OUT
METHOD = entry("AB", EntryKind.METHOD, line=7)


def test_rules_of_which_neither_is_more_specific() -> None:
    (finding,) = found("RC301", MadeUp((entry("A*"), entry("*A", line=2))))
    assert finding.message.startswith("The rules f(A, *) and f(*, A) (a.py:2) both claim `f(A, A)`")
    assert (finding.place.line, finding.system) == (1, "made-up")


def test_the_call_in_source_is_named_where_there_is_one() -> None:
    rules = (entry("A*"), entry("*A", line=2))
    (finding,) = found("RC301", MadeUp(rules, calls=(site(call("BB")), site(call("AA")))))
    assert "both claim `f(a, a)`" in finding.message
    assert [place.line for place in finding.sites] == [50]


def test_one_of_two_rules_has_to_be_the_projects() -> None:
    foreign = entry("*A", owned=False, line=2)
    (finding,) = found("RC301", MadeUp((foreign, entry("A*"))))
    assert finding.place.path == "a.py"
    assert found("RC301", MadeUp((foreign, entry("A*", owned=False)))) == []


@pytest.mark.parametrize("others", [(), ("AA",), ("B*",)])
def test_what_can_be_chosen_between_is_no_finding(others: tuple[str, ...]) -> None:
    table = (entry("A*"), *(entry(types, line=n) for n, types in enumerate(others, 2)))
    assert found("RC301", MadeUp(table)) == []


def test_an_opt_out_that_switches_nothing_off() -> None:
    (finding,) = found("RC302", MadeUp((entry("A*", OUT), entry("*A", line=2, owned=False))))
    assert finding.message.startswith(
        "The opt-out f(A, *) does not switch off the rule f(*, A) (other.py:2): for `f(A, A)` neither"
    )
    (finding,) = found("RC302", MadeUp((entry("A*", OUT, owned=False), entry("*A", line=2))))
    assert finding.place.line == 2  # the project's own is what can be changed
    assert found("RC302", MadeUp((entry("A*", OUT), entry("*A", OUT, line=2)))) == []


def test_a_rule_at_which_no_call_ends() -> None:
    general, special = entry("**"), entry("AA", line=2)
    assert found("RC201", MadeUp((entry("AA"),))) == []
    (finding,) = found("RC201", MadeUp((general, special)))
    assert finding.message.startswith("No call can reach the rule f(*, *), because more specific rules answer")
    assert finding.fires is not None
    assert finding.fires.signature == "f(A, A)"


def test_an_opt_out_of_nothing() -> None:
    (finding,) = found("RC202", MadeUp((entry("AA", OUT),)))
    assert "there is no rule for f that it could switch off" in finding.message
    (finding,) = found("RC202", MadeUp((entry("AA", OUT), entry("B*", line=2))))
    assert "no rule for f applies to these types" in finding.message
    assert found("RC202", MadeUp((entry("AA", OUT), entry("A*", line=2)))) == []


def test_an_override_that_nothing_needs_any_more() -> None:
    rule, wide, narrow = entry("**", owned=False), entry("A*", OUT, line=2), entry("AB", OUT, line=3)
    (finding,) = found("RC204", MadeUp((rule, wide, narrow)))
    assert finding.place.line == 3
    assert "f(A, *) already opts out of every rule that would answer" in finding.message
    assert found("RC204", MadeUp((rule, narrow))) == []


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (entry("AA", line=9), "the rule at a.py:9 has the same signature and silently replaces it"),
        (entry("AA", line=9, owned=False), "whichever is imported last silently replaces the other"),
        (entry("AA", line=None), "whichever is imported last silently replaces the other"),
    ],
)
def test_a_registration_that_another_replaces(later: Entry, said: str) -> None:
    (finding,) = found("RC203", MadeUp((), twice=((entry("AA"), later),)))
    assert said in finding.message
    assert finding.fix is None


def test_rules_for_what_others_own() -> None:
    table = (entry("AA"), entry("AA", owned=False, line=2))
    (finding,) = found("RC401", MadeUp(table))
    assert finding.message.startswith("The rule f(A, A) changes how everybody's calls are differentiated")
    assert found("RC401", MadeUp(table, own_names=("A",))) == []
    assert found("RC401", MadeUp(table, names=None)) == []  # not all that it names is known


def test_rules_that_take_what_they_cannot_serve() -> None:
    rule = entry("**")
    reach = Overreach(rule, 1, "object", ("size", "shape"))
    (finding,) = found("RC402", MadeUp((rule, entry("AA", OUT), entry("BB", owned=False)), reach=reach))
    assert "as argument 2, but its body needs `.size` and `.shape`, which object does not have" in finding.message
    (finding,) = found("RC402", MadeUp((rule,), reach=replace(reach, why="but calls it")))
    assert finding.message.endswith("as argument 2, but calls it.")


def test_keywords_that_a_rule_does_not_take() -> None:
    rule = entry("A*", owned=False)
    model = MadeUp((rule,), (site(call("AB", "axis")),), method=METHOD, keywords={rule: (), METHOD: ("axis",)})
    (finding,) = found("RC403", model)
    assert "does not take the keyword `axis`" in finding.message
    assert "`f(a, b)`" in finding.message
    for taken in ({rule: ("axis",), METHOD: ("axis",)}, {METHOD: ("axis",)}):
        assert found("RC403", replace(model, keywords=taken)) == []
    assert found("RC403", replace(model, calls=(site(call("AB")),))) == []


class TestShadows:
    RULE = entry("A*", owned=False)

    def test_a_call_that_meets_a_hidden_method(self) -> None:
        model = MadeUp((self.RULE,), (site(call("AB")),), hides={("A", "B"): METHOD})
        (finding,) = found("RC101", model)
        assert finding.message == "The generic rule f(A, *) answers `f(a, b)`, so f(A, B) is never traced."
        assert finding.place.line == 50

    def test_what_holds_for_some_of_the_types_is_no_finding(self) -> None:
        model = MadeUp((self.RULE,), (site(call("AB"), call("AC")),), hides={("A", "B"): METHOD})
        assert found("RC101", model) == []
        both = {("A", "B"): METHOD, ("A", "C"): METHOD}
        assert len(found("RC101", replace(model, hides=both))) == 1

    def test_calls_of_one_cause_are_one_finding(self) -> None:
        calls = (site(call("AB"), line=60), site(call("AB"), line=55))
        (finding,) = found("RC101", MadeUp((self.RULE,), calls, hides={("A", "B"): METHOD}))
        assert (finding.place.line, [place.line for place in finding.sites]) == (55, [55, 60])

    def test_one_that_no_rule_hides(self) -> None:
        assert found("RC101", MadeUp((), (site(call("AB")),), hides={("A", "B"): METHOD})) == []


NOWHERE = entry("A*", line=None)


@pytest.mark.parametrize(
    ("code", "model"),
    [
        ("RC201", MadeUp((replace(NOWHERE, types=("*", "*")), entry("AA", owned=False)))),
        ("RC203", MadeUp((), twice=((NOWHERE, entry("A*")),))),
        ("RC301", MadeUp((NOWHERE, entry("*A", owned=False)))),
        ("RC302", MadeUp((replace(NOWHERE, kind=OUT), entry("*A", owned=False)))),
        ("RC401", MadeUp((NOWHERE,))),
        ("RC402", MadeUp((NOWHERE,), reach=Overreach(NOWHERE, 0, "object", ("size",)))),
        ("RC104", MadeUp((), holes=(Gap(NOWHERE, (call("AA"),), "it has none"),))),
    ],
)
def test_what_stands_nowhere_is_not_told(code: str, model: Model) -> None:
    assert found(code, model) == []

"""Rules that take more than they can serve: types that are no functions, every constructor, keywords."""

from __future__ import annotations

import re

from rulecheck.finding import Fix, FixKind
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr
from rulecheck.languages.julia.kit.display import bare
from rulecheck.languages.julia.kit.edits import Edits
from rulecheck.languages.julia.kit.rule_tables import is_setting
from rulecheck.model.entries import Entry, EntryKind, Question
from rulecheck.model.verdicts import Overreach
from rulecheck.model.walker import Walker
from rulecheck.systems.shared.chain_rules import OPT_OUT, RRULE, is_universal
from rulecheck.systems.zygote.rules import ADJOINT_LAYER, NO_DERIVATIVE, PULLBACK, ZygoteRules

# What differentiates a call of a function that a rule was given, and which of its arguments is the function.
VIA_AD = {"rrule_via_ad": 1, "frule_via_ad": 2, "_pullback": 1, "pullback": 0}
# What `typeof(T)` is for a type T.
KINDS = {
    "Core.UnionAll": "`typeof` of a type with parameters is `UnionAll`",
    "Core.DataType": "`typeof` of a type without parameters is `DataType`",
}
# A keyword in the signature of an adjoint: what it makes of them shows in its text alone.
ADJOINT_KEYWORDS = re.compile(r"@adjoint!?\s[^=]*;")
TYPEOF = re.compile(r"typeof\(([\w.]+)\)")
# Functions whose first argument is a function in every method that anybody writes.
TAKE_FUNCTIONS_ONLY = frozenset({"broadcasted", "broadcast", "map", "mapreduce", "foldl", "foldr", "filter", "foreach"})
# What an argument that is called may be instead, and for which other packages do write methods.
NO_FUNCTION = "Array{Float64,1}"


class OverreachingRules:
    """Questions about how far the rules of one project reach."""

    def __init__(self, rules: ZygoteRules, walker: Walker, edits: Edits) -> None:
        self._rules = rules
        self._walker = walker
        self._edits = edits

    def overreach(self, entry: Entry) -> Overreach | None:
        """What a rule captures that its body cannot serve."""
        rule = self._rules.method(entry)
        if rule.function not in (RRULE, PULLBACK) or entry.kind is not EntryKind.RULE:
            return None
        return self._constructors(entry, rule) or self._called(entry, rule)

    def _constructors(self, entry: Entry, rule: JuliaMethod) -> Overreach | None:
        """A rule on `typeof(T)`, where T is a type: that is `UnionAll` or `DataType`, the type of all such types."""
        for position, argument in enumerate(rule.arguments[:2]):
            kind = KINDS.get(str(argument[1])) if argument[0] == "name" else None
            if kind is not None:
                why = f"because {kind}: `::Type{{<:T}}` is what takes the constructors of one type T"
                return Overreach(entry, position, "type's constructor", (), self._narrowed(rule), why)
            if not is_setting(argument, rule.variables):
                return None
        return None

    def _narrowed(self, rule: JuliaMethod) -> Fix | None:
        """The rule for the constructors of the type that it names."""
        text = self._edits.text(rule)
        found = TYPEOF.search(text) if text is not None else None
        if text is None or found is None:
            return None
        made = f"{text[: found.start()]}Type{{<:{found[1]}}}{text[found.end() :]}"
        return Fix(FixKind.NARROW, False, made, self._edits.instead(rule, made))

    def _called(self, entry: Entry, rule: JuliaMethod) -> Overreach | None:
        """A rule for somebody else's function whose first argument may be anything and is called by the body."""
        start = _first(rule)
        if start < 1 or len(rule.arguments) < start + 2:
            return None
        function = str(rule.arguments[start - 1][1])
        if self._rules.methods.owns(function) or function.rpartition(".")[2] in TAKE_FUNCTIONS_ONLY:
            return None
        name = rule.names[start] if start < len(rule.names) else ""
        if not name or not _is_anything(rule.arguments[start], rule) or not self._calls(rule, name):
            return None
        captured = self._captured(entry, rule, start)
        if captured is None:
            return None
        why = f"but calls it, so that a method of `{bare(function)}` for something that is no function is never traced"
        # An adjoint is written without the context and the function itself.
        position = start - 2 if rule.function == PULLBACK and rule.maker else start
        return Overreach(entry, position, bare(captured), (), None, why)

    def _calls(self, rule: JuliaMethod, name: str) -> bool:
        """Whether a rule's body calls an argument, or has it differentiated."""
        symbol = ("sym", name)
        for body in self._rules.program.bodies:
            if body.method.place != rule.place:
                continue
            for call in body.calls:
                if call.expr[0] != "call":
                    continue
                head, operands = call.expr[1], call.expr[2]
                if head == symbol:
                    return True
                position = VIA_AD.get(str(head[1])) if head[0] == "sym" else None
                if position is not None and tuple(operands[position : position + 1]) == (symbol,):
                    return True
        return False

    def _captured(self, entry: Entry, rule: JuliaMethod, start: int) -> str | None:
        """An array type that the rule takes where it calls; None where something else answers for arrays."""
        signature = self._rules.tables.calls(rule)
        if signature is None:
            return None
        array = self._rules.library.declarations.parse(NO_FUNCTION)
        for types in self._rules.methods.witnesses.calls(signature, ((array,),)):
            if types[1] is not array:
                continue
            question = Question(str(rule.arguments[start - 1][1]), types, "")
            if self._walker.walk(question).winner is entry:
                return "AbstractArray"
            return None
        return None

    def keywords_of(self, entry: Entry) -> tuple[str, ...] | None:
        """The keywords that a rule or method takes; None where that cannot be said, as of an adjoint not seen."""
        written = self._rules.method(entry)
        if entry.kind is EntryKind.METHOD:
            return written.keywords
        if written.function == PULLBACK and not written.maker:
            return None  # written by hand it has no keyword method beside it, as `@adjoint` makes one
        text = self._edits.text(written) if written.function == PULLBACK else ""
        if text is None or ADJOINT_KEYWORDS.search(text) or written.takes_any_keyword:
            return None
        return None if is_universal(written) or written.maker in (*NO_DERIVATIVE, OPT_OUT) else written.keywords

    def untaken(self, rule: Entry, layer: str) -> str:
        """What comes of a keyword that a rule does not take."""
        if layer == ADJOINT_LAYER:
            return "the adjoint is called with keywords that it does not take, and fails"
        if self._rules.method(rule).keywords:
            return "the rule is called with a keyword that it does not take, and fails with a MethodError"
        return "the rule answers `nothing`, and the call fails with a MethodError on `iterate(::Nothing)`"


def _first(rule: JuliaMethod) -> int:
    """The position behind the function that a rule is for; -1 where it is for no single one."""
    for position, argument in enumerate(rule.arguments[:2]):
        if argument[0] == "typeof":
            return position + 1
        if not is_setting(argument, rule.variables):
            return -1
    return -1


def _is_anything(argument: TypeExpr, rule: JuliaMethod) -> bool:
    if argument[0] == "var":
        return any(name == argument[1] and upper is None for name, _, upper in rule.variables)
    return bool(argument == ("name", "Core.Any"))

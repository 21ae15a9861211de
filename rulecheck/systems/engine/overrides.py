"""Fixes: opt-outs and forwarding rules that end a shadow, and changes to registrations that stand already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rulecheck.dispatch import Ambiguous, Claim, OneOf
from rulecheck.facts import Registration, Type, TypeName
from rulecheck.finding import Edit, Fix, FixKind
from rulecheck.model.entries import Entry, EntryKind
from rulecheck.model.verdicts import Shadow
from rulecheck.systems.engine.edits import Editor
from rulecheck.systems.engine.probes import narrower
from rulecheck.systems.engine.rules import LAYER, signature_text
from rulecheck.systems.engine.spelling import NotSpellable, Spelling

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

Signature = tuple[Type, ...]
_ROUNDS = 4
_ANYTHING: Type = "builtins.object"


class EngineOverrides:
    """Writes the fixes of one model."""

    def __init__(self, model: EngineModel) -> None:
        self._model = model
        self._lattice = model.lattice
        self._rules = model.rules
        self._editor = Editor(model.program)

    def ending(self, shadow: Shadow, kind: FixKind) -> Fix | None:
        """The override for the types at which the rule and the hidden code meet; None where none can be written."""
        function = shadow.walk.call.function
        signatures = self._unambiguous(function, self._targets(shadow), shadow)
        if not signatures:
            return None
        try:
            text, imports = self._written(None, function, signatures, kind)
        except NotSpellable:
            return None
        return Fix(kind, True, text, self._insertion(shadow, function, signatures, kind), imports)

    def _targets(self, shadow: Shadow) -> list[Signature]:
        """The signature of the override, or one for each class that has the hidden method of a mixin."""
        target, call = self._target(shadow), shadow.walk.call.types
        asked = shadow.hides.types if len(shadow.path) == 1 else ()
        for position, bound in enumerate(asked[: len(target)]):
            wide = shadow.fires.types[position] if position < len(shadow.fires.types) else _ANYTHING
            if isinstance(bound, str) and target[position] == call[position] != bound:
                having = self._having(shadow.hides.scope, bound, wide)  # type: ignore[arg-type]
                if call[position] in having:
                    return [(*target[:position], own, *target[position + 1 :]) for own in having]
        return [target]

    def _having(self, method: str, owner: TypeName, wide: Type) -> list[TypeName]:
        """The uppermost array types below both a class and a rule's type that have this very method of the class."""
        name = method.rpartition(".")[2]
        found: list[TypeName] = [
            t
            for t in self._model.array_types
            if self._lattice.is_subtype(t, owner)
            and self._lattice.is_subtype(t, wide)
            and (has := self._model.protocol.method(t, name)) is not None
            and has.name == method
        ]
        return [t for t in found if not any(t != above and self._lattice.is_subtype(t, above) for above in found)]

    def _target(self, shadow: Shadow) -> Signature:
        """The signature of the override: where method and rule meet, or the types of a call that leads further."""
        rule, call = shadow.fires.types, shadow.walk.call.types
        asked = shadow.hides.types if len(shadow.path) == 1 else ()
        target: list[Type] = []
        for position, given in enumerate(call):
            wide: Type = rule[position] if position < len(rule) else _ANYTHING  # type: ignore[assignment]
            bound = asked[position] if position < len(asked) else None
            if bound is None:
                target.append(given if len(shadow.path) > 1 and self._is_own(given) else wide)  # type: ignore[arg-type]
            elif self._lattice.is_subtype(bound, wide):  # type: ignore[arg-type]
                target.append(bound)  # type: ignore[arg-type]
            elif self._lattice.is_subtype(wide, bound):  # type: ignore[arg-type]
                target.append(wide)
            else:
                met = frozenset(narrower(self._model, bound, wide))  # type: ignore[arg-type]
                target.append(OneOf(met) if given in met and len(met) > 1 else given)  # type: ignore[arg-type]
        return tuple(target[: max(len(rule), len([a for a in asked if a is not None]), 1)])

    def _is_own(self, type_: TypeName) -> bool:
        return not self._model.protocol.is_plain(type_)

    def _unambiguous(self, function: str, targets: list[Signature], shadow: Shadow) -> list[Signature]:
        """The targets, and what it takes beside them so that no call becomes ambiguous; nothing where that fails."""
        signatures = [*targets]
        for _ in range(_ROUNDS):
            added = [self._entry(function, s, EntryKind.OPT_OUT, i) for i, s in enumerate(signatures)]
            table = self._rules.trial(function, added=added)
            answer = table.resolve(function, shadow.walk.call.types)  # type: ignore[arg-type]
            if not (isinstance(answer, Claim) and answer.entry.value in added):
                return []
            missing = self._undecided(function, added, table)
            if missing is None:
                return signatures
            if missing in signatures:
                return []
            signatures.append(missing)
        return []

    def _undecided(self, function: str, added: Sequence[Entry], table: object) -> Signature | None:
        """A signature at which one of the added entries meets another and neither is the more specific."""
        from rulecheck.dispatch import Table

        assert isinstance(table, Table)
        for entry in added:
            for other in (*self._rules.of(function), *added):
                if other is entry:
                    continue
                for types in self._model.audit.calls(entry, other):
                    resolution = table.resolve(function, types)
                    if isinstance(resolution, Ambiguous) and entry in [e.value for e in resolution.entries]:
                        return self._meet(entry.types, other.types, types)  # type: ignore[arg-type]
        return None

    def _meet(self, a: Signature, b: Signature, call: tuple[TypeName, ...]) -> Signature:
        """Of two signatures the narrower type at each position, and the call's own where neither is narrower."""
        met: list[Type] = []
        for position in range(max(len(a), len(b))):
            x = a[position] if position < len(a) else _ANYTHING
            y = b[position] if position < len(b) else _ANYTHING
            if self._lattice.is_subtype(x, y):
                met.append(x)
            else:
                met.append(y if self._lattice.is_subtype(y, x) else call[position])
        return tuple(met)

    def _entry(self, function: str, types: Signature, kind: EntryKind, number: int) -> Entry:
        text = signature_text(function, types)
        return Entry(kind, function, types, text, None, True, order=len(self._rules.entries) + number, layer=LAYER)

    def _written(
        self, module: str | None, function: str, signatures: Sequence[Signature], kind: FixKind
    ) -> tuple[str, tuple[str, ...]]:
        """The code of an override as a module spells it, and the imports that it lacks. Raises NotSpellable."""
        names = Spelling(self._model.program, module)
        blocks = []
        for signature in signatures:
            arguments = ", ".join((names.function(function), *map(names.type, signature)))
            if kind is FixKind.FORWARD:
                blocks.append(
                    f"@{names.engine('adjoint')}({arguments})\n"
                    f"def _(*args):\n    return {names.engine('pullback')}({names.function(function)}, *args)"
                )
            else:
                blocks.append(f"{names.engine('opt_out')}({arguments})")
        between = "\n\n\n" if kind is FixKind.FORWARD else "\n"
        return between.join(blocks), tuple(names.imports)

    def _insertion(
        self, shadow: Shadow, function: str, signatures: Sequence[Signature], kind: FixKind
    ) -> tuple[Edit, ...]:
        """The edits that put the override behind the types that it names, in a module that knows all of them."""
        own = [name for s in signatures for name in self._own_types(s)]
        owner = shadow.hides.scope.rpartition(".")[0]
        homes = [t.module for name in dict.fromkeys((owner, *own)) if (t := self._model.program.type(name))]
        for module in dict.fromkeys(homes):
            path = self._model.program.path_of(module)
            if path is None or not all(self._is_at_hand(name, module) for name in own):
                continue
            try:
                text, imports = self._written(module, function, signatures, kind)
            except NotSpellable:
                continue
            here = [t.place for name in (owner, *own) if (t := self._model.program.type(name)) and t.module == module]
            return self._editor.insert(path, here, text, imports)
        apart = [self._insertion(shadow, function, (s,), kind) for s in signatures if len(signatures) > 1]
        return tuple(edit for edits in apart for edit in edits) if all(apart) else ()

    def _own_types(self, signature: Signature) -> list[str]:
        from rulecheck.systems.engine.model import members

        found: list[str] = []
        for member in (m for pattern in signature for m in members(pattern)):
            parts = self._lattice.unwrap(member)
            inner = parts[1] if parts is not None else member
            if isinstance(inner, str) and self._model.is_owned(inner):
                found.append(inner)
        return found

    def _is_at_hand(self, name: str, module: str) -> bool:
        type_ = self._model.program.type(name)
        return (type_ is not None and type_.module == module) or self._model.program.spell(module, name) is not None

    def removal(self, entry: Entry) -> Fix | None:
        """Take a registration out; safe for an opt-out, which nothing can refer to."""
        registration = self._alone(entry)
        if registration is None or registration.in_loop:
            return None
        edits = self._editor.remove(registration.statement)
        return Fix(FixKind.REMOVE, entry.kind is EntryKind.OPT_OUT, "", edits) if edits else None

    def _alone(self, entry: Entry) -> Registration | None:
        """The registration of an entry, where its statement registers nothing else."""
        registration = self._rules.registrations.get(entry.order)
        if registration is None or not registration.owned:
            return None
        same = [r for r in self._rules.registrations.values() if r.statement == registration.statement]
        return registration if len(same) == 1 else None

    def narrowed(self, out: Entry) -> Fix | None:
        """The opt-out written anew for each rule that it applies to, at the types where they meet."""
        registration = self._alone(out)
        if registration is None or registration.in_loop or registration.function is not None:
            return None
        signatures: list[Signature] = []
        for other in self._rules.of(out.function):
            types = next(self._model.audit.calls(out, other), None) if other.kind is EntryKind.RULE else None
            if types is not None:
                signatures.append(self._meet(out.types, other.types, types))  # type: ignore[arg-type]
        signatures = list(dict.fromkeys(signatures))
        added = [self._entry(out.function, s, EntryKind.OPT_OUT, i) for i, s in enumerate(signatures)]
        if (
            not added
            or self._undecided(out.function, added, self._rules.trial(out.function, (out,), added)) is not None
        ):
            return None
        try:
            text, imports = self._written(registration.module, out.function, signatures, FixKind.OPT_OUT)
        except NotSpellable:
            return None
        edits = self._editor.replace(registration.statement, text, imports)
        return Fix(FixKind.NARROW, True, text, edits) if edits else None

    def retyped(self, entry: Entry, position: int, type_: str) -> Fix | None:
        """The registration with another type at one position; unsafe, since only its author knows what was meant."""
        registration = self._alone(entry)
        if registration is None or registration.in_loop or not self._is_at_hand(type_, registration.module):
            return None
        names = Spelling(self._model.program, registration.module)
        try:
            spelled = names.type(type_)
        except NotSpellable:
            return None
        edits = self._editor.argument(registration, position + 1, spelled)
        return Fix(FixKind.NARROW, False, spelled, edits) if edits else None

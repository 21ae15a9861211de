"""Overrides for a table of classes: entries that end a shadow, and changes to registrations that stand already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rulecheck.dispatch import Ambiguous, Claim, OneOf
from rulecheck.facts import OBJECT, Registration, Type, TypeName
from rulecheck.finding import Edit, Fix, FixKind
from rulecheck.languages.python.kit.editor import Editor
from rulecheck.languages.python.kit.spelling import NotSpellable, Package, Spelling
from rulecheck.model.class_calls import Parts, named_types
from rulecheck.model.class_table import LAYER, Names, signature_text
from rulecheck.model.entries import Entry, EntryKind
from rulecheck.model.verdicts import Shadow
from rulecheck.model.walker import Change

Signature = tuple[Type, ...]
Form = Callable[[Spelling, str, str], str]
"""Writes an override: from the names at hand, the function as it is spelled, and all arguments of the registrar."""
_ROUNDS = 4


class ClassOverrides:
    """Writes the fixes of one system. `forms` has how each kind of override is written, `packages` how code imports."""

    def __init__(
        self, parts: Parts, editor: Editor, forms: Mapping[FixKind, Form], packages: Mapping[str, Package]
    ) -> None:
        self._parts = parts
        self._table = parts.table
        self._lattice = parts.lattice
        self._editor = editor
        self._forms = forms
        self._packages = packages

    def ending(self, shadow: Shadow, kind: FixKind) -> Fix | None:
        """The override for the types at which the rule and the hidden code meet; None where none can be written."""
        function = shadow.walk.call.function
        signatures = self._unambiguous(function, self._targets(shadow), shadow) if kind in self._forms else []
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
            wide = shadow.fires.types[position] if position < len(shadow.fires.types) else OBJECT
            if isinstance(bound, str) and target[position] == call[position] != bound:
                having = self._having(shadow.hides.scope, bound, wide)  # type: ignore[arg-type]
                if call[position] in having:
                    return [(*target[:position], own, *target[position + 1 :]) for own in having]
        return [target]

    def _having(self, method: str, owner: TypeName, wide: Type) -> list[str]:
        """The uppermost types below both a class and a rule's type that have this very method of the class."""
        name = method.rpartition(".")[2]

        def fits(type_: str) -> bool:
            below = self._lattice.is_subtype(type_, owner) and self._lattice.is_subtype(type_, wide)
            found = self._parts.methods.method(type_, name) if below else None
            return found is not None and found.name == method

        return self._parts.witnesses.topmost(fits)

    def _target(self, shadow: Shadow) -> Signature:
        """The signature of the override: where method and rule meet, or the types of a call that leads further."""
        rule, call = shadow.fires.types, shadow.walk.call.types
        asked = shadow.hides.types if len(shadow.path) == 1 else ()
        target: list[Type] = []
        for position, given in enumerate(call):
            wide: Type = rule[position] if position < len(rule) else OBJECT  # type: ignore[assignment]
            bound: Type | None = asked[position] if position < len(asked) else None  # type: ignore[assignment]
            target.append(self._met(given, wide, bound, len(shadow.path) > 1))  # type: ignore[arg-type]
        return tuple(target[: max(len(rule), len([a for a in asked if a is not None]), 1)])

    def _met(self, given: TypeName, wide: Type, bound: Type | None, leads_further: bool) -> Type:
        if bound is None:
            return given if leads_further and not self._parts.methods.is_plain(given) else wide
        if self._lattice.is_subtype(bound, wide):
            return bound
        if self._lattice.is_subtype(wide, bound):
            return wide
        met = frozenset(self._parts.witnesses.meeting(bound, wide))
        return OneOf(met) if given in met and len(met) > 1 else given

    def _unambiguous(self, function: str, targets: list[Signature], shadow: Shadow) -> list[Signature]:
        """The targets, and what it takes beside them so that no call becomes ambiguous; nothing where that fails."""
        signatures = [*targets]
        for _ in range(_ROUNDS):
            added = self._entries(function, signatures)
            table = self._table.changed(function, Change(added=added))
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

    def _undecided(self, function: str, added: Sequence[Entry], table: Names) -> Signature | None:
        """A signature at which one of the added entries meets another and neither is the more specific."""
        for entry in added:
            for other in (*self._table.of(function), *added):
                if other is entry:
                    continue
                for types in self._parts.calls.types(entry, other):
                    resolution = table.resolve(function, types)
                    if isinstance(resolution, Ambiguous) and entry in [e.value for e in resolution.entries]:
                        return self._parts.witnesses.meet(entry.types, other.types, types)  # type: ignore[arg-type]
        return None

    def _entries(self, function: str, signatures: Sequence[Signature]) -> tuple[Entry, ...]:
        first = len(self._table.entries)
        return tuple(
            Entry(EntryKind.OPT_OUT, function, s, signature_text(function, s), None, True, order=first + i, layer=LAYER)
            for i, s in enumerate(signatures)
        )

    def _written(
        self, module: str | None, function: str, signatures: Sequence[Signature], kind: FixKind
    ) -> tuple[str, tuple[str, ...]]:
        """The code of an override as a module spells it, and the imports that it lacks. Raises NotSpellable."""
        names = Spelling(self._parts.program, module, self._packages)
        blocks = []
        for signature in signatures:
            spelled = names.function(function)
            blocks.append(self._forms[kind](names, spelled, ", ".join((spelled, *map(names.type, signature)))))
        between = "\n\n\n" if any("\n" in block for block in blocks) else "\n"
        return between.join(blocks), tuple(names.imports)

    def _insertion(
        self, shadow: Shadow, function: str, signatures: Sequence[Signature], kind: FixKind
    ) -> tuple[Edit, ...]:
        """The edits that put the override behind the types that it names, in a module that knows all of them."""
        program = self._parts.program
        own = self._own_types(self._entries(function, signatures))
        owner = shadow.hides.scope.rpartition(".")[0]
        homes = [t.module for name in dict.fromkeys((owner, *own)) if (t := program.type(name))]
        for module in dict.fromkeys(homes):
            path = program.path_of(module)
            if path is None or not all(self._is_at_hand(name, module) for name in own):
                continue
            try:
                text, imports = self._written(module, function, signatures, kind)
            except NotSpellable:
                continue
            here = [t.place for name in (owner, *own) if (t := program.type(name)) and t.module == module]
            return self._editor.insert(path, here, text, imports)
        apart = [self._insertion(shadow, function, (s,), kind) for s in signatures if len(signatures) > 1]
        return tuple(edit for edits in apart for edit in edits) if all(apart) else ()

    def _own_types(self, entries: Sequence[Entry]) -> list[str]:
        inner = [self._parts.inner(member) for entry in entries for member in named_types(entry)]
        return [name for name in inner if isinstance(name, str) and self._parts.owns(name)]

    def _is_at_hand(self, name: str, module: str) -> bool:
        type_ = self._parts.program.type(name)
        return (type_ is not None and type_.module == module) or self._parts.program.spell(module, name) is not None

    def removal(self, entry: Entry) -> Fix | None:
        """Take a registration out; safe for an opt-out, which nothing can refer to."""
        registration = self._alone(entry)
        if registration is None:
            return None
        edits = self._editor.remove(registration.statement)
        return Fix(FixKind.REMOVE, entry.kind is EntryKind.OPT_OUT, "", edits) if edits else None

    def _alone(self, entry: Entry) -> Registration | None:
        """The registration of an entry, where its statement registers nothing else."""
        registration = self._table.registrations.get(entry.order)
        if registration is None or not registration.owned or registration.in_loop:
            return None
        same = [r for r in self._table.registrations.values() if r.statement == registration.statement]
        return registration if len(same) == 1 else None

    def narrowed(self, out: Entry) -> Fix | None:
        """The opt-out written anew for each rule that it applies to, at the types where they meet."""
        registration = self._alone(out)
        if registration is None or registration.function is not None or FixKind.OPT_OUT not in self._forms:
            return None
        signatures: dict[Signature, None] = {}
        for other in self._table.of(out.function):
            types = next(self._parts.calls.types(out, other), None) if other.kind is EntryKind.RULE else None
            if types is not None:
                signatures[self._parts.witnesses.meet(out.types, other.types, types)] = None  # type: ignore[arg-type]
        added = self._entries(out.function, [*signatures])
        after = self._table.changed(out.function, Change((out,), added))
        if not added or self._undecided(out.function, added, after) is not None:
            return None
        try:
            text, imports = self._written(registration.module, out.function, [*signatures], FixKind.OPT_OUT)
        except NotSpellable:
            return None
        edits = self._editor.replace(registration.statement, text, imports)
        return Fix(FixKind.NARROW, True, text, edits) if edits else None

    def retyped(self, entry: Entry, position: int, type_: str) -> Fix | None:
        """The registration with another type at one position; unsafe, since only its author knows what was meant."""
        registration = self._alone(entry)
        if registration is None or not self._is_at_hand(type_, registration.module):
            return None
        try:
            spelled = Spelling(self._parts.program, registration.module, self._packages).type(type_)
        except NotSpellable:
            return None
        edits = self._editor.argument(registration, position + 1, spelled)
        return Fix(FixKind.NARROW, False, spelled, edits) if edits else None

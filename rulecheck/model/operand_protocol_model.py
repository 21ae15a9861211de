"""A system that is an array library's protocol: who answers where its array meets a project's class."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rulecheck.dispatch.datamodel import exchange
from rulecheck.dispatch.operators import ASKING, BY_FUNCTION, DIVMOD, Operator
from rulecheck.dispatch.walk import Outcome, Step
from rulecheck.facts import Function, TypeName, short
from rulecheck.finding import Cost, Fix, FixKind
from rulecheck.languages.python.kit.array_classes import MATMUL, ArrayClasses
from rulecheck.languages.python.kit.class_roles import ClassRoles
from rulecheck.languages.python.kit.class_slots import (
    ClassesView,
    GivenAttributes,
    MethodSlot,
    OperatorView,
    Presence,
    SourceClasses,
    name_of,
)
from rulecheck.languages.python.program import Program
from rulecheck.model.entries import Entry, EntryKind, Probe, Question
from rulecheck.model.model import Model
from rulecheck.model.operand_misses import Miss, Misses
from rulecheck.model.operand_protocol import (
    CONSEQUENCES,
    SEVERITIES,
    SILENT,
    Effect,
    LayerAnswer,
    OperandProtocol,
    beside_array,
    call_beside_array,
    last_answer,
)
from rulecheck.model.system import System
from rulecheck.model.verdicts import Gap, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer

_PROPERTIES = frozenset({"property", "cached_property"})
_OPERATORS = BY_FUNCTION | {DIVMOD.function: DIVMOD}

Asking = Callable[[ClassesView, Sequence[TypeName]], LayerAnswer]


class ProtocolLayer(Layer):
    """One layer of a protocol; `asking` gives, for a call, what asks each of the layers that it has."""

    def __init__(
        self,
        name: str,
        asking: Callable[[Question], Mapping[str, Asking]],
        classes: ClassesView,
        step: Callable[[Question, LayerAnswer], Step[Entry]],
        changed: bool,
    ) -> None:
        self.name = name
        self.changed = changed
        self._asking = asking
        self._classes = classes
        self._step = step

    def concerns(self, call: Question, /) -> bool:
        """Whether functions of this kind have the layer."""
        return self.name in self._asking(call)

    def answer(self, call: Question, /) -> Step[Entry]:
        """What the layer says of the operands."""
        return self._step(call, self._asking(call)[self.name](self._classes, operands(call)))


class OperandProtocolModel(Model):
    """One such system, bound to one program. What is a library's own: its layers, spellings and opt-outs."""

    protocol: OperandProtocol
    # The layers by name, in order, and those of them in which a method of the class itself answers.
    layer_names: tuple[str, ...]
    method_layers: frozenset[str]
    # What the library's own classes have, and what makes an array of an object.
    natives: Mapping[str, frozenset[str]] = {}
    conversions: tuple[str, ...] = ()
    seen_to: tuple[str, ...] = ()
    exposing: tuple[str, ...] = ()
    # What is said of the library's own code, where no operand's method answers.
    own_code: str = "the library's own code"

    def __init__(self, system: System, program: Program) -> None:
        self.system = system
        self.program = program
        self._last: tuple[Question | None, Mapping[str, Asking]] = None, {}
        self.classes = SourceClasses(program, self.natives)
        self.roles = ClassRoles(program)
        self.arrays = ArrayClasses(program, self.classes, self.roles, self.protocol.array, self.conversions)
        self.misses = Misses(program, self.classes, self.roles, self.arrays, self.protocol, self.seen_to, self.exposing)

    @property
    def name(self) -> str:
        """The system's name."""
        return self.system.name

    @abstractmethod
    def asking(self, call: Question) -> Mapping[str, Asking]:
        """What asks each of the layers that calls of this kind have; none where the library has no part in the call."""

    def _asked_of(self, call: Question) -> Mapping[str, Asking]:
        """The same, worked out once for all layers of a call."""
        if self._last[0] is not call:
            self._last = call, self.asking(call)
        return self._last[1]

    def operator_of(self, function: str) -> Operator | None:
        """The operator that a function means, under whatever name."""
        return _OPERATORS.get(function)

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The layers of the protocol. A change gives classes attributes, whose names are the entries' functions."""
        given = {(e.scope, e.function): MethodSlot(Presence.NONE, e.scope) for e in change.added}
        classes: ClassesView = GivenAttributes(self.classes, given) if given else self.classes

        def layer(name: str) -> Layer:
            return ProtocolLayer(name, self._asked_of, classes, self._step, bool(given))

        return tuple(map(layer, self.layer_names))

    def primal(self, question: Question) -> Entry | None:
        """The method that Python's own operator would run, were the library not to answer in its place."""
        operator = self.operator_of(question.function)
        given = operands(question)
        if operator is None or len(given) != 2 or operator.is_unary:
            return None
        in_place = ASKING.get(question.function, (operator, False))[1]
        asked = exchange(OperatorView(self.classes), operator, given, in_place=in_place).answer
        if asked is None:
            return None
        return self._method(asked.kind, asked.name, self.classes.slot(asked.kind, asked.name), question)

    def last(self, function: str, given: Sequence[TypeName]) -> LayerAnswer | None:
        """Who answers a call."""
        return last_answer(self.protocol, self.classes, function, given)

    # -- shadows ------------------------------------------------------------------------------------------------------

    def shadow(self, question: Question) -> Shadow | None:
        """What the conversion of an operand hides: its reflected method, or the method of an equivalent spelling."""
        given = operands(question)
        strangers = [t for t in given if not self.classes.is_subtype(t, self.protocol.array)]
        if len(strangers) != 1 or not self._asked_of(question):
            return None
        stand_ins = self.roles.concrete(name_of(strangers[0]))
        shadows = [self._shadow_for(question, strangers[0], stand_in) for stand_in in stand_ins]
        return shadows[0] if shadows and all(shadows) else None

    def _shadow_for(self, question: Question, stranger: TypeName, type_: str) -> Shadow | None:
        given = tuple(type_ if t == stranger else t for t in operands(question))
        asked = Question(question.function, given, question.text)
        operator = _OPERATORS.get(question.function)
        if operator is None:
            return self._other_spelling(asked, given, type_)
        miss = self._operator_miss(operator, given[-1] == type_, type_)
        return None if miss is None else self._missed(asked, miss)

    def _operator_miss(self, operator: Operator, right: bool, type_: str) -> Miss | None:
        if right and operator.reflected is not None and not operator.is_comparison:
            miss = self.misses.reflected(operator, type_)
            if miss is not None:
                return miss if miss in self.misses.of(type_) else None
        if operator is MATMUL:
            miss = self.misses.partial(type_)
            return miss if miss is not None and miss.right is right else None
        return None

    def _missed(self, question: Question, miss: Miss) -> Shadow | None:
        """The shadow of an operator that converts its operand, in front of the class's own method."""
        path: tuple[Question, ...] = (question,)
        partial = miss.name != (miss.operator.reflected if miss.right else miss.operator.method)
        if partial:
            right = question.types[0] == self.protocol.array
            mirrored = call_beside_array(miss.operator, not right)
            path = (question, Question(question.function, question.types[::-1], mirrored))
        blamed = self.misses.blamed(miss)
        if blamed is None or not self._is_owned(blamed):  # between two libraries
            return None
        return self._made(question, miss.answer, self._hidden(miss, question), path, blamed)

    def _other_spelling(self, question: Question, given: Sequence[TypeName], type_: str) -> Shadow | None:
        """A function that makes a dense array of what an operator, or a method of its name, knows how to treat."""
        answer = self.last(question.function, given)
        if answer is None or answer.layer != self.protocol.converting or answer.outcome is not Outcome.CLAIMS:
            return None
        if answer.effect not in SILENT or not self._is_owned(type_) or not self.arrays.is_array_like(type_):
            return None
        operator = self.operator_of(question.function)
        if operator is not None and len(given) == 2:
            return self._for_operator(question, answer, operator, type_)
        name = question.function.rpartition(".")[2]
        slot = self.classes.slot(type_, name)
        if answer.effect is not Effect.DENSE or slot.presence is not Presence.REAL or len(given) != 1:
            return None
        if self.arrays.hands_out(type_):
            return None
        other = Question(f"{type_}.{name}", tuple(given), self._attribute_text(type_, name))
        return self._made(question, answer, self._method(type_, name, slot, question), (question, other), None)

    def _for_operator(self, question: Question, answer: LayerAnswer, operator: Operator, type_: str) -> Shadow | None:
        """The shadow of a function in place of which an operator would reach a method of the class."""
        given = operands(question)
        better = self.last(operator.function, given)
        if better is None or better.layer not in self.method_layers or better.slot is None:
            return None
        name = str(better.name)
        if better.effect is not Effect.ASKED or not self.arrays.takes_arrays(better.slot, name):
            return None
        written = call_beside_array(operator, right=given[1] == type_)
        other = Question(operator.function, tuple(given), written)
        hidden = self._method(type_, name, better.slot, question)
        return self._made(question, answer, hidden, (question, other), None)

    def _made(
        self, question: Question, answer: LayerAnswer, hides: Entry, path: tuple[Question, ...], blamed: str | None
    ) -> Shadow:
        walk = self.walk(question)
        fires = walk.winner
        assert fires is not None
        blame = self._class_entry(blamed) if blamed is not None else None
        severity, consequence = SEVERITIES[answer.effect], CONSEQUENCES[answer.effect]
        return Shadow(walk, fires, answer.layer, hides, path, blame, severity, consequence)

    # -- classes ------------------------------------------------------------------------------------------------------

    def probes(self) -> Iterable[Probe]:
        """`x OP A` for every reflected method of every concrete class of the project that is array-like."""
        for type_ in self._judged():
            for miss in self.misses.of(type_):
                if self.misses.is_projects(miss):
                    question = self._asked(miss)
                    yield Probe(self._hidden(miss, question), question)

    def gaps(self) -> Iterable[Gap]:
        """Classes that specialise `A @ x` and make a dense array of A for `x @ A`, or the other way round."""
        seen: set[str] = set()
        for type_ in self._judged():
            miss = self.misses.partial(type_)
            if miss is None or not self.misses.is_projects(miss):
                continue
            blamed = self.misses.blamed(miss)
            if blamed is None or blamed in seen:
                continue
            seen.add(blamed)
            question = self._asked(miss)
            missing = MATMUL.reflected if miss.right else MATMUL.method
            why = f"{short(blamed)} has no {missing}, and its {miss.answer.name} makes a dense array of it"
            yield Gap(self._hidden(miss, question), (question,), why)

    def _judged(self) -> Iterator[str]:
        for definition in self.program.owned_types():
            if definition.name in self.misses.suspects and not self.roles.is_abstract(definition.name):
                yield definition.name

    def _is_owned(self, type_: str) -> bool:
        definition = self.program.type(type_)
        return definition is not None and definition.owned

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """What the class that is to blame lacks to opt out of the protocol, where the walks then end at its methods."""
        if shadow.blame is None or len(shadow.path) != 1 or kind not in (None, FixKind.ATTRIBUTE):
            return None
        return self.opt_out(shadow.blame.scope, tuple(self.misses.of(shadow.blame.scope)))

    def opt_out(self, blamed: str, misses: Sequence[Miss]) -> Fix | None:
        """The edit of a class that ends its misses; None where there is none."""
        return None

    def ends(self, change: Change, misses: Sequence[Miss]) -> bool:
        """Whether the calls that miss a method would end at it after a change."""
        walker = self.walker.after(change)
        walks = ((miss, walker.walk(self._asked(miss)).winner) for miss in misses)
        return all(
            w is not None and w.kind is EntryKind.METHOD and w.signature.endswith(f".{m.name}") for m, w in walks
        )

    def cost(self, shadow: Shadow) -> Cost | None:
        """A dense array of a square operand holds n^2 numbers, whatever its own methods need."""
        dense = shadow.consequence == CONSEQUENCES[Effect.DENSE]
        return Cost(memory="n^2", note="the operand is written out as an array") if dense else None

    # -- entries ------------------------------------------------------------------------------------------------------

    def _asked(self, miss: Miss) -> Question:
        given = beside_array(self.protocol, miss.type, miss.right)
        return Question(miss.operator.function, given, call_beside_array(miss.operator, miss.right))

    def _hidden(self, miss: Miss, question: Question) -> Entry:
        return self._method(miss.type, miss.name, miss.method, question)

    def _method(self, type_: TypeName, name: str, slot: MethodSlot, question: Question) -> Entry:
        owner = slot.owner or name_of(type_)
        written, scope = f"{short(owner)}.{name}", f"{owner}.{name}"
        return Entry(EntryKind.METHOD, question.function, question.types, written, slot.place, slot.owned, scope)

    def _attribute_text(self, type_: str, name: str) -> str:
        """A method as it is called, or a property as it is read."""
        found = self.program.lookup(type_, name)
        if not isinstance(found, Function):
            return f"A.{name}"
        if any(d[0] == "name" and d[1].rpartition(".")[2] in _PROPERTIES for d in found.decorators):
            return f"A.{name}"
        return f"A.{name}(...)" if len(found.parameters) > 1 else f"A.{name}()"

    def _class_entry(self, type_: str) -> Entry:
        definition = self.program.type(type_)
        assert definition is not None
        return Entry(EntryKind.PROTOCOL, "", (type_,), short(type_), definition.place, definition.owned, type_)

    def _step(self, question: Question, answer: LayerAnswer) -> Step[Entry]:
        if answer.outcome is not Outcome.CLAIMS:
            return Step(answer.layer, answer.outcome, (), answer.reason)
        kind = EntryKind.METHOD if answer.layer in self.method_layers else EntryKind.PROTOCOL
        slot = answer.slot or MethodSlot(Presence.ABSENT)
        owner = slot.owner or answer.operand
        written = self.own_code if owner is None else f"{short(owner)}.{answer.name}"
        if owner is not None and not answer.name:
            written = f"the conversion of {short(owner)} to an object array"
        scope = "" if owner is None else name_of(owner)
        function, types = question.function, question.types
        entry = Entry(kind, function, types, written, slot.place, slot.owned, scope, layer=answer.layer)
        return Step(answer.layer, answer.outcome, (entry,), answer.reason)


def operands(question: Question) -> tuple[TypeName, ...]:
    """The operands' types; a question from the command line holds names."""
    return tuple(t for t in question.types if t is not None)  # type: ignore[misc]

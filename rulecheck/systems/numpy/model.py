"""The model of one project: what the checks ask of numpy's operator protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from rulecheck.dispatch.walk import Outcome, Step
from rulecheck.facts import NDARRAY, Function, TypeName, short
from rulecheck.finding import Cost, Fix, FixKind, Severity
from rulecheck.model.entries import Entry, EntryKind, Probe, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.verdicts import Gap, Shadow
from rulecheck.model.walker import NO_CHANGE, Change, Layer
from rulecheck.systems.numpy import functions, protocol
from rulecheck.systems.numpy.calls import CallReader
from rulecheck.systems.numpy.fixes import attribute_fix
from rulecheck.systems.numpy.functions import MATMUL, FunctionSpelling, spelling
from rulecheck.systems.numpy.judge import Judge, Miss
from rulecheck.systems.numpy.protocol import Effect, LayerAnswer
from rulecheck.systems.numpy.source import SourceTypes, name_of
from rulecheck.systems.numpy.view import ClassesView, MethodSlot, Presence

if TYPE_CHECKING:
    from rulecheck.languages.python.program import Program

_METHODS = (protocol.SUBCLASS, protocol.FORWARD, protocol.REFLECTED, protocol.METHOD)

_PROPERTIES = frozenset({"property", "cached_property"})

_CONSEQUENCES = {
    Effect.DENSE: "makes a dense array of the operand",
    Effect.SEQUENCE: "reads the operand element by element",
    Effect.OBJECT: "silently gives an array of objects",
    Effect.RAISES: "raises",
}
_SEVERITIES = {
    Effect.DENSE: Severity.WARNING,
    Effect.SEQUENCE: Severity.WARNING,
    Effect.OBJECT: Severity.ERROR,
    Effect.RAISES: Severity.NOTE,
}


class NumpyModel(Model):
    """Numpy's operator protocol, bound to one project that was read."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.types = SourceTypes(program)
        self.judge = Judge(program, self.types)

    @property
    def name(self) -> str:
        """The system's name."""
        return "numpy"

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """A call by names as people write them."""
        from rulecheck.systems.numpy.naming import question

        return question(self.program, function, arguments)

    def layers(self, change: Change = NO_CHANGE) -> Sequence[Layer]:
        """The layers of numpy's protocol, of which every kind of function has its own."""
        return tuple(_ProtocolLayer(name, self.types, self._step) for name in protocol.LAYERS)

    def primal(self, question: Question) -> Entry | None:
        """The method that Python's own operator would run, were ndarray not to answer in its place."""
        found = spelling(question.function)
        if found is None or found.operator is None or len(question.types) != 2:
            return None
        left, right = _operands(question)
        reflected = found.operator.reflected
        for type_, name in ((left, found.operator.method), (right, reflected)):
            slot = self.types.slot(type_, name) if name is not None else None
            if name is not None and slot is not None and slot.presence is Presence.REAL:
                return self._method(type_, name, slot, question)
        return None

    def shadow(self, question: Question) -> Shadow | None:
        """What the conversion of an operand hides: its reflected method, or the method of an equivalent spelling."""
        found = spelling(question.function)
        if found is None or not _fits(found, question):
            return None
        strangers = [t for t in _operands(question) if not self.types.is_array(t)]
        if len(strangers) != 1:
            return None
        shadows = [self._shadow_for(question, found, strangers[0], c) for c in self._stand_ins(strangers[0])]
        return shadows[0] if shadows and all(shadows) else None

    def _stand_ins(self, type_: TypeName) -> tuple[str, ...]:
        return self.judge.concrete(name_of(type_))

    def _shadow_for(self, question: Question, found: FunctionSpelling, stranger: TypeName, type_: str) -> Shadow | None:
        operands = tuple(type_ if t == stranger else t for t in _operands(question))
        asked = Question(question.function, operands, question.text)
        if found.kind is functions.FunctionKind.OPERATOR:
            miss = self._operator_miss(found, operands, type_)
            return None if miss is None else self._shadow(asked, miss)
        return self._other_spelling(asked, found, operands, type_)

    def _operator_miss(self, found: FunctionSpelling, operands: Sequence[TypeName], type_: str) -> Miss | None:
        right = operands[-1] == type_
        if right and found.operator is not None and found.operator.reflected is not None:
            miss = self.judge.reflected_miss(found.operator, type_)
            if miss is not None:
                return miss if miss in self.judge.misses(type_) else None
        if found.operator is MATMUL:
            miss = self.judge.partial_miss(type_)
            return miss if miss is not None and miss.right is right else None
        return None

    def _shadow(self, question: Question, miss: Miss) -> Shadow | None:
        """The shadow of an operator that converts its operand, in front of the class's own method."""
        path: tuple[Question, ...] = (question,)
        partial = miss.name != (miss.operator.reflected if miss.right else miss.operator.method)
        if partial:
            path = (question, _mirrored(question, miss.operator.symbol))
        blamed = self.judge.blamed(miss)
        if blamed is None or not self._is_owned(blamed):  # between two libraries
            return None
        return self._made(question, miss.answer, self._hidden(miss, question), path, blamed)

    def _other_spelling(
        self, question: Question, found: FunctionSpelling, operands: tuple[TypeName, ...], type_: str
    ) -> Shadow | None:
        """A function that makes a dense array of what an operator, or a method of its name, knows how to treat."""
        answer = protocol.last_answer(self.types, found, operands)
        silent = (Effect.DENSE, Effect.OBJECT)
        if answer.layer != protocol.ARRAY or answer.outcome is not Outcome.CLAIMS or answer.effect not in silent:
            return None
        if not self._is_owned(type_) or not self.judge.is_array_like(type_):
            return None
        if found.operator is not None and len(operands) == 2:
            written = _text(found.operator.symbol, right=operands[1] == type_)
            other = Question(found.operator.function, operands, written)
            owned = spelling(other.function)
            assert owned is not None
            better = protocol.last_answer(self.types, owned, operands)
            if better.layer not in _METHODS or better.effect is not Effect.ASKED or better.slot is None:
                return None
            name = str(better.name)
            if not self.judge.takes_arrays(better.slot, name):
                return None
            hidden = self._method(type_, name, better.slot, question)
            return self._made(question, answer, hidden, (question, other), None)
        name = question.function.rpartition(".")[2]
        slot = self.types.slot(type_, name)
        if answer.effect is not Effect.DENSE or slot.presence is not Presence.REAL or len(operands) != 1:
            return None
        if self.judge.hands_out(type_):
            return None
        other = Question(f"{type_}.{name}", operands, self._attribute_text(type_, name))
        return self._made(question, answer, self._method(type_, name, slot, question), (question, other), None)

    def _made(
        self, question: Question, answer: LayerAnswer, hides: Entry, path: tuple[Question, ...], blamed: str | None
    ) -> Shadow:
        walk = self.walk(question)
        fires = walk.winner
        assert fires is not None
        return Shadow(
            walk,
            fires,
            answer.layer,
            hides,
            path,
            blame=self._class_entry(blamed) if blamed is not None else None,
            severity=_SEVERITIES[answer.effect],
            consequence=_CONSEQUENCES[answer.effect],
        )

    def probes(self) -> Iterable[Probe]:
        """`x OP A` for every reflected method of every concrete class of the project that is array-like."""
        for type_ in self._judged():
            for miss in self.judge.misses(type_):
                if self.judge.is_projects(miss):
                    question = self._asked(miss)
                    yield Probe(self._hidden(miss, question), question)

    def gaps(self) -> Iterable[Gap]:
        """Classes that specialise `A @ x` and make a dense array of A for `x @ A`, or the other way round."""
        seen: set[str] = set()
        for type_ in self._judged():
            miss = self.judge.partial_miss(type_)
            if miss is None or not self.judge.is_projects(miss):
                continue
            blamed = self.judge.blamed(miss)
            if blamed is None or blamed in seen:
                continue
            seen.add(blamed)
            question = self._asked(miss)
            missing = MATMUL.reflected if miss.right else MATMUL.method
            why = f"{_said(blamed)} has no {missing}, and its {miss.answer.name} makes a dense array of it"
            yield Gap(self._hidden(miss, question), (question,), why)

    def _judged(self) -> Iterator[str]:
        for definition in self.program.owned_types():
            if definition.name in self.judge.suspects and not self.judge.is_abstract(definition.name):
                yield definition.name

    def _is_owned(self, type_: str) -> bool:
        definition = self.program.type(type_)
        return definition is not None and definition.owned

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        return tuple(CallReader(self.program, self.judge, self.shadow).sites())

    def sites(self) -> Sequence[Site]:
        """Every call in which an array-like class of the project meets numpy."""
        return self._sites

    def override(self, shadow: Shadow, kind: FixKind | None = None) -> Fix | None:
        """`__array_ufunc__ = None` in the class that is to blame."""
        if shadow.blame is None or len(shadow.path) != 1 or kind not in (None, FixKind.ATTRIBUTE):
            return None
        blamed = shadow.blame.scope
        return attribute_fix(self.program, self.judge, blamed, list(self.judge.misses(blamed)))

    def cost(self, shadow: Shadow) -> Cost | None:
        """A dense array of a square operand holds n^2 numbers, whatever its own methods need."""
        dense = shadow.consequence == _CONSEQUENCES[Effect.DENSE]
        return Cost(memory="n^2", note="the operand is written out as an array") if dense else None

    def _asked(self, miss: Miss) -> Question:
        operands = (NDARRAY, miss.type) if miss.right else (miss.type, NDARRAY)
        return Question(miss.operator.function, operands, _text(miss.operator.symbol, miss.right))

    def _hidden(self, miss: Miss, question: Question) -> Entry:
        return self._method(miss.type, miss.name, miss.method, question)

    def _method(self, type_: TypeName, name: str, slot: MethodSlot, question: Question) -> Entry:
        owner = slot.owner or name_of(type_)
        signature = f"{_said(owner)}.{name}"
        scope = f"{owner}.{name}"
        return Entry(EntryKind.METHOD, question.function, question.types, signature, slot.place, slot.owned, scope)

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
        return Entry(EntryKind.PROTOCOL, "", (type_,), _said(type_), definition.place, definition.owned, type_)

    def _step(self, question: Question, answer: LayerAnswer) -> Step[Entry]:
        entries: tuple[Entry, ...] = ()
        if answer.outcome is Outcome.CLAIMS:
            kind = EntryKind.METHOD if answer.layer in _METHODS else EntryKind.PROTOCOL
            slot = answer.slot
            owner = (slot.owner if slot is not None else None) or answer.operand
            signature = "numpy's own loop" if owner is None else f"{_said(owner)}.{answer.name}"
            if owner is not None and not answer.name:
                signature = f"the conversion of {_said(owner)} to an object array"
            place = slot.place if slot is not None else None
            owned = slot.owned if slot is not None else False
            scope = "" if owner is None else name_of(owner)
            entries = (
                Entry(kind, question.function, question.types, signature, place, owned, scope, layer=answer.layer),
            )
        return Step(answer.layer, answer.outcome, entries, answer.reason)


class _ProtocolLayer(Layer):
    """One layer of the protocol, as an answer for each kind of function that has it."""

    def __init__(self, name: str, types: ClassesView, step: Callable[[Question, LayerAnswer], Step[Entry]]) -> None:
        self.name = name
        self._types = types
        self._step = step

    def concerns(self, call: Question, /) -> bool:
        """Whether functions of this kind have the layer."""
        found = spelling(call.function)
        return found is not None and _fits(found, call) and self.name in protocol.layers_of(found.kind)

    def answer(self, call: Question, /) -> Step[Entry]:
        """What the layer says of the operands."""
        found = spelling(call.function)
        assert found is not None
        layer = protocol.layers_of(found.kind)[self.name]
        return self._step(call, layer(self._types, found, _operands(call)))


def _operands(question: Question) -> tuple[TypeName, ...]:
    """The operands' types; a question from the command line holds names."""
    return tuple(t for t in question.types if t is not None)  # type: ignore[misc]


def _fits(found: FunctionSpelling, question: Question) -> bool:
    count = len(question.types)
    return count == 2 if found.kind is functions.FunctionKind.OPERATOR else count >= 1


def _said(type_: TypeName) -> str:
    return short(type_)


def _text(symbol: str, right: bool) -> str:
    if symbol == "divmod":
        return "divmod(x, A)" if right else "divmod(A, x)"
    return f"x {symbol} A" if right else f"A {symbol} x"


def _mirrored(question: Question, symbol: str) -> Question:
    right = question.types[0] == NDARRAY
    return Question(question.function, question.types[::-1], _text(symbol, not right))

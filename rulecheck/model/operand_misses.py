"""Methods of a class in whose place an array library answers, and which class is to blame.

A mixin or abstract base is judged by the concrete classes below it, those that tests make to try it apart, and a class
is to blame only where none of its own bases is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rulecheck.dispatch.operators import BINARY, DIVMOD, Operator
from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import Expr
from rulecheck.languages.python.kit.array_classes import MATMUL, ArrayClasses
from rulecheck.languages.python.kit.class_roles import ClassRoles, is_of_tests
from rulecheck.languages.python.kit.class_slots import MethodSlot, Presence, SourceClasses
from rulecheck.languages.python.program import Program
from rulecheck.model.operand_protocol import Effect, LayerAnswer, OperandProtocol, beside_array, last_answer

REFLECTED: tuple[Operator, ...] = (*BINARY, DIVMOD)
"""The operators with a reflected method of their own (comparisons reflect one another)."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A method of a class that the library answers in place of: for `x @ A`, the class's own `__rmatmul__`."""

    operator: Operator
    type: str
    # The method that was hidden, and whether the class stands on the right of the array.
    name: str
    right: bool
    method: MethodSlot
    answer: LayerAnswer


class Misses:
    """Judges the classes of one program; every verdict is made once.

    A class with one of the attributes `seen_to` sees to the library's protocol itself; one that a call of one of the
    functions `exposing` converts is exposed.
    """

    def __init__(
        self,
        program: Program,
        classes: SourceClasses,
        roles: ClassRoles,
        arrays: ArrayClasses,
        protocol: OperandProtocol,
        seen_to: Sequence[str] = (),
        exposing: Sequence[str] = (),
    ) -> None:
        self._program = program
        self._classes = classes
        self._roles = roles
        self._arrays = arrays
        self._protocol = protocol
        self._seen_to = seen_to
        self._exposing = exposing
        self._misses: dict[tuple[str, str, str, bool], Miss | None] = {}
        self._left: dict[str, bool] = {}

    def of(self, type_: str) -> Iterator[Miss]:
        """Every reflected operator of a class that the array's operator never asks for."""
        if "<locals>" in type_ and is_of_tests(type_):
            return  # a test made it for itself
        found = [m for o in REFLECTED if (m := self.reflected(o, type_)) is not None]
        # Alone, `__radd__` is there for the builtin sum, which starts from 0.
        if [m.operator.symbol for m in found] not in ([], ["+"]) and not self._is_left_to_heirs(type_):
            yield from found

    def reflected(self, operator: Operator, type_: str) -> Miss | None:
        """Whether `x OP A` ends at the conversion of A, though A has a reflected method to ask."""
        assert operator.reflected is not None
        return self._miss(operator, type_, operator.reflected, right=True)

    def partial(self, type_: str) -> Miss | None:
        """Whether one side of `@` is specialised, and the other side makes a dense array of the operand."""
        for own, other, right in ((MATMUL.method, MATMUL.reflected, True), (MATMUL.reflected, MATMUL.method, False)):
            assert own is not None
            assert other is not None
            if self._classes.slot(type_, other).presence is Presence.ABSENT:
                miss = self._miss(MATMUL, type_, own, right)
                if miss is not None and self._is_dense(miss):
                    return miss
        return None

    def _is_dense(self, miss: Miss) -> bool:
        """Whether what the other side makes dense is an array's, and nothing that is dense already."""
        owner, arrays = miss.method.owner, self._arrays
        if miss.answer.effect is not Effect.DENSE or not arrays.takes_arrays(miss.method, miss.name):
            return False
        if owner is None or arrays.hands_out(miss.type):
            return False
        return arrays.is_array_like(owner, False) or arrays.is_for_arrays(owner, False)

    def _miss(self, operator: Operator, type_: str, name: str, right: bool) -> Miss | None:
        key = (operator.function, type_, name, right)
        if key not in self._misses:
            self._misses[key] = self._find(operator, type_, name, right)
        return self._misses[key]

    def _find(self, operator: Operator, type_: str, name: str, right: bool) -> Miss | None:
        method, arrays = self._classes.slot(type_, name), self._arrays
        if method.presence is not Presence.REAL or not arrays.is_array_like(type_) or not arrays.is_meant(method, name):
            return None
        operands = beside_array(self._protocol, type_, right)
        answer = last_answer(self._protocol, self._classes, operator.function, operands)
        if answer is None or answer.layer != self._protocol.converting or not answer.converts:
            return None
        if answer.effect is Effect.RAISES and not arrays.takes_arrays(method, name, type_):
            return None  # it raises, whoever is asked
        if answer.effect in (Effect.OBJECT, Effect.SEQUENCE) and not arrays.takes_numbers(method, name, type_):
            return None  # it is for others of its own kind: of an array's elements none is taken either
        return Miss(operator, type_, name, right, method, answer)

    def blamed(self, miss: Miss) -> str | None:
        """The class that a miss is due to: the topmost one that has it and is no mixin, or that all below it share."""
        for base in reversed(self._program.mro(miss.type)):
            # Where the method is not there, neither is the miss; who derives from that base need not be known.
            if self._program.type(base) is None or not self._classes.slot(base, miss.name).defined:
                continue
            has_it = self._is_shared if self._roles.is_mixin(base) else self._has
            aside = not has_it(base, miss) or self._is_left_to_heirs(base)
            if not aside and not self._is_stand_in(base, miss.method.owner):
                return base
        return None

    def _has(self, type_: str, miss: Miss) -> bool:
        return self._miss(miss.operator, type_, miss.name, miss.right) is not None

    def _is_shared(self, mixin: str, miss: Miss) -> bool:
        """Whether several classes are made of a mixin, and every one has the miss: one remedy there ends them all.

        Of a mixin that is array-like itself, a few may take no arrays.
        """
        if self._classes.slot(mixin, miss.name).owner != miss.method.owner:
            return False
        below = self._program.subclasses(mixin)
        made = [h for h in below if not self._roles.is_abstract(h) and not self._is_stand_in(h, miss.method.owner)]
        having = [heir for heir in made if self._has(heir, miss)]
        others = [heir for heir in made if heir not in having]
        few = self._arrays.is_array_like(mixin) and not any(map(self._arrays.is_array_like, others))
        return len(having) > max(1, len(others)) and (few or not others)

    def _is_stand_in(self, type_: str, owner: str | None) -> bool:
        """Whether tests made a class of a mixin, to try the mixin's methods: no user meets it."""
        return owner is not None and is_of_tests(type_) and not is_of_tests(owner) and self._roles.is_mixin(owner)

    def is_projects(self, miss: Miss) -> bool:
        """Whether the class to blame is the project's own; otherwise it is a matter between two libraries."""
        blamed = self.blamed(miss)
        definition = self._program.type(blamed) if blamed is not None else None
        return definition is not None and definition.owned

    def _is_left_to_heirs(self, type_: str) -> bool:
        """Whether classes below see to the protocol themselves, and the project makes no object of this one.

        Where several of them do not, it is this one that forgets.
        """
        if type_ not in self._left:
            heirs = () if self._sees_to_it(type_) else self._program.subclasses(type_)
            self._left[type_] = any(map(self._sees_to_it, heirs)) and self._is_bare(type_, heirs)
        return self._left[type_]

    def _is_bare(self, type_: str, heirs: tuple[str, ...]) -> bool:
        last = [h for h in heirs if not self._program.subclasses(h) and not is_of_tests(h)]
        return sum(not self._sees_to_it(h) for h in last) < 2 and not self._is_made(type_)

    def _sees_to_it(self, type_: str) -> bool:
        return any(self._classes.slot(type_, name).defined for name in self._seen_to)

    def _is_made(self, type_: str) -> bool:
        """Whether the project calls a class by its name."""
        last = type_.rpartition(".")[2]

        def wanted(expr: Expr) -> bool:
            return bool(expr[0] == "call" and expr[1][0] == "name" and expr[1][1].rpartition(".")[2] == last)

        calls = self._program.calls_matching(wanted, (type_,), holding=(frozenset((last.encode(),)), ()))
        return any(self._program.resolve(call.module, call.expr[1][1]) == type_ for call in calls)

    @cached_property
    def suspects(self) -> frozenset[str]:
        """The project's classes that are array-like: the only ones whose calls are worth a look."""
        return frozenset(d.name for d in self._program.owned_types() if self._arrays.is_array_like(d.name))

    @cached_property
    def exposed(self) -> frozenset[str]:
        """Those of them that some spelling converts, though they have methods to ask: calls of others are of no use."""
        return frozenset(n for n in self.suspects if self._has_own_miss(n) or self._is_exposed(n))

    def _has_own_miss(self, type_: str) -> bool:
        partial = self.partial(type_)
        return any(map(self.is_projects, self.of(type_))) or (partial is not None and self.is_projects(partial))

    def _is_exposed(self, type_: str) -> bool:
        operands = beside_array(self._protocol, type_, True)
        for function in self._exposing:
            answer = last_answer(self._protocol, self._classes, function, operands)
            if answer is None or answer.layer != self._protocol.converting:
                continue
            if answer.outcome is Outcome.CLAIMS and answer.effect is not Effect.RAISES:
                return True
        return False

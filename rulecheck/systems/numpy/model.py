"""Numpy's operator protocol, bound to one project that was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial

from rulecheck.dispatch.operators import Operator
from rulecheck.dispatch.walk import Outcome
from rulecheck.facts import NDARRAY
from rulecheck.finding import Fix, FixKind
from rulecheck.languages.python.kit.array_classes import MATMUL
from rulecheck.languages.python.kit.class_slots import Presence
from rulecheck.languages.python.kit.editor import Editor
from rulecheck.languages.python.kit.names import call_text, check_count, function_named, type_named
from rulecheck.model.entries import Entry, EntryKind, Question, Site
from rulecheck.model.operand_misses import Miss
from rulecheck.model.operand_protocol import Effect
from rulecheck.model.operand_protocol_model import Asking, OperandProtocolModel, operands
from rulecheck.model.walker import Change
from rulecheck.systems.numpy import protocol as layers
from rulecheck.systems.numpy.functions import NDARRAY_NAMES, UNARY_UFUNCS, spelling
from rulecheck.systems.numpy.sites import NumpySites

_OPT_OUT = "__array_ufunc__ = None"
_REMARK = "  # ndarray's operators leave the call to the reflected methods below"


class NumpyModel(OperandProtocolModel):
    """What is numpy's own: its layers, its spellings, and the one attribute that opts out."""

    protocol = layers.NumpyProtocol()
    layer_names = layers.LAYERS
    method_layers = frozenset({layers.IN_PLACE, layers.SUBCLASS, layers.FORWARD, layers.REFLECTED, layers.METHOD})
    natives = {NDARRAY: NDARRAY_NAMES}
    conversions = layers.CONVERSIONS
    seen_to = ("__array_ufunc__", "__array_priority__")
    exposing = ("operator.mul", "numpy.multiply", "numpy.dot")
    own_code = "numpy's own loop"

    def asking(self, call: Question) -> Mapping[str, Asking]:
        """What asks each layer, for the kind of function."""
        found = spelling(call.function)
        if found is None:
            return {}
        asked = layers.layers_of(self.classes, found, operands(call))
        return {name: partial(asking, spelling=found) for name, asking in asked.items()}

    def operator_of(self, function: str) -> Operator | None:
        """The operator that a function means."""
        found = spelling(function)
        return found.operator if found is not None else None

    def question(self, function: str, arguments: Sequence[str]) -> Question:
        """A call by names as people write them."""
        name = function_named(function, (), lambda dotted: spelling(dotted) is not None)
        types = tuple(type_named(self.program, argument) for argument in arguments)
        check_count(name, len(types))
        return Question(name, types, call_text(name, arguments))

    def sites(self) -> Sequence[Site]:
        """Every call in which an array-like class of the project meets numpy."""
        return self._sites

    @cached_property
    def _sites(self) -> tuple[Site, ...]:
        return tuple(NumpySites(self.program, self.classes, self.misses, self.shadow).sites())

    def opt_out(self, blamed: str, misses: Sequence[Miss]) -> Fix | None:
        """`__array_ufunc__ = None`, written into the class body, where the calls then end at the class's methods."""
        definition = self.program.type(blamed)
        if definition is None or not definition.owned:
            return None
        entry = Entry(EntryKind.OPT_OUT, "__array_ufunc__", (blamed,), _OPT_OUT, None, True, blamed)
        if not self.ends(Change(added=(entry,)), misses):
            return None
        edit = Editor(self.program).class_attribute(definition, _OPT_OUT, _REMARK)
        return Fix(FixKind.ATTRIBUTE, self._is_safe(blamed), _OPT_OUT, (edit,) if edit is not None else ())

    def _is_safe(self, blamed: str) -> bool:
        """Whether ufuncs do nothing useful with the class today, so that nothing is lost where they begin to raise.

        They do where an object can be converted to an array (`np.exp(A)`), and where they find a method of their own
        name on it (`np.sqrt(A)` of a scalar of dtype object calls `A.sqrt()`).
        """
        found = spelling(MATMUL.function)
        assert found is not None
        for type_ in (blamed, *self.program.subclasses(blamed)):
            answer = layers.conversion(self.classes, found, type_)
            if answer.outcome is not Outcome.CLAIMS or answer.effect in (Effect.DENSE, Effect.SEQUENCE):
                return False
            if any(self.classes.slot(type_, name).presence is not Presence.ABSENT for name in UNARY_UFUNCS):
                return False
        return True

"""Probes: every specialised method of the project, asked with its own signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import TYPE_CHECKING

from rulecheck.dispatch.operators import BY_METHOD, BY_REFLECTED
from rulecheck.facts import NDARRAY, Function, Type, TypeDef, TypeName
from rulecheck.model.entries import Entry, EntryKind, Probe, Question
from rulecheck.systems.engine.names import MATRIX, VECTOR
from rulecheck.systems.engine.protocol import TWO_SIDED
from rulecheck.systems.engine.types import shown

if TYPE_CHECKING:
    from rulecheck.systems.engine.model import EngineModel

# What stands for an abstract type of a signature in a call: numpy's own arrays and numbers, where they belong to it.
_STANDARD = (VECTOR, MATRIX, "builtins.float", "builtins.complex")


def probes(model: EngineModel) -> Iterator[Probe]:
    """A probe for each method, each concrete type that has it, and each rule that could answer in its place."""
    for type_ in model.program.owned_types():
        for name in dict.fromkeys((*type_.methods, *type_.attributes)):
            for function, receiver in _functions(model, name):
                method = model.protocol.method(type_.name, name)
                if method is not None and model.is_special(method):
                    yield from _of_method(model, type_, name, method, function, receiver)


def _functions(model: EngineModel, name: str) -> Iterator[tuple[str, int]]:
    """The functions with rules that a method of this name answers, and at which position its receiver stands."""
    if name in BY_METHOD:
        candidates = [(BY_METHOD[name].function, 0)]
    elif name in BY_REFLECTED:
        candidates = [(BY_REFLECTED[name].function, 1)]
    else:
        candidates = [
            (f, 0) for f in sorted(model.rules.functions) if f.startswith("numpy.") and f.endswith(f".{name}")
        ]
    yield from ((f, receiver) for f, receiver in candidates if f in model.rules.functions)


def _of_method(
    model: EngineModel, type_: TypeDef, name: str, method: Function, function: str, receiver: int
) -> Iterator[Probe]:
    entry = model.method_entry(function, method, receiver)
    for owner in _judged(model, type_, name, method):
        asked: set[tuple[TypeName, ...]] = set()
        for rule in model.rules.of(function):
            if rule.kind is not EntryKind.RULE or len(rule.types) <= receiver:
                continue
            if function in TWO_SIDED and len(rule.types) > 2:
                continue
            if not model.lattice.is_subtype(owner, rule.types[receiver]):  # type: ignore[arg-type]
                continue
            for types, written in _calls(model, entry, rule, owner, receiver):
                if types not in asked:
                    asked.add(types)
                    yield Probe(entry, Question(function, types, written))


def _judged(model: EngineModel, type_: TypeDef, name: str, method: Function) -> Iterable[str]:
    """The array types that the method is asked of: its class, or the concrete ones below a mixin or abstract base."""
    if model.protocol.is_array(type_.name) and not is_abstract(model, type_.name):
        return (type_.name,)
    return [
        below
        for below in model.program.subclasses(type_.name)
        if model.protocol.is_array(below)
        and not is_abstract(model, below)
        and (found := model.protocol.method(below, name)) is not None
        and found.name == method.name
    ]


def is_abstract(model: EngineModel, name: str) -> bool:
    """Whether a class leaves abstract methods open, or is written as a base: it has no values of its own."""
    for owner in model.program.mro(name):
        type_ = model.program.type(owner)
        for method in type_.methods if type_ is not None else ():
            found = model.program.lookup(name, method)
            if isinstance(found, Function) and any(_is_abstract_mark(d) for d in found.decorators):
                return True
    return False


def _is_abstract_mark(decorator: tuple[object, ...]) -> bool:
    return decorator[0] == "name" and str(decorator[1]).rpartition(".")[2] in ("abstractmethod", "abstractproperty")


def _calls(
    model: EngineModel, method: Entry, rule: Entry, owner: str, receiver: int
) -> Iterator[tuple[tuple[TypeName, ...], str]]:
    """The calls that both the method and the rule are written for, as types and as text."""
    from rulecheck.systems.engine.model import call_text

    width = max(len(rule.types), 2 if method.function in TWO_SIDED else 1)
    positions: list[list[tuple[TypeName, str]]] = []
    for position in range(width):
        if position == receiver:
            positions.append([(owner, shown(owner))])
            continue
        asked = method.types[position] if position < len(method.types) else None
        given = rule.types[position] if position < len(rule.types) else "builtins.object"
        met = narrower(model, asked, given)  # type: ignore[arg-type]
        positions.append([(value, shown(pattern)) for pattern in met for value in standing_for(model, pattern)])
    for combination in product(*positions):
        yield tuple(t for t, _ in combination), call_text(method.function, [text for _, text in combination])


def narrower(model: EngineModel, asked: Type | None, given: Type) -> list[TypeName]:
    """The types at which a method's parameter and a rule's meet: of each two members the lower one, or what is
    below both.
    """
    from rulecheck.systems.engine.model import members

    found: dict[TypeName, None] = {}
    for wide in members(given):
        for own in members(asked) if asked is not None else (wide,):
            if model.lattice.is_subtype(own, wide):
                found[own] = None
            elif model.lattice.is_subtype(wide, own):
                found[wide] = None
            else:  # `np.ndarray` and an abstract vector meet in numpy's arrays of rank 1
                both = (t for t in _STANDARD if all(model.lattice.is_subtype(t, p) for p in (own, wide)))
                found.update(dict.fromkeys(both))
    return list(found)


def standing_for(model: EngineModel, pattern: TypeName) -> list[TypeName]:
    """Types of values that stand for a type of a signature: numpy's own where it takes them, else itself."""
    if pattern == NDARRAY:
        return [VECTOR, MATRIX]
    return [t for t in _STANDARD if model.lattice.is_subtype(t, pattern)] or [pattern]

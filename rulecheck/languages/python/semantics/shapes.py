"""What inference knows of a value, a little finer than a type: containers know what they hold.

A shape is one of
    "package.Class"             an instance, by the qualified name of its class
    Generic(wrapper, P)         an ndarray of known rank, or an instance of a parametric class
    Inst(of, given)             an instance of a class with type variables, and what stands for each of them
    Union                       one of several
    Seq(wrapper, element)       a list, set, iterator or generator
    Map(wrapper, key, value)    a dict
    Tup(items)                  a tuple of known length
    Cls(of)                     a class itself
    Fun(name, receiver, final)  a function, or a method bound to a receiver
    Mod(name)                   a module
    Partial(of, ...)            a function with its first arguments given
    Giving(result)              something to call, of which only the result is known
and None where nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from typing import Union as AnyOf

from rulecheck.dispatch.lattice import OneOf
from rulecheck.facts import NDARRAY, Generic, Type, TypeName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Union:
    """One of several shapes; of none where no value can arrive."""

    members: frozenset[Shape]

    def __repr__(self) -> str:
        return f"Union({', '.join(sorted(map(repr, self.members)))})"


@dataclass(frozen=True, slots=True)
class Inst:
    """An instance of a class with type variables; `given` says what stands for them, by their names."""

    of: str
    given: tuple[tuple[str, Shape | None], ...]


@dataclass(frozen=True, slots=True)
class Seq:
    """Something to iterate over."""

    wrapper: str
    element: Shape | None


@dataclass(frozen=True, slots=True)
class Map:
    """A mapping."""

    wrapper: str
    key: Shape | None
    value: Shape | None


@dataclass(frozen=True, slots=True)
class Tup:
    """A tuple whose length is known."""

    items: tuple[Shape | None, ...]


@dataclass(frozen=True, slots=True)
class Cls:
    """A class object."""

    of: Shape


@dataclass(frozen=True, slots=True)
class Fun:
    """A function by its qualified name; `receiver` is what it is bound to.

    `final` says that it is this very method, whatever subclasses of the receiver's class have in its place.
    """

    name: str
    receiver: Shape | None = None
    final: bool = False


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of a class."""

    owner: str
    receiver: Shape


@dataclass(frozen=True, slots=True)
class Mod:
    """A module."""

    name: str


@dataclass(frozen=True, slots=True)
class Partial:
    """What `functools.partial` makes."""

    of: Shape
    arguments: tuple[Shape | None, ...]
    keywords: tuple[tuple[str, Shape | None], ...]


@dataclass(frozen=True, slots=True)
class Giving:
    """A lambda, or what is annotated as `Callable[..., result]`."""

    result: Shape


Shape = AnyOf[str, Generic, Inst, Union, Seq, Map, Tup, Cls, Fun, Super, Mod, Partial, Giving]  # noqa: UP007 - `Union` is ours here

NEVER = Union(frozenset())
NONE_TYPE = "builtins.NoneType"
LIST, TUPLE, DICT, SET = "builtins.list", "builtins.tuple", "builtins.dict", "builtins.set"
CONTEXT = "contextlib.AbstractContextManager"
AWAITABLE = "collections.abc.Awaitable"
AWAITABLES = frozenset((AWAITABLE, "typing.Awaitable"))
BOOL, INT, FLOAT, COMPLEX, STR = (f"builtins.{n}" for n in ("bool", "int", "float", "complex", "str"))
NUMBERS = (BOOL, INT, FLOAT, COMPLEX)
MOST = 12


def unite(shapes: Iterable[Shape | None]) -> Shape | None:
    """One of several; nothing is known where one of them is unknown."""
    members: set[Shape] = set()
    for shape in shapes:
        if shape is None:
            return None
        members |= shape.members if isinstance(shape, Union) else {shape}
    if len(members) > 1:
        # An empty list says nothing beside one that holds something.
        empty = {m for m in members if isinstance(m, Seq) and m.element == NEVER}
        members -= {m for m in empty if any(isinstance(o, Seq) and o.wrapper == m.wrapper for o in members - empty)}
    if len(members) == 1:
        return members.pop()
    return Union(frozenset(members)) if len(members) <= MOST else None


def parts(shape: Shape) -> tuple[Shape, ...]:
    """The members of a union, or the one shape itself."""
    return in_order(shape.members) if isinstance(shape, Union) else (shape,)


def in_order(members: frozenset[T]) -> tuple[T, ...]:
    """The members of a set in an order that is the same in every run: what is read on the way may end with one."""
    return tuple(sorted(members, key=repr))


LOOSE: Shape = Generic(NDARRAY, "any")
"""An ndarray that may be of rank 0, of which arithmetic makes a scalar. Who writes `np.ndarray` means none of those."""


def usable(union: Union) -> tuple[Shape, ...]:
    """The members of which something can be read: None only raises."""
    return in_order(union.members - {NONE_TYPE} or union.members)


def array(rank: int | None) -> Shape:
    """An ndarray of a rank; rank 0 is not told apart from a scalar, so it is not claimed."""
    return Generic(NDARRAY, str(rank)) if rank else LOOSE if rank == 0 else NDARRAY


def rank_of(shape: Shape | None) -> int | None:
    """The rank of an ndarray, where it is known."""
    if isinstance(shape, Generic) and shape.wrapper == NDARRAY and isinstance(shape.parameter, str):
        return int(shape.parameter) if shape != LOOSE else None
    return None


def is_array(shape: Shape | None) -> bool:
    """Whether the value is an ndarray, of whatever rank."""
    return shape == NDARRAY or (isinstance(shape, Generic) and shape.wrapper == NDARRAY)


def is_ranked(shape: Shape | None) -> bool:
    """Whether the value is an ndarray of rank 1 or more."""
    return is_array(shape) and shape != LOOSE


def class_of(shape: Shape | None) -> str | None:
    """The qualified name of the class of an instance."""
    if isinstance(shape, str):
        return shape
    if isinstance(shape, Generic):
        return shape.wrapper
    if isinstance(shape, Inst):
        return shape.of
    if isinstance(shape, Seq | Map):
        return shape.wrapper
    return TUPLE if isinstance(shape, Tup) else None


def to_type(shape: Shape | None) -> Type | None:
    """A shape as a type of the facts; None where the facts have no word for it."""
    if isinstance(shape, Union):
        members = [to_type(m) for m in shape.members]
        if not members or any(m is None or isinstance(m, OneOf) for m in members):
            return None
        distinct = frozenset(m for m in members if m is not None and not isinstance(m, OneOf))
        return OneOf(distinct) if len(distinct) > 1 else next(iter(distinct))
    return to_name(shape)


def to_name(shape: Shape | None) -> TypeName | None:
    """A single type's name."""
    if shape is None or isinstance(shape, str | Generic):
        return shape if shape != LOOSE else NDARRAY
    if isinstance(shape, Seq):
        inner = to_name(shape.element)
        return Generic(shape.wrapper, inner) if inner is not None else shape.wrapper
    if isinstance(shape, Map):
        return shape.wrapper
    if isinstance(shape, Inst):
        return shape.of
    if isinstance(shape, Tup):
        return TUPLE
    return "builtins.type" if isinstance(shape, Cls) else None


SEQUENCES = {
    **dict.fromkeys(("builtins.list", "builtins.set", "builtins.frozenset", "builtins.tuple", "collections.deque")),
    **dict.fromkeys(
        f"{m}.{n}"
        for m in ("typing", "collections.abc")
        for n in ("Sequence", "Iterable", "Iterator", "Collection", "Set", "Generator", "MutableSequence", "Reversible")
        + ("AsyncIterator", "AsyncIterable", "AsyncGenerator", "Awaitable")
    ),
}
MAPPINGS = dict.fromkeys(
    ("builtins.dict", "collections.OrderedDict", "collections.defaultdict")
    + tuple(f"{m}.{n}" for m in ("typing", "collections.abc") for n in ("Mapping", "MutableMapping"))
)


def from_type(type_: Type | None) -> Shape | None:
    """A type of the facts as a shape."""
    if isinstance(type_, OneOf):
        return unite(from_type(m) for m in in_order(type_.members))
    if isinstance(type_, Generic) and type_.wrapper in SEQUENCES:
        return Seq(type_.wrapper, from_type(type_.parameter))
    return type_

"""The box around an array or a number that is being traced. Its operators are attached by `rulecheck.ad.operators`."""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.errors import MissingAttribute, NotTraceable
from rulecheck.ad.tape import OUTPUT, Tape, dtype_of, place

new = object.__new__


class Box:
    """A leaf under derivation: its value (at a lower level a box again), its tape, and its index on the tape.

    To `isinstance` it is what its value is; `type` tells the truth.
    """

    __slots__ = ("_index", "_tape", "_value")

    _value: Any
    _tape: Tape
    _index: int

    @property
    def __class__(self) -> type:
        return self._value.__class__  # type: ignore[no-any-return]

    @__class__.setter
    def __class__(self, to: type) -> None:
        raise TypeError("the class of a traced value cannot be assigned")

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return np.shape(self._value)

    @property
    def ndim(self) -> int:
        """How many axes the value has."""
        return len(np.shape(self._value))

    @property
    def size(self) -> int:
        """How many elements the value has."""
        return int(np.size(self._value))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value."""
        return dtype_of(self._value)

    @property
    def nbytes(self) -> int:
        """How many bytes the value's elements take."""
        return self.size * self.dtype.itemsize

    @property
    def itemsize(self) -> int:
        """How many bytes an element takes."""
        return self.dtype.itemsize

    def __getattr__(self, name: str) -> Any:
        what = "array" if self.shape else "number"
        raise MissingAttribute(
            f"a traced {what} has no {name!r}: while a derivative is taken, {what}s stand in that record what is done "
            "with them. Use numpy's functions and operators; nothing can be written into them, or read past them"
        )

    def __repr__(self) -> str:
        return f"traced({self._value!r})"

    def __str__(self) -> str:
        return f"traced({self._value})"

    def __format__(self, spec: str) -> str:
        return format(self._value, spec)

    def __len__(self) -> int:
        return len(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __index__(self) -> int:
        raise NotTraceable(f"{self!r} is a traced float: it cannot be an index")

    def __hash__(self) -> int:
        raise NotTraceable(
            f"{self!r} was to be looked up in a dict or a set, by which a gradient would be lost: compare it, or "
            "choose with numpy.where or numpy.interp"
        )

    def __deepcopy__(self, memo: Any) -> Box:
        return self

    def __copy__(self) -> Box:
        return self


def input_box(value: Any, tape: Tape) -> Box:
    """A box for an input of the tape."""
    box = new(Box)
    box._value = value
    box._tape = tape
    box._index = len(tape)
    tape.append(None)
    return box


def recorded(value: Any, tape: Tape, record: Any) -> Box:
    """A box for the answer of a record."""
    box = new(Box)
    box._value = value
    box._tape = tape
    box._index = index = len(tape)
    tape.append(record)
    if tape[index] is not record:
        box._index = place(tape, record, index)
    return box


def output_boxes(values: list[Any], tape: Tape, record: Any) -> list[Box]:
    """Boxes for the leaves of a record's structured answer, which stand behind it on the tape."""
    node = len(tape)
    tape.extend([record, *((OUTPUT, n) for n in range(1, len(values) + 1))])  # at once, whatever other threads do
    node = place(tape, record, node)
    boxes = []
    for n, value in enumerate(values, 1):
        box = new(Box)
        box._value = value
        box._tape = tape
        box._index = node + n
        boxes.append(box)
    return boxes


class TapeSlot:
    """Where a box stood, for a record to keep: without the tape, which holds the record."""

    __slots__ = ("index", "value")

    def __init__(self, box: Box) -> None:
        self.index = box._index
        self.value = box._value


def strip(value: Any) -> Any:
    """The plain value inside boxes of any level."""
    while type(value) is Box:
        value = value._value
    return value

"""The array types: what users derive theirs from, the lazy wrappers, and the markers for numpy's arrays by rank."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.ad.convert import asarray, hermitian
from rulecheck.ad.errors import ADError, MissingAttribute
from rulecheck.ad.intercept import ArrayType
from rulecheck.ad.upcalls import UPCALLS

Operation = Callable[[Any, Any], Any]


def _dense(function: Operation, left: AbstractArray, right: Any, reflected: str) -> Any:
    """The fallback of a binary operator: asks the right operand's own reflected method, else densifies.

    Of two operands of the same type Python asks the left one only.
    """
    if specialises(right, reflected) and type(right) is not type(left):
        return NotImplemented
    return function(asarray(left), asarray(right))


def specialises(value: Any, method: str) -> bool:
    """Whether the value's type has this method of its own, beyond what the library gives it."""
    if not isinstance(value, AbstractArray) or isinstance(value, np.ndarray):
        return False
    found = getattr(type(value), method, None)
    return found is not None and found is not getattr(AbstractArray, method, None)


class AbstractArray(metaclass=ArrayType):
    """Anything that acts as an array. A user's type derives from this, `AbstractMatrix` or `AbstractVector`.

    It gives `shape`, and the operations that it does better than an array would. For all others it is densified, by
    `to_array()`, else by `__array__()`, else element by element through `__getitem__`.
    """

    __hash__: ClassVar[Any] = object.__hash__
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        """How many axes the array has."""
        return len(self.shape)

    @property
    def T(self) -> Transpose:
        """The lazy transpose: `Transpose[type(self)]`."""
        return parametric(Transpose, type(self))(self)

    @property
    def H(self) -> Adjoint:
        """The lazy conjugate transpose: `Adjoint[type(self)]`."""
        return parametric(Adjoint, type(self))(self)

    def __matmul__(self, other: Any) -> Any:
        return _dense(operator.matmul, self, other, "__rmatmul__")

    def __rmatmul__(self, other: Any) -> Any:
        return asarray(other) @ asarray(self)

    def __add__(self, other: Any) -> Any:
        return _dense(operator.add, self, other, "__radd__")

    def __radd__(self, other: Any) -> Any:
        return asarray(other) + asarray(self)

    def __sub__(self, other: Any) -> Any:
        return _dense(operator.sub, self, other, "__rsub__")

    def __rsub__(self, other: Any) -> Any:
        return asarray(other) - asarray(self)

    def __mul__(self, other: Any) -> Any:
        return _dense(operator.mul, self, other, "__rmul__")

    def __rmul__(self, other: Any) -> Any:
        return asarray(other) * asarray(self)

    def __truediv__(self, other: Any) -> Any:
        return _dense(operator.truediv, self, other, "__rtruediv__")

    def __rtruediv__(self, other: Any) -> Any:
        return asarray(other) / asarray(self)

    def __pow__(self, other: Any) -> Any:
        return _dense(operator.pow, self, other, "__rpow__")

    def __rpow__(self, other: Any) -> Any:
        return asarray(other) ** asarray(self)

    def __abs__(self) -> Any:
        return abs(asarray(self))

    def __neg__(self) -> Any:
        return -asarray(self)

    def __pos__(self) -> Any:
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(asarray(self), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return UPCALLS.answer_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return UPCALLS.answer_function(function, args, kwargs)


class AbstractMatrix(AbstractArray):
    """An array of rank 2: a user's matrix type, or (virtually) an ndarray of rank 2."""

    rank: ClassVar[int] = 2


class AbstractVector(AbstractArray):
    """An array of rank 1: a user's vector type, or (virtually) an ndarray of rank 1."""

    rank: ClassVar[int] = 1


class Matrix(AbstractMatrix):
    """The marker for numpy's arrays of rank 2. It is only named in signatures, and never made."""

    rank: ClassVar[int] = 2

    def __new__(cls) -> Matrix:
        raise TypeError("Matrix stands for numpy arrays of rank 2 in signatures: make one with numpy.array")


class Vector(AbstractVector):
    """The marker for numpy's arrays of rank 1. It is only named in signatures, and never made."""

    rank: ClassVar[int] = 1

    def __new__(cls) -> Vector:
        raise TypeError("Vector stands for numpy arrays of rank 1 in signatures: make one with numpy.array")


def key_of(value: Any) -> type:
    """The type that a value is dispatched on: arrays by rank, numpy's scalars and 0-d arrays as Python's numbers."""
    kind = type(value)
    while kind is Box:
        value = value._value
        kind = type(value)
    if kind is np.ndarray or issubclass(kind, np.ndarray):
        rank = value.ndim
        if rank == 2:
            return Matrix
        if rank == 1:
            return Vector
        return np.ndarray if rank else _number(value.dtype.kind)
    if issubclass(kind, np.generic):
        return _number(value.dtype.kind)
    return kind


def _number(kind: str) -> type:
    return {"f": float, "c": complex, "i": int, "u": int, "b": bool}.get(kind, np.ndarray)


def rank_key(kind: type) -> type:
    """The type to dispatch on for a type that is named instead of a value: numpy's scalar types count as numbers."""
    if isinstance(kind, type) and issubclass(kind, np.generic):
        return _number(np.dtype(kind).kind)
    return kind


class _Wrapper(AbstractMatrix):
    """What the lazy wrappers share. `parts` is (wrapper, parameter) on a parametric type, and None on a bare one.

    An array is always wrapped by a parametric type: `Transpose(x)` is a `Transpose[type(x)]`, as `x.T` is.
    """

    parts: ClassVar[tuple[type, type] | None] = None
    parent: Any

    def __new__(cls, parent: Any = None) -> Self:
        if cls.parts is None:
            kind = key_of(parent)
            if issubclass(kind, AbstractArray):
                cls = parametric(cls, kind)
        return object.__new__(cls)

    def __init__(self, parent: Any) -> None:
        self.parent = parent

    def __class_getitem__(cls, parameter: Any) -> Any:
        if cls.parts is not None:
            raise TypeError(f"{cls.__name__} already has its parameter")
        return parametric(cls, parameter)

    @property
    def shape(self) -> tuple[int, ...]:  # type: ignore[override]
        """The parent's shape the other way round; a vector is taken for a column, so that its wrapper is a row."""
        shape = self.parent.shape
        return (1, shape[0]) if len(shape) == 1 else (shape[1], shape[0])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.parent!r})"


_Wrapping = TypeVar("_Wrapping", bound=_Wrapper)
_PARAMETRIC: dict[tuple[type, type], Any] = {}


def parametric(wrapper: type[_Wrapping], parameter: type) -> type[_Wrapping]:
    """The subclass that `wrapper[parameter]` is: made once, and the same ever after."""
    if not isinstance(parameter, type):
        raise TypeError(f"{wrapper.__name__}[...] takes a type, not {parameter!r}")
    found: type[_Wrapping] | None = _PARAMETRIC.get((wrapper, parameter))
    if found is None:
        name = f"{wrapper.__name__}[{parameter.__name__}]"
        body = {"parts": (wrapper, parameter), "__module__": wrapper.__module__, "__qualname__": name}
        metaclass: Any = type(wrapper)
        found = _PARAMETRIC[wrapper, parameter] = metaclass(name, (wrapper,), body)
    return found


class Transpose(_Wrapper):
    """The lazy transpose of a matrix, or of a vector (one row)."""

    @property
    def T(self) -> Any:
        """The parent."""
        return self.parent

    def to_array(self) -> Any:
        """The transpose as an array of rank 2."""
        return asarray(self.parent).T if self.parent.ndim == 2 else asarray(self.parent).reshape(1, -1)

    def __matmul__(self, other: AbstractMatrix) -> Any:
        if self.parent.ndim == 1:
            return self.parent @ other if _is_vector(other) else _row_product(self.parent, _TRANSPOSE, other)
        return _transposed_product(self, other)


class Adjoint(_Wrapper):
    """The lazy conjugate transpose of a matrix, or of a vector (one row)."""

    @property
    def H(self) -> Any:
        """The parent."""
        return self.parent

    def to_array(self) -> Any:
        """The conjugate transpose as an array of rank 2."""
        parent = asarray(self.parent)
        return np.conj(parent.T if parent.ndim == 2 else parent.reshape(1, -1))

    def __matmul__(self, other: AbstractMatrix) -> Any:
        if self.parent.ndim == 1:
            if _is_vector(other):
                return np.conj(asarray(self.parent)) @ other
            return _row_product(self.parent, _ADJOINT, other)
        return _transposed_product(self, other)


def _is_vector(value: Any) -> bool:
    return isinstance(value, AbstractArray) and len(np.shape(value)) == 1


def _transposed(value: Any) -> Any:
    return value.T


_TRANSPOSE = ("T", _transposed)
_ADJOINT = ("H", hermitian)
Turn = tuple[str, Callable[[Any], Any]]


def _other_turn(turn: Turn, value: Any) -> Turn | None:
    """The other of `T` and `H`, where the value's type has that one of its own, and this one not."""
    other = _ADJOINT if turn is _TRANSPOSE else _TRANSPOSE
    return other if specialises(value, other[0]) and not specialises(value, turn[0]) else None


def _row_product(vector: Any, turn: Turn, other: Any) -> Any:
    """`v.T @ B` as `(B.T @ v).T` and `v.H @ B` as `(B.H @ v).H`; `v.H` is the transpose of v's conjugate as well."""
    instead = _other_turn(turn, other)
    if instead is not None:
        return instead[1](applied(instead[1](other), _conjugate(vector)))
    return turn[1](turn[1](other) @ vector)


def _transposed_product(left: Transpose | Adjoint, right: Any) -> Any:
    """`A.T @ B` by the parent's own `B.T @ A` or `A.H` where it has one, else by arrays; a vector stays one."""
    if specialises(right, "__rmatmul__"):
        return NotImplemented
    turn = _ADJOINT if isinstance(left, Adjoint) else _TRANSPOSE
    if specialises(left.parent, "__rmatmul__"):
        product = left.parent.__rmatmul__(turn[1](right))
        if product is not NotImplemented:
            found = turn[1](product)
            if (
                len(np.shape(right)) == 1 and len(np.shape(found)) == 2
            ):  # a vector's transpose is a row, its product too
                return np.reshape(asarray(found), -1)
            return found
    instead = _other_turn(turn, left.parent)
    if instead is not None:
        turned = instead[1](left.parent)
        if not isinstance(turned, _Wrapper) and turned.ndim == 2:  # a row's is the vector
            return _conjugate(applied(turned, _conjugate(right)))
    return asarray(left) @ asarray(right)


# What a method raises that is given an operand of another kind than it is made for.
_REFUSALS = (TypeError, AttributeError, ValueError, LookupError, NotImplementedError, AssertionError)


def applied(left: Any, right: Any) -> Any:
    """A product that nobody wrote: by the left operand's own method, or by arrays where that takes no such operand."""
    try:
        return left @ right
    except _REFUSALS as error:
        if isinstance(error, ADError) and not isinstance(error, MissingAttribute):
            raise
        return asarray(left) @ asarray(right)


def _conjugate(value: Any) -> Any:
    """The complex conjugate: of a real array of any type that array itself, else numpy's."""
    dense = asarray(value)
    return np.conj(dense) if np.iscomplexobj(dense) else value


AbstractArray.register(np.ndarray)

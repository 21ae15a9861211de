"""Whether the code that a derivative traces could write into an array, as far as its bytecode and its names tell.

Data need not be copied where nobody writes. So the function is looked at with all that it names: functions and their
closures, partial arguments, methods of objects and of arguments. Whoever writes by an index, in place, with `out=` or
by a method of that kind may write, and so may code that is not found, or is not Python. A verdict is remembered with
the globals that it rests on, and holds as long as they do.
"""

from __future__ import annotations

import builtins
import dis
import functools
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.dispatch.operators import BY_IN_PLACE

# Names of methods and functions that change an array, or may do anything at all.
_IN_PLACE = {name.strip("_") for name in BY_IN_PLACE}
_WRITERS = frozenset(
    (
        "fill", "sort", "partition", "put", "place", "putmask", "copyto", "fill_diagonal", "put_along_axis", "itemset",
        "resize", "byteswap", "setfield", "setflags", "shuffle", "at", "readinto", "setitem", "__setitem__", "exec",
        "eval", "setattr", *_IN_PLACE, *(f"__{name}__" for name in _IN_PLACE),
    )
)  # fmt: skip
_ASSIGNED = frozenset(("flat", "real", "imag", "data", "shape", "dtype", "strides"))
_TRUSTED = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "rulecheck", "builtins"}
_HARMLESS: tuple[Any, ...] = (
    np.ndarray, np, np.linalg, np.fft, np.random.Generator, np.ufunc, Box, str, bytes, list, dict, set, tuple,
    complex, int, type, object, types.FunctionType,
)  # fmt: skip
_KNOWN = frozenset(name for each in _HARMLESS for name in dir(each))
_FIRST_IN_PLACE = 13  # of the operators of BINARY_OP
_MAKING = frozenset(("__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__", "__setattr__"))
_SHOWING = frozenset(("__repr__", "__str__", "__format__"))
_MOST = 500  # objects that are looked at


@dataclass(frozen=True)
class _Code:
    """What a piece of code does by itself, and the names by which it does the rest."""

    writes: bool
    globals: frozenset[str]
    attributes: frozenset[str]
    assigned: frozenset[str]
    inner: tuple[types.CodeType, ...]


@functools.lru_cache(maxsize=4096)
def _read(code: types.CodeType) -> _Code:
    attributes: set[str] = set()
    named: set[str] = set()
    assigned: set[str] = set()
    instructions = list(dis.get_instructions(code))
    writes = False
    for i, each in enumerate(instructions):
        kind = each.opname
        if kind in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "IMPORT_FROM"):
            attributes.add(each.argval)
        elif kind in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME"):
            named.add(each.argval)
        elif kind == "STORE_ATTR":
            assigned.add(each.argval)
        elif kind in ("STORE_SUBSCR", "STORE_SLICE", "DELETE_SUBSCR"):
            writes = True
        elif _is_in_place(each):
            writes = writes or not _is_of_number(instructions, i)
    keywords = {name for constant in code.co_consts if isinstance(constant, tuple) for name in map(str, constant)}
    writes = (
        writes or bool((attributes | named) & _WRITERS) or bool(assigned & _ASSIGNED) or _writes_by_keyword(keywords)
    )
    inner = tuple(constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return _Code(writes, frozenset(named), frozenset(attributes), frozenset(assigned), inner)


def _writes_by_keyword(names: Iterable[str]) -> bool:
    return any(name == "out" or name.startswith("overwrite") for name in names)


def _is_in_place(instruction: dis.Instruction) -> bool:
    return instruction.opname == "BINARY_OP" and (instruction.arg or 0) >= _FIRST_IN_PLACE


def _is_of_number(instructions: list[dis.Instruction], i: int) -> bool:
    """Whether the operator in place at i changes a variable that always starts from a number."""
    target = instructions[i + 1]
    if target.opname != "STORE_FAST":
        return False
    stores = [k for k, each in enumerate(instructions) if (each.opname, each.argval) == (target.opname, target.argval)]
    before = [instructions[k - 1] for k in stores]
    starts = [a for a in before if not _is_in_place(a)]
    return bool(starts) and all(
        a.opname == "LOAD_CONST" and isinstance(a.argval, (int, float, complex)) for a in starts
    )


@dataclass
class _Search:
    """All code that a function may run."""

    rests_on: list[tuple[dict[str, Any], str, Any]] = field(default_factory=list)
    seen: dict[int, Any] = field(default_factory=dict)
    kinds: dict[type, None] = field(default_factory=dict)
    modules: dict[str, types.ModuleType] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    writes: bool = False

    def look(self, value: Any) -> None:
        """Look at something that the code has a name for."""
        kind = type(value)
        if (
            self.writes
            or kind is Box
            or id(value) in self.seen
            or issubclass(kind, (np.ndarray, np.generic, str, int, float, complex, type(None)))
        ):
            return
        self.seen[id(value)] = value
        if len(self.seen) > _MOST or (callable(value) and getattr(value, "__name__", "") in _WRITERS):
            self.writes = True
        elif isinstance(value, types.FunctionType):
            self._function(value)
        elif isinstance(value, types.MethodType):
            self._all((value.__func__, value.__self__))
        elif isinstance(value, functools.partial):
            self.writes = _writes_by_keyword(value.keywords)
            self._all((value.func, *value.args, *value.keywords.values()))
        elif isinstance(value, types.ModuleType):
            self.modules[value.__name__] = value
        elif isinstance(value, type):
            self._class(value)
            self._all(vars(value).get(name) for name in _MAKING)
        elif isinstance(value, (tuple, list, set, frozenset)):
            self._all(value)
        elif isinstance(value, dict):
            self._all(value.values())
        elif isinstance(value, (staticmethod, classmethod)):
            self.look(value.__func__)
        elif isinstance(value, property):
            self._all((value.fget, value.fset))
        elif hasattr(value, "__wrapped__"):
            self.look(value.__wrapped__)
        else:
            self._object(value, kind)

    def _all(self, values: Iterable[Any]) -> None:
        for value in values:
            self.look(value)

    def _object(self, value: Any, kind: type) -> None:
        if _is_trusted(kind):
            owner = getattr(value, "__module__", None) or "builtins"  # of a function written in C
            self.writes = callable(value) and owner.split(".")[0].lstrip("_") not in _TRUSTED
            return
        self._class(kind)
        fields = getattr(value, "__dict__", {})
        self.known.update(fields)
        self._all(list(fields.values()))

    def _class(self, kind: type) -> None:
        for base in kind.__mro__:
            if not _is_trusted(base):
                self.kinds[base] = None
                if not base.__flags__ & (1 << 9):  # written in C
                    self.writes = True

    def _function(self, function: types.FunctionType) -> None:
        if (function.__module__ or "").split(".")[0] in _TRUSTED:
            return
        self._code(function.__code__, function.__globals__)
        self._all(function.__defaults__ or ())
        self._all((function.__kwdefaults__ or {}).values())
        for cell in function.__closure__ or ():
            try:
                self.look(cell.cell_contents)
            except ValueError:  # it is still empty
                self.writes = True

    def _code(self, code: types.CodeType, names: dict[str, Any]) -> None:
        read = _read(code)
        self.writes = self.writes or read.writes
        self.attributes |= read.attributes
        self.known |= read.assigned
        for name in read.globals:
            found = names.get(name, sys.modules.get(name))
            if found is not None:
                self.rests_on.append((names, name, names.get(name)))
                self.look(found)
            elif not hasattr(builtins, name):
                self.attributes.add(name)
        for inner in read.inner:
            self._code(inner, names)

    def finish(self) -> bool:
        """Look up what the names of attributes may mean, until nothing new is found."""
        size = -1
        while not self.writes and size != len(self.seen) + len(self.attributes) + len(self.kinds):
            size = len(self.seen) + len(self.attributes) + len(self.kinds)
            for module in list(self.modules.values()):
                if module.__name__.split(".")[0] not in _TRUSTED:
                    self._named(vars(module), self.attributes)
            for kind in list(self.kinds):
                body: Any = vars(kind)
                self.known.update(body, body.get("__annotations__", ()), body.get("__slots__", ()))
                special = {n for n in body if n.startswith("__") and n.endswith("__")} - _MAKING - _SHOWING
                self._named(body, self.attributes | special)
        return self.writes or not self.attributes <= self.known | _KNOWN | _module_names(self.modules)

    def _named(self, body: Any, names: set[str]) -> None:
        for name in list(names):
            if name in body:
                self.known.add(name)
                self.rests_on.append((body, name, body[name]))
                self.look(body[name])


def _module_names(modules: dict[str, types.ModuleType]) -> set[str]:
    return {name for module in modules.values() for name in vars(module)}


def _is_trusted(kind: type) -> bool:
    return kind.__module__.split(".")[0].lstrip("_") in _TRUSTED


_VERDICTS: dict[Any, tuple[bool, list[tuple[dict[str, Any], str, Any]]]] = {}


def _kind_of(value: Any) -> Any:
    """What a verdict about a value is remembered by. Raises LookupError where nothing is."""
    if isinstance(value, types.FunctionType):
        return (value.__code__, *(_kind_of(cell.cell_contents) for cell in value.__closure__ or ()))
    if isinstance(value, functools.partial):
        return (_kind_of(value.func), *value.keywords, *map(_kind_of, (*value.args, *value.keywords.values())))
    kind = type(value)
    if kind in (list, tuple) and len(value) < 50:
        return (kind, *map(_kind_of, value))
    if kind is dict and len(value) < 50:
        return (kind, *map(_kind_of, value.values()))
    if kind in (np.ndarray, float, int, complex, str, bool, Box, type(None)) or issubclass(kind, np.generic):
        return kind
    raise LookupError


def could_write(f: Any, args: tuple[Any, ...]) -> bool:
    """Whether calling f may write into an array that somebody else has."""
    try:
        key = (_kind_of(f), *map(_kind_of, args))
    except (LookupError, ValueError):  # an object, or a cell that is empty
        key = None
    known = _VERDICTS.get(key) if key is not None else None
    if known is not None and all(body.get(name) is value for body, name, value in known[1]):
        return known[0]
    search = _Search()
    try:
        search.look(f)
        search.look(args)
        verdict = search.finish()
    except (ValueError, TypeError, AttributeError, RecursionError):  # a class with a will of its own
        return True
    if key is not None:
        if len(_VERDICTS) > 1000:
            _VERDICTS.clear()
        _VERDICTS[key] = (verdict, search.rests_on)
    return verdict

"""Modules by name: the linted ones, and those of installed packages, found as files and read when asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from rulecheck.facts import Expr
from rulecheck.languages.python.syntax.rows import EMPTY, Body, ClassRow, FileRows, FunctionRow, StoreRow
from rulecheck.languages.python.syntax.symbols import union
from rulecheck.languages.python.syntax.wanted_bodies import Wanted
from rulecheck.place import Place

Load = Callable[[str], FileRows | None]
"""Gives the facts of a file by its path; None where it cannot be opened."""
Lazily = Callable[[], FileRows]


class Bodies(Protocol):
    """The bodies of a file's functions that were left for later, by their numbers."""

    def text(self, number: int) -> bytes:
        """What a body says."""
        ...

    def holds(self, number: int, wanted: Wanted) -> bool:
        """Whether it may hold what is wanted."""
        ...

    def body(self, number: int, row: FunctionRow) -> Body:
        """What it means; `row` is the function's."""
        ...


class Module:
    """One file's facts, with tables by name."""

    __slots__ = (
        *("_aside", "_bodies", "_classes", "_completed", "_functions", "_methods", "_raw"),
        *("file", "name", "owned", "package", "path", "root"),
    )

    def __init__(
        self, name: str, path: str, file: str, root: str, owned: bool, raw: FileRows | Lazily, bodies: Bodies
    ) -> None:
        self.name = name
        self.path = path
        self.file = file
        self.root = root
        self.owned = owned
        self._raw = raw
        self._bodies = bodies
        self._completed: dict[int, FunctionRow] = {}
        stem = os.path.basename(file)
        self.package = name if stem.startswith("__init__.") else name.rpartition(".")[0]
        self._functions: dict[str, FunctionRow] | None = None
        # Functions whose names others take, by their names and where they stand.
        self._aside: dict[tuple[str, tuple[int, ...]], str] = {}
        self._classes: dict[str, ClassRow] | None = None
        self._methods: dict[str, dict[str, FunctionRow]] = {}

    @property
    def raw(self) -> FileRows:
        """The file's facts; read now if nobody asked before."""
        if not isinstance(self._raw, FileRows):
            self._raw = self._raw()
        return self._raw

    @property
    def functions(self) -> dict[str, FunctionRow]:
        """The functions by their name within the module; the last definition counts. See `complete`."""
        if self._functions is None:
            self._functions = {}
            self._take(self.raw.functions)
        return self._functions

    def _take(self, rows: Iterable[FunctionRow]) -> None:
        table = self.functions
        for row in rows:
            earlier = table.get(row.name)
            if earlier is not None and earlier.span != row.span:
                # Of the setter of a property, its getter is what a read gives.
                aside = row if _accessor(row) else earlier
                known = f"{row.name}@{sum(name == row.name for name, _ in self._aside) + 1}"
                self._aside[row.name, aside.span] = known
                table[known] = aside
                if aside is row:
                    continue
            table[row.name] = row
            if row.owner is not None:
                self._methods.setdefault(row.owner, {})[row.name.rpartition(".")[2]] = row

    def known_as(self, row: FunctionRow) -> str:
        """The name by which a function is known: of one whose name another takes, a name of its own."""
        return self._aside.get((row.name, row.span), row.name) if self.functions else row.name

    def defined(self, name: str, span: Sequence[int]) -> str:
        """The name by which that function of a name is known whose definition ends where a span does."""
        found = (known for (own, place), known in self._aside.items() if own == name and place[2:] == tuple(span[2:]))
        return next(found, name) if self.functions else name

    def complete(self, row: FunctionRow) -> FunctionRow:
        """A function's row with what its body tells, which is read now if nobody asked before."""
        number = row.hole
        if number is None:
            return row
        known = self._completed.get(number)
        if known is None:
            body = self._bodies.body(number, row)
            known = self._completed[number] = row.completed(body)
            self._take(body.inside)
        return known

    def rows(self, wanted: Wanted | None = None) -> Iterator[FunctionRow]:
        """Every function, complete; of those whose body was left for later the ones that may hold what is wanted."""
        for row in self.raw.functions:
            number = row.hole
            if number is not None:
                if wanted is not None and not self._bodies.holds(number, wanted):
                    continue
                row = self.complete(row)
                yield from self._bodies.body(number, row).inside
            yield row

    def saying(self, words: Sequence[bytes]) -> Iterator[FunctionRow]:
        """Every function, complete; of those whose body was left for later the ones that say one of some words."""
        for row in self.raw.functions:
            if row.hole is None:
                yield row
            elif any(word in body for body in (self._bodies.text(row.hole),) for word in words):
                yield self.complete(row)
                yield from self._bodies.body(row.hole, row).inside

    def asked(self) -> int:
        """How many calls were looked at."""
        bodies = [(row, self._bodies.body(number, row)) for number, row in self._completed.items()]
        rows = [row for row in self.raw.functions if row.hole is None]
        rows += [inner for row, body in bodies for inner in (row, *body.inside)]
        return len(self.raw.calls) + sum(len(row.calls) for row in rows)

    def fields(self, record: ClassRow) -> Mapping[str, Expr]:
        """The fields of a class: what its body annotates and what its methods store in `self`."""
        return Fields(self, record)

    def stored(self, record: ClassRow, name: str | None) -> list[StoreRow]:
        """What the methods in a class's body store under a name, or under any, in order."""
        first, _, last, _ = record.span
        found: list[StoreRow] = []
        word = f".{name}".encode() if name is not None else b"."
        for row in self.raw.functions:
            if row.owner == record.name and first <= row.span[0] <= last:
                if row.hole is not None and word not in self._bodies.text(row.hole):
                    continue
                found += [s for s in self.complete(row).stores if name is None or s.attribute == name]
        return found

    @property
    def classes(self) -> dict[str, ClassRow]:
        """The raw classes by their name within the module; the last definition counts."""
        if self._classes is None:
            self._classes = {raw.name: raw for raw in self.raw.classes}
        return self._classes

    def methods(self, owner: str) -> dict[str, FunctionRow]:
        """The raw methods that a class's body defines."""
        _ = self.functions
        return self._methods.get(owner, {})

    def place(self, span: Sequence[int]) -> Place:
        """A raw span as a place."""
        return Place(self.path, *span)

    def absolute(self, target: str) -> str:
        """The absolute name of an import's module: leading dots count upwards from the package."""
        name = target.lstrip(".")
        level = len(target) - len(name)
        if level == 0:
            return name
        base = self.package
        for _ in range(level - 1):
            base = base.rpartition(".")[0]
        return f"{base}.{name}" if base and name else base or name


class Fields(Mapping[str, Expr]):
    """The fields of a class, each looked for when it is asked for."""

    def __init__(self, module: Module, record: ClassRow) -> None:
        self._module = module
        self._record = record
        self._known: dict[str, Expr | None] = {}
        self._all: dict[str, Expr] | None = None

    def __getitem__(self, name: str) -> Expr:
        if self._all is not None:
            return self._all[name]
        if name not in self._known:
            self._known[name] = self._found(name).get(name)
        found = self._known[name]
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _whole(self) -> dict[str, Expr]:
        if self._all is None:
            self._all = self._found(None)
        return self._all

    def _found(self, name: str | None) -> dict[str, Expr]:
        declared: dict[str, Expr] = dict(self._record.declared)
        values: dict[str, list[Expr]] = {}
        for stored, value, is_declared in self._module.stored(self._record, name):
            values.setdefault(stored, []).append(value)
            if is_declared:
                declared.setdefault(stored, value)
        return {stored: union(v) for stored, v in values.items()} | declared


def _accessor(raw: FunctionRow) -> bool:
    return any(d[0] == "name" and d[1].rpartition(".")[2] in ("setter", "deleter") for d in raw.decorators)


class Modules:
    """Every module that a run has read or may have to."""

    def __init__(self, roots: Iterable[str], load: Load, bodies: Callable[[str], Bodies]) -> None:
        self._load = load
        self._bodies = bodies
        self._search = tuple(roots)
        self._by_name: dict[str, Module | None] = {}
        self._by_file: dict[str, Module] = {}
        self._own_roots: list[str] = []
        self._folders: dict[str, frozenset[str]] = {}
        # The file of each module: beside a linted folder, by that folder, and without one anywhere.
        self._found: dict[tuple[str, str], str | None] = {}

    def add(self, path: str, raw: FileRows | Lazily) -> Module:
        """Take in a linted file. Two files of one name are told apart by their folders."""
        file = os.path.abspath(path)
        name, root = self.name_of(file)
        if name in self._by_name:
            folder = os.path.dirname(os.path.normpath(path)).replace(os.sep, ".").strip(".")
            name = f"{folder}.{name}" if folder else name
            while name in self._by_name:
                name += "_"
        module = Module(name, path, file, root, True, raw, self._bodies(path))
        self._by_name[name] = module
        self._by_file[file] = module
        if root not in self._own_roots:
            self._own_roots.append(root)
        return module

    def finish(self, folders: Iterable[str]) -> None:
        """All linted files are in: their folders are where imports are looked for first."""
        for folder in folders:
            root = os.path.abspath(folder)
            for candidate in (root, os.path.dirname(root)):
                if candidate not in self._own_roots:
                    self._own_roots.append(candidate)

    def name_of(self, file: str) -> tuple[str, str]:
        """A file's module name and the folder from which it is imported: the first without an `__init__.py`."""
        folder, stem = os.path.split(file)
        stem = stem.rpartition(".")[0] or stem
        parts = [] if stem == "__init__" else [stem]
        while "__init__.py" in self._listing(folder) or "__init__.pyi" in self._listing(folder):
            above, name = os.path.split(folder)
            if not name:
                break
            parts.insert(0, name)
            folder = above
        return ".".join(parts) or "__init__", folder

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that were looked into."""
        return tuple(self._folders)

    def owned(self) -> list[Module]:
        """The linted modules, in the order of reading."""
        return [m for m in self._by_name.values() if m is not None and m.owned]

    def by_path(self, path: str) -> Module | None:
        """The linted or read module of a path."""
        return self._by_file.get(os.path.abspath(path))

    def loaded(self, name: str) -> Module | None:
        """A module by its own unique name, if it was read already."""
        return self._by_name.get(name)

    def get(self, name: str, near: Module | None = None) -> Module | None:
        """The module that `import name` gives in a module `near`; read if its source can be found."""
        if near is not None and near.owned:
            key = (near.root, name)
            file = self._found[key] if key in self._found else self._find(key, (near.root, *self._own_roots))
            if file is not None:
                return self._at(file, name)
        if name in self._by_name:
            return self._by_name[name]
        file = self._find(("", name), (*self._own_roots, *self._search))
        if file is None:
            self._by_name[name] = None
            return None
        return self._at(file, name)

    def below(self, prefix: str) -> list[Module]:
        """A module and everything below it in its package, read if need be, in the order of their names."""
        first = self.get(prefix)
        if first is None:
            return []
        found = [first]
        if first.package == first.name:
            folder = os.path.dirname(first.file)
            for name in sorted(self._listing(folder)):
                stem, dot, suffix = name.partition(".")
                inside = frozenset() if dot else self._listing(os.path.join(folder, name))
                if (suffix == "py" and stem != "__init__") or "__init__.py" in inside:
                    found += self.below(f"{first.name}.{stem}")
        return found

    def exists(self, name: str, near: Module | None = None) -> bool:
        """Whether a module of this name has source, without reading it."""
        if self._by_name.get(name) is not None:
            return True
        if near is not None and near.owned and self._find((near.root, name), (near.root, *self._own_roots)) is not None:
            return True
        return self._find(("", name), (*self._own_roots, *self._search)) is not None

    def is_owned(self, name: str, near: Module | None = None) -> bool:
        """Whether a module of this name is one of the linted files."""
        known = self._by_name.get(name)
        if known is not None:
            return known.owned
        if near is None or not near.owned:
            return False
        file = self._find((near.root, name), (near.root, *self._own_roots))
        return file is not None and file in self._by_file and self._by_file[file].owned

    def linted(self, name: str, near: Module) -> Module | None:
        """The linted file that `import name` gives in a linted module `near`; nothing is read for that."""
        file = self._find((near.root, name), (near.root, *self._own_roots))
        return self._by_file.get(file) if file is not None else None

    def _at(self, file: str, name: str) -> Module | None:
        known = self._by_file.get(file)
        if known is not None:
            return known
        raw = self._load(file)
        if raw is None or raw.error is not None:
            raw = EMPTY._replace(has_getattr=True)
        root = file
        for _ in range(name.count(".") + (2 if os.path.basename(file).startswith("__init__.") else 1)):
            root = os.path.dirname(root)
        module = Module(name, file, file, root, False, raw, self._bodies(file))
        self._by_file[file] = module
        if self._by_name.get(name) is None:
            self._by_name[name] = module
        return module

    def _find(self, key: tuple[str, str], roots: Iterable[str]) -> str | None:
        if key in self._found:
            return self._found[key]
        relative = key[1].split(".")
        found = None
        for root in dict.fromkeys(roots):
            folder = os.path.join(root, *relative[:-1])
            listing = self._listing(folder)
            last = relative[-1]
            if last in listing:
                inner = os.path.join(folder, last)
                inside = self._listing(inner)
                initial = next((s for s in ("__init__.py", "__init__.pyi") if s in inside), None)
                if initial is not None:
                    found = os.path.join(inner, initial)
                    break
            name = next((last + s for s in (".py", ".pyi") if last + s in listing), None)
            if name is not None:
                found = os.path.join(folder, name)
                break
        self._found[key] = found
        return found

    def _listing(self, folder: str) -> frozenset[str]:
        known = self._folders.get(folder)
        if known is None:
            try:
                known = frozenset(os.listdir(folder))
            except OSError:
                known = frozenset()
            self._folders[folder] = known
        return known

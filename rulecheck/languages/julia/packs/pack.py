"""Packs: the facts of one or more packages' versions in one file, for machines without Julia and without the packages.

The file is one line of JSON (the format, its version, what is inside, and a checksum) and a compressed JSON document:
tables of strings and of type expressions, the declarations, and for each function its methods as a text of their own,
which is read when the function is first asked for.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rulecheck.languages.julia.facts import (
    JuliaAlias,
    JuliaMethod,
    JuliaModule,
    JuliaType,
    PackageFacts,
    TypeExpr,
    Variable,
)
from rulecheck.place import Place

FORMAT = "rulecheck-pack"
VERSION = 1
KINDS = ("function", "constructor", "callable", "default constructor", "keyword rule")


class PackError(ValueError):
    """A pack that cannot be used; the message names the file, what is wrong and what to do."""


class _Writer:
    def __init__(self) -> None:
        self.strings: dict[str, int] = {}
        self.types: dict[TypeExpr, int] = {}

    def string(self, text: str) -> int:
        return self.strings.setdefault(text, len(self.strings))

    def type(self, expr: TypeExpr | None) -> int:
        return -1 if expr is None else self.types.setdefault(expr, len(self.types))

    def variables(self, variables: Iterable[Variable]) -> list[Any]:
        return [[name, self.type(lower), self.type(upper)] for name, lower, upper in variables]

    def place(self, place: Place | None) -> list[int]:
        return [] if place is None else [self.string(place.path), place.line]

    def method(self, m: JuliaMethod, package: int) -> list[Any]:
        flags = m.takes_any_keyword | m.has_keyword_method << 1 | m.certain << 2
        return [
            self.type(m.self_type),
            [self.type(t) for t in m.arguments],
            self.variables(m.variables),
            list(m.keywords),
            flags,
            self.string(m.module),
            self.place(m.place),
            package * 1_000_000 + m.order,
            self.place(m.reported),
            self.string(m.maker),
            KINDS.index(m.kind),
            list(m.when),
        ]


def pack(packages: Sequence[PackageFacts], name: str, julia: str, over: str = "") -> bytes:
    """The bytes of a pack that holds these packages' facts; `julia` is the version that they were read for.

    `over` names the shipped environment that answers for everything else, Julia's own packages among it.
    """
    writer = _Writer()
    methods: dict[str, list[Any]] = {}
    types: list[Any] = []
    aliases: list[Any] = []
    constants: dict[str, int] = {}
    modules: dict[str, Any] = {}
    macro_lines: dict[str, list[int]] = {}
    for number, facts in enumerate(packages):
        for module in facts.modules.values():
            imports = {local: list(source) for local, source in module.imports.items()}
            modules[module.name] = [module.bare, dict(module.kinds), imports, list(module.using), list(module.exports)]
        for t in facts.types:
            fields = [[field, writer.type(type_)] for field, type_ in t.fields]
            row = [t.name, t.kind, writer.variables(t.parameters), writer.type(t.supertype), writer.place(t.place)]
            types.append([*row, fields, t.certain, list(t.when)])
        aliases += [
            [a.name, writer.variables(a.parameters), writer.type(a.target), writer.place(a.place)]
            for a in facts.aliases
        ]
        constants |= {constant: writer.type(value) for constant, value in facts.constants.items()}
        macro_lines |= {maker: writer.place(place) for maker, place in facts.macro_lines.items()}
        for m in facts.methods:
            methods.setdefault(m.function, []).append(writer.method(m, number))
    document = {
        "modules": modules,
        "types": types,
        "aliases": aliases,
        "constants": constants,
        "macro_lines": macro_lines,
        "methods": {function: json.dumps(rows, separators=(",", ":")) for function, rows in methods.items()},
        "expressions": json.dumps(list(writer.types), separators=(",", ":"), ensure_ascii=False),
        "strings": list(writer.strings),
    }
    body = zlib.compress(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(), 9)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "name": name,
        "julia": julia,
        "packages": {facts.name: facts.version for facts in packages},
        "over": over,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return json.dumps(header, separators=(",", ":")).encode() + b"\n" + body


class Pack:
    """A pack that was read. Methods come a function at a time, in the order in which Julia would define them."""

    def __init__(self, header: dict[str, Any], document: dict[str, Any]) -> None:
        self.name: str = header["name"]
        self.julia: str = header["julia"]
        self.packages: dict[str, str | None] = header["packages"]
        # The shipped environment beneath this pack; empty where it stands alone.
        self.over: str = header.get("over", "")
        self._document = document
        self._strings: list[str] = document["strings"]
        self._expressions: list[Any] = json.loads(document["expressions"])
        self._types: dict[int, TypeExpr] = {}
        self._methods: dict[str, tuple[JuliaMethod, ...]] = {}

    def modules(self) -> dict[str, JuliaModule]:
        """Every module by its absolute name."""
        made: dict[str, JuliaModule] = {}
        for name, (bare, kinds, imports, using, exports) in self._document["modules"].items():
            sources = {local: (source[0], source[1]) for local, source in imports.items()}
            made[name] = JuliaModule(name, bare, kinds, sources, tuple(using), tuple(exports))
        return made

    def types(self) -> tuple[JuliaType, ...]:
        """Every declared type."""
        return tuple(
            JuliaType(
                name,
                kind,
                self._variables(parameters),
                self._type(above) or ("name", "Core.Any"),
                self._place(place) or Place("", 0),
                tuple((field, self._type(type_) or ("name", "Core.Any")) for field, type_ in fields),
                certain,
                tuple(when),
            )
            for name, kind, parameters, above, place, fields, certain, when in self._document["types"]
        )

    def aliases(self) -> tuple[JuliaAlias, ...]:
        """Every alias."""
        return tuple(
            JuliaAlias(name, self._variables(parameters), self._type(target) or (), self._place(place) or Place("", 0))
            for name, parameters, target, place in self._document["aliases"]
        )

    def constants(self) -> dict[str, TypeExpr]:
        """What is known of constants, as in `PackageFacts.constants`."""
        return {name: self._type(index) or () for name, index in self._document["constants"].items()}

    def macro_lines(self) -> dict[str, Place]:
        """Where Julia reports what rule makers make, as in `PackageFacts.macro_lines`."""
        return {key: self._place(place) or Place("", 0) for key, place in self._document["macro_lines"].items()}

    def functions(self) -> Iterable[str]:
        """The names of all functions, constructed types and callable types that have methods."""
        return self._document["methods"].keys()  # type: ignore[no-any-return]

    def methods(self, function: str) -> tuple[JuliaMethod, ...]:
        """The methods of a function; none where the pack does not know it."""
        found = self._methods.get(function)
        if found is None:
            text = self._document["methods"].get(function)
            rows = json.loads(text) if text is not None else ()
            found = self._methods[function] = tuple(self._method(function, row) for row in rows)
        return found

    def _method(self, function: str, row: list[Any]) -> JuliaMethod:
        self_type, arguments, variables, keywords, flags, module, place, order, reported, maker, kind, when = row
        return JuliaMethod(
            function,
            self._type(self_type) or (),
            tuple(self._type(t) or () for t in arguments),
            ("",) * len(arguments),
            self._variables(variables),
            tuple(keywords),
            bool(flags & 1),
            bool(flags & 2),
            self._strings[module],
            self._place(place) or Place("", 0),
            order,
            self._place(reported),
            self._strings[maker],
            KINDS[kind],
            bool(flags & 4),
            tuple(when),
        )

    def _type(self, index: int) -> TypeExpr | None:
        if index < 0:
            return None
        found = self._types.get(index)
        if found is None:
            found = self._types[index] = _frozen(self._expressions[index])
        return found

    def _variables(self, rows: Iterable[Any]) -> tuple[Variable, ...]:
        return tuple((name, self._type(lower), self._type(upper)) for name, lower, upper in rows)

    def _place(self, row: list[int]) -> Place | None:
        return Place(self._strings[row[0]], row[1]) if row else None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def read_pack(path: Path) -> Pack:
    """Read a pack file. Raises `PackError` for one that is missing, damaged, or of another format's version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PackError(f"{path}: this pack could not be read: {error.strerror or error}") from error
    return unpack(data, path)


def unpack(data: bytes, path: Path) -> Pack:
    """The pack that these bytes hold; `path` is where they come from. Raises `PackError` as `read_pack` does."""
    first, _, body = data.partition(b"\n")
    try:
        header = json.loads(first)
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError("it is not a pack")
    except ValueError as error:
        raise PackError(f"{path}: this is no pack of rulecheck; make one with `rulecheck pack`") from error
    _check(path, header)
    if hashlib.sha256(body).hexdigest() != header.get("sha256"):
        raise _damaged(path, "its checksum does not fit")
    try:
        return Pack(header, json.loads(zlib.decompress(body)))
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise _damaged(path, str(error)) from error


def _check(path: Path, header: dict[str, Any]) -> None:
    """Raises `PackError` for a header of another version, or one whose entries are not what they must be."""
    if header.get("version") != VERSION:
        found = header.get("version")
        raise PackError(
            f"{path}: the pack has format version {found}, and this rulecheck reads version {VERSION}; "
            "make it again with `rulecheck pack`"
        )
    for key, kind in (("name", str), ("julia", str), ("packages", dict), ("over", str)):
        if not isinstance(header.get(key, ""), kind):
            raise _damaged(path, f"its header says nothing sensible of {key}")


def _damaged(path: Path, why: str) -> PackError:
    return PackError(f"{path}: the pack is damaged ({why}); make it again with `rulecheck pack`")

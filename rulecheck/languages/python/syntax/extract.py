"""One file: text in, plain facts out. Nothing here knows of other files, so it runs anywhere and can be cached."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.syntax.rows import (
    UNREAD,
    Body,
    FileRows,
    FunctionRow,
    Hole,
    SuppressionRow,
    SyntaxFault,
)
from rulecheck.languages.store.decode import Undecodable, decode

if TYPE_CHECKING:
    from rulecheck.languages.python.syntax.definitions import Later
    from rulecheck.languages.python.syntax.wanted_bodies import Wanted

T = TypeVar("T")

# Frames for source that nests deeply; Python's own parser gives up before this is reached.
DEEPEST = 12_000
ONLY_AST = 0x400


def extract(data: bytes, registrars: frozenset[str] = frozenset(), wanted: Wanted | None = None) -> FileRows:
    """Read a file's bytes into facts.

    `registrars` are the last parts of the registrars' names. With `wanted`, the bodies of functions that hold nothing
    of it are left for later where they say nothing of the rest of the file.
    """
    try:
        text = normal(data)
        tree = parse(text)
    except Exception as error:
        return FileRows(error=_fault(error))
    choose = None
    # Line ends, as the parser counts them, are one character each.
    if wanted is not None and "\r" not in text and "\f" not in text:
        from rulecheck.languages.python.syntax.outline import keeper, later

        choose = later(text, keeper(text, registrars), wanted)
    return _deeply(lambda: _facts(tree, text, registrars, choose), _too_deep)


def outlined(data: bytes, registrars: frozenset[str] = frozenset()) -> FileRows:
    """The same of a file that is only looked at for the names in it: most bodies are not even parsed."""
    from rulecheck.languages.python.syntax.outline import keeper, outline
    from rulecheck.languages.python.syntax.wanted_bodies import NOTHING

    try:
        text = normal(data)
        found = outline(text, keeper(text, registrars))
        tree = parse(found.text) if found is not None else None
    except (Undecodable, SyntaxError, RecursionError, MemoryError, ValueError):
        found = tree = None
    if found is None or tree is None:
        return extract(data, registrars, NOTHING)

    def facts() -> FileRows:
        raw = _facts(tree, found.text, registrars, lambda node: found.at(node.body[0].lineno), found.ends)
        return raw._replace(is_cut=True, suppressions=_suppressions(text))

    raw = _deeply(facts, _too_deep)
    known = raw.error is None and len(raw.bodies) == len(found.bodies)
    return raw if known or _all_functions(tree, found.bodies) else extract(data, registrars, NOTHING)


def _all_functions(tree: Any, lines: Iterable[int]) -> bool:
    """Whether all that was cut are bodies of functions; some may stand where this Python never comes."""
    import ast

    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {n.body[0].lineno for n in ast.walk(tree) if isinstance(n, kinds)}.issuperset(lines)


def extract_body(text: str, row: FunctionRow, hole: Hole, registrars: frozenset[str]) -> Body:
    """What a body tells that was left for later, by its function's row. Raises what `parse` raises."""
    from rulecheck.languages.python.syntax.definitions import Definitions

    # Under an `if`, the body may stand as deep as it does.
    source = "if 1:\n" + text[hole.start : hole.end]
    (statement,) = parse(source).body
    reader = Definitions(_encoded(source), registrars)
    reader.above = hole.line - 2
    return _deeply(lambda: reader.apart(row, hole.is_asynchronous, statement.body), lambda: UNREAD)


def normal(data: bytes) -> str:
    """The text of a file, to which the offsets of bodies refer. Raises Undecodable."""
    text = decode(data)
    return text.replace("\r\n", "\n") if "\r" in text else text


def fault(data: bytes) -> SyntaxFault | None:
    """What cannot be parsed in a file; None where all can."""
    try:
        parse(normal(data))
    except Exception as error:
        return _fault(error)
    return None


def _fault(error: Exception) -> SyntaxFault:
    if isinstance(error, Undecodable):
        return SyntaxFault(error.line, str(error))
    if isinstance(error, SyntaxError):
        where = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse the file"
        return SyntaxFault(error.lineno or 1, f"{where}: {error.msg}")
    if isinstance(error, RecursionError | MemoryError):
        return SyntaxFault(1, "the file is nested too deeply to be parsed")
    if isinstance(error, ValueError):
        return SyntaxFault(1, f"the file cannot be parsed: {error}")
    raise error


def _too_deep() -> FileRows:
    return FileRows(error=SyntaxFault(1, "the file is nested too deeply to be read"))


def _deeply(read: Callable[[], T], otherwise: Callable[[], T]) -> T:
    """What is read with room for deep nesting, or what stands in for it."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEPEST))
    try:
        return read()
    except RecursionError:
        return otherwise()
    finally:
        sys.setrecursionlimit(limit)


def parse(text: str) -> Any:
    """The syntax tree of a text. Raises what `compile` raises; warnings about the text are not ours to give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Any = compile(text, "<source>", "exec", ONLY_AST, dont_inherit=True)
        return tree


def _facts(
    tree: Any,
    text: str,
    registrars: frozenset[str],
    later: Later | None = None,
    ends: dict[int, tuple[int, int]] | None = None,
) -> FileRows:
    # Here, because a run whose facts are all cached needs none of it.
    from rulecheck.languages.python.syntax.definitions import Definitions
    from rulecheck.languages.python.syntax.symbols import union

    reader = Definitions(_encoded(text), registrars, later)
    reader.ends = ends or {}
    reader.module(tree)
    names = {name: union(values) for name, values in reader.scope.stored.items()}
    return FileRows(
        imports=reader.imports,
        stars=tuple(reader.stars),
        exports=_exports(names.get("__all__")),
        names=names,
        functions=tuple(reader.functions),
        classes=tuple(reader.classes),
        registrations=tuple(reader.registrations),
        late=tuple(reader.late),
        calls=tuple(reader.scope.calls),
        suppressions=_suppressions(text),
        has_getattr=any(row.name == "__getattr__" for row in reader.functions),
        bodies=tuple(reader.bodies),
    )


def _encoded(text: str) -> list[bytes] | None:
    """The bytes of the lines of a text that is not all ASCII: syntax columns count them."""
    if text.isascii():
        return None
    return [line.encode() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _suppressions(text: str) -> tuple[SuppressionRow, ...]:
    from rulecheck.languages.python.syntax.comments import suppressions

    return tuple(suppressions(text))


def _exports(value: Expr | None) -> tuple[str, ...] | None:
    """The names of a literal `__all__`; None where there is none that can be read."""
    if value is None or value == UNKNOWN or value[0] not in ("list", "tuple"):
        return None
    names = tuple(item[1] for item in value[1] if item[0] == "const" and type(item[1]) is str)
    return names if len(names) == len(value[1]) else None

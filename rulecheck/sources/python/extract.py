"""One file: text in, plain facts out. Nothing here knows of other files, so it runs anywhere and can be cached."""

from __future__ import annotations

import marshal
import sys
import warnings
from typing import Any

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.sources.decode import Undecodable, decode

# Frames for source that nests deeply; Python's own parser gives up before this is reached.
DEEPEST = 12_000
ONLY_AST = 0x400

RawFile = dict[str, Any]
"""What is kept of a file, of builtin types only: see `extract`."""


def extract(data: bytes, registrars: frozenset[str] = frozenset()) -> RawFile:
    """Read a file's bytes into facts.

    `registrars` are the last parts of the registrars' names. The result has either "error" (line, message), or
    "imports", "stars", "exports", "names", "functions", "classes", "registrations", "late", "calls", "suppressions"
    and "getattr".
    """
    try:
        text = decode(data)
    except Undecodable as error:
        return {"error": (error.line, str(error))}
    try:
        tree = parse(text)
    except SyntaxError as error:
        where = f"Python {sys.version_info[0]}.{sys.version_info[1]} cannot parse the file"
        return {"error": (error.lineno or 1, f"{where}: {error.msg}")}
    except (RecursionError, MemoryError):
        return {"error": (1, "the file is nested too deeply to be parsed")}
    except ValueError as error:
        return {"error": (1, f"the file cannot be parsed: {error}")}
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEPEST))
    try:
        return _facts(tree, text, registrars)
    except RecursionError:
        return {"error": (1, "the file is nested too deeply to be read")}
    finally:
        sys.setrecursionlimit(limit)


def parse(text: str) -> Any:
    """The syntax tree of a text. Raises what `compile` raises; warnings about the text are not ours to give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree: Any = compile(text, "<source>", "exec", ONLY_AST, dont_inherit=True)
        return tree


def _facts(tree: Any, text: str, registrars: frozenset[str]) -> RawFile:
    # Here, because a run whose facts are all cached needs none of it.
    from rulecheck.sources.python.comments import suppressions
    from rulecheck.sources.python.definitions import Definitions
    from rulecheck.sources.python.expressions import union

    encoded = None
    if not text.isascii():
        encoded = [line.encode() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    reader = Definitions(encoded, registrars)
    reader.module(tree)
    names = {name: union(values) for name, values in reader.scope.stored.items()}
    return {
        "imports": reader.imports,
        "stars": tuple(reader.stars),
        "exports": _exports(names.get("__all__")),
        "names": names,
        "functions": tuple(reader.functions),
        "classes": tuple(reader.classes),
        "registrations": tuple(reader.registrations),
        "late": tuple(reader.late),
        "calls": tuple(reader.scope.calls),
        "suppressions": tuple(suppressions(text)),
        "getattr": any(f[0] == "__getattr__" for f in reader.functions),
    }


def _exports(value: Expr | None) -> tuple[str, ...] | None:
    """The names of a literal `__all__`; None where there is none that can be read."""
    if value is None or value == UNKNOWN or value[0] not in ("list", "tuple"):
        return None
    names = tuple(item[1] for item in value[1] if item[0] == "const" and type(item[1]) is str)
    return names if len(names) == len(value[1]) else None


def packed(raw: RawFile) -> bytes:
    """Facts as bytes, for a pipe or the cache; a file whose expressions nest too deeply for that is an error."""
    try:
        return marshal.dumps(raw)
    except ValueError:
        return marshal.dumps({"error": (1, "the file is nested too deeply to be read")})


def unpacked(data: bytes) -> RawFile:
    """The facts that `packed` made bytes of."""
    raw: RawFile = marshal.loads(data)
    return raw

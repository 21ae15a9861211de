"""Which files take a name from the module that defines it, told from the text of their import statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rulecheck.languages.python.semantics.modules import Module, Modules

_SPACE = rb"(?:[ \t]|\\\r?\n)*"
_LISTED = rb"\(((?:[^)#]|#[^\n]*)*)\)|((?:[^\n\\#;(]|\\\r?\n)*)"
_FROM = re.compile(
    rb"from" + _SPACE + rb"([.\w\x80-\xff]+?)" + _SPACE + rb"\bimport\b" + _SPACE + rb"(?:" + _LISTED + rb")"
)
_IMPORT = re.compile(rb"import[ \t]+((?:[^\n\\#;]|\\\r?\n)*)")
_COMMENT = re.compile(rb"#[^\n]*|\\\r?\n")
_NAMED = re.compile(r"([\w.]+|\*)(?:\s+as\s+(\w+))?\s*\Z")
_CHAIN = re.compile(r"[\w.]++\Z")
# A dotted name is not longer than this.
_LONGEST = 200


class Imports:
    """What the import statements of a file bind: absolute names by the names in the file, and modules behind stars.

    A name may be bound several times, on branches or one after the other; each counts. `sources` are the modules of
    which a statement takes something, by the name that it has there.
    """

    __slots__ = ("bound", "sources", "stars")

    def __init__(self, module: Module, data: bytes) -> None:
        self.bound: dict[str, set[str]] = {}
        self.sources: dict[str, set[str]] = {}
        self.stars: set[str] = set()
        for source, *listed in _statements(_FROM, b"from", data):
            target = module.absolute(source.decode("utf-8", "replace"))
            for name, alias in _items(listed[0] or listed[1] or b""):
                if name == "*":
                    self.stars.add(target)
                else:
                    self._bind(alias or name, f"{target}.{name}" if target else name)
        for (listed_names,) in _statements(_IMPORT, b"import", data):
            for name, alias in _items(listed_names):
                first = name.partition(".")[0]
                self._bind(alias or first, name if alias else first)

    def _bind(self, name: str, target: str) -> None:
        self.bound.setdefault(name, set()).add(target)
        source, _, last = target.rpartition(".")
        self.sources.setdefault(last, set()).add(source)


def _statements(pattern: re.Pattern[bytes], word: bytes, data: bytes) -> Iterator[Sequence[bytes]]:
    """The parts of each statement that begins with a word: on its line, or behind another statement or a colon.

    The word is looked for by itself, which is many times as fast as a pattern that may begin anywhere.
    """
    at = data.find(word)
    while at >= 0:
        before = data[data.rfind(b"\n", 0, at) + 1 : at].rstrip(b" \t")
        match = pattern.match(data, at) if not before or before[-1] in b";:" else None
        if match is not None:
            yield match.groups()
        at = data.find(word, at + len(word) if match is None else match.end())


def _items(listed: bytes) -> Iterator[tuple[str, str]]:
    for item in _COMMENT.sub(b" ", listed).decode("utf-8", "replace").split(","):
        match = _NAMED.match(item.strip())
        if match is not None:
            yield match[1], match[2] or ""


def _chain(text: str, at: int) -> str:
    """The dotted name that ends at an offset."""
    match = _CHAIN.search(text[max(0, at - _LONGEST) : at])
    return match[0] if match is not None else ""


class ImportFollowing:
    """Follows imports through the linted files without reading more than their text."""

    def __init__(self, modules: Modules, content: Callable[[str], bytes]) -> None:
        self._modules = modules
        self._content = content
        self._imports: dict[str, Imports] = {}

    def taken(self, module: Module, names: Iterable[str], definers: Mapping[str, set[str]]) -> set[str]:
        """Those of the names that a file takes from one of the modules that define them, given by their names."""
        found = {name for name in names if module.name in definers[name] or self._binds(module, name, definers[name])}
        sought = [name for name in names if name not in found]
        if sought:
            text = self._content(module.path).decode("utf-8", "replace")
            behind_dot = re.compile(rf"\.({'|'.join(map(re.escape, sought))})\b")
            chains = {(_chain(text, m.start()), m[1]) for m in behind_dot.finditer(text)}
            for chain, name in chains:
                if name not in found and any(
                    m.name in definers[name] or self._binds(m, name, definers[name]) for m in self._named(module, chain)
                ):
                    found.add(name)
        return found

    def _of(self, module: Module) -> Imports:
        known = self._imports.get(module.path)
        if known is None:
            known = self._imports[module.path] = Imports(module, self._content(module.path))
        return known

    def _binds(self, module: Module, name: str, definers: set[str], seen: set[str] | None = None) -> bool:
        """Whether an import statement gives a file the name, or another name for it."""
        seen = set() if seen is None else seen
        if module.name in seen:
            return False
        seen.add(module.name)
        imports = self._of(module)
        sources = imports.sources.get(name, ())
        found = (m for source in (*sources, *imports.stars) for m in self._located(source, module))
        return any(m.name in definers or self._binds(m, name, definers, seen) for m in found)

    def _named(self, module: Module, chain: str) -> Iterator[Module]:
        """The modules that a dotted name may stand for in a file."""
        first, dot, rest = chain.partition(".")
        for target in self._of(module).bound.get(first, ()):
            yield from self._located(f"{target}{dot}{rest}", module)

    def _located(self, dotted: str, near: Module, above: frozenset[str] = frozenset()) -> Iterator[Module]:
        """The linted modules of an absolute name, which may lead through what packages import."""
        module = self._modules.linted(dotted, near)
        head, dot, last = dotted.rpartition(".")
        if module is not None:
            yield module
        elif dot and dotted not in above:
            above |= {dotted}
            for package in self._located(head, near, above):
                for target in self._of(package).bound.get(last, ()):
                    yield from self._located(target, package, above)

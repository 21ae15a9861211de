"""Names as a person writes them, resolved as they would be inside a module of the project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rulecheck.config import UnknownName, UsageError
from rulecheck.dispatch.parametric import ParametricError, Term
from rulecheck.dispatch.parametric.syntax import Tree, read
from rulecheck.dispatch.parametric.types import TYPE, DataType, unwrap
from rulecheck.languages.julia.kit.library import BUILT_IN, Library, head_name, plain, spelled
from rulecheck.languages.julia.link.name_resolution import Named, World
from rulecheck.languages.julia.link.type_expressions import function_value, show
from rulecheck.languages.julia.program import ENTRY, relative


class WrittenNames:
    """Resolves names inside modules, asked in turn; what none sees is looked for among all packages' exports."""

    def __init__(self, library: Library, modules: Sequence[str]) -> None:
        self._library = library
        self._world: World = library.program.world
        self._modules = modules
        # At the top level of a script, its own names are what anybody sees.
        self._scripts = {p.name for p in library.program.packages if p.name.partition(".")[0] == ENTRY}
        self._exported: dict[str, str] | None = None
        self._types: dict[str, Term] = {}
        self._functions: dict[str, str] = {}
        self._failed: dict[tuple[str, str], UnknownName] = {}

    def function(self, name: str) -> str:
        """The qualified name of a function or type; raises UnknownName."""
        if name in self._functions:
            return self._functions[name]
        found = self._resolve(name.replace(".:", "."))
        if found is None or not self._library.knows(found):
            raise self._unknown_function(name)
        self._functions[name] = found
        return found

    def called(self, text: str) -> tuple[str, Term]:
        """What a call's head means: the qualified name of its function, and the type by which the call asks for it.

        A type may be called too, with or without its parameters, and so may a constant object. Raises UnknownName.
        """
        if "{" not in text:
            made = self._world.object_type(self._resolve(text.replace(".:", ".")) or "")
            if made is not None:
                return head_name(made), self._library.declarations.parse(show(plain(made)))
            name = self.function(text)
            if not self._library.declarations.knows(spelled(name)):
                return name, self._library.declarations.function(name)
        term = self.type(text)
        inner = unwrap(term)
        if type(inner) is not DataType:
            raise self._unknown_function(text)
        name = inner.constructor.name
        return (name if "." in name else f"Core.{name}"), TYPE.of((term,))

    def _unknown_function(self, name: str) -> UnknownName:
        return self._unknown("function", name, (n.rpartition(".")[2] for n in self._library.program.functions()))

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> UnknownName:
        """The error for a name that nothing has; the nearest is looked for once."""
        error = self._failed.get((kind, name))
        if error is None:
            where = relative(self._library.program.environment.name)
            error = self._failed[kind, name] = UnknownName(kind, name, set(known), where)
        return error.with_traceback(None)

    def type(self, text: str) -> Term:
        """The type that an expression means; raises UnknownName for a name that nothing has."""
        known = self._types.get(text)
        if known is None:
            known = self._types[text] = self._evaluated(text)
        return known

    def _evaluated(self, text: str) -> Term:
        try:
            return self._library.declarations.evaluate(self._qualified(read(text), frozenset()), {})
        except ParametricError as error:
            raise UsageError(f'cannot use the type "{text}": {error}') from None

    def _qualified(self, tree: Tree, bound: frozenset[str]) -> Tree:
        tag = tree[0]
        if tag == "name":
            name = tree[1]
            return tree if name in bound else ("name", self._type(name))
        if tag == "apply":
            return ("apply", self._qualified(tree[1], bound), [self._parameter(t, bound) for t in tree[2]])
        if tag in ("<:", ">:"):
            return (tag, self._qualified(tree[1], bound))
        if tag == "where":
            variables = []
            for name, lower, upper in tree[2]:
                variables.append((name, *(None if t is None else self._qualified(t, bound) for t in (lower, upper))))
                bound |= {name}
            return ("where", self._qualified(tree[1], bound), variables)
        if tag == "typeof":
            found = self._resolve(tree[1])
            if found is None:
                raise self._unknown_function(tree[1])
            return ("typeof", found)
        if tag == "values":
            return ("values", tuple(self._qualified(t, bound) for t in tree[1]))
        return tree

    def _parameter(self, tree: Tree, bound: frozenset[str]) -> Tree:
        """One of the things between braces: a function there is a value."""
        try:
            return self._qualified(tree, bound)
        except UnknownName:
            found = self._resolve(tree[1]) if tree[0] == "name" else None
            if found is None or self._library.declarations.knows(spelled(found)):
                raise
            return read(function_value(found))

    def _type(self, name: str) -> str:
        if name in BUILT_IN:
            return name
        found = spelled(self._resolve(name) or "")
        if not self._library.declarations.knows(found):
            types = [t.name for t in self._library.program.types()]
            known = [t for t in types if t.endswith(f".{name}")] or [t.rpartition(".")[2] for t in types]
            raise self._unknown("type", name, known)
        return found

    def _resolve(self, name: str) -> str | None:
        parts = _split(name)
        for module in self._modules:
            found = self._world.path(module, parts)
            if found is not None and found.kind != "missing":
                hidden = self._hidden(module, name) if found.name == f"{module}.{name}" else None
                return (hidden or found).name
        if len(parts) == 1:
            return self._exports().get(name)
        first = self._world.path(parts[0], parts[1:]) if self._world.module(parts[0]) else None
        return first.name if first is not None and first.kind != "missing" else None

    def _hidden(self, module: str, name: str) -> Named | None:
        """What whoever uses a module means by a name that it defines for itself alone, over one that all can see."""
        if module in self._scripts or name in self._world.exports(module):
            return None
        found = self._world.outside(module, name)
        return found if found is not None and found.kind != "missing" else None

    def _exports(self) -> dict[str, str]:
        """Every exported name of every package; the package that was loaded first wins."""
        if self._exported is None:
            self._exported = {}
            for definition, name in self._all_exports():
                self._exported.setdefault(name, definition)
        return self._exported

    def _all_exports(self) -> Iterator[tuple[str, str]]:
        for module in list(self._world.modules.values()):
            for name in module.exports:
                found = self._world.resolve(module.name, name)
                if found is not None and found.kind != "missing":
                    yield found.name, name


def _split(name: str) -> tuple[str, ...]:
    """`Base.Broadcast.broadcasted` in parts; an operator that is made of dots stays whole."""
    parts: list[str] = []
    rest = name
    while "." in rest.strip(".") and rest[0].isalpha():
        first, _, rest = rest.partition(".")
        parts.append(first)
    return (*parts, rest)

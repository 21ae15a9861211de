"""What names stand for while a scope's statements are read in order."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.forms import LEAVES
from rulecheck.languages.python.syntax.rows import CallRow

# A value of more parts than this is not followed: symbols are substituted, and would grow without bound.
LARGEST = 100
GONE: Expr = ("gone",)
# Methods of a container that put something in.
MUTATORS = frozenset(("append", "extend", "insert", "add", "update", "setdefault", "appendleft", "extendleft"))
_HOLDING = frozenset(("tuple", "list", "set", "map", "each", "union", "grown", "loop", "carried"))
_SMALL = LEAVES - {"slice", "nothing", "known"}

Environment = dict[str, Expr]
Rule = Mapping[str, Callable[[Expr], Expr | None]]
"""What stands in the place of an expression, if anything does, by the tags of those that are asked about."""
Guard = tuple[Expr, Expr, bool]
"""A test on the way to a result: of which value, whether it is of which type, and how it came out."""


class Scope:
    """The names of a module, class or function, by what they were last given."""

    def __init__(self, qualname: str, kind: str, outer: Environment | None = None, owner: str | None = None) -> None:
        self.qualname = qualname
        self.kind = kind
        self.owner = owner
        self.env: Environment = {}
        # Free names that an enclosing function gives a value.
        self.outer = outer or {}
        self.calls: list[CallRow] = []
        self.results: list[Expr] = []
        self.guards: tuple[Guard, ...] = ()
        self.live = True
        # What a generator gives, one for each `yield`; of other functions nothing.
        self.yields: list[Expr] = []
        self.foreign: set[str] = set()
        self.params: dict[str, Expr | None] = {}
        self.self_name: str | None = None
        self.stored: dict[str, list[Expr]] = {}
        self.body: list[ast.stmt] = []
        self.loops: list[tuple[list[Environment], list[Environment]]] = []
        self.sizes: dict[int, tuple[int, Expr]] = {}
        self.carrying: dict[int, tuple[bool, Expr]] = {}
        # How often the value of an earlier round of a loop was read.
        self.looked_back = 0
        self._counts: Counter[str] | None = None
        # Whether the names hold paths as well ("self.op"): attributes that were tested, or given a value here.
        self.paths = False
        # Whether some value began as an empty list or dict.
        self.empties = False

    def read(self, name: str) -> Expr:
        """The value of a name."""
        found = self.env.get(name)
        if found is None:
            found = self.outer.get(name)
        if found is None:
            return ("name", name)
        if found[0] == "carried":
            self.looked_back += 1
        return UNKNOWN if found is GONE else found

    def assign(self, name: str, value: Expr) -> None:
        """Give a name a value."""
        value = capped(value, self.sizes)
        if self.paths:
            self.forget(name)
        if name in self.foreign:
            value = UNKNOWN
        self.env[name] = value
        if self.kind != "function":
            self.stored.setdefault(name, []).append(value)

    def share(self, names: Iterable[str]) -> None:
        """Code elsewhere may give these names another value at any time."""
        for name in names:
            self.foreign.add(name)
            self.env[name] = UNKNOWN

    def define(self, name: str, value: Expr | None) -> None:
        """A class, function or import takes the name; None where the file's own tables say what it is."""
        if value is None:
            self.env.pop(name, None)
        else:
            self.env[name] = value

    def grow(self, name: str, value: Expr, key: Expr | None = None) -> None:
        """A container of this function is given one more value, under a key where it is a mapping."""
        held = self.env.get(name, UNKNOWN)
        if self.kind != "function" or UNKNOWN in (value, held, key):
            self.mutate(name)
        else:
            self._refill(held, capped(("grown", held, value, key), self.sizes))

    def _refill(self, before: Expr, after: Expr) -> None:
        """One container changes, by whatever names it goes."""
        for name in [n for n, v in self.env.items() if v is before]:
            self.env[name] = after

    def hand_over(self, name: str) -> None:
        """A container is given to code that may fill it: of one that was empty nothing is known then."""
        value = self.env.get(name)
        if value is not None and value[0] not in _SMALL and contains_tag(value, "nothing"):
            self.env[name] = UNKNOWN

    def mutate(self, name: str) -> None:
        """A container was written to: what it holds is not known any more."""
        value = self.env.get(name)
        if value is not None and value[0] in _HOLDING:
            kind = {"map": "dict", "each": "list"}.get(value[0], value[0])
            plain = kind in ("list", "set", "dict")
            fresh: Expr = ("call", ("name", f"::builtins.{kind}"), (), ()) if plain else UNKNOWN
            self._refill(value, fresh)
            if self.kind != "function":
                self.stored.setdefault(name, []).append(fresh)

    def write(self, path: str, value: Expr | None) -> None:
        """An attribute is given a value; whatever has an attribute of that name may be the same object."""
        end = path[path.rindex(".") :]
        for known in [p for p in self.env if p.endswith(end) or f"{end}." in p]:
            del self.env[known]
        if value is not None:
            self.env[path] = capped(value, self.sizes)
            self.paths = True

    def forget(self, root: str) -> None:
        """What is known of the attributes of a name or path holds no longer."""
        start = f"{root}."
        for known in [p for p in self.env if p.startswith(start)]:
            del self.env[known]

    def narrow(self, name: str, kind: Expr, positive: bool) -> None:
        """From here on the name is, or is not, of a type."""
        value = self.env.get(name)
        if value is None or value is GONE:
            return
        if value == UNKNOWN:
            if positive and kind[0] != "const":
                self.env[name] = ("narrow", value, kind)
            return
        self.env[name] = capped(("narrow" if positive else "exclude", value, kind), self.sizes)
        if value[0] != "call" and contains_tag(value, "param"):
            self.guards = (*self.guards, (value, kind, positive))

    def give(self, value: Expr) -> None:
        """A result of the function, with the tests that lead there."""
        if not self.guards:
            self.results.append(capped(value, self.sizes))
            return
        whole = capped(("when", self.guards, value), self.sizes)
        # The tests say when a result is none, also where it is too long to be followed.
        self.results.append(whole if whole != UNKNOWN else capped(("when", self.guards, UNKNOWN), self.sizes))

    def fork(self) -> tuple[Environment, tuple[Guard, ...]]:
        """Remember the state; the names are copied."""
        state = (self.env, self.guards)
        self.env = dict(self.env)
        return state

    def restore(self, state: tuple[Environment, tuple[Guard, ...]]) -> None:
        """Go back to a remembered state."""
        self.env, self.guards = dict(state[0]), state[1]

    def counts(self) -> Counter[str]:
        """How often each name is given a value in the whole function."""
        if self._counts is None:
            filled: list[str] = []
            self._counts = Counter(stored_names(self.body, filled))
            self._counts.update(filled)
        return self._counts

    def settle(self) -> None:
        """Keep only what stays true when the code that follows runs later: names given a value once."""
        if self.kind == "function":
            counts = self.counts()
            if self.paths:
                self.env = _without_paths(self.env)
            for name in counts:
                limit = 0 if name in self.params else 1
                if counts[name] > limit or name not in self.env:
                    self.env[name] = UNKNOWN

    def closure(self) -> Environment:
        """What a function defined here sees of this scope's names."""
        if self.kind != "function":
            return self.outer
        seen = dict(self.outer)
        counts = self.counts()
        for name in {*counts, *(_without_paths(self.env) if self.paths else self.env)}:
            value = self.env.get(name, UNKNOWN)
            if counts[name] > (0 if name in self.params else 1):
                value = UNKNOWN
            given = value == ("param", name) and name != self.self_name
            seen[name] = ("free", name, self.params.get(name)) if given else self.closed(value, keep_self=False)
        return seen

    def closed(self, value: Expr, keep_self: bool) -> Expr:
        """The value without the function's parameters: by their annotations, else unknown."""

        def given(expr: Expr) -> Expr | None:
            if expr[1] == self.self_name and self.owner is not None:
                return expr if keep_self else ("ann", ("name", self.owner))
            annotation = self.params.get(expr[1])
            return UNKNOWN if annotation is None else ("ann", annotation)

        return rewritten(value, {"param": given, "carried": _unknown, "nothing": _unknown})


def _unknown(_: Expr) -> Expr:
    return UNKNOWN


def _without_paths(env: Environment) -> Environment:
    return {name: value for name, value in env.items() if "." not in name}


def capped(expr: Expr, sizes: dict[int, tuple[int, Expr]]) -> Expr:
    """The expression, or unknown where it is too large to follow; `sizes` remembers what was counted before."""
    if expr[0] in _SMALL:
        return expr
    total = 0
    stack: list[Any] = [expr]
    while stack:
        part = stack.pop()
        known = sizes.get(id(part))
        if known is not None:
            total += known[0]
        else:
            total += 1
            for child in part:
                if type(child) is tuple and child:
                    tag = child[0]
                    # A keyword of such a name comes with its value.
                    if type(tag) is str and tag in _SMALL and type(child[-1]) is not tuple:
                        total += 1
                    else:
                        stack.append(child)
        if total > LARGEST:
            return UNKNOWN
    if total > 3:
        sizes[id(expr)] = (total, expr)
    return expr


def carries(expr: Expr, known: dict[int, tuple[bool, Expr]]) -> bool:
    """Whether the value of an earlier round of a loop is part of an expression; `known` remembers, part by part."""
    tag = expr[0]
    if type(tag) is str and (tag == "carried" or tag in _SMALL):
        return tag == "carried"
    found = known.get(id(expr))
    if found is None:
        has = False
        for part in expr:
            if type(part) is tuple and part and carries(part, known):
                has = True
                break
        found = known[id(expr)] = (has, expr)
    return found[0]


def rewritten(expr: Expr, rule: Rule) -> Expr:
    """The expression with each part for which the rule gives one replaced."""
    tag = expr[0]
    given = rule.get(tag) if type(tag) is str else None
    if given is not None:
        new = given(expr)
        if new is not None:
            return new
    parts: list[Any] | None = None
    for position, part in enumerate(expr):
        if type(part) is tuple and part:
            fresh = rewritten(part, rule)
            if fresh is not part:
                if parts is None:
                    parts = list(expr)
                parts[position] = fresh
    return expr if parts is None else tuple(parts)


def filler(values: dict[int, Expr]) -> Rule:
    """The rule that puts values in the place of the marks of a loop."""
    return {"carried": lambda expr: values.get(expr[1])}


def contains_tag(expr: Expr, tag: str) -> bool:
    """Whether an expression has a part with a tag."""
    return expr[0] == tag or any(type(part) is tuple and part and contains_tag(part, tag) for part in expr)


def contains(expr: Expr, tag: str) -> set[int]:
    """The numbers of the parts with a tag: ("carried", 3) gives 3."""
    found: set[int] = set()
    stack: list[Any] = [expr]
    while stack:
        part = stack.pop()
        if part and part[0] == tag and type(part[1]) is int:
            found.add(part[1])
        stack.extend(child for child in part if type(child) is tuple)
    return found


def stored_names(body: Iterable[ast.AST], filled: list[str] | None = None) -> list[str]:
    """Every name that statements give a value, once for each time; nested functions and classes only their own name.

    Names whose containers are written to are added to `filled`.
    """
    names: list[str] = []
    stack: list[Any] = list(body)
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is not ast.Load:
                names.append(node.id)
            continue
        if kind in _NAMING:
            if kind in _DEFINITIONS:
                names.append(node.name)
                stack.extend(nonlocals(node))
                continue
            names.extend(_named(node))
        elif filled is not None and (kind is ast.Call or kind is ast.Subscript):
            holder = _filled(node)
            if holder is not None:
                filled.append(holder)
        for field in _PARTS.get(kind, ()):
            child = getattr(node, field)
            if type(child) is list:
                stack.extend(child)
            else:
                stack.append(child)
    return names


def _named(node: Any) -> list[str]:
    """The names to which a node that is no name gives a value."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(a.asname or a.name).partition(".")[0] for a in node.names]
    if isinstance(node, ast.Nonlocal):
        return node.names * 2  # written elsewhere, at any time: count it as several
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    return [name] if name else []


def _filled(node: Any) -> str | None:
    """The name of the container that a call or subscript writes to: `xs.append(x)`, `xs[i] = x`."""
    if type(node) is ast.Call:
        function = node.func
        holder = function.value if type(function) is ast.Attribute and function.attr in MUTATORS else None
    else:
        holder = node.value if type(node.ctx) is not ast.Load else None
    return holder.id if type(holder) is ast.Name else None


def nonlocals(definition: Any) -> list[ast.Nonlocal]:
    """The `nonlocal` statements inside of a definition; looked for once, since loops around it ask again."""
    known: list[ast.Nonlocal] | None = getattr(definition, "nonlocals", None)
    if known is None:
        known = definition.nonlocals = []
        stack: list[Any] = list(definition.body)
        while stack:
            node = stack.pop()
            if type(node) is ast.Nonlocal:
                known.append(node)
            elif type(node) in _DEFINITIONS:
                known.extend(nonlocals(node))
            else:  # statements are in statements only
                for field in _BLOCKS:
                    stack.extend(getattr(node, field, ()))
    return known


_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_DEFINITIONS = frozenset((ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
_NAMING = _DEFINITIONS | {
    *(ast.Import, ast.ImportFrom, ast.Nonlocal, ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping),
}
# The fields of each kind of node in which names may be given a value, in their order.
_CHILDLESS = frozenset((ast.Constant, ast.Lambda, ast.Name, ast.Import, ast.ImportFrom, ast.Nonlocal, ast.Global))
_PLAIN = frozenset(("ctx", "op", "ops", "attr", "arg", "conversion", "is_async", "kwd_attrs", "rest", "simple"))
_PARTS = {
    kind: tuple(field for field in kind._fields if field not in _PLAIN)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and kind not in _CHILDLESS and kind not in _DEFINITIONS
}

"""Runs the top level of Julia files as far as definitions hang on it: modules, includes, conditions, loops, `@eval`.

Nothing of Julia is executed: statements are followed in the order in which Julia would evaluate them, values that loops
interpolate are worked out by `values`, and what cannot be worked out is counted, never guessed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from rulecheck.facts import Unreadable
from rulecheck.languages.julia.expand.evaluator import UNKNOWN, Evaluator, Quoted, Unresolved, name_text
from rulecheck.languages.julia.expand.imports import export, imports
from rulecheck.languages.julia.expand.macro_bodies import REST, bound, make
from rulecheck.languages.julia.expand.macros import MACROS, TRANSPARENT, Handler
from rulecheck.languages.julia.expand.structs import structure
from rulecheck.languages.julia.expand.tree_shapes import argument_name, default, defines, destructure, is_qualified
from rulecheck.languages.julia.expand.unresolved import RawAlias, RawMethod, RawModule, RawPackage, StatementScope
from rulecheck.languages.julia.syntax.bodies import mentions, open_body
from rulecheck.languages.julia.syntax.parse import Parsed, parse
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.place import Place

LOOP_LIMIT = 20_000
# One of the values that a single expression gives to several names.
UNSAID: Ast = ("opaque", "")
Position = tuple[int, int, int]


class NextRound(Exception):
    """`continue` in a loop that is followed."""


class LastRound(Exception):
    """`break` in a loop that is followed."""


class Expander:
    """Reads one package. `load` gives a file's bytes or None; `label` makes the path that facts carry."""

    def __init__(
        self,
        package: RawPackage,
        load: Callable[[str], bytes | None],
        label: Callable[[str], str],
        values: Evaluator,
        include_root: str | None = None,
        parsed: Callable[[bytes, str], Parsed] = parse,
        macros: Mapping[str, Handler] = MACROS,
    ) -> None:
        self.package = package
        self.load = load
        self.label = label
        self.values = values
        self.include_root = include_root
        self.parsed = parsed
        self.macros = macros
        self.visited: set[str] = set()
        self.active: list[str] = []
        self.budget = LOOP_LIMIT
        self.delayed: list[tuple[Ast, StatementScope]] = []

    def module(self, name: str, parent: RawModule | None, bare: bool = False, place: Place | None = None) -> RawModule:
        """The module of a dotted name, made if it is new."""
        found = self.package.modules.get(name)
        if found is None:
            found = self.package.modules[name] = RawModule(name, parent, bare, place)
        if parent is not None:
            short = name.rpartition(".")[2]
            parent.children[short] = found
            parent.bindings[short] = "module"
        return found

    def file(self, path: str, scope: StatementScope, at: Place | None = None) -> None:
        """Read a file into a module."""
        if path in self.active:
            self._skip(at, f"{path} includes itself, by way of {' -> '.join(self.active)}")
            return
        data = self.load(path)
        if data is None:
            self._skip(at, f"the included file {path} could not be read")
            return
        self.visited.add(path)
        label = self.label(path)
        tree = self.parsed(data, label)
        self.package.lines += data.count(b"\n") + 1
        self.package.unreadable += tree.errors
        self.package.texts[label] = data
        self.active.append(path)
        try:
            # A file's own statements stand at top level, wherever the include stands.
            self.run(tree.statements, replace(scope, path=path, label=label, env={}, local=False, written=True))
        except RecursionError:
            self._skip(Place(label, 1), "the code nests too deeply to be read")
        finally:
            self.active.pop()

    def _skip(self, place: Place | None, reason: str) -> None:
        self.package.unreadable.append(Unreadable(place or Place("", 0), reason))

    def unresolved(self, scope: StatementScope, line: int, reason: str) -> None:
        """Count something that may define methods and could not be worked out."""
        self.package.unresolved.append(Unreadable(scope.origin or Place(scope.label, line), reason))

    def run(self, statements: Iterable[Ast], scope: StatementScope) -> None:
        """Follow statements in order."""
        for statement in statements:
            handler = STATEMENTS.get(statement[0])
            if handler is not None:
                path, label = scope.given.get(id(statement), (scope.path, scope.label))
                handler(self, statement, scope if path == scope.path else replace(scope, path=path, label=label))

    # What statements do

    def define(self, ast: Ast, scope: StatementScope) -> None:
        """`f(x) = ...` or `function f(x) ... end`."""
        _, line, signature, body, start, end = ast
        if signature[0] == "sym" or (signature[0] == "." and signature[1][0] != "opaque"):
            self.bind(signature, scope, "function")
            return
        if scope.maker == "@generated":
            self.add_method(signature, line, replace(scope, maker=""), start, end, body=body, reported="none")
            return
        self.add_method(signature, line, scope, start, end, body=body, maker=scope.maker)
        if signature[0] == "call" and signature[1][0] == "sym" and mentions(body, b"@eval", b"include("):
            arguments = tuple((argument_name(a), default(a)) for a in signature[2] + signature[3])
            scope.module.generators[signature[1][1]] = (arguments, body, scope)
        if mentions(body, b"@require") and signature == ("call", ("sym", "__init__"), (), ()):
            self.delayed.append((body, scope))

    def bind(self, name: Ast, scope: StatementScope, kind: str) -> None:
        """Give the module of the scope a name of its own, unless it was imported."""
        if name[0] == "sym" and name[1] not in scope.module.imports:
            scope.module.bindings.setdefault(name[1], kind)

    def add_method(
        self, signature: Ast, line: int, scope: StatementScope, start: Position, end: Position, **more: Any
    ) -> None:
        """Record a method; a new unqualified name becomes one of the module's functions."""
        head = signature
        while head[0] in ("where", "::") and head[1] is not None:
            head = head[1]
        if head[0] != "call":
            return
        callee = head[1]
        while callee[0] in ("curly", "block") and callee[1]:
            callee = callee[1][0] if callee[0] == "block" else callee[1]
        if callee[0] == "$":
            self.unresolved(scope, line, "a method whose name is interpolated could not be worked out")
            return
        self.bind(callee, scope, "function")
        order = len(self.package.methods)
        self.package.methods.append(RawMethod(signature, line, scope, start, end, order, **more))

    def assign(self, ast: Ast, scope: StatementScope) -> None:
        """`name = value`, a constant, an alias, or a local value of a `let`."""
        _, line, left, right, _, _ = ast
        if left[0] == "::":
            left = left[1] or left
        if right[0] == "macro":
            self.run((right,), scope)
        if left[0] == "curly" and left[1][0] == "sym":
            name = left[1][1]
            self.bind(left[1], scope, "alias")
            self.package.aliases.append(RawAlias(name, left[2], right, scope, line))
        elif left[0] == "sym":
            self._assign_name(left[1], right, scope, line)
        elif left[0] == "tuple":
            self._assign_several(left, right, scope, line)

    def _assign_several(self, left: Ast, right: Ast, scope: StatementScope, line: int) -> None:
        """`a, b = values`."""
        if scope.local:
            try:
                scope.env.update(destructure(left, self.values.value(right, scope)))
            except Unresolved:
                scope.env.update({item[1]: UNKNOWN for item in left[1] if item[0] == "sym"})
            return
        each = right[1] if right[0] == "tuple" and len(right[1]) == len(left[1]) else (UNSAID,) * len(left[1])
        for item, value in zip(left[1], each, strict=True):
            if item[0] == "sym":
                self._assign_name(item[1], value, scope, line)

    def _assign_name(self, name: str, right: Ast, scope: StatementScope, line: int) -> None:
        if scope.local:
            scope.env[name] = self._local(right, scope)
            return
        if right[0] == "?":
            try:
                right = right[2] if self.values.truth(right[1], scope) else right[3]
            except Unresolved:
                pass
        if right[0] in ("sym", ".", "curly", "where") or (right[0] == "call" and right[1] == ("sym", "typeof")):
            self.bind(("sym", name), scope, "alias")
            self.package.aliases.append(RawAlias(name, (), right, scope, line))
        elif right[0] == "opaque" and right[1] == "arrow_function_expression":
            self.bind(("sym", name), scope, "function")
        else:
            self.bind(("sym", name), scope, "const")
        scope.module.values.setdefault(name, (right, scope))

    def _local(self, ast: Ast, scope: StatementScope) -> Any:
        try:
            return self.values.value(ast, scope)
        except Unresolved:
            return UNKNOWN

    def submodule(self, ast: Ast, scope: StatementScope) -> None:
        """`module Name ... end`."""
        _, name, bare, body, line = ast
        parent = scope.module
        dotted = f"{parent.name}.{name}" if parent.name else name
        made = self.module(dotted, parent if parent.name else None, bare, Place(scope.label, line))
        self.run(body, replace(scope, module=made, env={}))

    def condition(self, ast: Ast, scope: StatementScope) -> None:
        """`if`: the branch that the version and platform choose, or every branch where that is not known."""
        for test, body in ast[1]:
            try:
                holds = test is None or self.values.truth(test, scope)
            except Unresolved:
                scope = replace(scope, certain=False)
                self.run(body, scope)
                continue
            if holds:
                self.run(body, scope)
                return

    def choice(self, ast: Ast, scope: StatementScope) -> None:
        """`condition ? a : b` as a statement."""
        self.condition(("if", ((ast[1], (ast[2],)), (None, (ast[3],)))), scope)

    def loop(self, ast: Ast, scope: StatementScope) -> None:
        """`for` over values that can be worked out: the body once for each."""
        _, bindings, body, line = ast
        if not defines(body):
            return
        with suppress(LastRound):
            self._rounds(bindings, body, scope, line)

    def _rounds(
        self, bindings: tuple[tuple[Ast, Ast], ...], body: tuple[Ast, ...], scope: StatementScope, line: int
    ) -> None:
        if not bindings:
            self.run(body, scope)
            return
        (target, values), *rest = bindings
        try:
            items = self.values.value(values, scope)
            if not isinstance(items, list):
                raise Unresolved
        except Unresolved:
            self.unresolved(scope, line, "a loop that defines methods runs over values that could not be worked out")
            return
        for item in items:
            self.budget -= 1
            if self.budget < 0:
                self.unresolved(scope, line, f"loops define more than {LOOP_LIMIT} rounds; the rest is not read")
                return
            try:
                env = {**scope.env, **destructure(target, item)}
            except Unresolved:
                self.unresolved(scope, line, "a loop's variables do not fit its values")
                return
            try:
                self._rounds(tuple(rest), body, replace(scope, env=env, written=False, local=True), line)
            except NextRound:
                continue

    def leave(self, ast: Ast, scope: StatementScope) -> None:
        """`continue` and `break`, where it is known that they are reached."""
        if scope.local and scope.certain:
            raise LastRound if ast[0] == "break" else NextRound

    def let(self, ast: Ast, scope: StatementScope) -> None:
        """`let` and its local values."""
        inner = replace(scope, env=dict(scope.env), local=True)
        for name, value in ast[1]:
            inner.env[name] = self._local(value, inner)
        self.run(ast[2], inner)

    def block(self, ast: Ast, scope: StatementScope) -> None:
        """`begin ... end`, `try`."""
        self.run(ast[1], scope)

    def wrapped(self, ast: Ast, scope: StatementScope) -> None:
        """`const ...`, `global ...`."""
        self.run((ast[1],), replace(scope, local=False))

    def call(self, ast: Ast, scope: StatementScope) -> None:
        """`include(...)`, `eval(...)`, and conditions written with `&&` and `||`."""
        callee, args = ast[1], ast[2]
        name = callee[1] if callee[0] == "sym" else callee[2][1] if callee[0] == "." else ""
        if name in ("&&", "||") and len(args) == 2:
            test = args[0] if name == "&&" else ("call", ("sym", "!"), (args[0],), ())
            self.condition(("if", ((test, (args[1],)),)), scope)
        elif name == "include" and args:
            self._include(args, scope)
        elif name == "eval" and args:
            self._eval_call(callee, args, scope)
        elif callee[0] == "sym" and name in scope.module.generators:
            self._generate(scope.module.generators[name], args, ast[3], scope)

    def finish(self) -> None:
        """What `__init__` does when everything is there: the parts that wait for other packages."""
        for body, scope in self.delayed:
            self.run((s for s in open_body(body) if s[0] == "macro"), scope)
        self.delayed.clear()

    def _generate(
        self,
        generator: tuple[tuple[tuple[str, Ast | None], ...], Ast, StatementScope],
        args: tuple[Ast, ...],
        keywords: tuple[Ast, ...],
        scope: StatementScope,
    ) -> None:
        """A call at top level of a function whose body evaluates definitions or includes files."""
        names, body, home = generator
        if len(args) > len(names) or len(self.active) + self.values.depth > 40:
            return
        env = {name: self._local(default, home) for name, default in names if default is not None}
        env |= {name: self._local(arg, scope) for (name, _), arg in zip(names, args, strict=False)}
        env |= {str(k[1][1]): self._local(k[2], scope) for k in keywords if k[0] == "kw"}
        self.values.depth += 1
        try:
            where = replace(home, env=env, local=True, written=False, when=scope.when, certain=scope.certain)
            self.run(open_body(body), where)
        finally:
            self.values.depth -= 1

    def _include(self, args: tuple[Ast, ...], scope: StatementScope) -> None:
        target = args[-1]
        if len(args) == 2 and args[0][0] == "sym":
            scope = replace(scope, module=self.module_of(args[0], scope))
        at = Place(scope.label, 0)
        try:
            path = self._path(target, scope)
        except Unresolved:
            self.unresolved(scope, 0, f"an include in {scope.label} names a file that could not be worked out")
            return
        beside = os.path.normpath(PurePosixPath(scope.path).parent / path)
        if self.include_root is not None and self.load(beside) is None:
            # While Base builds itself, paths count from its own directory.
            beside = os.path.normpath(PurePosixPath(self.include_root) / path)
        self.file(beside, scope, at)

    def _path(self, ast: Ast, scope: StatementScope) -> str:
        if ast[0] == "call" and ast[1] == ("sym", "joinpath"):
            parts = [self._path(a, scope) for a in ast[2]]
            return str(PurePosixPath(*parts))
        if ast[0] == "macro" and ast[1] == ("sym", "__DIR__"):
            return "."
        value = self.values.value(ast, scope)
        if not isinstance(value, str):
            raise Unresolved
        return value

    def _eval_call(self, callee: Ast, args: tuple[Ast, ...], scope: StatementScope) -> None:
        if len(args) == 2:
            scope = replace(scope, module=self.module_of(args[0], scope))
        elif callee[0] == ".":
            scope = replace(scope, module=self.module_of(callee[1], scope))
        try:
            value = self.values.value(args[-1], scope)
        except Unresolved:
            self.unresolved(scope, 0, "code given to eval could not be worked out")
            return
        if isinstance(value, Quoted):
            self.evaluate(value.ast, replace(scope, written=False))

    def evaluate(self, ast: Ast, scope: StatementScope) -> None:
        """Run a piece of code as `eval` does: global, with nothing local but what was put in."""
        self.run((ast,), scope)

    def module_of(self, ast: Ast, scope: StatementScope) -> RawModule:
        """The module that an expression names; another package's becomes one of its own here, for its definitions."""
        try:
            name = name_text(self.values.value(ast, scope))
        except Unresolved:
            return scope.module
        if name in ("__module__", "@__MODULE__"):
            return scope.module
        module: RawModule | None = scope.module
        while module is not None:
            if module.name.rpartition(".")[2] == name.partition(".")[0]:
                return module
            if name in module.children:
                return module.children[name]
            module = module.parent
        # A package's `@eval Base f(x) = ...` defines in Base, and its own names do not count there.
        foreign = self.package.modules.get(f"\0{name}")
        if foreign is None:
            foreign = self.package.modules[f"\0{name}"] = RawModule(f"\0{name}", None)
        return foreign

    def macro(self, ast: Ast, scope: StatementScope) -> None:
        """A macro call: known ones are expanded, others passed through to the definition that they wrap."""
        _, name, args, start, _end = ast
        short = name[1] if name[0] == "sym" else name[2][1] if name[0] == "." else ""
        handler = self.macros.get(short)
        if handler is not None:
            try:
                handler(self, ast, scope)
            except (Unresolved, IndexError, ValueError):
                # Also where a macro is given less than it takes, beside something that could not be parsed.
                self.unresolved(scope, start[1], f"what @{short} is given could not be worked out")
            return
        if name[0] == "sym" and short not in TRANSPARENT and self._template(short, args, scope):
            return
        last = args[-1] if args else None
        if (
            short in ("inline", "propagate_inbounds")
            and last is not None
            and last[:2] == ("macro", ("sym", "generated"))
        ):
            # Julia keeps no line for these.
            self.run(last[2][-1:], replace(scope, maker="@generated"))
            return
        if last is not None and last[0] in ("def", "struct", "macro", "block", "if", "let", "for", "const", "="):
            if short not in TRANSPARENT:
                if last[0] in ("block", "let", "for", "if", "="):
                    return
                if last[0] == "def" and (is_qualified(last[2]) or self._owns_macro(short, scope.module)):
                    # Such macros mostly note something about a function that exists elsewhere.
                    self.unresolved(scope, start[1], f"what @{short} makes of a definition is not known")
                    return
                scope = replace(scope, certain=False)
            self.run((last,), scope)
        elif self._owns_macro(short, scope.module):
            self.unresolved(scope, start[1], f"what @{short} makes could not be worked out")

    def define_macro(self, ast: Ast, scope: StatementScope) -> None:
        """A macro's definition; one that only fills in a template can be expanded later."""
        _, name, signature, body = ast
        scope.module.bindings.setdefault(f"@{name}", "macro")
        if signature[0] == "call":
            names = tuple(argument_name(a) + REST * (a[0] == "...") for a in signature[2])
            scope.module.macros[name] = (names, body, scope)

    def _owns_macro(self, name: str, module: RawModule | None) -> bool:
        while module is not None:
            if name in module.macros:
                return True
            module = module.parent
        return False

    def _template(self, name: str, args: tuple[Ast, ...], scope: StatementScope) -> bool:
        """Expand a macro of the package that puts quoted code together; False where it does something else."""
        module: RawModule | None = scope.module
        while module is not None and name not in module.macros:
            module = module.parent
        if module is None or self.values.depth > 20:
            return False
        names, body, home = module.macros[name]
        env = bound(names, args)
        if env is None:
            return False
        try:
            value = make(self.values, open_body(body), replace(home, env=env, local=True))
        except Unresolved:
            return False
        self.values.depth += 1
        try:
            given = {id(argument): (scope.path, scope.label) for argument in args}
            where = replace(scope, path=home.path, label=home.label, written=False, given={**given, **scope.given})
            self.run((value.ast,), where)
        finally:
            self.values.depth -= 1
        return True


STATEMENTS: dict[str, Callable[[Expander, Ast, StatementScope], None]] = {
    "def": Expander.define,
    "=": Expander.assign,
    "const": Expander.wrapped,
    "global": Expander.wrapped,
    "struct": structure,
    "module": Expander.submodule,
    "import": imports,
    "export": export,
    "if": Expander.condition,
    "?": Expander.choice,
    "for": Expander.loop,
    "continue": Expander.leave,
    "break": Expander.leave,
    "let": Expander.let,
    "try": Expander.block,
    "block": Expander.block,
    "call": Expander.call,
    "macro": Expander.macro,
    "macrodef": Expander.define_macro,
}

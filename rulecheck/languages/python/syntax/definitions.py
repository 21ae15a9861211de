"""Definitions: what a file brings into the world, as plain data that can be cached."""

from __future__ import annotations

import ast
from collections.abc import Callable

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.syntax.flow import Flow
from rulecheck.languages.python.syntax.rows import (
    AWAITED,
    SAID,
    UNSAID,
    AttributeRow,
    Body,
    ClassRow,
    FunctionRow,
    Hole,
    ImportRow,
    LateRow,
    ParameterRow,
    RegistrationRow,
    Span,
    StoreRow,
)
from rulecheck.languages.python.syntax.scope import Environment, Scope, capped, nonlocals
from rulecheck.languages.python.syntax.symbols import union

# Decorators after which a call still runs the function's own body, or that say nothing of registration.
PLAIN = frozenset(
    ("property", "staticmethod", "classmethod", "abstractmethod", "override", "overload", "final", "wraps")
)
Later = Callable[[ast.FunctionDef | ast.AsyncFunctionDef], tuple[tuple[int, int, int], bool] | None]
"""Says of a function where its body stands, if that is left for later, and whether it is to be read nonetheless."""


class Definitions(Flow):
    """Reads one file's definitions and statements; the tables are public and plain."""

    def __init__(self, lines: list[bytes] | None, registrars: frozenset[str], later: Later | None = None) -> None:
        super().__init__(lines)
        # Says of which functions the bodies are left for later, and where those stand.
        self._later = later
        self.bodies: list[Hole] = []
        # The last parts of the registrars' names: what is looked for inside of functions.
        self.registrar_names = registrars
        self.imports: dict[str, ImportRow] = {}
        self.stars: list[str] = []
        self.functions: list[FunctionRow] = []
        self.classes: list[ClassRow] = []
        self.registrations: list[RegistrationRow] = []
        self.late: list[LateRow] = []
        self._class: ClassRow | None = None
        # What the method that is read gives attributes of its own instance.
        self._stores: list[StoreRow] = []
        self._protected = False
        # Calls of registrars that are no statement: what they register is not certain.
        self.watched = bool(registrars)
        self._embedded: dict[Span, RegistrationRow] = {}

    def module(self, tree: ast.Module) -> None:
        """Read a whole file."""
        self.scope.body = tree.body
        self.run(tree.body)
        self.registrations.extend(self._embedded.values())

    def called(self, node: ast.Call, expr: Expr) -> None:
        """A call of a registrar inside of an expression, or a registrar that is handed to another function."""
        if _registrar_name(expr[1]) in self.registrar_names:
            if expr[1][0] == "call":  # of `adjoint(f, T)(g)` the whole is the registration
                self._embedded.pop(self.span(node.func), None)
            self._embed(node, expr)
        elif expr[1][0] != "name" or expr[1][1].rpartition(".")[2] != "partial":
            for argument in expr[2]:
                if argument[0] in ("name", "call") and _handed_on(argument) in self.registrar_names:
                    self._embed(node, ("call", argument, (UNKNOWN,), ()))

    def _embed(self, node: ast.Call, expr: Expr) -> None:
        if self.defining and not self.rounds:
            span = self.span(node)
            self._embedded[span] = RegistrationRow(expr, None, span, span, self.scope.qualname, False, False)

    def define_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Names that stand for other modules and what is in them."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                target = alias.name if alias.asname else alias.name.partition(".")[0]
                self._imported(alias.asname or target, target, None)
        else:
            source = "." * node.level + (node.module or "")
            for alias in node.names:
                if alias.name == "*":
                    self.stars.append(source)
                else:
                    self._imported(alias.asname or alias.name, source, alias.name)

    def _imported(self, name: str, module: str, attribute: str | None) -> None:
        if self.scope.kind == "module":
            if self._protected and name in self.imports:
                return
            self.imports[name] = ImportRow(module, attribute, not self.branches and not self.checking)
            self.scope.define(name, None)
            return
        separator = "" if module.endswith(".") or attribute is None else "."
        self.scope.define(name, ("name", f"::{module}{separator}{attribute or ''}"))

    def run_handler(self, handler: ast.ExceptHandler, written: list[str]) -> None:
        """What stands in for a failed import does not hide the import."""
        if self.scope.kind != "module":
            return super().run_handler(handler, written)
        protected, self._protected = self._protected, True
        env, stored = dict(self.scope.env), {n: list(v) for n, v in self.scope.stored.items()}
        self.run(handler.body)
        for name in written:
            if name in self.imports:
                self.scope.define(name, env.get(name))
                self.scope.stored.pop(name, None)
                if name in stored:
                    self.scope.stored[name] = stored[name]
        self._protected = protected
        return None

    def _qualified(self, name: str) -> str:
        scope = self.scope
        if scope.kind == "module":
            return name
        return f"{scope.qualname}.<locals>.{name}" if scope.kind == "function" else f"{scope.qualname}.{name}"

    def _assign(self, node: ast.Assign) -> None:
        value = node.value
        if type(value) is not ast.Lambda or self.rounds:
            return super()._assign(node)
        if self.scope.kind == "class":
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._define_lambda(target.id, node, value)
            return None
        for target in node.targets:
            owner = self._class_of(target)
            if owner is None:
                return super()._assign(node)
            outer, self.scope = self.scope, Scope(owner, "class", self.scope.closure())
            self._define_lambda(target.attr, node, value)  # type: ignore[attr-defined]
            self.scope = outer
        return None

    def _class_of(self, target: ast.expr) -> str | None:
        """The class of this module to which `Class.name = ...` gives a method for certain."""
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and self._certain():
            return next((c.name for c in self.classes if c.name == target.value.id), None)
        return None

    def _define_lambda(self, name: str, node: ast.Assign, value: ast.Lambda) -> None:
        """A method that returns what a lambda gives."""
        body = ast.copy_location(ast.Return(value.body), value.body)
        later, self._later = self._later, None  # its body has no place of its own to be read from
        self.define_function(ast.copy_location(ast.FunctionDef(name, value.args, [body], []), node))
        self._later = later

    def define_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function or method: its signature, what it calls and what it gives."""
        decorators = tuple([self.value(d) for d in node.decorator_list])
        qualname = self._qualified(node.name)
        self._decorated(node, decorators, ("name", qualname), is_class=False)
        if self.rounds:
            return
        outer = self.scope
        parameters = self._parameters(node.args)
        owner = outer.qualname if outer.kind == "class" else None
        returns = self._quietly(node.returns) if node.returns is not None else None
        asynchronous = isinstance(node, ast.AsyncFunctionDef)
        row = FunctionRow(qualname, owner, parameters, returns, self.span(node), decorators, not self.branches)
        hole = self._later(node) if self._later is not None and "<locals>" not in qualname else None
        if hole is not None:
            (first, start, end), is_wanted = hole
            self.functions.append(row._replace(hole=len(self.bodies)))
            known = self.apart(row, asynchronous, node.body) if is_wanted else None
            self.bodies.append(Hole(first, start, end, asynchronous, known))
        else:
            body = self.body(row, asynchronous, node.body, outer.closure())
            self.functions.append(row.completed(body))
        outer.define(node.name, ("name", qualname) if outer.kind != "module" else None)
        if outer.kind == "function":
            # From now on it may give them another value whenever it is called.
            outer.share(name for statement in nonlocals(node) for name in statement.names)

    def apart(self, row: FunctionRow, asynchronous: bool, statements: list[ast.stmt]) -> Body:
        """The same for a body that is kept apart from its file: with the rows of the functions inside."""
        count = len(self.functions)
        body = self.body(row, asynchronous, statements, {})
        inside = tuple(self.functions[count:])
        del self.functions[count:]
        return body._replace(inside=inside)

    def body(self, row: FunctionRow, asynchronous: bool, statements: list[ast.stmt], closure: Environment) -> Body:
        """What a function does, by its row of the table as far as its header tells it."""
        qualname, owner, parameters, decorators = row.name, row.owner, row.parameters, row.decorators
        inner = Scope(qualname, "function", closure, owner)
        inner.body = statements
        inner.params = {p.name: p.annotation for p in parameters}
        static = any(d == ("name", "staticmethod") for d in decorators)
        if owner is not None and parameters and not static and parameters[0].kind == "positional":
            inner.self_name = parameters[0].name
        for parameter in parameters:
            inner.env[parameter.name] = ("param", parameter.name)
        outer, branches, stores, carried = self.scope, self.branches, self._stores, self.carried
        self.scope, self.branches, self._stores = inner, 0, []
        if "<locals>" not in qualname:
            self.carried = 1000 * row.span[0]  # the same whenever the body is read
        self.run(statements)
        kept = tuple(self._stores)
        self.scope, self.branches, self._stores = outer, branches, stores
        self.carried = max(carried, self.carried) if "<locals>" in qualname else carried
        if inner.live:
            inner.give(("const", None))
        generated = bool(inner.yields)
        opaque = ("name", "overload") in decorators
        given: Expr = ("each", capped(union(inner.yields), inner.sizes), "generator")
        results = (given,) if generated else tuple(inner.results)
        awaited = asynchronous and not generated
        if awaited:
            results = tuple([(*r[:2], ("awaitable", r[2])) if r[0] == "when" else ("awaitable", r) for r in results])
        said = UNSAID if opaque and not generated else AWAITED if awaited else SAID
        return Body(said, tuple(inner.calls), (UNKNOWN,) if opaque else results, _is_stub(statements), kept)

    def _parameters(self, arguments: ast.arguments) -> tuple[ParameterRow, ...]:
        plain = [*arguments.posonlyargs, *arguments.args]
        missing: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
        rows: list[tuple[ast.arg, str, ast.expr | None]] = [
            (a, "positional", d) for a, d in zip(plain, [*missing, *arguments.defaults], strict=True)
        ]
        if arguments.vararg is not None:
            rows.append((arguments.vararg, "varargs", None))
        rows += [(a, "keyword", d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
        if arguments.kwarg is not None:
            rows.append((arguments.kwarg, "varkeywords", None))
        return tuple(
            [
                ParameterRow(
                    argument.arg,
                    self._quietly(argument.annotation) if argument.annotation is not None else None,
                    kind,
                    self.value(default) if default is not None else None,
                )
                for argument, kind, default in rows
            ]
        )

    def define_class(self, node: ast.ClassDef) -> None:
        """A class: its bases, and what its body assigns."""
        decorators = tuple([self.value(d) for d in node.decorator_list])
        qualname = self._qualified(node.name)
        self._decorated(node, decorators, ("name", qualname), is_class=True)
        if self.rounds:
            return
        outer = self.scope
        record = ClassRow(
            name=qualname,
            bases=(*(self.value(b) for b in node.bases), *_bracketed(node)),
            keywords=tuple([(k.arg or "**", self.value(k.value)) for k in node.keywords]),
            decorators=decorators,
            span=self.span(node),
            certain=not self.branches,
            attributes={},
            declared={},
        )
        inner = Scope(qualname, "class", outer.closure())
        inner.body = node.body
        before, self._class = self._class, record
        branches, self.branches = self.branches, 0
        self.scope = inner
        self.run(node.body)
        self.scope = outer
        self._class, self.branches = before, branches
        outer.calls.extend(inner.calls)
        self.classes.append(record)
        outer.define(node.name, ("name", qualname) if outer.kind != "module" else None)

    def class_attribute(self, name: str, value: Expr, annotation: Expr | None, node: ast.stmt) -> None:
        """`x = ...` or `x: T = ...` in a class body."""
        record = self._class
        if record is None:
            return
        if annotation is not None:
            record.declared[name] = ("ann", annotation)
            if isinstance(node, ast.AnnAssign) and node.value is None:
                return
        record.attributes[name] = AttributeRow(value, self.span(node), not self.branches)

    def store_attribute(self, target: ast.Attribute, value: Expr) -> None:
        """`self.x = ...` in a method, or `Class.x = ...` anywhere."""
        base = self.value(target.value)
        scope = self.scope
        if base[0] == "param" and base[1] == scope.self_name and scope.owner is not None:
            self._stores.append(StoreRow(target.attr, scope.closed(value, keep_self=True), value[0] == "ann"))
        elif base[0] == "name" and self.defining:
            self.late.append(LateRow(base, target.attr, scope.closed(value, False), self.span(target), self._certain()))

    def _certain(self) -> bool:
        return not self.branches and self.scope.kind == "module"

    def statement_call(self, node: ast.stmt, call: ast.Call, value: Expr) -> None:
        """A call that stands as a statement, or is assigned: setattr, or what may be a registration."""
        callee = value[1] if value[0] == "call" else UNKNOWN
        if callee == ("name", "setattr") and len(value[2]) == 3 and value[2][0][0] == "name" and self.defining:
            key = value[2][1]
            name = key[1] if key[0] == "const" and type(key[1]) is str else None
            given = self.scope.closed(value[2][2], keep_self=False)
            self.late.append(LateRow(value[2][0], name, given, self.span(call), self._certain()))
        elif callee[0] in ("name", "attr", "call"):
            plain = self.scope.kind != "function" and isinstance(node, ast.Expr)
            if plain or _registrar_name(callee) in self.registrar_names:
                self._register(value, None, self.span(call), self.span(node))

    def statement_comprehension(self, node: ast.stmt, value: ast.expr) -> None:
        """Read a comprehension that may register something once more, as the loop that it is."""
        inner: ast.expr = value
        if isinstance(inner, ast.Call) and len(inner.args) == 1 and isinstance(inner.args[0], ast.GeneratorExp):
            inner = inner.args[0]  # list(...), or what else runs it
        generators: list[ast.comprehension] = []
        while isinstance(inner, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            generators += inner.generators
            inner = inner.value if isinstance(inner, ast.DictComp) else inner.elt
        if not generators or not isinstance(inner, ast.Call) or not self._may_register(node, inner):
            return
        body: ast.stmt = ast.copy_location(ast.Expr(inner), node)
        for generator in reversed(generators):
            for test in reversed(generator.ifs):
                body = ast.copy_location(ast.If(test, [body], []), node)
            body = ast.copy_location(ast.For(generator.target, generator.iter, [body], []), node)
        state, quiet = self.scope.fork(), self.quiet
        stored = {name: list(values) for name, values in self.scope.stored.items()}
        self.quiet = True
        self.rounds += 1
        self.run([body])
        self.rounds -= 1
        self.quiet = quiet
        self.scope.stored = stored
        self.scope.restore(state)

    def _may_register(self, node: ast.stmt, call: ast.Call) -> bool:
        """Any call may whose value is dropped, else one of a registrar's name."""
        inner = call.func
        while isinstance(inner, ast.Call):
            inner = inner.func
        name = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", None)
        return name in self.registrar_names or (isinstance(node, ast.Expr) and self.scope.kind != "function")

    def _decorated(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        decorators: tuple[Expr, ...],
        name: Expr,
        is_class: bool,
    ) -> None:
        for decorator, syntax in zip(decorators, node.decorator_list, strict=True):
            last = _registrar_name(decorator)
            if last in PLAIN or last is None:
                continue
            if self.scope.kind == "function" and last not in self.registrar_names:
                continue
            first = self.span(node.decorator_list[0])
            # The at sign stands just before the first decorator.
            whole = (first[0], max(first[1] - 1, 1), *self.span(node)[2:])
            kind = "class" if is_class else "function"
            self._register(decorator, (kind, name[1]), self.span(syntax), whole)

    def _register(self, expr: Expr, target: tuple[str, str] | None, span: Span, statement: Span) -> None:
        if _registrar_name(expr) in self.registrar_names:
            self._embedded.pop(span, None)
        if self.defining:
            scope = self.scope.qualname
            certain = not self.branches and self.scope.kind != "function"
            self.registrations.append(RegistrationRow(expr, target, span, statement, scope, bool(self.rounds), certain))


def _bracketed(node: ast.ClassDef) -> tuple[Expr, ...]:
    """The base that brackets behind a class's name stand for: `class Holder[T]` is one of `Generic[T]`."""
    names = tuple(("name", parameter.name) for parameter in getattr(node, "type_params", ()))
    return (("item", ("name", "::typing.Generic"), ("tuple", names)),) if names else ()


def _handed_on(expr: Expr) -> str | None:
    """The last part of the name of a function that is an argument, as it is or in part applied."""
    if expr[0] == "call":
        partial = expr[1][0] == "name" and expr[1][1].rpartition(".")[2] == "partial" and expr[2]
        return _handed_on(expr[2][0]) if partial else None
    return str(expr[1]).rpartition(".")[2] if expr[0] == "name" else None


def _registrar_name(expr: Expr) -> str | None:
    """The last part of the name of what is called in the end: `ad.adjoint(f, T)(g)` gives "adjoint"."""
    while expr[0] == "call":
        name = expr[1]
        if name[0] == "name" and name[1].rpartition(".")[2] == "partial" and expr[2]:
            name = expr[2][0]
        expr = name
    if expr[0] == "name":
        last: str = expr[1].rpartition(".")[2]
        return last
    return expr[2] if expr[0] == "attr" else None


def _is_stub(body: list[ast.stmt]) -> bool:
    """Whether nothing is done: documentation, `...`, `pass`, a raise, or a plain `return NotImplemented`."""
    for statement in body:
        if isinstance(statement, ast.Pass | ast.Raise):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        given = statement.value if isinstance(statement, ast.Return) else None
        if not (isinstance(given, ast.Name) and given.id == "NotImplemented"):
            return False
    return True

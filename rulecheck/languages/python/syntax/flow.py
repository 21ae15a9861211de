"""Statements in the order in which they run: branches join, loops carry, what ends early narrows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.syntax.attribute_paths import lasting
from rulecheck.languages.python.syntax.expressions import Expressions
from rulecheck.languages.python.syntax.known_conditions import decided, is_type_checking, returns
from rulecheck.languages.python.syntax.operator_names import BINARY
from rulecheck.languages.python.syntax.scope import (
    Environment,
    Rule,
    capped,
    carries,
    contains,
    filler,
    rewritten,
    stored_names,
)
from rulecheck.languages.python.syntax.statement_methods import STATEMENTS
from rulecheck.languages.python.syntax.symbols import element, union

LONGEST_LITERAL_LOOP = 64
Loop = ast.For | ast.AsyncFor | ast.While


class Flow(Expressions):
    """Runs a scope's statements symbolically."""

    _statements: ClassVar[dict[type[ast.AST], Callable[[Any, Any], None]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Some kinds of statements are newer than this Python.
        known = {kind: name for kind, name in STATEMENTS.items() if hasattr(ast, kind)}
        cls._statements = {getattr(ast, kind): getattr(cls, name) for kind, name in known.items()}

    def __init__(self, lines: list[bytes] | None) -> None:
        super().__init__(lines)
        # How many branches deep a statement stands, counted within its module or class.
        self.branches = 0
        # How many `if TYPE_CHECKING` deep, which never runs.
        self.checking = 0
        # Off in the first reading of a literal loop, whose rounds give the definitions one by one.
        self.defining = True
        self.rounds = 0
        self.carried = 0

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Read statements one after the other."""
        statements = self._statements
        for statement in body:
            statements[type(statement)](self, statement)

    # What definitions mean is said one floor up.
    def define_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """A function definition."""
        raise NotImplementedError

    def define_class(self, node: ast.ClassDef) -> None:
        """A class definition."""
        raise NotImplementedError

    def define_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """An import."""
        raise NotImplementedError

    def statement_call(self, node: ast.stmt, call: ast.Call, value: Expr) -> None:
        """A statement that is a call, or an assignment of one: it may register something."""

    def statement_comprehension(self, node: ast.stmt, value: ast.expr) -> None:
        """What a statement evaluates, where that may be a comprehension that registers something."""

    def class_attribute(self, name: str, value: Expr, annotation: Expr | None, node: ast.stmt) -> None:
        """An assignment in a class body."""

    def _assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        if isinstance(node.value, ast.Call):
            self.statement_call(node, node.value, value)
        self.statement_comprehension(node, node.value)
        for target in node.targets:
            self.bind(target, value)
            if self.scope.kind == "class":
                for name in stored_names([target]):
                    self.class_attribute(name, self.scope.env.get(name, UNKNOWN), None, node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        annotation = self._quietly(node.annotation)
        value = self.value(node.value) if node.value is not None else None
        typed: Expr = ("ann", annotation)
        alias = annotation[0] == "name" and annotation[1].rpartition(".")[2] == "TypeAlias"
        given = value if alias and value is not None else typed
        if isinstance(node.target, ast.Name):
            if self.scope.kind == "class":
                self.class_attribute(node.target.id, value or UNKNOWN, annotation, node)
            if value is not None or self.scope.kind != "function":
                self.scope.assign(node.target.id, given)
        elif isinstance(node.target, ast.Attribute):
            self.store_attribute(node.target, given)
            self.written(node.target, given)

    def _augmented(self, node: ast.AugAssign) -> None:
        left = self._quietly(node.target)
        right = self.value(node.value)
        function = BINARY[type(node.op)]
        result = self.operation(function, left, right, node)
        if result[0] == "op":
            result = ("op", "operator.i" + function.removeprefix("operator.").rstrip("_"), result[2])
        self.bind(node.target, result)

    def _expression(self, node: ast.Expr) -> None:
        value = self.value(node.value)
        if isinstance(node.value, ast.Call):
            self.statement_call(node, node.value, value)
        self.statement_comprehension(node, node.value)

    def _return(self, node: ast.Return) -> None:
        self.scope.give(("const", None) if node.value is None else self.value(node.value))
        self.scope.live = False

    def _raise(self, node: ast.Raise) -> None:
        for part in (node.exc, node.cause):
            if part is not None:
                self.value(part)
        self.scope.live = False

    def _assert(self, node: ast.Assert) -> None:
        self.value(node.test)
        if node.msg is not None:
            self.value(node.msg)
        self.narrowed(node.test, True)

    def _if(self, node: ast.If) -> None:
        self.value(node.test)
        verdict = decided(node.test)
        if verdict is not None:
            self.run(node.body if verdict else node.orelse)
            return
        scope = self.scope
        checking = is_type_checking(node.test)
        self.branches += not checking
        self.checking += checking
        guards, was_live = scope.guards, scope.live
        before = scope.env
        scope.env = dict(before)
        self.narrowed(node.test, True)
        self.run(node.body)
        self.checking -= checking
        first, first_live = scope.env, scope.live
        scope.env, scope.live, scope.guards = dict(before), was_live, guards
        self.narrowed(node.test, False)
        after_else = scope.guards
        self.run(node.orelse)
        second, second_live = scope.env, scope.live
        self.branches -= not checking
        scope.guards = guards
        if first_live and second_live:
            scope.env = self.join([first, second])
        elif second_live:
            scope.env = second
            scope.guards = after_else
        else:
            scope.env = first
            if first_live:
                self._guards_of(node.test, before)
        scope.live = first_live or second_live

    def _guards_of(self, test: ast.expr, before: Environment) -> None:
        """Keep the tests of a branch of which the other side has ended."""
        env = self.scope.env
        self.scope.env = dict(before)
        self.narrowed(test, True)
        self.scope.env = env

    def join(self, sides: Sequence[Environment]) -> Environment:
        """What names stand for where several ways meet; a name that one way lacks is the module's own there."""
        if len(sides) == 1:
            return sides[0]
        first = sides[0]
        joined: Environment = {}
        paths = self.scope.paths
        for name in dict.fromkeys(n for side in sides for n in side):
            values = [side[name] for side in sides if name in side]
            if paths and len(values) < len(sides) and "." in name:
                continue  # on one way nothing is known of the attribute
            if all(v is values[0] for v in values) and (len(values) == len(sides) or self.scope.kind == "function"):
                joined[name] = values[0]
            elif len(values) == len(sides) or self.scope.kind == "function":
                either = union([v for v in values if v != ("gone",)] or [first.get(name, UNKNOWN)])
                joined[name] = capped(either, self.scope.sizes)
            else:
                joined[name] = capped(union([*values, ("name", name)]), self.scope.sizes)
        return joined

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        base = self.value(node.iter)
        items = self._literal(base) if self.scope.kind != "function" else None
        defining = self.defining
        self.defining = defining and items is None
        self.branches += items is None
        before = dict(self.scope.env)
        self._loop(node, lambda: self.bind(node.target, element(base)), bool(items))
        self.defining = defining
        self.branches -= items is None
        if items is not None and defining:
            self._unroll(node, items, before)

    def _literal(self, base: Expr) -> tuple[Expr, ...] | None:
        """The items of a loop over a literal: a tuple, list or set display, or a dict's keys, values or items."""
        if base[0] == "name" and base[1] in self.scope.stored and len(self.scope.stored[base[1]]) == 1:
            base = self.scope.stored[base[1]][0]
        view = "keys"
        if base[0] == "call" and base[1][0] == "attr" and not base[2]:
            view, base = base[1][2], base[1][1]
        items: tuple[Expr, ...] | None = None
        if base[0] in ("tuple", "list", "set") and view == "keys":
            items = base[1]
        elif base[0] == "map" and view in ("keys", "values", "items"):
            pairs = tuple(("tuple", pair) for pair in zip(base[1], base[2], strict=True))
            items = {"keys": base[1], "values": base[2], "items": pairs}[view]
        return items if items is not None and len(items) <= LONGEST_LITERAL_LOOP else None

    def _unroll(self, node: ast.For | ast.AsyncFor, items: tuple[Expr, ...], before: Environment) -> None:
        after, quiet, live = self.scope.env, self.quiet, self.scope.live
        stored = {name: list(values) for name, values in self.scope.stored.items()}
        self.quiet = True
        self.rounds += 1
        self.scope.env = before
        self.scope.loops.append(([], []))
        for item in items:
            self.bind(node.target, item)
            self.run(node.body)
            self.scope.live = True
        self.scope.loops.pop()
        self.rounds -= 1
        self.scope.env, self.quiet, self.scope.live = after, quiet, live
        self.scope.stored = stored

    def _while(self, node: ast.While) -> None:
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)

        def begin() -> None:
            self.value(node.test)
            self.narrowed(node.test, True)

        self.branches += 1
        self._loop(node, begin, at_least_once=forever, endless=forever)
        self.branches -= 1

    def _loop(self, node: Loop, begin: Callable[[], None], at_least_once: bool = False, endless: bool = False) -> None:
        """One reading of the body, in which the names that it writes are marked; then the marks are filled in."""
        scope = self.scope
        if scope.paths:
            scope.env = lasting(scope.env, node)
        before = scope.env
        marks = self._marks(node, before)
        scope.env = before | {name: ("carried", number) for name, number in marks.items()}
        entry = dict(scope.env)
        noted = (len(scope.calls), len(scope.results), len(scope.yields))
        guards, was_live = scope.guards, scope.live
        looked_back = scope.looked_back
        scope.loops.append(([], []))
        begin()
        inside = dict(scope.env)
        self.run(node.body)
        breaks, continues = scope.loops.pop()
        ends = [*continues, *([scope.env] if scope.live else [])]
        scope.guards, scope.live = guards, was_live
        values = self._carried_values(marks, before, self.join(ends) if ends else None)
        rule = filler(values)
        if looked_back != scope.looked_back:
            self._fill(rule, *noted)
        # The loop ends where it is asked again, which comes after no round or after any round.
        ways = [] if endless else ends if at_least_once else [*ends, entry]
        exits = [self._filled(way, before, rule) for way in ways]
        if exits and node.orelse:
            exits = self._else_of_loop(node.orelse, exits)
        exits += [self._filled(way, before, rule) for way in breaks]
        if exits:
            scope.env = self.join(exits)
            for name in marks:
                if scope.env.get(name) == ("unbound",):
                    del scope.env[name]
        else:
            scope.env = self._filled(inside, before, rule)
            scope.live = False

    def _else_of_loop(self, body: Sequence[ast.stmt], ways: Sequence[Environment]) -> list[Environment]:
        """The ways out of an `else` that several ways lead to."""
        scope = self.scope
        was_live = scope.live
        scope.env = self.join(ways)
        self.run(body)
        ends = [scope.env] if scope.live else []
        scope.live = was_live
        return ends

    def _marks(self, node: Loop, before: Environment) -> dict[str, int]:
        """Number the names that a loop writes, each to stand for its value at the beginning of a round."""
        target = [] if isinstance(node, ast.While) else [node.target]
        filled: list[str] = []
        written = stored_names([*target, *node.body], filled if self.scope.kind == "function" else None)
        names = dict.fromkeys([*written, *(name for name in filled if name in before)])
        marks = {name: number for number, name in enumerate(names, self.carried + 1)}
        self.carried += len(marks)
        return marks

    def _carried_values(self, marks: dict[str, int], before: Environment, end: Environment | None) -> dict[int, Expr]:
        values: dict[int, Expr] = {}
        numbers = set(marks.values())
        for name, number in marks.items():
            first = before.get(name)
            step = end.get(name, UNKNOWN) if end is not None else None
            if first is None and self.scope.kind != "function":
                first = ("name", name)
            carried = step is not None and carries(step, self.scope.carrying)
            used = contains(step, "carried") & numbers if step is not None and carried else set()
            if step is None or step == ("carried", number):
                values[number] = first if first is not None else UNKNOWN
            elif not used:
                values[number] = union((first, step)) if first is not None else step
            elif used == {number} and first is not None:
                values[number] = ("loop", number, first, step)
            else:
                values[number] = UNKNOWN
        return values

    def _fill(self, rule: Rule, calls: int, results: int, yields: int) -> None:
        """Put the values of the marks into what the body noted down."""
        scope = self.scope
        known = scope.carrying
        for i in range(calls, len(scope.calls)):
            call = scope.calls[i]
            if carries(call.expr, known):
                scope.calls[i] = call._replace(expr=rewritten(call.expr, rule))
        for values, start in ((scope.results, results), (scope.yields, yields)):
            for i in range(start, len(values)):
                if carries(values[i], known):
                    values[i] = rewritten(values[i], rule)
        for name, stored in scope.stored.items():
            scope.stored[name] = [rewritten(s, rule) if carries(s, known) else s for s in stored]

    def _filled(self, env: Environment, before: Environment, rule: Rule) -> Environment:
        """The same in names, where the loop gave them a value."""
        known = self.scope.carrying
        return {
            name: rewritten(value, rule) if value is not before.get(name) and carries(value, known) else value
            for name, value in env.items()
        }

    def _try(self, node: ast.Try) -> None:
        scope = self.scope
        before, was_live, guards = dict(scope.env), scope.live, scope.guards
        self.branches += 1
        self.run(node.body)
        written = stored_names(node.body)
        disturbed = {n: v for n, v in before.items() if not scope.paths or "." not in n}
        for name in set(written):
            if written.count(name) == 1 and name in before and name in scope.env:
                disturbed[name] = union((before[name], scope.env[name]))
            elif name in scope.env:
                disturbed[name] = UNKNOWN
        if scope.live:
            self.run(node.orelse)
        ends = [scope.env] if scope.live else []
        for handler in node.handlers:
            scope.env, scope.live, scope.guards = dict(disturbed), was_live, guards
            if handler.type is not None:
                self.value(handler.type)
            if handler.name:
                scope.assign(handler.name, UNKNOWN)
            self.run_handler(handler, written)
            if scope.live:
                ends.append(scope.env)
        scope.guards = guards
        scope.live = bool(ends)
        scope.env = self.join(ends) if ends else disturbed
        if node.finalbody:
            if not ends:
                scope.live = was_live
            self.run(node.finalbody)
            scope.live = scope.live and bool(ends)
        self.branches -= 1

    def run_handler(self, handler: ast.ExceptHandler, written: list[str]) -> None:
        """What is done where something was raised."""
        self.run(handler.body)

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if isinstance(item.context_expr, ast.Call):
                self.statement_call(node, item.context_expr, value)
            if item.optional_vars is not None:
                waits = isinstance(node, ast.AsyncWith)
                entered: Expr = ("call", ("attr", value, "__aenter__" if waits else "__enter__"), (), ())
                entered = UNKNOWN if value == UNKNOWN else ("await", entered) if waits else entered
                self.bind(item.optional_vars, entered)
        before, was_live = dict(self.scope.env), self.scope.live
        self.run(node.body)
        if was_live and not self.scope.live:
            # A context may swallow what is raised: the code behind it can be reached.
            self.scope.live = not returns(node.body)
            self.scope.env = {n: (v if self.scope.env.get(n) is v else UNKNOWN) for n, v in before.items()}

    def _match(self, node: ast.Match) -> None:
        subject = self.value(node.subject)
        scope = self.scope
        before, was_live, guards = scope.env, scope.live, scope.guards
        ends: list[Environment] = []
        whole = False
        self.branches += 1
        for case in node.cases:
            scope.env, scope.live, scope.guards = dict(before), was_live, guards
            for name in stored_names([case.pattern]):
                scope.assign(name, UNKNOWN)
            self._captured(case.pattern, subject)
            inner = case.pattern.pattern if isinstance(case.pattern, ast.MatchAs) else case.pattern
            if isinstance(inner, ast.MatchClass) and (path := self.subject(node.subject)) is not None:
                scope.narrow(path, self._quietly(inner.cls), True)
            if case.guard is not None:
                self.value(case.guard)
            whole = whole or (isinstance(case.pattern, ast.MatchAs) and not case.pattern.pattern and not case.guard)
            self.run(case.body)
            if scope.live:
                ends.append(scope.env)
        self.branches -= 1
        scope.guards = guards
        if not whole:
            ends.append(before)
        scope.live = was_live and bool(ends)
        scope.env = self.join(ends) if ends else before

    def _captured(self, pattern: ast.pattern | None, value: Expr) -> None:
        """Give the names of a pattern their values, as far as it says of which class they are or are part."""
        if isinstance(pattern, ast.MatchAs):
            kinds = pattern.pattern.patterns if isinstance(pattern.pattern, ast.MatchOr) else [pattern.pattern]
            classes = [k.cls for k in kinds if isinstance(k, ast.MatchClass)]
            if classes and len(classes) == len(kinds):
                value = ("narrow", value, ("tuple", tuple([self._quietly(c) for c in classes])))
            elif pattern.pattern is not None:
                value = UNKNOWN
            self._captured(pattern.pattern, value)
            if pattern.name is not None:
                self.scope.assign(pattern.name, value)
        elif isinstance(pattern, ast.MatchClass):
            value = ("narrow", value, self._quietly(pattern.cls))
            for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
                self._captured(inner, ("attr", value, name))

    def _break(self, node: ast.Break) -> None:
        if self.scope.loops and self.scope.live:
            self.scope.loops[-1][0].append(dict(self.scope.env))
        self.scope.live = False

    def _continue(self, node: ast.Continue) -> None:
        if self.scope.loops and self.scope.live:
            self.scope.loops[-1][1].append(dict(self.scope.env))
        self.scope.live = False

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.scope.assign(target.id, UNKNOWN)
            else:
                self.bind(target, UNKNOWN)

    def _foreign(self, node: ast.Global | ast.Nonlocal) -> None:
        self.scope.share(node.names)

    def _nothing(self, node: ast.Pass) -> None:
        """Nothing happens."""

    def _type_alias(self, node: Any) -> None:
        if isinstance(node.name, ast.Name):
            self.scope.assign(node.name.id, self._quietly(node.value))

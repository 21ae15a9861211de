"""Expressions: from syntax to symbols, with every call and operator on the way noted down."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.syntax.attribute_paths import handed, path_of
from rulecheck.languages.python.syntax.operator_names import BINARY, COMPARE, UNARY
from rulecheck.languages.python.syntax.rows import CallRow, Span
from rulecheck.languages.python.syntax.scope import MUTATORS, Scope
from rulecheck.languages.python.syntax.symbols import BUILTIN, NONE, NOTHING, builtin, element, union

# Functions that leave alone what they are given.
_READERS = frozenset(
    ("len", "sum", "zip", "enumerate", "list", "tuple", "set", "dict", "sorted", "reversed", "map", "filter", "iter")
    + ("max", "min", "print", "isinstance", "any", "all", "repr", "str", "bool", "type", "id")
)
# Of these it cannot be seen here whether they may be None.
_MAYBE = frozenset(("name", "param", "call", "attr", "item", "part", "ann", "union", "elem", "narrow", "free"))
_HANDLERS = {
    "Name": "_name",
    "Attribute": "_attribute",
    "Call": "_call",
    "BinOp": "_binary",
    "UnaryOp": "_unary",
    "Compare": "_compare",
    "BoolOp": "_bool",
    "IfExp": "_conditional",
    "Constant": "_constant",
    "Tuple": "_tuple",
    "List": "_list",
    "Set": "_set",
    "Dict": "_dict",
    "Subscript": "_subscript",
    "Slice": "_slice",
    "Starred": "_starred",
    "NamedExpr": "_named",
    "JoinedStr": "_joined",
    "ListComp": "_comprehension",
    "SetComp": "_comprehension",
    "GeneratorExp": "_comprehension",
    "DictComp": "_dict_comprehension",
    "Lambda": "_lambda",
    "Await": "_await",
    "Yield": "_yield",
    "YieldFrom": "_yield",
    "FormattedValue": "_opaque",
}


class Expressions:
    """Values of expressions in the current scope. One instance reads one file."""

    # What reads each kind of expression: a table of the class, so that instances are made fast and hold no cycles.
    _values: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Expr]]] = {}

    def __init_subclass__(cls) -> None:
        cls._values = {getattr(ast, kind): getattr(cls, name) for kind, name in _HANDLERS.items()}

    def __init__(self, lines: list[bytes] | None) -> None:
        # The lines' bytes where some are not ASCII: syntax columns count bytes, places count characters.
        self.lines = lines
        self.scope = Scope("", "module")
        # The number of lines before the text that is read; and the true ends of what was cut out of it, by their line.
        self.above = 0
        self.ends: dict[int, tuple[int, int]] = {}
        # While a literal loop is unrolled only definitions are taken: its calls were noted in the first round.
        self.quiet = False
        self.watched = False

    def value(self, node: ast.AST) -> Expr:
        """The symbolic value; calls and operators inside are noted in the scope."""
        handler = self._values.get(type(node))
        return handler(self, node) if handler is not None else self._opaque(node)

    def span(self, node: Any) -> Span:
        """Line, column, end line and end column, in characters from 1; `node` has a position."""
        line, column, end, last = node.lineno, node.col_offset, node.end_lineno, node.end_col_offset
        if self.lines is not None:
            column = len(self.lines[line - 1][:column].decode("utf-8", "replace"))
            last = len(self.lines[end - 1][:last].decode("utf-8", "replace"))
        if end in self.ends:
            end, last = self.ends[end]
        return (line + self.above, column + 1, end + self.above, last + 1)

    def note(self, expr: Expr, node: ast.AST) -> None:
        """Write a call down."""
        if not self.quiet:
            self.scope.calls.append(CallRow(expr, self.span(node)))

    def narrowed(self, test: ast.expr, holds: bool) -> None:
        """Take into the scope what is known where a test holds, or does not."""
        for name, kind, positive in self.conditions(test)[0 if holds else 1]:
            self.scope.narrow(name, kind, positive)

    def conditions(self, test: ast.expr) -> tuple[list[tuple[str, Expr, bool]], list[tuple[str, Expr, bool]]]:
        """What a test says of names, where it holds and where it does not: (name, type, whether it is one)."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yes, no = self.conditions(test.operand)
            return no, yes
        if isinstance(test, ast.BoolOp):
            parts = [self.conditions(v) for v in test.values]
            both = isinstance(test.op, ast.And)
            every = [c for p in parts for c in p[0 if both else 1]]
            either = _either([p[1 if both else 0] for p in parts])
            return (every, either) if both else (either, every)
        if isinstance(test, ast.Name):
            return [(test.id, NONE, False)], []
        if isinstance(test, ast.Attribute):
            path = self.subject(test)
            return ([(path, NONE, False)], []) if path is not None else ([], [])
        if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance":
            of = self.subject(test.args[0]) if len(test.args) == 2 else None
            if of is not None:
                kind = self._quietly(test.args[1])
                return [(of, kind, True)], [(of, kind, False)]
        elif isinstance(test, ast.Compare) and len(test.ops) == 1:
            return self._identity(test)
        return [], []

    def _identity(self, test: ast.Compare) -> tuple[list[tuple[str, Expr, bool]], list[tuple[str, Expr, bool]]]:
        left, right = test.left, test.comparators[0]
        positive = isinstance(test.ops[0], ast.Is)
        if not positive and not isinstance(test.ops[0], ast.IsNot):
            return [], []
        if isinstance(right, ast.Constant) and right.value is None:
            path = self.subject(left)
            return ([(path, NONE, positive)], [(path, NONE, not positive)]) if path is not None else ([], [])
        of = left.args[0] if isinstance(left, ast.Call) and len(left.args) == 1 else None
        if isinstance(of, ast.Name) and isinstance(left.func, ast.Name) and left.func.id == "type":  # type: ignore[attr-defined]
            known = [(of.id, self._quietly(right), True)]
            return (known, []) if positive else ([], known)
        return [], []

    def subject(self, node: ast.expr) -> str | None:
        """The name, or the path of attributes from a name, of which a test can say something."""
        if isinstance(node, ast.Name):
            return node.id
        path = path_of(node) if self.scope.kind == "function" else None
        if path is not None and path not in self.scope.env:
            value = self._quietly(node)
            if value[0] != "attr":
                return None
            self.scope.env[path] = value
            self.scope.paths = True
        return path

    def _quietly(self, node: ast.expr) -> Expr:
        before, self.quiet = self.quiet, True
        try:
            return self.value(node)
        finally:
            self.quiet = before

    def _name(self, node: ast.Name) -> Expr:
        return self.scope.read(node.id)

    def _attribute(self, node: ast.Attribute) -> Expr:
        if self.scope.paths:
            known = self.scope.env.get(path_of(node) or "")
            if known is not None:
                return known
        base = self.value(node.value)
        if base[0] == "name":
            return ("name", f"{base[1]}.{node.attr}")
        return UNKNOWN if base == UNKNOWN else ("attr", base, node.attr)

    def _call(self, node: ast.Call) -> Expr:
        function = node.func
        callee: Expr
        if isinstance(function, ast.Attribute):
            base = self.value(function.value)
            callee = ("name", f"{base[1]}.{function.attr}") if base[0] == "name" else ("attr", base, function.attr)
        else:
            callee = self.value(function)
        arguments = self._arguments(node.args, callee)
        if isinstance(function, ast.Attribute) and function.attr in MUTATORS and isinstance(function.value, ast.Name):
            self._grown(function.value.id, function.attr, arguments)
        elif self.scope.empties:
            self._handed_over(node, callee)
        keywords = tuple([(k.arg or "**", self.value(k.value)) for k in node.keywords])
        expr: Expr = ("call", callee, arguments, keywords)
        self.note(expr, node)
        if self.scope.paths:
            self._disturbed(node)
        if self.watched:
            self.called(node, expr)
        if callee == ("name", "getattr") and 2 <= len(arguments) <= 3 and arguments[1][0] == "const":
            base, name = arguments[0], arguments[1][1]
            if len(arguments) == 3 or not isinstance(name, str):
                return UNKNOWN
            return ("name", f"{base[1]}.{name}") if base[0] == "name" else ("attr", base, name)
        return UNKNOWN if callee == UNKNOWN else expr

    def _arguments(self, nodes: list[ast.expr], callee: Expr) -> tuple[Expr, ...]:
        """The values of what a call is given; a lambda that comes first may be applied to the others."""
        if not nodes or type(nodes[0]) is not ast.Lambda:
            return tuple([self.value(a) for a in nodes])
        others = [self.value(a) for a in nodes[1:]]
        plain = next((i for i, other in enumerate(others) if other[0] == "star"), len(others))
        return (self._lambda(nodes[0], [("handed", callee, other) for other in others[:plain]]), *others)

    def _handed_over(self, node: ast.Call, callee: Expr) -> None:
        """What is given to a call may be filled there, unless it is known to read only."""
        if callee[0] != "name" or (not callee[1].startswith(("np.", "numpy.")) and callee[1] not in _READERS):
            for argument in node.args:
                if isinstance(argument, ast.Name):
                    self.scope.hand_over(argument.id)

    def _grown(self, name: str, method: str, arguments: tuple[Expr, ...]) -> None:
        """`xs.append(x)` and its like."""
        if method in ("append", "add", "appendleft") and len(arguments) == 1:
            self.scope.grow(name, arguments[0])
        elif method in ("extend", "extendleft") and len(arguments) == 1:
            self.scope.grow(name, element(arguments[0]))
        else:
            self.scope.mutate(name)

    def _disturbed(self, node: ast.Call) -> None:
        """A call may change whatever it is given, and the object whose method it is."""
        for path in handed(node):
            self.scope.forget(path)

    def called(self, node: ast.Call, expr: Expr) -> None:
        """A call, for whom `watched` says that it wants to know of each."""

    def _binary(self, node: ast.BinOp) -> Expr:
        # Long sums lean to the left: down the spine without recursion.
        spine = [node]
        while isinstance(spine[-1].left, ast.BinOp):
            spine.append(spine[-1].left)
        left = self.value(spine[-1].left)
        for depth, part in enumerate(reversed(spine)):
            left = self.operation(BINARY[type(part.op)], left, self.value(part.right), part)
            if depth > 40:
                left = UNKNOWN
        return left

    def operation(self, function: str, left: Expr, right: Expr, node: ast.AST) -> Expr:
        """An operator of two operands, noted unless it is plainly one of strings or numbers."""
        expr: Expr = ("op", function, (left, right))
        if left[0] == "const" and (right[0] == "const" or isinstance(left[1], str)):
            return expr
        if left == UNKNOWN and right == UNKNOWN:
            return UNKNOWN
        self.note(expr, node)
        return expr

    def _unary(self, node: ast.UnaryOp) -> Expr:
        operand = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return builtin("bool")
        if operand[0] == "const" and type(operand[1]) in (int, float):
            return ("const", -operand[1]) if isinstance(node.op, ast.USub) else operand
        if operand == UNKNOWN:
            return UNKNOWN
        expr: Expr = ("op", UNARY[type(node.op)], (operand,))
        self.note(expr, node)
        return expr

    def _compare(self, node: ast.Compare) -> Expr:
        left = self.value(node.left)
        result: Expr = builtin("bool")
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.value(comparator)
            function = COMPARE.get(type(operator))
            if function is not None:
                result = ("op", function, (left, right))
                plain = left[0] == "const" or right[0] == "const" or (left == UNKNOWN and right == UNKNOWN)
                if not plain:
                    self.note(result, node)
            left = right
        return result if len(node.ops) == 1 else UNKNOWN

    def _bool(self, node: ast.BoolOp) -> Expr:
        both = isinstance(node.op, ast.And)
        state = self.scope.fork()
        values = []
        for part in node.values:
            value = self.value(part)
            # What `or` passes on is true.
            values.append(("exclude", value, NONE) if not both and value[0] in _MAYBE else value)
            self.narrowed(part, both)
        self.scope.restore(state)
        return union(values)

    def _conditional(self, node: ast.IfExp) -> Expr:
        self.value(node.test)
        state = self.scope.fork()
        self.narrowed(node.test, True)
        first = self.value(node.body)
        self.scope.restore(state)
        self.narrowed(node.test, False)
        second = self.value(node.orelse)
        self.scope.restore(state)
        return union((first, second))

    def _constant(self, node: ast.Constant) -> Expr:
        value = node.value
        if isinstance(value, complex):
            return builtin("complex")
        if isinstance(value, bytes):
            return builtin("bytes")
        if value is ...:
            return ("const", "...")
        if isinstance(value, int) and value.bit_length() > 128:
            return builtin("int")
        return ("const", value)

    def _items(self, nodes: list[ast.expr]) -> tuple[Expr, ...]:
        return tuple([self.value(n) for n in nodes])

    def _tuple(self, node: ast.Tuple) -> Expr:
        return self._display("tuple", node.elts)

    def _list(self, node: ast.List) -> Expr:
        return self._display("list", node.elts)

    def _set(self, node: ast.Set) -> Expr:
        return self._display("set", node.elts)

    def _display(self, tag: str, nodes: list[ast.expr]) -> Expr:
        items = self._items(nodes)
        if not items and tag != "tuple" and self.scope.kind == "function":
            self.scope.empties = True
            return ("each", NOTHING, tag)
        if any(i[0] == "star" for i in items) or len(items) > 200 or (not items and tag != "tuple"):
            return builtin(tag)
        return (tag, items)

    def _dict(self, node: ast.Dict) -> Expr:
        keys = tuple([UNKNOWN if k is None else self.value(k) for k in node.keys])
        values = self._items(node.values)
        if not keys and self.scope.kind == "function":
            self.scope.empties = True
            return ("map", (NOTHING,), (NOTHING,))
        if None in node.keys or not keys or len(keys) > 200:
            return builtin("dict")
        return ("map", keys, values)

    def _subscript(self, node: ast.Subscript) -> Expr:
        base = self.value(node.value)
        index = self.value(node.slice)
        if base == UNKNOWN:
            return UNKNOWN
        if base[0] in ("tuple", "list") and index[0] == "const" and type(index[1]) is int:
            return base[1][index[1]] if -len(base[1]) <= index[1] < len(base[1]) else UNKNOWN
        return ("item", base, index)

    def _slice(self, node: ast.Slice) -> Expr:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.value(part)
        return ("slice",)

    def _starred(self, node: ast.Starred) -> Expr:
        return ("star", self.value(node.value))

    def _named(self, node: ast.NamedExpr) -> Expr:
        value = self.value(node.value)
        self.scope.assign(node.target.id, value)
        return value

    def _joined(self, node: ast.JoinedStr) -> Expr:
        text = ""
        known = True
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                piece = self.value(part.value)
                if part.format_spec is not None:
                    self.value(part.format_spec)
                known = known and part.conversion == -1 and part.format_spec is None
            else:
                piece = self.value(part)
            if known and piece[0] == "const" and type(piece[1]) is str:
                text += piece[1]
            else:
                known = False
        return ("const", text) if known else builtin("str")

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> Expr:
        state = self.scope.fork()
        self._generators(node.generators)
        inner = self.value(node.elt)
        self.scope.restore(state)
        return ("each", inner, {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator"))

    def _dict_comprehension(self, node: ast.DictComp) -> Expr:
        state = self.scope.fork()
        self._generators(node.generators)
        key, inner = self.value(node.key), self.value(node.value)
        self.scope.restore(state)
        return ("map", (key,), (inner,))

    def _generators(self, generators: list[ast.comprehension]) -> None:
        for generator in generators:
            base = self.value(generator.iter)
            self.bind(generator.target, UNKNOWN if generator.is_async else element(base))
            for test in generator.ifs:
                self.value(test)
                self.narrowed(test, True)

    def bind(self, target: ast.expr, value: Expr) -> None:
        """Give a target its value, part by part where it is a tuple."""
        if isinstance(target, ast.Name):
            self.scope.assign(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            starred = False
            plain = not any(isinstance(t, ast.Starred) for t in target.elts)
            exact = value[0] in ("tuple", "list") and len(value[1]) == len(target.elts) and plain
            for i, part in enumerate(target.elts):
                if isinstance(part, ast.Starred):
                    starred = True
                    self.bind(part.value, ("call", ("name", f"{BUILTIN}list"), (value,), ()))
                elif exact:
                    self.bind(part, value[1][i])
                else:
                    position = i - len(target.elts) if starred else i
                    self.bind(part, UNKNOWN if value == UNKNOWN else ("part", value, position))
        elif isinstance(target, ast.Attribute):
            self.store_attribute(target, value)
            self.written(target, value)
        elif isinstance(target, ast.Subscript):
            self.value(target.value)
            key = self.value(target.slice)
            if isinstance(target.value, ast.Name):
                self.scope.grow(target.value.id, value if key != ("slice",) else UNKNOWN, key)

    def written(self, target: ast.Attribute, value: Expr) -> None:
        """From here on an attribute has this value, if it is no property."""
        path = path_of(target) if self.scope.kind == "function" else None
        if path is None:
            return
        self.scope.write(path, None)
        place = self._quietly(target)
        if place[0] == "attr" and value != UNKNOWN:
            self.scope.write(path, ("stored", place, value))

    def store_attribute(self, target: ast.Attribute, value: Expr) -> None:
        """What `a.b = value` means is for statements to say."""
        self.value(target.value)

    def _lambda(self, node: ast.Lambda, given: Sequence[Expr] = ()) -> Expr:
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.value(default)
        state = self.scope.fork()
        self.scope.settle()
        arguments = node.args
        plain = (*arguments.posonlyargs, *arguments.args)
        others = (*arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        names = dict.fromkeys((a.arg for a in (*plain, *others) if a is not None), UNKNOWN)
        for name, value in (names | dict(zip((a.arg for a in plain), given, strict=False))).items():
            self.scope.assign(name, value)
        result = self.value(node.body)
        self.scope.restore(state)
        return UNKNOWN if result == UNKNOWN else ("lambda", result)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Expr:
        value: Expr = NONE if node.value is None else self.value(node.value)
        self.scope.yields.append(element(value) if isinstance(node, ast.YieldFrom) else value)
        return UNKNOWN

    def _await(self, node: ast.Await) -> Expr:
        value = self.value(node.value)
        return ("await", value) if value != UNKNOWN else UNKNOWN

    def _opaque(self, node: ast.AST) -> Expr:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
        return UNKNOWN


def _either(parts: list[list[tuple[str, Expr, bool]]]) -> list[tuple[str, Expr, bool]]:
    """What holds where one of several tests does: the same name is one of their types."""
    if any(len(p) != 1 or not p[0][2] for p in parts) or len({p[0][0] for p in parts}) != 1:
        return []
    return [(parts[0][0][0], ("tuple", tuple(p[0][1] for p in parts)), True)]

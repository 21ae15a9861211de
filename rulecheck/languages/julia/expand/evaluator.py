"""The little of Julia that loops around `@eval` compute with: symbols, tuples, strings, numbers, versions.

A value is a `Quoted` syntax tuple, a list (Julia's tuples, vectors and pairs), a str, a number, a bool or a `Version`.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from rulecheck.languages.julia.expand.unresolved import StatementScope
from rulecheck.languages.julia.syntax.trees import Ast


class Unresolved(Exception):
    """An expression whose value depends on what is not read: a call into other code, or a run-time state."""


class Quoted(NamedTuple):
    """Code as a value: a symbol, a quoted expression, or a name that stands for a type or function."""

    ast: Ast


class Version(NamedTuple):
    """`v"1.6"`."""

    numbers: tuple[int, ...]


class Unknown:
    """The value of a local that could not be worked out; using it raises Unresolved."""


UNKNOWN = Unknown()

COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "===": operator.eq,
    "!=": operator.ne,
    "!==": operator.ne,
    "≠": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    "≤": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "≥": operator.ge,
}
WORD = {"Int": "Int64", "UInt": "UInt64"}
PLATFORM = {"iswindows": False, "islinux": True, "isapple": False, "isunix": True, "isbsd": False, "isfreebsd": False}
# What Julia's C code answers while Base and the standard library are built, on 64-bit Linux.
BUILT_WITH: dict[str, Any] = {"jl_get_UNAME": Quoted(("sym", "Linux")), "jl_cholmod_sizeof_long": 8}
# Constants of Base and the standard library that are worked out while these are built.
BUILD = {"USE_BLAS64": True, "USE_GPL_LIBS": True, "BITS_PER_LIMB": 64, "sizeof_mode_t": 4}
SIZES = {f"{sign}Int{bits}": bits // 8 for sign in ("", "U") for bits in (8, 16, 32, 64, 128)}
SIZES |= {"Bool": 1, "Char": 4, "Float16": 2, "Float32": 4, "Float64": 8}
KINDS = {
    "Signed": {name for name in SIZES if name.startswith("Int")},
    "Unsigned": {name for name in SIZES if name.startswith("UInt")},
    "AbstractFloat": {"Float16", "Float32", "Float64"},
}
KINDS["Integer"] = KINDS["Signed"] | KINDS["Unsigned"] | {"Bool"}
KINDS["Real"] = KINDS["Number"] = KINDS["Integer"] | KINDS["AbstractFloat"]


def name_text(value: Any) -> str:
    """What `string(value)` gives for a symbol, string or number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Quoted):
        ast = value.ast
        if ast[0] == "sym":
            return str(ast[1])
        if ast[0] == "." and ast[2][0] == "sym":
            return f"{name_text(Quoted(ast[1]))}.{ast[2][1]}"
        if ast[0] == "char":
            return str(ast[1])[1:-1]
    raise Unresolved


def splice(value: Any) -> Ast:
    """The syntax that `$value` puts into an expression."""
    if isinstance(value, Quoted):
        return value.ast
    if isinstance(value, list):
        return ("tuple", tuple(splice(v) for v in value))
    if isinstance(value, Version):
        return ("version", value.numbers)
    return ("lit", value)


class Evaluator:
    """Works out values of expressions in a scope.

    `known` answers `isdefined(module, name)`, `imported` gives the value of another package's constant, `members` the
    parts of a union type; each None where it is not known. `listing` gives the names in a folder.
    """

    def __init__(
        self,
        version: tuple[int, ...],
        known: Callable[[StatementScope, Ast, str], bool | None],
        imported: Callable[[StatementScope, str], tuple[Ast, StatementScope] | None],
        members: Callable[[StatementScope, Ast], list[Ast] | None],
        listing: Callable[[str], list[str]],
    ) -> None:
        self.version = version
        self.known = known
        self.imported = imported
        self.members = members
        self.listing = listing
        self.depth = 0

    def interpolate(self, ast: Any, scope: StatementScope, depth: int = 0) -> Any:
        """The syntax with every `$` of this level replaced; a `$` that cannot be worked out raises Unresolved."""
        if not isinstance(ast, tuple) or not ast:
            return ast
        head = ast[0]
        if head == "body":
            return ast
        if head == "$" and len(ast) == 2:
            if depth:
                return ("$", self.interpolate(ast[1], scope, depth - 1))
            return splice(self.value(ast[1], scope))
        if head == "quote":
            return ("quote", self.interpolate(ast[1], scope, depth + 1))
        if head == "kw" and len(ast) == 3:
            # Which value a default has says nothing of the signature.
            return ("kw", self.interpolate(ast[1], scope, depth), ("opaque", "default"))
        if head == "import":
            return self._named_in(ast, scope)
        if head == "call" and len(ast) == 4 and ast[3]:
            ast = (*ast[:3], tuple(self._keyword(k, scope, depth) for k in ast[3]))
        made: list[Any] = []
        changed = False
        for item in ast:
            if isinstance(item, tuple) and len(item) == 2 and item[0] == "$" and not depth and item[1][0:1] == ("...",):
                values = self.value(item[1][1], scope)
                if not isinstance(values, list):
                    raise Unresolved
                made += [splice(v) for v in values]
                changed = True
                continue
            new = self.interpolate(item, scope, depth) if isinstance(item, tuple) else item
            changed = changed or new is not item
            made.append(new)
        if not changed:
            return ast
        if head == "." and len(made) == 3 and made[2][0] == "quote":
            made[2] = made[2][1]
        if head == "." and len(made) == 3 and made[2][0] == ".":
            return made[2]
        return tuple(made)

    def _named_in(self, part: Any, scope: StatementScope) -> Any:
        """An import whose names, `$lib`, are put in; they are plain text in its syntax."""
        if isinstance(part, tuple):
            return tuple(self._named_in(p, scope) for p in part)
        put_in = isinstance(part, str) and part.startswith("$") and len(part) > 1
        return name_text(self._named(part[1:], scope)) if put_in else part

    def _keyword(self, ast: Ast, scope: StatementScope, depth: int) -> Ast:
        """A keyword of a call; one that cannot be worked out may be any, and changes nothing of what is called."""
        try:
            made: Ast = self.interpolate(ast, scope, depth)
        except Unresolved:
            return ("...", ("opaque", "keywords"))
        return made

    def value(self, ast: Ast, scope: StatementScope) -> Any:
        """The value of an expression."""
        self.depth += 1
        try:
            if self.depth > 60:
                raise Unresolved
            return self._value(ast, scope)
        finally:
            self.depth -= 1

    def _value(self, ast: Ast, scope: StatementScope) -> Any:
        head = ast[0]
        if head == "lit":
            return ast[1]
        if head == "version":
            return Version(ast[1])
        if head == "macro" and ast[1] == ("sym", "__DIR__"):
            return os.path.dirname(scope.path)
        if head == "char":
            return Quoted(ast)
        if head == "sym":
            return self._named(ast[1], scope)
        if head == "quote":
            return Quoted(self.interpolate(ast[1], scope))
        if head in ("tuple", "vect"):
            return self._items(ast[1], scope)
        if head == "str":
            return "".join(p if isinstance(p, str) else name_text(self.value(p, scope)) for p in ast[1])
        if head == "?":
            return self.value(ast[2] if self.truth(ast[1], scope) else ast[3], scope)
        if head == "block" and ast[1]:
            return self.value(ast[1][-1], scope)
        if head in ("call", "dot"):
            return self._call(ast, scope)
        if head == "ref":
            return self._indexed(ast, scope)
        if head == "<:" and ast[1] is not None:
            left = self.value(ast[1], scope)
            members = self.members(scope, ast[2])
            if members is not None:
                names = {str(m[1]).rpartition(".")[2] for m in members}
                return WORD.get(name_text(left), name_text(left)) in names
            return self._below(left, self.value(ast[2], scope))
        if head in ("<:", ">:"):
            raise Unresolved
        if head == "." and ast[2] == ("sym", "size"):
            return self._apply("sizeof", [self.value(ast[1], scope)])
        if head in (".", "curly", "where"):
            return Quoted(self._inserted(ast, scope))
        raise Unresolved

    def truth(self, ast: Ast, scope: StatementScope) -> bool:
        """The value of a condition."""
        value = self.value(ast, scope)
        if not isinstance(value, bool):
            raise Unresolved
        return value

    def _inserted(self, ast: Any, scope: StatementScope) -> Any:
        """A type expression with local values put in by name, as run-time evaluation does."""
        if isinstance(ast, tuple) and ast:
            if ast[0] == "sym" and ast[1] in scope.env:
                return splice(scope.env[ast[1]])
            return tuple(self._inserted(part, scope) if isinstance(part, tuple) else part for part in ast)
        return ast

    def _named(self, name: str, scope: StatementScope) -> Any:
        if name in scope.env:
            value = scope.env[name]
            if value is UNKNOWN:
                raise Unresolved
            return value
        if name == "VERSION":
            return Version(self.version)
        module = scope.module
        stored = module.values.get(name)
        if stored is not None and name not in BUILD:
            ast, where = stored
            if ast[0] in ("lit", "quote", "tuple", "vect", "call", "str", "ref"):
                return self.value(ast, where)
        if name in BUILD:
            return BUILD[name]
        stored = self.imported(scope, name)
        if stored is not None:
            return self.value(*stored)
        if name == "nothing":
            raise Unresolved
        return Quoted(("sym", name))

    def _items(self, asts: tuple[Ast, ...], scope: StatementScope) -> list[Any]:
        values: list[Any] = []
        for item in asts:
            if item[0] == "...":
                inner = self.value(item[1], scope)
                if not isinstance(inner, list):
                    raise Unresolved
                values += inner
            else:
                values.append(self.value(item, scope))
        return values

    def _indexed(self, ast: Ast, scope: StatementScope) -> Any:
        items = ast[2]
        if len(items) != 1 or items[0][0] != "vect":
            raise Unresolved
        base = self.value(ast[1], scope)
        if isinstance(base, Quoted):
            return self._items(items[0][1], scope)
        if len(items[0][1]) != 1:
            raise Unresolved
        index = self.value(items[0][1][0], scope)
        if isinstance(base, list) and isinstance(index, Quoted | str):
            return self._apply("get", [base, index])
        if isinstance(base, list) and isinstance(index, int) and 0 < index <= len(base):
            return base[index - 1]
        raise Unresolved

    def _call(self, ast: Ast, scope: StatementScope) -> Any:
        callee = ast[1]
        name = callee[1] if callee[0] == "sym" else callee[2][1] if callee[0] == "." else ""
        if name == "&&":
            return self.truth(ast[2][0], scope) and self.truth(ast[2][1], scope)
        if name == "||":
            return self.truth(ast[2][0], scope) or self.truth(ast[2][1], scope)
        if name == "isdefined" and len(ast[2]) == 2:
            answer = self.known(scope, ast[2][0], name_text(self.value(ast[2][1], scope)))
            if answer is None:
                raise Unresolved
            return answer
        if name == "uniontypes" and len(ast[2]) == 1:
            members = self.members(scope, ast[2][0])
            if members is None:
                raise Unresolved
            return [Quoted(m) for m in members]
        if name in PLATFORM:
            return PLATFORM[name]
        if name == "|>" and ast[2][1] == ("sym", "esc"):
            return self.value(ast[2][0], scope)
        if name == "ccall" and (found := BUILT_WITH.get(_foreign(ast[2][0]))) is not None:
            return found
        if name == "make_fastmath" and len(ast[2]) == 1:
            return self._fast(self.value(ast[2][0], scope), scope)
        arguments = self._items(_steps(ast), scope)
        if name in COMPARE and isinstance(arguments[0], bool) and not isinstance(arguments[-1], bool):
            # `a < b < c`, which the grammar reads as `(a < b) < c`.
            return arguments[0] and self._compare(name, self.value(ast[2][0][2][-1], scope), arguments[-1])
        if ast[0] == "dot" and len(arguments) == 1 and isinstance(arguments[0], list):
            return [self._apply(name, [item]) for item in arguments[0]]
        return self._apply(name, arguments)

    def _fast(self, code: Any, scope: StatementScope) -> Quoted:
        """`Base.FastMath.make_fastmath(code)`: every function that has a fast twin replaced by it."""
        stored = self.imported(scope, "Base.FastMath.fast_op")
        if stored is None or not isinstance(code, Quoted):
            raise Unresolved
        table = {name_text(pair[0]): pair[1] for pair in self.value(*stored)}
        module: Ast = (".", ("sym", "Base"), ("sym", "FastMath"))

        def fast(ast: Any) -> Any:
            if not isinstance(ast, tuple) or not ast or ast[0] in ("body", "quote"):
                return ast
            if ast[0] == "sym" and len(ast) == 2 and ast[1] in table:
                return (".", module, splice(table[ast[1]]))
            return tuple(fast(part) for part in ast)

        return Quoted(fast(code.ast))

    def _apply(self, name: str, args: list[Any]) -> Any:
        if name in COMPARE and len(args) == 2:
            return self._compare(name, *args)
        if name == "!" and len(args) == 1 and isinstance(args[0], bool):
            return not args[0]
        if name == "Symbol":
            return Quoted(("sym", "".join(name_text(a) for a in args)))
        if name == "string" or (name == "*" and all(isinstance(a, str) for a in args)):
            return "".join(name_text(a) for a in args)
        if name in ("lowercase", "uppercase") and isinstance(args[0], str):
            return args[0].lower() if name == "lowercase" else args[0].upper()
        if name in ("QuoteNode", "quot"):
            return Quoted(("quote", splice(args[0])))
        if name in ("esc", "identity", "collect", "Tuple", "tuple_type_fields"):
            return args[0]
        if name in ("=>", "tuple", "vcat", "Dict", "union", "append!", "Pair", "OrderedDict"):
            flat = name in ("vcat", "union", "append!") and all(isinstance(a, list) for a in args)
            return [item for a in args for item in a] if flat else list(args)
        if name == "zip" and all(isinstance(a, list) for a in args):
            return [list(row) for row in zip(*args, strict=False)]
        if name == "enumerate" and isinstance(args[0], list):
            return [[i + 1, item] for i, item in enumerate(args[0])]
        if name == "product" and all(isinstance(a, list) for a in args) and len(args) == 2:
            return [[a, b] for b in args[1] for a in args[0]]
        if name == ":" and len(args) == 2 and all(isinstance(a, int) for a in args) and args[1] - args[0] < 1000:
            return list(range(args[0], args[1] + 1))
        if name == ":" and len(args) == 3 and all(isinstance(a, int) for a in args) and args[1]:
            return list(range(args[0], args[2] + (1 if args[1] > 0 else -1), args[1]))[:1000]
        if name in ("Int", "Int64") and len(args) == 1 and isinstance(args[0], int):
            return args[0]
        if name in ("+", "-") and len(args) == 2 and all(isinstance(a, int) for a in args):
            return args[0] + args[1] if name == "+" else args[0] - args[1]
        if name in ("in", "∈") and isinstance(args[1], list):
            return args[0] in args[1]
        if name in ("length", "first", "last") and isinstance(args[0], list) and args[0]:
            return {"length": len(args[0]), "first": args[0][0], "last": args[0][-1]}[name]
        if name == "sizeof" and len(args) == 1 and isinstance(args[0], Quoted) and _is_pointer(args[0].ast):
            return SIZES["Int64"]
        if name == "sizeof" and len(args) == 1 and WORD.get(name_text(args[0]), name_text(args[0])) in SIZES:
            return SIZES[WORD.get(name_text(args[0]), name_text(args[0]))]
        if name == "joinpath" and args and all(isinstance(a, str) for a in args):
            return os.path.join(*args)
        if name == "readdir" and len(args) == 1 and isinstance(args[0], str):
            return self.listing(args[0])
        if name in ("endswith", "startswith") and len(args) == 2 and all(isinstance(a, str) for a in args):
            return args[0].endswith(args[1]) if name == "endswith" else args[0].startswith(args[1])
        if name == "merge" and all(isinstance(a, list) for a in args):
            return [pair for a in args for pair in a]
        if name == "get" and isinstance(args[0], list):
            for pair in args[0]:
                if isinstance(pair, list) and len(pair) == 2 and pair[0] == args[1]:
                    return pair[1]
            if len(args) == 3:
                return args[2]
        if name == "Expr" and isinstance(args[0], Quoted):
            return Quoted(_expression(name_text(args[0]), [splice(a) for a in args[1:]]))
        if name in ("typeof", "Typeof", "Union") and all(isinstance(a, Quoted) for a in args):
            return Quoted(("call", ("sym", name), tuple(a.ast for a in args), ()))
        raise Unresolved

    def _below(self, left: Any, right: Any) -> bool:
        """`<:` among Julia's own number types."""
        name, kind = WORD.get(name_text(left), name_text(left)), name_text(right)
        if name in SIZES and kind in KINDS:
            return name in KINDS[kind]
        raise Unresolved

    def _compare(self, name: str, left: Any, right: Any) -> bool:
        if isinstance(left, Version) and isinstance(right, Version):
            return bool(COMPARE[name](_padded(left), _padded(right)))
        if isinstance(left, Quoted) and isinstance(right, Quoted) and name in ("==", "===", "!=", "!==", "≠"):
            texts = [WORD.get(name_text(v), name_text(v)) for v in (left, right)]
            return bool(COMPARE[name](*texts))
        if type(left) is type(right) and not isinstance(left, Quoted | list):
            return bool(COMPARE[name](left, right))
        raise Unresolved


def _is_pointer(ast: Ast) -> bool:
    return ast[:2] == ("curly", ("sym", "Ptr"))


def _foreign(ast: Ast) -> str:
    """The name of the C function that a `ccall` calls: `:name`, or `(:name, :library)`."""
    if ast[0] == "tuple" and ast[1]:
        ast = ast[1][0]
    return str(ast[1][1]) if ast[0] == "quote" and ast[1][0] == "sym" else ""


def _steps(ast: Ast) -> tuple[Ast, ...]:
    """The arguments of a call; `a:b:c`, which the grammar reads as `(a:b):c`, has three."""
    operands: tuple[Ast, ...] = ast[2]
    if ast[1] == ("sym", ":") and len(operands) == 2 and operands[0][:2] == ("call", ("sym", ":")):
        return (*operands[0][2], operands[1])
    return operands


def _padded(version: Version) -> tuple[int, ...]:
    numbers = version.numbers
    return (*numbers[:3], *(0,) * (3 - len(numbers[:3])), numbers[3] if len(numbers) > 3 else 0)


def _expression(head: str, args: list[Ast]) -> Ast:
    if head == "call" and args:
        return ("call", args[0], tuple(args[1:]), ())
    if head == "curly" and args:
        return ("curly", args[0], tuple(args[1:]))
    if head in (".",) and len(args) == 2:
        return (".", args[0], args[1][1] if args[1][0] == "quote" else args[1])
    if head == "quote" and len(args) == 1:
        return ("quote", args[0])
    if head in ("...", "$") and len(args) == 1:
        return (head, args[0])
    if head == "kw" and len(args) == 2:
        return ("kw", *args)
    if head == "::":
        return ("::", args[0] if len(args) == 2 else None, args[-1])
    if head in ("tuple", "vect", "block"):
        return (head, tuple(args))
    raise Unresolved

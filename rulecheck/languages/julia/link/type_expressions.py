"""Type expressions: from syntax with every name resolved, and back to the text that Julia writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from rulecheck.languages.julia.expand.evaluator import splice
from rulecheck.languages.julia.facts import ANY, TypeExpr, Variable
from rulecheck.languages.julia.link.name_resolution import MISSING, Named, World
from rulecheck.languages.julia.syntax.trees import Ast

LITERALS = {int: "Core.Int64", float: "Core.Float64", bool: "Core.Bool", str: "Core.String"}


class TypeReader:
    """Resolves the type expressions of one module; `env` holds the local values of loops around them."""

    def __init__(
        self,
        world: World,
        module: str,
        env: Mapping[str, Any],
        spread: Callable[[Ast], list[Ast]] | None = None,
    ) -> None:
        self.world = world
        self.module = module
        self.env = env
        # What `items...` puts in, where the items can be worked out.
        self.spread = spread
        self.fresh = 0

    def constant(self, ast: Ast) -> TypeExpr | None:
        """What a constant's value says of it: ("value", text) of a literal, the type of what a constructor makes."""
        if ast[0] in ("lit", "quote", "char") and (text := value_text(ast)) is not None:
            return ("value", text)
        if ast[0] == "call" and ast[1][0] in ("sym", ".", "curly", "abs"):
            made = self.read(ast[1])
            return made if made[0] in ("name", "apply") else None
        return None

    def named(self, ast: Ast) -> Named | None:
        """What a plain or dotted name means."""
        if ast[0] == "abs":
            module, _, name = ast[1].rpartition(".")
            found = self.world.member(module, name)
            return (
                found
                if found.kind != MISSING
                else Named(ast[1], "function" if name[0] in "_abcdefghijklmnopqrstuvwxyz" else "type")
            )
        names = dotted(ast)
        return self.world.path(self.module, names) if names else None

    def variables(self, asts: Iterable[Ast], bound: frozenset[str]) -> tuple[tuple[Variable, ...], frozenset[str]]:
        """The variables of a `where` or of a type's parameters, in order, and all that are bound after them."""
        made: list[Variable] = []
        for ast in asts:
            lower: TypeExpr | None = None
            upper: TypeExpr | None = None
            if ast[0] == "<:" and ast[1] is not None and ast[1][0] == "<:":
                _, inner, high = ast
                lower, name, upper = self.read(inner[1], bound), inner[2], self.read(high, bound)
            elif ast[0] == "<:" and ast[1] is not None:
                name, upper = ast[1], self.read(ast[2], bound)
            elif ast[0] == ">:" and ast[1] is not None:
                name, lower = ast[1], self.read(ast[2], bound)
            else:
                name = ast
            text = str(name[1])
            made.append((text, lower, upper))
            bound = bound | {text}
        return tuple(made), bound

    def read(self, ast: Ast, bound: frozenset[str] = frozenset()) -> TypeExpr:
        """The type that an expression means where the variables in `bound` are in scope."""
        head = ast[0]
        if head == "sym":
            return self._symbol(ast, bound)
        if head == "curly":
            return self._applied(ast, bound)
        if head == "where":
            variables, inner = self.variables(ast[2], bound)
            return ("where", self.read(ast[1], inner), variables)
        if head in (".", "abs"):
            return self._reference(ast)
        if head == "call":
            return self._call(ast, bound)
        if head in ("lit", "char", "quote", "tuple"):
            return self._value(ast)
        if head == "block" and len(ast[1]) == 1:
            return self.read(ast[1][0], bound)
        if head == "braces":
            return ("unknown", "{...}")
        return ("unknown", text_of(ast))

    def _symbol(self, ast: Ast, bound: frozenset[str]) -> TypeExpr:
        name = ast[1]
        if name in bound:
            return ("var", name)
        if name in self.env:
            inserted = splice(self.env[name])
            return self.read(inserted, bound) if inserted != ast else ("unknown", name)
        return self._reference(ast)

    def _reference(self, ast: Ast) -> TypeExpr:
        found = self.named(ast)
        if found is None:
            return ("unknown", text_of(ast))
        if found.kind in ("type", "alias"):
            return ("name", found.name)
        if found.kind == "const":
            value = self.world.constants.get(found.name)
            if value is not None and value[0] == "value":
                return value
        return ("unknown", found.name)

    def _value(self, ast: Ast) -> TypeExpr:
        text = value_text(ast)
        return ("value", text) if text is not None else ("unknown", text_of(ast))

    def _applied(self, ast: Ast, bound: frozenset[str]) -> TypeExpr:
        base = self.read(ast[1], bound)
        extra: list[Variable] = []
        arguments: list[TypeExpr] = []
        for item in ast[2]:
            if item[0] in ("<:", ">:") and item[1] is None:
                self.fresh += 1
                name = f"#{self.fresh}"
                bound_type = self.read(item[2], bound)
                extra.append((name, None, bound_type) if item[0] == "<:" else (name, bound_type, None))
                arguments.append(("var", name))
            elif item[0] == "where" and item[1][0] in ("<:", ">:") and item[1][1] is None:
                # `<:A{T} where T` bounds by the whole `where`.
                self.fresh += 1
                inner = self.read(("where", item[1][2], item[2]), bound)
                extra.append((f"#{self.fresh}", None, inner) if item[1][0] == "<:" else (f"#{self.fresh}", inner, None))
                arguments.append(("var", f"#{self.fresh}"))
            elif item[0] == "...":
                parts = self.spread(item[1]) if self.spread is not None else []
                arguments += [self.read(part, bound) for part in parts] or [("unknown", text_of(item))]
            else:
                arguments.append(self._parameter(item, bound))
        made = apply(base, tuple(arguments))
        return ("where", made, tuple(extra)) if extra else made

    def _parameter(self, ast: Ast, bound: frozenset[str]) -> TypeExpr:
        """One of the things between braces: a type, a value, or a function as a value (`Apply{sin}`)."""
        made = self.read(ast, bound)
        if made[0] == "unknown" and ast[0] in ("sym", ".", "abs") and (ast[0] != "sym" or ast[1] not in self.env):
            found = self.named(ast)
            # One that is written like a type most likely is one whose declaration could not be read.
            if found is not None and found.kind == "function" and not split_name(found.name)[2][0].isupper():
                return ("value", function_value(found.name))
        return made

    def _call(self, ast: Ast, bound: frozenset[str]) -> TypeExpr:
        callee, args = ast[1], ast[2]
        name = callee[1].rpartition(".")[2] if callee[0] in ("sym", "abs") else callee[2][1] if callee[0] == "." else ""
        if len(args) != 1:
            return ("unknown", text_of(ast))
        if name in ("typeof", "Typeof"):
            return self.type_of(args[0], bound, name == "Typeof")
        if name == "Symbol" and args[0][0] == "lit":
            return ("value", symbol_text(str(args[0][1])))
        if name == "kwftype":
            return ("kwtypeof", self.read(args[0], bound))
        if name == "esc":
            return self.read(args[0], bound)
        return ("unknown", text_of(ast))

    def type_of(self, ast: Ast, bound: frozenset[str], keep: bool) -> TypeExpr:
        """`typeof(x)`, or `Core.Typeof(x)` where `keep`: a function's own type; of a type its kind, or `Type{...}`."""
        if ast[0] == "block" and len(ast[1]) == 1:
            ast = ast[1][0]
        if ast[0] == "sym" and ast[1] in self.env:
            ast = splice(self.env[ast[1]])
        if ast[0] == "quote" and ast[1][0] == "sym":
            ast = ast[1]
        if ast == ("sym", ":"):
            return (
                ("name", "Base.Colon") if self.world.member("Base", "Colon").kind == "type" else ("name", "Core.Colon")
            )
        if ast[0] == "lit":
            return ("name", LITERALS[type(ast[1])])
        if ast in (("curly", ("sym", "Union"), ()), ("sym", "Bottom")):
            return ("name", "Core.TypeofBottom")
        if ast == ("sym", "nothing"):
            return ("name", "Core.Nothing")
        found = self.named(ast) if ast[0] in ("sym", ".", "abs") else None
        if ast[0] == "curly" or (found is not None and found.kind in ("type", "alias")):
            if keep:
                return ("apply", ("name", "Core.Type"), (self.read(ast, bound),))
            open_ended = found is not None and found.name in self.world.parametric
            return ("name", "Core.UnionAll" if open_ended else "Core.DataType")
        if found is not None and found.kind in ("function", MISSING):
            return ("typeof", found.name)
        if found is not None and found.kind == "module":
            return ("name", "Core.Module")
        if found is not None and found.kind == "const":
            value = self.world.constants.get(found.name)
            if value is not None and value[0] != "value":
                return value
        if ast[0] == "abs":
            return ("typeof", ast[1])
        if ast[0] == "call" and ast[1] == ("sym", "∘") and self.world.member("Base", "ComposedFunction").kind == "type":
            parts = tuple(self.type_of(part, bound, True) for part in ast[2])
            return ("apply", ("name", "Base.ComposedFunction"), parts)
        if ast[0] == "call" and not ast[2]:
            made = self.read(ast[1], bound)
            if made[0] in ("name", "apply"):
                return made
        return ("unknown", f"typeof({found.name if found else text_of(ast)})")


def apply(base: TypeExpr, arguments: tuple[TypeExpr, ...]) -> TypeExpr:
    """`base{arguments...}` in the shape that facts use for unions, varargs and the rest."""
    if base == ("name", "Core.Union"):
        return ("union", arguments)
    if base == ("name", "Core.Vararg"):
        return ("vararg", arguments[0] if arguments else ANY, arguments[1] if len(arguments) > 1 else None)
    return ("apply", base, arguments)


def dotted(ast: Ast) -> tuple[str, ...]:
    """The parts of `a.b.c`; empty where it is not only names."""
    if ast[0] == "sym":
        return (ast[1],)
    if ast[0] == "." and ast[2][0] == "sym":
        first = dotted(ast[1])
        return (*first, ast[2][1]) if first else ()
    if ast[0] == "quote" and ast[1][0] == "sym":
        return dotted(ast[1])
    return ()


def value_text(ast: Ast) -> str | None:
    """A value parameter as Julia writes it."""
    if ast[0] == "lit" and isinstance(ast[1], bool):
        return "true" if ast[1] else "false"
    if ast[0] == "lit" and isinstance(ast[1], int | float):
        return repr(ast[1])
    if ast[0] == "quote" and ast[1][0] == "sym":
        return symbol_text(str(ast[1][1]))
    if ast[0] == "char":
        return str(ast[1])
    if ast[0] == "tuple":
        parts = [value_text(item) for item in ast[1]]
        if None in parts:
            return None
        inner = ", ".join(p for p in parts if p is not None)
        return f"({inner},)" if len(parts) == 1 else f"({inner})"
    return None


def function_value(name: str) -> str:
    """A function as a value parameter: as the types of this package read it, not as Julia writes it."""
    return f"Function({name})"


def symbol_text(name: str) -> str:
    """A symbol as a value parameter."""
    plain = name.rstrip("!").isidentifier() or not any(c.isalnum() or c in " /\"'" for c in name)
    return f":{name}" if plain or name == "/" else f'Symbol("{name}")'


def text_of(ast: Any) -> str:
    """A short text of an expression, for messages."""
    if not isinstance(ast, tuple) or not ast:
        return str(ast)
    if ast[0] in ("sym", "abs", "opaque"):
        return str(ast[1])
    if ast[0] == ".":
        return f"{text_of(ast[1])}.{text_of(ast[2])}"
    if ast[0] == "call":
        return f"{text_of(ast[1])}({', '.join(text_of(a) for a in ast[2])})"
    if ast[0] == "curly":
        return f"{text_of(ast[1])}{{{', '.join(text_of(a) for a in ast[2])}}}"
    if ast[0] == "$":
        return f"${text_of(ast[1])}"
    return value_text(ast) or f"<{ast[0]}>"


def function_text(name: str) -> str:
    """A qualified function as Julia writes it: operators need a colon, `Base.:*`."""
    module, _, last = split_name(name)
    if not module:
        return last
    plain = last[0].isalpha() or last[0] in "_∇Δ∂" or ord(last[0]) > 0x2FFF
    return f"{module}.{last}" if plain else f"{module}.:{last}"


@lru_cache(maxsize=100_000)
def split_name(name: str) -> tuple[str, str, str]:
    """The module and last part of a qualified name; the last part may itself be or hold dots (`Base...`)."""
    for index, character in enumerate(name):
        if (
            character == "."
            and index
            and not (name[index + 1 : index + 2].isalnum() or name[index + 1 : index + 2] == "_")
        ):
            return name[:index], ".", name[index + 1 :]
    return name.rpartition(".")


def show(expr: TypeExpr | None) -> str:
    """A type expression as Julia text, names qualified but for Core's: `Tuple{typeof(Base.sin),Base.Complex}`."""
    if expr is None:
        return "?"
    tag = expr[0]
    if tag == "name":
        return str(expr[1]).removeprefix("Core.")
    if tag == "var":
        return variable_text(expr[1])
    if tag == "apply":
        head = show(expr[1])
        if expr[1][0] == "where":
            head = f"({head})"
        return f"{head}{{{','.join(show(a) for a in expr[2])}}}"
    if tag == "union":
        return f"Union{{{','.join(show(a) for a in expr[1])}}}"
    if tag == "vararg":
        return f"Vararg{{{show(expr[1])}{',' + show(expr[2]) if expr[2] is not None else ''}}}"
    if tag == "where":
        body = show(expr[1])
        return f"{body} where {{{','.join(_bounded(v) for v in expr[2])}}}" if expr[2] else body
    if tag == "typeof":
        return f"typeof({function_text(expr[1])})"
    if tag == "kwtypeof":
        inner = expr[1]
        while inner[0] == "where":
            inner = inner[1]
        if inner[0] == "typeof":
            module, _, last = split_name(inner[1])
            return f'{module}.var"#{last}##kw"' if module else f'var"#{last}##kw"'
        # Types share one sorter, and so do all callable objects.
        return 'Core.var"#Type##kw"' if inner[:2] == ("apply", ("name", "Core.Type")) else 'Core.var"#Any##kw"'
    return str(expr[1])


def variable_text(name: str) -> str:
    """Variables that Julia makes up itself are written so that they can be parsed."""
    return f"S_{name[1:]}" if name.startswith("#") else name


def _bounded(variable: Variable) -> str:
    name, lower, upper = variable
    text = variable_text(name)
    if lower is not None:
        text = f"{_closed(lower)}<:{text}"
        return f"{text}<:{_closed(upper) if upper is not None else 'Any'}"
    return f"{text}<:{_closed(upper)}" if upper is not None else text


def _closed(bound: TypeExpr) -> str:
    """A bound's text, in parentheses where a `where` would swallow what follows."""
    return f"({show(bound)})" if bound[0] == "where" else show(bound)

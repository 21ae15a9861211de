"""Types and signatures put into words that are right inside a module of the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from rulecheck.dispatch.parametric import BOTTOM, ParametricError, Term, equal
from rulecheck.dispatch.parametric.types import (
    ANY,
    DataType,
    TypeVar,
    UnionAll,
    UnionType,
    Value,
    is_vararg,
    members,
    vararg_element,
)
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr, Variable
from rulecheck.languages.julia.kit.library import Library, is_unknown, tuple_type
from rulecheck.languages.julia.link.name_resolution import Named, World
from rulecheck.languages.julia.link.type_expressions import TypeReader, dotted, show, split_name
from rulecheck.languages.julia.syntax.nodes import Ast
from rulecheck.languages.julia.syntax.parse import parse


@dataclass(frozen=True, slots=True)
class Signature:
    """The argument types of a rule, the function's own left out, and the variables that tie them together."""

    arguments: tuple[TypeExpr, ...]
    variables: tuple[Variable, ...] = ()


def expression_of(term: Term) -> TypeExpr:
    """A term as a type expression."""
    if term is ANY:
        return ("name", "Core.Any")
    if isinstance(term, TypeVar):
        return ("var", term.name)
    if isinstance(term, Value):
        return ("value", str(term))
    if isinstance(term, UnionType):
        return ("union", tuple(map(expression_of, members(term))))
    if isinstance(term, UnionAll):
        variable = term.variable
        lower = None if variable.lower is BOTTOM else expression_of(variable.lower)
        upper = None if variable.upper is ANY else expression_of(variable.upper)
        return ("where", expression_of(term.body), ((variable.name, lower, upper),))
    if is_vararg(term):
        return ("vararg", expression_of(vararg_element(term)), None)
    if isinstance(term, DataType):
        name = term.constructor.name
        if name.startswith("typeof("):
            return ("typeof", name[len("typeof(") : -1])
        head: TypeExpr = ("name", name if "." in name else f"Core.{name}")
        return ("apply", head, tuple(map(expression_of, term.parameters))) if term.parameters else head
    return ("union", ())


def simplified(signature: Signature) -> Signature:
    """Variables that stand in one argument move into it: `Diag{T}, b where T` becomes `Diag, b`."""
    arguments = list(signature.arguments)
    kept: list[Variable] = []
    for variable in signature.variables:
        name = variable[0]
        users = [i for i, a in enumerate(arguments) if name in _names(a)]
        tied = any(name in _names(bound) for _, *bounds in signature.variables for bound in bounds if bound is not None)
        if len(users) != 1 or tied or arguments[users[0]][0] == "vararg":
            if users or tied:
                kept.append(variable)
            continue
        arguments[users[0]] = _closed(arguments[users[0]], variable)
    # A variable that is bound by one still tied has to stay where it is.
    return Signature(tuple(arguments), tuple(kept))


def _closed(argument: TypeExpr, variable: Variable) -> TypeExpr:
    """An argument with a variable of its own; plain where all its parameters are such, unbounded and in order."""
    if (
        argument[0] == "apply"
        and argument[2]
        and argument[2][-1] == ("var", variable[0])
        and variable[1:] == (None, None)
    ):
        rest = argument[2][:-1]
        if all(variable[0] not in _names(a) for a in rest):
            return ("apply", argument[1], rest) if rest else argument[1]
    if argument[0] == "where":
        return ("where", argument[1], (*argument[2], variable))
    return ("where", argument, (variable,))


def _names(expr: object) -> set[str]:
    """The variables that an expression uses."""
    if not isinstance(expr, tuple):
        return set()
    if len(expr) == 2 and expr[0] == "var":
        return {expr[1]}
    return set().union(*map(_names, expr)) if expr else set()


ALIASES = {
    ("Core.AbstractArray", "1"): "Base.AbstractVector",
    ("Core.AbstractArray", "2"): "Base.AbstractMatrix",
    ("Core.DenseArray", "1"): "Base.DenseVector",
    ("Core.DenseArray", "2"): "Base.DenseMatrix",
    ("Core.Array", "1"): "Base.Vector",
    ("Core.Array", "2"): "Base.Matrix",
}
COMPLEX = ("name", "Base.Complex")
VECTOR, MATRIX = ("name", "Base.AbstractVector"), ("name", "Base.AbstractMatrix")


def folded(expr: TypeExpr) -> TypeExpr:
    """An expression with Julia's own names for vectors and matrices."""
    made: TypeExpr = tuple(_folded_part(part) for part in expr)
    if made[0] == "apply" and made[1][0] == "name" and len(made[2]) == 2 and made[2][1][0] == "value":
        name = ALIASES.get((made[1][1], made[2][1][1]))
        return ("apply", ("name", name), made[2][:1]) if name is not None else made
    if made[0] == "union":
        return _vector_or_matrix(made)
    # The bound that the declaration of `Complex` has anyway.
    if made[0] == "where" and made[1] == ("apply", COMPLEX, (("var", made[2][0][0]),)) and len(made[2]) == 1:
        return COMPLEX if made[2][0][1:] == (None, ("name", "Core.Real")) else made
    return made


def _folded_part(part: object) -> object:
    if isinstance(part, tuple) and part:
        return folded(part) if isinstance(part[0], str) and part[0] in _TAGS else tuple(map(_folded_part, part))
    return part


def _vector_or_matrix(union: TypeExpr) -> TypeExpr:
    """`Union{AbstractVector{X}, AbstractMatrix{X}}` as `AbstractVecOrMat{X}`."""
    heads = {part[1]: part for part in union[1] if part[0] == "apply" and part[1] in (VECTOR, MATRIX)}
    if set(heads) != {VECTOR, MATRIX} or heads[VECTOR][2] != heads[MATRIX][2]:
        return union
    either: TypeExpr = ("apply", ("name", "Base.AbstractVecOrMat"), heads[VECTOR][2])
    rest = tuple(part for part in union[1] if part not in heads.values())
    return ("union", (either, *rest)) if rest else either


def shortened(expr: TypeExpr) -> TypeExpr:
    """An expression without variables that are used once: `Diag{T} where T<:Real` as `Diag{<:Real}`."""
    made: TypeExpr = tuple(_shortened_part(part) for part in expr)
    if made[0] != "where":
        return made
    body, variables = made[1], list(made[2])
    while body[0] == "where":
        variables, body = [*body[2], *variables], body[1]
    for variable in list(reversed(variables)):
        name, lower, upper = variable
        bounds = [b for v in variables if v is not variable for b in v[1:] if b is not None]
        if None not in (lower, upper) or _uses((body, *bounds), name) != 1 or _uses(body, name) != 1:
            continue
        if body == ("var", name) and lower is None:
            body = upper or ("name", "Core.Any")
        elif body[0] == "apply" and ("var", name) in body[2]:
            # The bound stays beside its text: a variable of an outer `where` that it uses is used there too.
            limit = ("value", f"<:{show(upper)}", upper) if upper is not None else _ANYTHING
            if lower is not None:
                limit = ("value", f">:{show(lower)}", lower)
            arguments = [limit if a == ("var", name) else a for a in body[2]]
            while arguments and arguments[-1] == _ANYTHING:
                arguments.pop()
            body = ("apply", body[1], tuple(arguments)) if arguments else body[1]
        else:
            continue
        variables.remove(variable)
    return ("where", body, tuple(variables)) if variables else body


_ANYTHING = ("value", "<:Any")


def _shortened_part(part: object) -> object:
    if isinstance(part, tuple) and part:
        return shortened(part) if isinstance(part[0], str) and part[0] in _TAGS else tuple(map(_shortened_part, part))
    return part


def _uses(expr: object, name: str) -> int:
    """How often a variable occurs."""
    if not isinstance(expr, tuple):
        return 0
    return 1 if expr == ("var", name) else sum(_uses(part, name) for part in expr)


@dataclass(slots=True)
class Words:
    """What was written and read in one module so far; signatures are made of the same few types."""

    texts: dict[TypeExpr, tuple[str, frozenset[str]]] = field(default_factory=dict)
    meanings: dict[tuple[str, frozenset[str]], TypeExpr | None] = field(default_factory=dict)


class Spellers:
    """What writes types inside the modules of one project."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._words: dict[str, Words] = defaultdict(Words)

    @cached_property
    def _aliases(self) -> dict[str, TypeExpr]:
        """Names that stand for a type, without parameters of their own."""
        return {alias.name: alias.target for alias in self._library.program.aliases() if not alias.parameters}

    def inside(self, method: JuliaMethod) -> Speller:
        """What writes types inside a method's module."""
        return Speller(self._library.program.world, method.module, self._aliases, self._words[method.module])

    def reads_as_meant(self, speller: Speller, signature: Signature) -> bool:
        """Whether the words for a signature, read again where they will stand, mean that signature."""
        read = speller.read_back(signature)
        if read is None or is_unknown(read):
            return False
        meant = tuple_type(signature.arguments, signature.variables)
        try:
            return equal(*map(self._library.terms.of, (meant, read)))
        except ParametricError:
            return False


class Speller:
    """Writes types as they have to be written inside one module."""

    def __init__(self, world: World, module: str, aliases: Mapping[str, TypeExpr], words: Words | None = None) -> None:
        self._world = world
        self._aliases = aliases
        self._module = module
        self._words = words if words is not None else Words()
        # Packages whose names are needed and that the module does not see.
        self.missing: set[str] = set()

    def name(self, qualified: str) -> str:
        """A definition's shortest name in the module."""
        module, _, last = split_name(qualified)
        if not module or module == "Core":
            return last
        found = self._world.resolve(self._module, last)
        if found is not None and found.name == qualified:
            return last
        root = module.partition(".")[0]
        if self._world.resolve(self._module, root) is None and root not in ("Base", "Core", "Main"):
            self.missing.add(root)
        return qualified

    def _sees(self, qualified: str) -> bool:
        """Whether the module knows a definition's name, or the package that it stands in."""
        module, _, last = split_name(qualified)
        found = self._world.resolve(self._module, last)
        root = module.partition(".")[0]
        return (found is not None and found.name == qualified) or self._world.resolve(self._module, root) is not None

    def type(self, expr: TypeExpr) -> str:
        """A type expression."""
        known = self._words.texts.get(expr)
        if known is None:
            before, self.missing = self.missing, set()
            text = show(shortened(self._spelled(folded(expr))))
            known = self._words.texts[expr] = (text, frozenset(self.missing))
            self.missing = before
        self.missing |= known[1]
        return known[0]

    def _spelled(self, expr: TypeExpr) -> TypeExpr:
        if expr[0] == "name" and expr[1] in self._aliases and not self._sees(str(expr[1])):
            return self._spelled(folded(self._aliases[str(expr[1])]))
        if expr[0] in ("name", "typeof"):
            return (expr[0], self.name(str(expr[1])))
        return tuple(self._part(p) for p in expr)

    def _part(self, part: object) -> object:
        if isinstance(part, tuple):
            if part and isinstance(part[0], str) and part[0] in _TAGS and len(part) > 1:
                return self._spelled(part)
            return tuple(self._part(p) for p in part)
        return part

    def arguments(self, expressions: Sequence[TypeExpr], names: Sequence[str] = ()) -> str:
        """`a::Diag, ::AbstractVector`: an argument list by types, with names where they are given."""
        shown = []
        for position, expr in enumerate(expressions):
            name = names[position] if position < len(names) else ""
            rest = "..." if expr[0] == "vararg" else ""
            text = self.type(expr[1] if rest else expr)
            if text == "Any" and name:
                shown.append(f"{name}{rest}")
            else:
                shown.append(f"{name}::{f'({text})' if ' where ' in text else text}{rest}")
        return ", ".join(shown)

    def where(self, variables: Sequence[Variable]) -> str:
        """The trailing `where` clause, with its space; empty without variables."""
        return self.type(("where", ("name", "Core.Any"), tuple(variables)))[len("Any") :] if variables else ""

    def read_back(self, signature: Signature) -> TypeExpr | None:
        """What the module takes the written signature for: the type of the argument list; None where it takes none."""
        slots = []
        for expr in signature.arguments:
            text = self.type(expr[1] if expr[0] == "vararg" else expr)
            slots.append(f"Vararg{{{text}}}" if expr[0] == "vararg" else text)
        read = [] if signature.variables else [self._meaning(f"Tuple{{{text}}}") for text in slots]
        if read and all(found is not None and found[0] == "apply" for found in read):
            # Without variables each type is read alone, and mostly was before.
            return ("apply", ("name", "Core.Tuple"), tuple(part for found in read if found for part in found[2]))
        return self._meaning(f"Tuple{{{', '.join(slots)}}}{self.where(signature.variables)}")

    def _meaning(self, text: str) -> TypeExpr | None:
        """What the module takes a tuple type for."""
        key = (text, frozenset(self.missing))
        if key not in self._words.meanings:
            statements, errors, _ = parse(text.encode(), "")
            reader = _Imported(self._world, self._module, self.missing)
            self._words.meanings[key] = reader.read(statements[0]) if not errors and len(statements) == 1 else None
        return self._words.meanings[key]


class _Imported(TypeReader):
    """Reads types as a module does once it has imported some packages."""

    def __init__(self, world: World, module: str, imported: Set[str]) -> None:
        super().__init__(world, module, {})
        self._imported = imported

    def named(self, ast: Ast) -> Named | None:
        """What a name means, or will mean."""
        names = dotted(ast)
        if names and names[0] in self._imported:
            return self.world.path(names[0], names[1:])
        return super().named(ast)


_TAGS = frozenset({"name", "apply", "union", "where", "var", "vararg", "typeof", "value", "unknown"})

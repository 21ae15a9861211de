"""The types of a program: definitions, bases across modules, and the order in which they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from rulecheck.facts import OBJECT, Attribute, Call, Expr, Function, Generic, Parameter, TypeDef, Unreadable
from rulecheck.languages.python.semantics.known_types import NO_CLASSES, known_type
from rulecheck.languages.python.semantics.modules import Module, Modules
from rulecheck.languages.python.semantics.name_resolution import Meaning, NameResolution
from rulecheck.languages.python.syntax.rows import CallRow, ClassRow, FunctionRow
from rulecheck.place import Place

# Class decorators that add nothing that numpy or an operator would ask for.
_HARMLESS = frozenset(
    ("dataclass", "define", "frozen", "attrs", "mutable", "s", "final", "runtime_checkable", "unique", "register")
    + ("register_pytree_node_class", "deprecated", "total_ordering", "dataclasses", "set_module", "export", "public")
)

_GENERIC = frozenset(("typing.Generic", "typing_extensions.Generic"))


class Types:
    """Every class that is known, by the qualified name of its definition."""

    def __init__(self, modules: Modules, names: NameResolution, text: Callable[[Place], str]) -> None:
        self.modules = modules
        self.names = names
        self._text = text
        self.unreadable: list[Unreadable] = []
        self._defs: dict[str, TypeDef | None] = {}
        self._functions: dict[str, Function | None] = {}
        self._signatures: dict[str, Function] = {}
        self._mros: dict[str, tuple[str, ...]] = {}
        self._late: dict[str, dict[str, Attribute]] = {}
        self._dynamic: set[str] = set()
        self._lookups: dict[tuple[str, str], tuple[str, Function | Attribute] | None] = {}

    def gather(self, modules: Iterable[Module]) -> None:
        """Take in what modules assign to classes after their bodies."""
        for module in modules:
            self._gather_late(module)

    def _gather_late(self, module: Module) -> None:
        for base, name, value, span, certain in module.raw.late:
            meaning = self.names.meaning(module, base[1])
            if meaning is None or meaning.kind != "class" or meaning.rest:
                continue
            if name is None:
                self._dynamic.add(meaning.qualified)
            else:
                place = module.place(span)
                self._late.setdefault(meaning.qualified, {})[name] = Attribute(name, value, place, certain)

    def split(self, name: str) -> tuple[Module, str] | None:
        """The module of a qualified name, and the name within it."""
        parts = name.split(".")
        for count in range(len(parts) - 1, 0, -1):
            prefix = ".".join(parts[:count])
            module = self.modules.loaded(prefix)
            if module is not None:
                rest = ".".join(parts[count:])
                if rest in module.classes or rest in module.functions:
                    return module, rest
        return None

    def type(self, name: str) -> TypeDef | None:
        """The definition of a type by its qualified name; reads an installed package's source where it must."""
        if name in self._defs:
            return self._defs[name]
        self._defs[name] = None
        found = self._define(name)
        self._defs[name] = found
        return found

    def _define(self, name: str) -> TypeDef | None:
        known = known_type(name)
        if known is not None or name in NO_CLASSES:
            return known
        where = self.split(name)
        if where is None:
            module_name = name.rpartition(".")[0]
            while module_name and self.modules.get(module_name) is None:
                module_name = module_name.rpartition(".")[0]
            where = self.split(name)
        if where is None or where[1] not in where[0].classes:
            return None
        module, inner = where
        raw = module.classes[inner]
        bases, complete = self.bases(module, raw)
        methods = Methods(self, module, module.methods(inner))
        attributes = {n: Attribute(n, v, module.place(s), c) for n, (v, s, c) in raw.attributes.items()}
        replaced: dict[str, Function] = {}
        for late_name, late in self._late.get(name, {}).items():
            attributes[late_name] = late
            if late.certain and late_name in methods:
                replaced[late_name] = methods[late_name]
                methods.drop(late_name)
        metaclass = next((self._spelled(module, v) for k, v in raw.keywords if k == "metaclass"), None)
        return TypeDef(
            name,
            module.name,
            bases or (OBJECT,),
            complete,
            module.place(raw.span),
            module.owned,
            methods,
            attributes,
            module.fields(raw),
            raw.decorators,
            metaclass,
            name in self._dynamic or self._is_dynamic(raw, methods, metaclass),
            replaced,
        )

    def _spelled(self, module: Module, expr: Expr) -> str:
        if expr[0] == "name":
            meaning = self.names.meaning(module, expr[1], deep=True)
            return meaning.qualified if meaning is not None else str(expr[1])
        return "?"

    def _is_dynamic(self, raw: ClassRow, methods: Mapping[str, Function], metaclass: str | None) -> bool:
        if not raw.certain or "__getattr__" in methods or "__getattribute__" in methods:
            return True
        if metaclass not in (None, "abc.ABCMeta", "builtins.type", "enum.EnumMeta"):
            return True
        return not all(map(is_harmless, raw.decorators))

    def bases(self, module: Module, raw: ClassRow) -> tuple[tuple[str | Generic, ...], bool]:
        """The resolved bases of a class and whether the source of each of them, and theirs, was found."""
        bases: list[str] = []
        complete = True
        for position, expr in enumerate(raw.bases):
            base = expr[1] if expr[0] == "item" else expr
            name = self.base_name(module, base)
            if name in _GENERIC and expr[0] == "item" and self._has_generic(module, raw.bases[position + 1 :]):
                continue
            if name is None or expr[0] == "star":
                complete = False
                if base[0] == "name":
                    bases.append(base[1].removeprefix("::"))
                continue
            if name in bases or name == f"{module.name}.{raw.name}":
                complete = complete and name in bases
                continue
            bases.append(name)
            definition = self.type(name)
            if definition is None or not definition.complete:
                complete = False
        return tuple(bases), complete

    def _has_generic(self, module: Module, later: Iterable[Expr]) -> bool:
        """Whether a base further on brings `Generic`: Python then takes `Generic[T]` for a remark on the parameters."""
        names = [self.base_name(module, expr[1]) for expr in later if expr[0] == "item"]
        return any(name is not None and not _GENERIC.isdisjoint(self.mro(name)) for name in names)

    def base_name(self, module: Module, base: Expr) -> str | None:
        """The class that a base names; None where it cannot be said."""
        if base[0] != "name":
            return None
        meaning = self.names.meaning(module, base[1], deep=True)
        if meaning is None:
            return None
        return self._held(meaning) if meaning.rest else self.class_of(meaning)

    def _held(self, meaning: Meaning) -> str | None:
        """The class that an attribute of a class's body holds: `Registry.Quantity`."""
        if meaning.kind != "class" or len(meaning.rest) != 1:
            return None
        owner = f"{meaning.module}.{meaning.name}"
        found = self.find(owner, meaning.rest[0])
        where = self.split(found[0]) if found is not None else None
        if found is None or where is None or isinstance(found[1], Function) or not found[1].certain:
            return None
        value = found[1].value
        return self.base_name(where[0], value[1] if value[0] == "item" else value)

    def class_of(self, meaning: Meaning) -> str | None:
        """The qualified name of the class that a meaning is, if it is one."""
        if meaning.kind == "class":
            return meaning.qualified
        if meaning.kind == "builtin":
            return meaning.qualified if known_type(meaning.qualified) is not None else None
        if meaning.kind != "external":
            return None
        name = meaning.qualified
        if known_type(name) is not None:
            return name
        if meaning.module == "numpy":
            return self._inside_numpy(name)
        return name

    def _inside_numpy(self, name: str) -> str | None:
        """Numpy's classes that are written in Python are found in its source."""
        parts = name.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = self.modules.get(".".join(parts[:count]))
            if module is not None:
                inner = self.names._inside(module, parts[count:], True)
                hops = 0
                while inner is not None and inner.kind == "external" and inner.module == "numpy" and hops < 8:
                    hops += 1
                    if inner.qualified == name:
                        return name
                    return self._inside_numpy(inner.qualified)
                return inner.qualified if inner is not None and inner.kind == "class" else name
        return name

    def function(self, name: str) -> Function | None:
        """The function or method of a qualified name."""
        if name not in self._functions:
            found = self.raw_function(name)
            if found is None:
                self._functions[name] = None
            else:
                self.of_raw(*found)
        return self._functions.get(name)

    def raw_function(self, name: str) -> tuple[Module, FunctionRow] | None:
        """The raw function of a qualified name, with its module."""
        outer, local, _ = name.partition(".<locals>")
        if local:
            around = self.raw_function(outer)
            if around is not None:
                around[0].complete(around[1])
        where = self.split(name)
        raw = where[0].functions.get(where[1]) if where is not None else None
        return (where[0], raw) if where is not None and raw is not None else None

    def of_raw(self, module: Module, raw: FunctionRow) -> Function:
        """The fact of a raw function."""
        name = f"{module.name}.{module.known_as(raw)}"
        known = self._functions.get(name)
        if known is None or known.place.line != raw.span[0]:  # a name may be taken while bodies are read
            known = self._functions[name] = self._build(module, name, module.complete(raw))
        return known

    def signature(self, name: str) -> Function | None:
        """The function without its calls, which inference does not ask for."""
        known = self._functions.get(name) or self._signatures.get(name)
        if known is None:
            found = self.raw_function(name)
            if found is None:
                return None
            module, raw = found
            known = self._signatures[name] = self._build(module, name, module.complete(raw), with_calls=False)
        return known

    def _build(self, module: Module, name: str, raw: FunctionRow, with_calls: bool = True) -> Function:
        return Function(
            name,
            module.name,
            f"{module.name}.{raw.owner}" if raw.owner is not None else None,
            tuple([Parameter(p.name, p.annotation, p.kind, p.default is not None) for p in raw.parameters]),
            raw.returns,
            module.place(raw.span),
            raw.decorators,
            self.calls(module, name, raw.calls) if with_calls else (),
            raw.results,
            raw.is_stub,
            raw.certain,
        )

    def calls(self, module: Module, scope: str, raws: Iterable[CallRow]) -> tuple[Call, ...]:
        """The facts of raw calls in a scope."""
        made = []
        for raw in raws:
            place = module.place(raw.span)
            made.append(Call(raw.expr, module.name, place, scope, self._text(place)))
        return tuple(made)

    def mro(self, name: str) -> tuple[str, ...]:
        """The C3 order of a type, itself first and `builtins.object` last."""
        found = self._mros.get(name)
        if found is None:
            self._mros[name] = (name, OBJECT)  # a class that is its own ancestor
            found = self._mros[name] = self._linearise(name)
        return found

    def _linearise(self, name: str) -> tuple[str, ...]:
        if name == OBJECT:
            return (OBJECT,)
        definition = self.type(name)
        if definition is None:
            return (name, OBJECT)
        bases = [b.wrapper if isinstance(b, Generic) else b for b in definition.bases]
        merged = _merge([*(list(self.mro(b)) for b in bases), list(bases)])
        if merged is None:
            if definition.owned:
                last = name.rpartition(".")[2]
                reason = f"the bases of {last} have no consistent method resolution order: Python refuses this class"
                self.unreadable.append(Unreadable(definition.place, reason))
            return (name, OBJECT)
        return (name, *merged)

    def lookup(self, name: str, attribute: str) -> Function | Attribute | None:
        """What reading an attribute of the type finds along its order."""
        found = self.find(name, attribute)
        return found[1] if found is not None else None

    def find(self, name: str, attribute: str) -> tuple[str, Function | Attribute] | None:
        """The same with the class that has it."""
        key = (name, attribute)
        if key not in self._lookups:
            self._lookups[key] = self._find(name, attribute)
        return self._lookups[key]

    def _find(self, name: str, attribute: str) -> tuple[str, Function | Attribute] | None:
        for owner in self.mro(name):
            definition = self.type(owner)
            if definition is None:
                continue
            method = definition.methods.get(attribute)
            assigned = definition.attributes.get(attribute)
            if assigned is not None and method is not None:
                later = assigned.place.path != method.place.path or assigned.place.line > method.place.line
                return (owner, assigned if later else method)
            if method is not None or assigned is not None:
                return (owner, method or assigned)  # type: ignore[return-value]
        return None

    def is_subtype(self, sub: str, sup: str) -> bool:
        """Whether a type is another or derives from it, virtual bases left out."""
        return sup in self.mro(sub)


def _merge(sequences: list[list[str]]) -> tuple[str, ...] | None:
    """C3: https://www.python.org/download/releases/2.3/mro/; None where there is no such order."""
    result: list[str] = []
    rest = [s for s in sequences if s]
    while rest:
        for sequence in rest:
            head = sequence[0]
            if not any(head in other[1:] for other in rest):
                break
        else:
            return None
        result.append(head)
        rest = [trimmed for s in rest if (trimmed := [x for x in s if x != head])]
    return tuple(result)


class Methods(Mapping[str, Function]):
    """The methods of a class body, each made when it is asked for: big projects have many that nobody asks for."""

    def __init__(self, types: Types, module: Module, raws: Mapping[str, FunctionRow]) -> None:
        self._types = types
        self._module = module
        self._raws = dict(raws)

    def __getitem__(self, name: str) -> Function:
        return self._types.of_raw(self._module, self._raws[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._raws)

    def __len__(self) -> int:
        return len(self._raws)

    def __contains__(self, name: object) -> bool:
        return name in self._raws

    def drop(self, name: str) -> None:
        """Forget a method: something else was assigned to its name."""
        self._raws.pop(name, None)


def is_harmless(decorator: Expr) -> bool:
    """Whether a class decorator is known to add nothing that numpy or an operator would ask for."""
    return _last_name(decorator) in _HARMLESS


def _last_name(expr: Expr) -> str:
    while expr[0] == "call":
        expr = expr[1]
    if expr[0] == "name":
        return str(expr[1].rpartition(".")[2])
    return str(expr[2]) if expr[0] == "attr" else ""

"""From what a package's files say to its facts: every name resolved, every default and macro made into its methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from rulecheck.languages.julia.expand.evaluator import Evaluator, Unresolved, splice
from rulecheck.languages.julia.expand.macros import split
from rulecheck.languages.julia.expand.unresolved import (
    RawAlias,
    RawMethod,
    RawModule,
    RawPackage,
    RawType,
    StatementScope,
)
from rulecheck.languages.julia.facts import (
    ANY,
    JuliaAlias,
    JuliaMethod,
    JuliaModule,
    JuliaType,
    PackageFacts,
    TypeExpr,
    Variable,
)
from rulecheck.languages.julia.link.name_resolution import MISSING, Named, World
from rulecheck.languages.julia.link.type_expressions import TypeReader, dotted, show
from rulecheck.languages.julia.syntax.trees import Ast
from rulecheck.place import Place

NO_LINE = Place("none", 0)


class Linker:
    """Links one package against a world that holds what it depends on."""

    def __init__(
        self,
        raw: RawPackage,
        world: World,
        macro_lines: Callable[[str], Place | None],
        values: Evaluator | None = None,
    ) -> None:
        self.raw = raw
        self.world = world
        self.macro_lines = macro_lines
        self.values = values
        self.bodies: list[tuple[JuliaMethod, Ast]] = []
        # The imports that are being followed, each by its module and the name that it binds.
        self._following: set[tuple[str, str]] = set()

    def link(self, version: str | None = None, dependencies: tuple[str, ...] = ()) -> PackageFacts:
        """The facts of the package."""
        own = {name: module for name, module in self.raw.modules.items() if not name.startswith("\0")}
        modules: Mapping[str, JuliaModule] = {name: self._module(module) for name, module in own.items()}
        self.world.add(modules)
        modules = self._constructors_apart(modules)
        for item in self.raw.types:
            name, variables = _type_head(item.head)
            if variables:
                self.world.parametric.add(f"{_module_name(item.scope.module)}.{name}")
        for alias in self.raw.aliases:
            if alias.parameters or alias.target[0] == "where":
                self.world.parametric.add(f"{_module_name(alias.scope.module)}.{alias.name}")
        modules = self._aliases_as_imports(modules)
        constants = self._constants(own)
        types = [made for item in self.raw.types if (made := self._type(item)) is not None]
        aliases = [named for alias in self.raw.aliases if (named := self._alias(alias)) is not None]
        methods = [m for item in self.raw.methods for m in self._methods(item)]
        return PackageFacts(
            self.raw.name,
            version,
            modules,
            tuple(types),
            tuple(aliases),
            tuple(methods),
            constants,
            dict(self.raw.macro_lines),
            tuple(self.raw.unreadable),
            tuple(self.raw.unresolved),
            len(self.raw.texts),
            self.raw.lines,
            dependencies,
        )

    # Modules

    def _module(self, raw: RawModule) -> JuliaModule:
        imports: dict[str, tuple[str, str]] = {}
        for local, (dots, names, name) in raw.imports.items():
            target = self._absolute(raw, dots, names)
            if target is not None:
                imports[local] = (target, name or "")
        using = [target for dots, names in raw.using if (target := self._absolute(raw, dots, names)) is not None]
        kinds = {n: k for n, k in raw.bindings.items() if n not in imports or k in ("type", "module")}
        for name in kinds:
            imports.pop(name, None)
        return JuliaModule(
            raw.name, raw.bare, kinds, imports, tuple(dict.fromkeys(using)), tuple(raw.exports), raw.place
        )

    def _constructors_apart(self, modules: Mapping[str, JuliaModule]) -> Mapping[str, JuliaModule]:
        """A method on the name of a visible type is a constructor of that type, not a function of the module's own."""
        changed: dict[str, JuliaModule] = {}
        for name, module in modules.items():
            taken = {
                local
                for local, kind in module.kinds.items()
                if kind == "function"
                and (found := self.world.outside(name, local)) is not None
                and found.kind in ("type", "alias")
                and found.name != f"{name}.{local}"
            }
            if taken:
                kinds = {n: k for n, k in module.kinds.items() if n not in taken}
                changed[name] = replace(module, kinds=kinds)
        self.world.add(changed)
        return {**modules, **changed}

    def _absolute(self, module: RawModule, dots: int, names: tuple[str, ...]) -> str | None:
        if dots == 0:
            return self._descend(None, names)
        start: RawModule | None = module
        for _ in range(dots - 1):
            start = start.parent if start is not None else None
        return self._descend(start, names) if start is not None else None

    def _descend(self, start: RawModule | None, names: tuple[str, ...]) -> str | None:
        """The absolute name of a path of modules, going through imported modules where it leads there."""
        if start is None:
            if not names:
                return None
            name, rest = names[0], names[1:]
            inside = self.raw.modules.get(name)
        else:
            name, rest, inside = start.name, names, start
        for position, part in enumerate(rest):
            child = inside.children.get(part) if inside is not None else None
            if child is not None:
                name, inside = child.name, child
            elif inside is not None and part not in inside.imports and (above := _enclosing(inside, part)) is not None:
                name, inside = above.name, above
            elif inside is not None and part in inside.imports and (inside.name, part) not in self._following:
                target = self._imported(inside, part)
                if target is None:
                    return None
                name, inside = target, self.raw.modules.get(target)
            else:
                name = ".".join((name, *rest[position:]))
                found = self.world.module(name)
                if found is None and self.world.module(name.rpartition(".")[0]) is not None:
                    named = self.world.member(*name.rpartition(".")[::2])
                    name = named.name if named.kind == "module" else name
                return name
        return name

    def _imported(self, module: RawModule, local: str) -> str | None:
        """The absolute name of what an import binds; none where following it leads back to it (a missing file)."""
        dots, path, selected = module.imports[local]
        self._following.add((module.name, local))
        try:
            return self._absolute(module, dots, (*path, selected) if selected else path)
        finally:
            self._following.discard((module.name, local))

    def _aliases_as_imports(self, modules: Mapping[str, JuliaModule]) -> Mapping[str, JuliaModule]:
        """`const a = B.c` of a function, type or module is only another name for it."""
        changed: dict[str, JuliaModule] = {}
        for _ in range(3):
            extra: dict[str, dict[str, tuple[str, str]]] = {}
            for alias in self.raw.aliases:
                names = dotted(alias.target)
                if alias.parameters or not names or alias.scope.env:
                    continue
                module = _module_name(alias.scope.module)
                known = changed.get(module) or modules.get(module)
                if known is None or known.kinds.get(alias.name) != "alias":
                    continue
                found = self.world.path(module, names)
                if found is None or found.name == f"{module}.{alias.name}" or found.kind in ("const", MISSING):
                    continue
                # An alias that leads back to itself stays an alias, and is reported by whoever expands it.
                place = ("", "") if found.kind == "module" else _owner(found.name)
                extra.setdefault(module, {})[alias.name] = (found.name, "") if found.kind == "module" else place
            if not extra:
                break
            for name, imports in extra.items():
                old = changed.get(name) or modules[name]
                kinds = {n: k for n, k in old.kinds.items() if n not in imports}
                changed[name] = JuliaModule(
                    name, old.bare, kinds, {**old.imports, **imports}, old.using, old.exports, old.place
                )
            self.world.add(changed)
        return {**modules, **changed}

    # Types

    def reader(self, scope: StatementScope) -> TypeReader:
        """A reader of type expressions as they stand in a scope."""

        def spread(ast: Ast) -> list[Ast]:
            try:
                value = self.values.value(ast, scope) if self.values is not None else None
            except Unresolved:
                return []
            return [splice(item) for item in value] if isinstance(value, list) else []

        return TypeReader(self.world, _module_name(scope.module), scope.env, spread)

    def _constants(self, modules: Mapping[str, RawModule]) -> dict[str, TypeExpr]:
        """What is known of constants: the value of a literal, the type of an object that a constructor makes."""
        made: dict[str, TypeExpr] = {}
        for name, module in modules.items():
            for local, (ast, scope) in module.values.items():
                if module.bindings.get(local) != "const":
                    continue
                value = self.reader(scope).constant(ast)
                if value is not None:
                    made[f"{name}.{local}"] = value
        self.world.constants.update(made)
        return made

    def _type(self, item: RawType) -> JuliaType | None:
        name, parameters = _type_head(item.head)
        reader = self.reader(item.scope)
        variables, bound = reader.variables(parameters, frozenset())
        above = item.head[2] if item.head[0] == "<:" else None
        supertype = reader.read(above, bound) if above is not None else ANY
        fields = tuple((field, reader.read(type_, bound)) for field, type_ in item.fields)
        return JuliaType(
            f"{_module_name(item.scope.module)}.{name}",
            item.kind,
            variables,
            supertype,
            Place(item.scope.label, item.start[1], item.start[2], item.end[1], item.end[2]),
            fields,
            item.scope.certain,
            item.scope.when,
        )

    def _alias(self, alias: RawAlias) -> JuliaAlias | None:
        module = _module_name(alias.scope.module)
        known = self.world.module(module)
        if known is None or known.kinds.get(alias.name) != "alias":
            return None
        reader = self.reader(alias.scope)
        variables, bound = reader.variables(alias.parameters, frozenset())
        target = reader.read(alias.target, bound)
        return JuliaAlias(f"{module}.{alias.name}", variables, target, Place(alias.scope.label, alias.line))

    # Methods

    def _methods(self, raw: RawMethod) -> list[JuliaMethod]:
        try:
            callee, arguments, keywords, groups = split(raw.signature)
        except Unresolved:
            return []
        reader = self.reader(raw.scope)
        variables, bound = reader.variables([v for group in groups for v in group], frozenset())
        function, self_type, kind = self._callee(callee, reader, bound)
        slots: list[tuple[str, TypeExpr]] = []
        optional = 0
        for argument in arguments:
            name, type_, has_default = _slot(argument, reader, bound)
            optional += has_default
            slots.append((name, type_))
        names, any_keyword = _keywords(keywords)
        scope = raw.scope
        place = scope.origin or Place(scope.label, raw.line, raw.start[2], raw.end[1], raw.end[2])
        own = raw.kind if raw.kind not in ("function", "") else kind
        made: list[JuliaMethod] = []
        required = len(slots) - optional
        varies = bool(slots) and slots[-1][1][0] == "vararg"
        for count in range(required - varies if optional else len(slots), len(slots) + 1):
            if varies and optional and count == len(slots) - 1:
                continue
            kept = slots[:count]
            used = variables if count == len(slots) else _used(variables, [self_type, *(t for _, t in kept)])
            made.append(
                JuliaMethod(
                    function,
                    self_type,
                    tuple(t for _, t in kept),
                    tuple(n for n, _ in kept),
                    used,
                    names,
                    any_keyword or raw.any_keyword,
                    bool(keywords) or raw.any_keyword,
                    _module_name(scope.module),
                    place,
                    raw.order,
                    self._reported(raw, scope),
                    raw.maker,
                    own,
                    scope.certain,
                    scope.when,
                    (raw.start[0], raw.end[0]) if scope.written else (-1, -1),
                )
            )
        if made and raw.body is not None and scope.written:
            self.bodies.append((made[-1], raw.body))
        return made

    def _reported(self, raw: RawMethod, scope: StatementScope) -> Place | None:
        if raw.reported == "none":
            return NO_LINE
        if raw.reported:
            return self.raw.macro_lines.get(raw.reported) or self.macro_lines(raw.reported)
        return None

    def _callee(self, callee: Ast, reader: TypeReader, bound: frozenset[str]) -> tuple[str, TypeExpr, str]:
        """The function that a signature belongs to, the type of its first slot, and the kind of method."""
        if callee[0] == "block" and len(callee[1]) == 1:
            callee = callee[1][0]
        if callee[0] == "::":
            type_ = reader.read(callee[2], bound)
            if type_[0] == "typeof":
                return type_[1], type_, "function"
            return _key(type_), type_, "callable"
        if callee[0] == "curly":
            type_ = reader.read(callee, bound)
            return _key(type_), ("apply", ("name", "Core.Type"), (type_,)), "constructor"
        if callee[0] == "sym" and callee[1] in reader.env:
            type_ = reader.read(callee, bound)
            if type_[0] in ("name", "apply"):
                return _key(type_), ("apply", ("name", "Core.Type"), (type_,)), "constructor"
        found = reader.named(callee)
        if found is None:
            names = dotted(callee)
            name = (
                f"{reader.module}.{names[-1]}"
                if len(names) == 1
                else ".".join(names)
                if names
                else show(("unknown", str(callee)[:40]))
            )
            found = Named(name, "function")
        if found.kind == "const" and (object_type := self.world.object_type(found.name)) is not None:
            return _key(object_type), object_type, "callable"
        if found.kind in ("type", "alias"):
            self_type: TypeExpr = ("apply", ("name", "Core.Type"), (("name", found.name),))
            return found.name, self_type, "constructor"
        return found.name, ("typeof", found.name), "function"


def _enclosing(module: RawModule, name: str) -> RawModule | None:
    """The module itself or one around it by its short name: `..Base`, or `const Base = parentmodule(@__MODULE__)`."""
    current: RawModule | None = module
    while current is not None:
        if current.name.rpartition(".")[2] == name:
            return current
        current = current.parent
    return None


def _module_name(module: RawModule) -> str:
    return module.name.lstrip("\0")


def _owner(name: str) -> tuple[str, str]:
    from rulecheck.languages.julia.link.type_expressions import split_name

    module, _, last = split_name(name)
    return module, last


def _type_head(head: Ast) -> tuple[str, tuple[Ast, ...]]:
    if head[0] == "<:":
        head = head[1]
    if head[0] == "curly":
        return str(head[1][1]), head[2]
    return str(head[1]), ()


def _key(type_: TypeExpr) -> str:
    while type_[0] in ("apply", "where"):
        if type_[0] == "apply" and type_[1] == ("name", "Core.Type") and type_[2][0][0] in ("name", "apply", "where"):
            type_ = type_[2][0]
        else:
            type_ = type_[1]
    return str(type_[1]) if type_[0] in ("name", "unknown", "typeof") else f"<{type_[0]}>"


def _slot(argument: Ast, reader: TypeReader, bound: frozenset[str]) -> tuple[str, TypeExpr, bool]:
    """The name, type and whether there is a default of one positional argument."""
    if argument[0] == "kw":
        name, type_, _ = _slot(argument[1], reader, bound)
        return name, type_, True
    if argument[0] == "=":
        name, type_, _ = _slot(argument[2], reader, bound)
        return name, type_, True
    if argument[0] == "macro" and argument[2]:
        return _slot(argument[2][-1], reader, bound)
    if argument[0] == "...":
        name, type_, _ = _slot(argument[1], reader, bound)
        return name, ("vararg", type_, None), False
    if argument[0] == "where" and argument[1][0] == "::":
        _, target, type_ = argument[1]
        return _slot(("::", target, ("where", type_, argument[2])), reader, bound)
    if argument[0] == "::":
        name = argument[1][1] if argument[1] is not None and argument[1][0] == "sym" else ""
        type_ = reader.read(argument[2], bound)
        if type_ == ("name", "Core.Vararg"):
            type_ = ("vararg", ANY, None)
        return str(name), type_, False
    return (str(argument[1]) if argument[0] == "sym" else ""), ANY, False


def _keywords(keywords: tuple[Ast, ...]) -> tuple[tuple[str, ...], bool]:
    names: list[str] = []
    anything = False
    for keyword in keywords:
        if keyword[0] == "...":
            anything = True
            continue
        target = keyword[1] if keyword[0] == "kw" else keyword[2] if keyword[0] == "=" else keyword
        if target[0] == "macro" and target[2]:
            target = target[2][-1]
        if target[0] == "::" and target[1] is not None:
            target = target[1]
        names.append(str(target[1]))
    return tuple(names), anything


def _mentioned(expr: object, found: set[str]) -> None:
    if isinstance(expr, tuple):
        if len(expr) == 2 and expr[0] == "var":
            found.add(str(expr[1]))
        for part in expr:
            _mentioned(part, found)


def _used(variables: tuple[Variable, ...], types: list[TypeExpr]) -> tuple[Variable, ...]:
    """The variables that a shorter signature still needs, with those that their bounds need."""
    found: set[str] = set()
    for type_ in types:
        _mentioned(type_, found)
    for name, lower, upper in reversed(variables):
        if name in found:
            _mentioned((lower, upper), found)
    return tuple(v for v in variables if v[0] in found)

"""The linked whole: what was read, and the questions that systems ask of it. Names are resolved when asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rulecheck.dispatch.operators import canonical, spellings
from rulecheck.facts import Attribute, Call, Expr, Function, Registration, Stats, Suppression, Type, TypeDef, Unreadable
from rulecheck.languages.language_source import Consulted
from rulecheck.languages.python.selection.files import ProjectFiles
from rulecheck.languages.python.selection.imports import ImportFollowing
from rulecheck.languages.python.selection.reach import reaching
from rulecheck.languages.python.semantics.annotations import Annotations
from rulecheck.languages.python.semantics.inference import Context, Inference
from rulecheck.languages.python.semantics.modules import Module, Modules
from rulecheck.languages.python.semantics.name_resolution import NameResolution
from rulecheck.languages.python.semantics.registrations import Registered
from rulecheck.languages.python.semantics.shapes import Cls, Fun, Shape, class_of, from_type, to_type
from rulecheck.languages.python.semantics.types import Types
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted
from rulecheck.languages.store.records import listing
from rulecheck.languages.store.settings import ReadSettings
from rulecheck.place import Place

Environment = Mapping[str, Type | None]


class Program:
    """Every question about the code that was read.

    Types and functions go by the qualified names of their definitions; places carry the paths that were given. A type
    that cannot be known is None, never a guess.
    """

    def __init__(
        self,
        modules: Modules,
        files: ProjectFiles,
        settings: ReadSettings,
        beside: frozenset[str] = frozenset(),
    ) -> None:
        self._modules = modules
        self._files = files
        self._texts = files.texts
        self._names = NameResolution(modules)
        self._types = Types(modules, self._names, self._texts.excerpt)
        self._annotations = Annotations(self._names, self._types)
        self._inference = Inference(self._names, self._types, self._annotations, settings.appliers, settings.handing_on)
        self._inference.heirs = self.subclasses
        self._registered = Registered(settings.registrars, self._names, self._types)
        self._spellings = settings.spellings
        self._owned = modules.owned()
        self.beside = beside
        self._judged = [m for m in self._owned if m.path not in beside]
        self._taking = ImportFollowing(modules, self._texts.content)
        self._types.gather(self._relevant())
        self._registrations: tuple[Registration, ...] | None = None
        self._calls: tuple[Call, ...] | None = None
        self._below: dict[str, list[str]] | None = None
        self._virtual: dict[str, list[str]] | None = None
        self._registered_at: dict[str, Place] = {}
        self._contexts: dict[str, Context] = {}

    # -- what was read ------------------------------------------------------------------------------------------

    @property
    def paths(self) -> tuple[str, ...]:
        """The linted files, without those that are only read beside them."""
        return tuple(m.path for m in self._judged)

    @property
    def modules(self) -> tuple[str, ...]:
        """The linted modules' names."""
        return tuple(m.name for m in self._owned)

    @property
    def stats(self) -> Stats:
        """What the run looked at."""
        read = self._files.read
        calls = sum(m.asked() for m in self._judged if m.path in read)
        return replace(self._files.stats(self.beside), parsed=len(read), calls=calls)

    def keep(self) -> None:
        """The run is over: leave what was read to the next."""
        self._files.close()

    def consulted(self) -> Consulted:
        """What answers depend on beside the linted files."""
        folders = {folder: listing(folder) for folder in self._modules.folders}
        return Consulted(self._files.installed_keys(), folders)

    def _relevant(self) -> list[Module]:
        """The modules that were found to matter; in a small project these are all."""
        return [m for m in self._owned if m.path in self._files.relevant]

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """ProjectFiles and parts of them that could not be read, classes without a consistent order among them."""
        for definition in self.owned_types():
            self._types.mro(definition.name)
        return (*self._files.unreadable, *self._types.unreadable)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The comments that silence findings."""
        return tuple(Suppression(m.path, *raw) for m in self._relevant() for raw in m.raw.suppressions)

    def module_of(self, path: str) -> str | None:
        """The module name of a file."""
        module = self._modules.by_path(path)
        return module.name if module is not None else None

    def path_of(self, module: str) -> str | None:
        """The file of a module that was read."""
        found = self._modules.loaded(module)
        return found.path if found is not None else None

    def says(self, word: str) -> bool:
        """Whether some linted file says a word."""
        return bool(self._files.mention((word,)))

    # -- definitions --------------------------------------------------------------------------------------------

    def owned_types(self) -> list[TypeDef]:
        """The classes of the linted files that matter, in the order of source: of files in which a token of the
        settings occurs, or with a class that derives from one in which it does; in a small project of all.
        """
        found = []
        for module in self._relevant():
            for name in module.classes:
                definition = self._types.type(f"{module.name}.{name}")
                if definition is not None:
                    found.append(definition)
        return found

    def functions_owned(self) -> Iterator[Function]:
        """The functions and methods of the linted files that matter, nested ones too."""
        self._files.need(self._files.relevant, None)
        for module in self._relevant():
            for raw in [*module.rows()] and [*module.functions.values()]:
                yield self._types.of_raw(module, raw)

    def type(self, name: str) -> TypeDef | None:
        """A class, of the project or of an installed package whose source is found."""
        return self._types.type(name)

    def function(self, qualified: str) -> Function | None:
        """A function ("package.module.f") or method ("package.module.Class.f")."""
        found = self._types.function(qualified)
        if found is None:
            module = qualified
            while "." in module and found is None:
                module = module.rpartition(".")[0]
                if self._modules.exists(module):
                    self._modules.get(module)
                    found = self._types.function(qualified)
                    break
        return found

    def mro(self, name: str) -> tuple[str, ...]:
        """The C3 order of a type, itself first."""
        return self._types.mro(name)

    def lookup(self, name: str, attribute: str) -> Function | Attribute | None:
        """What a type has under a name, its own or inherited."""
        return self._types.lookup(name, attribute)

    def defined_at(self, name: str, attribute: str) -> str | None:
        """The class in a type's order that has an attribute."""
        found = self._types.find(name, attribute)
        return found[0] if found is not None else None

    def is_subtype(self, sub: str, sup: str) -> bool:
        """Whether a type derives from another, or is it; virtual bases are not looked at."""
        return self._types.is_subtype(sub, sup)

    def subclasses(self, name: str) -> tuple[str, ...]:
        """The linted classes that derive from a type, directly or not."""
        count = len(self._files.relevant)
        self._files.need_below([name.rpartition(".")[2]])
        if self._below is None or count != len(self._files.relevant):
            self._below = {}
            for definition in self.owned_types():
                for above in self._types.mro(definition.name)[1:]:
                    self._below.setdefault(above, []).append(definition.name)
        return tuple(self._below.get(name, ()))

    def virtual(self, name: str) -> tuple[str, ...]:
        """The abstract types on which a type was registered by `Abstract.register(Type)`, in order."""
        if self._virtual is None:
            self._virtual = {}
            for registration in self.registrations:
                if registration.registrar.endswith(".register") and len(registration.arguments) == 2:
                    above, below = (self.class_named(a, registration.module) for a in registration.arguments)
                    if above is not None and below is not None:
                        self._virtual.setdefault(below, []).append(above)
                        self._registered_at.setdefault(below, registration.place)
        return tuple(self._virtual.get(name, ()))

    def registered_before(self, first: str, second: str) -> bool:
        """Whether one file registers a type on an abstract type before it does another, each for the first time."""
        a, b = self._registered_at.get(first), self._registered_at.get(second)
        return a is not None and b is not None and a.path == b.path and a.line < b.line

    # -- registrations and calls ----------------------------------------------------------------------------------

    @property
    def registrations(self) -> tuple[Registration, ...]:
        """What the linted files register, file by file in the order of source."""
        if self._registrations is None:
            self._registrations = tuple(r for m in self._relevant() for r in self._registered.of(m))
        return self._registrations

    def registrations_of(self, prefix: str) -> tuple[Registration, ...]:
        """What an installed package's module and those below it register, read from their sources."""
        return tuple(r for m in self._modules.below(prefix) for r in self._registered.of(m))

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every call and operator in the files that are judged; reads all of them."""
        if self._calls is None:
            self._calls = self.calls_matching(lambda expr: True)
        return self._calls

    def calls_matching(
        self,
        wanted: Callable[[Expr], bool],
        mentioning: Iterable[str] | None = None,
        words: Iterable[str] = (),
        pattern: bytes = b"",
        holding: Wanted | None = None,
    ) -> tuple[Call, ...]:
        """The calls and operators whose expression is wanted. With `mentioning`, qualified names of types, only in
        files that can come by such a value: they name one, or something that is made of one or gives one.
        With `words`, only in files that hold one of them, and with `pattern`, a regular expression, only in those of
        them in which it occurs. `holding` is what the text of a function has that holds such a call.
        """
        modules = self._judged
        if words:
            saying = self._files.mention(words)
            modules = [m for m in modules if m.path in saying]
        if pattern:
            occurs = re.compile(pattern, re.MULTILINE).search
            modules = [m for m in modules if occurs(self._texts.content(m.path))]
        if mentioning is not None:
            types = tuple(mentioning)
            # To follow names is worth it where that takes fewer files than to read all that are left.
            if len(modules) > len(self._files.mention(t.rpartition(".")[2] for t in types)):
                paths = reaching(self._owned, self._files, self._taking, types, holding or NOTHING)
                modules = [m for m in modules if m.path in paths]
        self._files.need((m.path for m in modules), holding)
        found: list[Call] = []
        for module in modules:
            rows = [(module.name, module.raw.calls)]
            rows += [(f"{module.name}.{module.known_as(f)}", f.calls) for f in module.rows(holding)]
            for scope, raws in rows:
                picked = [raw for raw in raws if wanted(raw.expr)]
                if picked:
                    found.extend(self._types.calls(module, scope, picked))
        found.sort(key=lambda c: c.place)
        return tuple(found)

    # -- meaning --------------------------------------------------------------------------------------------------

    def resolve(self, module: str, dotted: str) -> str | None:
        """The qualified name of what a dotted name stands for in a module, through imports, aliases and re-exports."""
        where = self._modules.loaded(module)
        meaning = self._names.meaning(where, dotted) if where is not None else None
        return meaning.qualified if meaning is not None else None

    def named_type(self, expr: Expr, module: str) -> Type | None:
        """What an annotation or type expression names."""
        where = self._modules.loaded(module)
        return to_type(self._annotations.shape(expr, where)) if where is not None else None

    def class_named(self, expr: Expr, module: str) -> str | None:
        """The one class that an expression names."""
        where = self._modules.loaded(module)
        return class_of(self._annotations.shape(expr, where)) if where is not None else None

    def parameters_of(self, function: Function) -> dict[str, Type | None]:
        """The types of a function's parameters as far as its own definition says: annotations, self and cls."""
        return {name: to_type(shape) for name, shape in self._inference.calling.declared(function).items()}

    def refuses(
        self, function: Function, position: int, type_: str, receiver: str | None = None, said: bool = True
    ) -> bool:
        """Whether a function raises or declines for an argument of a type, as far as its source can tell; a method of
        a class that inherits it is asked for as one of `receiver`. With `said` False, annotations do not count.
        """
        return self._inference.refusals.refuses(function, position, type_, receiver, said)

    def type_of(self, expr: Expr, module: str, env: Environment | None = None, scope: str = "") -> Type | None:
        """The type of an expression's value. Without `env`, parameters are what the scope's own definition says."""
        return to_type(self.shape_of(expr, module, env, scope))

    def shape_of(self, expr: Expr, module: str, env: Environment | None = None, scope: str = "") -> Shape | None:
        """The same a little finer: see `rulecheck.languages.python.semantics.shapes`."""
        context = self._context(module, env, scope)
        return self._inference.shape(expr, context) if context is not None else None

    def applied(self, call: Call) -> Function | None:
        """The function that a call gives to another which calls it with the rest of the arguments."""
        where = self._modules.loaded(call.module)
        if where is None or not self._inference.applies(call.expr[1], where):
            return None
        given = self.shape_of(call.expr[2][0], call.module, None, call.scope)
        return self.function(given.name) if isinstance(given, Fun) else None

    def attribute_type(self, name: str, attribute: str) -> Type | None:
        """The type of what reading an attribute of an instance gives."""
        return to_type(self._inference.attribute(name, attribute))

    def callee(self, expr: Expr, module: str, env: Environment | None = None, scope: str = "") -> str | None:
        """The canonical name of the function that a "call" or "op" runs: a function, a class, or a method that the
        receiver's type has ("package.Class.method").
        """
        if expr[0] == "op":
            return canonical(expr[1])
        if expr[0] != "call":
            return None
        if expr[1][0] == "name":
            where = self._modules.loaded(module)
            meaning = self._names.meaning(where, expr[1][1]) if where is not None else None
            if meaning is not None and meaning.kind != "value" and not (meaning.kind == "class" and meaning.rest):
                return self.canonical(meaning.qualified)
        context = self._context(module, env, scope)
        shape = self._inference.shape(expr[1], context) if context is not None else None
        if isinstance(shape, Fun):
            return self.canonical(shape.name)
        return class_of(shape.of) if isinstance(shape, Cls) else None

    def canonical(self, function: str) -> str:
        """The one name under which systems keep a function, whatever the spelling."""
        return self._spellings.get(function) or canonical(function)

    def spellings(self, function: str) -> tuple[str, ...]:
        """Every name of a function, its canonical one first."""
        return (*spellings(function), *(name for name, meant in self._spellings.items() if meant == function))

    def _context(self, module: str, env: Environment | None, scope: str) -> Context | None:
        known = self._contexts.get(scope) if env is None and scope else None
        if known is not None and known.module.name == module:
            return known
        where = self._modules.loaded(module)
        if where is None:
            return None
        function = self._types.signature(scope) if scope else None
        declared = self._inference.calling.declared(function) if function is not None else {}
        if env is not None:
            declared = {**declared, **{name: from_type(type_) for name, type_ in env.items()}}
        context = Context(where, declared)
        if function is not None and function.owner is not None and function.parameters:
            first = declared.get(function.parameters[0].name)
            context.owner = function.owner
            context.self_shape = first.of if isinstance(first, Cls) else first
        if env is None and scope:
            self._contexts[scope] = context
        return context

    # -- text, for reports and fixes ------------------------------------------------------------------------------

    def text(self, path: str) -> str:
        """The decoded source of a file that was read."""
        return self._texts.text(path)

    def span(self, place: Place) -> tuple[int, int]:
        """A place as offsets into its file's text."""
        return self._texts.span(place)

    def spell(self, module: str, qualified: str) -> str | None:
        """How a module can name a definition with the imports that it has; None where it cannot."""
        where = self._modules.loaded(module)
        return self._spelled(where, qualified) if where is not None else None

    def binds(self, module: str, name: str) -> bool:
        """Whether a module gives a name a value of its own, other than by an import."""
        where = self._modules.loaded(module)
        return where is not None and (name in where.raw.names or name in where.classes or name in where.functions)

    def _spelled(self, module: Module, qualified: str) -> str | None:
        prefix = f"{module.name}."
        if qualified.startswith(prefix):
            inner = qualified.removeprefix(prefix)
            if inner in module.classes or inner in module.functions:
                return inner
        head, _, last = qualified.rpartition(".")
        for candidate in _candidates(module, last):
            known = self._names.meaning(module, candidate, deep=True)
            if known is not None and self._is(known.qualified, qualified):
                return candidate
        for name, (_, _, certain) in module.raw.imports.items():
            meaning = self._names.meaning(module, name)
            if certain and meaning is not None and meaning.kind in ("module", "external"):
                found = self._names.meaning(module, f"{name}.{last}", deep=True)
                # What a module imports whole is its own affair: `rules.operator` is no name for `operator`.
                owned = found is not None and (head == meaning.qualified or found.kind not in ("module", "external"))
                if found is not None and owned and self._is(found.qualified, qualified):
                    return f"{name}.{last}"
                if head.startswith(f"{meaning.qualified}."):
                    longer = f"{name}.{qualified.removeprefix(meaning.qualified + '.')}"
                    found = self._names.meaning(module, longer, deep=True)
                    if found is not None and found.qualified == qualified:
                        return longer
        if head == "builtins" and last not in module.raw.names:
            return last
        return None

    @staticmethod
    def _is(found: str, wanted: str) -> bool:
        return found == wanted or (found != wanted and canonical(found) == wanted and found.startswith("operator."))


def _candidates(module: Module, last: str) -> Sequence[str]:
    imported = module.raw.imports.get(last)
    names: list[str] = [last] if (imported is not None and imported.certain) or module.raw.stars else []
    names += [n for n, (_, attribute, certain) in module.raw.imports.items() if certain and attribute == last]
    values = module.raw.names
    names += [n for n, v in values.items() if v[0] == "name" and v[1].rpartition(".")[2] == last]
    return list(dict.fromkeys(names))

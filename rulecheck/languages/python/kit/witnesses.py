"""Types of values that stand for a type of a signature in calls that are made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rulecheck.dispatch import Lattice
from rulecheck.facts import OBJECT, Type, TypeName
from rulecheck.languages.python.kit.argument_types import members
from rulecheck.languages.python.kit.class_roles import ClassRoles


class Witnesses:
    """Finds witnesses among a library's own values and a project's classes.

    `standard` are types of a library's values, the likeliest first, and `instead` those that stand for a type which
    has no values of its own; `own` gives the project's classes that calls may be made with.
    """

    def __init__(
        self,
        lattice: Lattice[TypeName],
        roles: ClassRoles,
        own: Callable[[], Sequence[str]],
        standard: Sequence[TypeName] = (),
        instead: Mapping[TypeName, Sequence[TypeName]] | None = None,
    ) -> None:
        self._lattice = lattice
        self._roles = roles
        self._own = own
        self._standard = standard
        self._instead = instead or {}

    def standing_for(self, pattern: TypeName) -> list[TypeName]:
        """Types of values that stand for a type: a library's own where it takes them, else itself."""
        if pattern in self._instead:
            return [*self._instead[pattern]]
        return [t for t in self._standard if self._lattice.is_subtype(t, pattern)] or [pattern]

    def below(self, type_: TypeName) -> list[TypeName]:
        """The project's own classes with objects that belong to a type; a wrapper's by its parameter."""
        parts = self._lattice.unwrap(type_)
        if parts is not None:
            return [self._lattice.wrap(parts[0], t) for t in self.below(parts[1])]
        fitting = [name for name in self._own() if self._lattice.is_subtype(name, type_)]
        return [name for name in fitting if not self._roles.is_abstract(name)]

    def topmost(self, fits: Callable[[str], bool]) -> list[str]:
        """Of the project's classes that fit, those that have none above them that does."""
        fitting = [name for name in self._own() if fits(name)]
        return [n for n in fitting if not any(o != n and self._lattice.is_subtype(n, o) for o in fitting)]

    def shared(self, patterns: Sequence[Type]) -> list[TypeName]:
        """Types of values that all of some types of signatures take, those first that are such a type."""
        found: dict[TypeName, None] = {}
        for member in dict.fromkeys((*members(patterns[0]), *members(patterns[-1]))):
            for value in (*self.standing_for(member), *self.below(member)):
                if all(self._lattice.is_subtype(value, p) for p in patterns):
                    found[value] = None
        return sorted(found, key=lambda t: (t not in patterns, str(t)))

    def meeting(self, asked: Type | None, given: Type) -> list[TypeName]:
        """The types at which a method's parameter and a rule's meet: of each two members the lower one, or what is
        below both.
        """
        found: dict[TypeName, None] = {}
        for wide in members(given):
            for own in members(asked) if asked is not None else (wide,):
                if self._lattice.is_subtype(own, wide):
                    found[own] = None
                elif self._lattice.is_subtype(wide, own):
                    found[wide] = None
                else:  # `np.ndarray` and an abstract vector meet in numpy's arrays of rank 1
                    both = (t for t in self._standard if all(self._lattice.is_subtype(t, p) for p in (own, wide)))
                    found.update(dict.fromkeys(both))
        return list(found)

    def meet(self, a: Sequence[Type], b: Sequence[Type], call: Sequence[TypeName]) -> tuple[Type, ...]:
        """Of two signatures the narrower type at each position, and the call's own where neither is narrower."""
        met: list[Type] = []
        for position in range(max(len(a), len(b))):
            x = a[position] if position < len(a) else OBJECT
            y = b[position] if position < len(b) else OBJECT
            if self._lattice.is_subtype(x, y):
                met.append(x)
            else:
                met.append(y if self._lattice.is_subtype(y, x) else call[position])
        return tuple(met)

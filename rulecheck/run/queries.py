"""Single questions about a project: who answers a call, which rules there are, which types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rulecheck.facts import TypeDef
from rulecheck.model.entries import Entry
from rulecheck.run.project import Paths, SystemAnswer, open_project


def which(function: str, types: Sequence[str], paths: Paths = (".",), **options: Any) -> tuple[SystemAnswer, ...]:
    """Who answers one call, in each system that has something to say of it; see `Project.which` for the names.

    `paths` and `options` are as for `open_project`.
    """
    return open_project(paths, **options).which(function, types)


def rules(paths: Paths = (".",), **options: Any) -> tuple[Entry, ...]:
    """Every rule and opt-out, the project's and the systems' own; options as for `open_project`."""
    return tuple(entry for model in open_project(paths, **options).models for entry in model.entries())


def types(paths: Paths = (".",), **options: Any) -> tuple[TypeDef, ...]:
    """Every class of the project, in the order of source; options as for `open_project`."""
    opened = open_project(paths, **options)
    return tuple(type_ for source in opened.sources.values() for type_ in source.program.owned_types())

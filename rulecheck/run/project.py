"""A project that was read, with each system bound to it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rulecheck import config as configuration
from rulecheck.config import Config, UnknownName, UsageError
from rulecheck.facts import Suppression, Unreadable
from rulecheck.garbage_collection import uncollected
from rulecheck.languages.store.records import is_inside
from rulecheck.model.entries import CallWalk, Entry, Question, Site
from rulecheck.model.model import Model
from rulecheck.model.system import System
from rulecheck.place import Place
from rulecheck.systems import names, system

if TYPE_CHECKING:
    from rulecheck.languages.language_source import LanguageSource
    from rulecheck.languages.store.discovery import Discovery
    from rulecheck.languages.store.records import Store
    from rulecheck.languages.store.settings import ReadSettings
    from rulecheck.languages.store.source_texts import SourceTexts

# The engine is read where this very package stands, whatever else is installed.
_OWN_ROOT = Path(__file__).parents[2]

Paths = str | Path | Sequence[str | Path]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many of it are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class SystemAnswer:
    """What one system says of a call: the walk, and the method that ordinary dispatch runs."""

    system: str
    question: Question
    walk: CallWalk
    primal: Entry | None
    # What answered for packages that the project does not hold itself, where the language has such a thing.
    environment: str | None = None

    @property
    def names_the_code(self) -> bool:
        """Whether the walk ends at the code that would run anyway."""
        winner = self.walk.winner
        return winner is not None and self.primal is not None and winner.place == self.primal.place


@dataclass(frozen=True)
class Project:
    """What was read, and one model for each system that was asked for and has a program to look at.

    `sources` holds what was read of each language, by the suffix of its files.
    """

    config: Config
    sources: Mapping[str, LanguageSource]
    systems: tuple[System, ...]
    progress: Progress | None = field(default=None, repr=False)

    @property
    def program(self) -> Any:
        """The program of the first language that was read."""
        return next(iter(self.sources.values())).program

    @cached_property
    def _answering(self) -> tuple[tuple[Model, str | None], ...]:
        """The systems bound to the programs of their languages, each with that language's environment."""
        pairs = [(s, self.sources[suffix]) for s in self.systems for suffix in s.suffixes if suffix in self.sources]
        return tuple((s.model(source.program), source.environment) for s, source in pairs)

    @property
    def models(self) -> tuple[Model, ...]:
        """The systems bound to the program of their language, in the order of their names."""
        return tuple(model for model, _ in self._answering)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that were read."""
        return tuple(path for source in self.sources.values() for path in source.program.paths)

    @property
    def beside(self) -> frozenset[str]:
        """The files that were read beside those that are judged."""
        return frozenset().union(*(source.beside for source in self.sources.values()))

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files and parts of them that could not be read."""
        return tuple(part for source in self.sources.values() for part in source.unreadable)

    @property
    def suppressions(self) -> tuple[Suppression, ...]:
        """The comments that silence findings."""
        return tuple(comment for source in self.sources.values() for comment in source.program.suppressions)

    @property
    def environments(self) -> tuple[str, ...]:
        """What answered for packages that the project does not hold itself, where the language has such a thing."""
        return tuple(source.environment for source in self.sources.values() if source.environment)

    @cached_property
    def unresolved(self) -> dict[Place, str]:
        """Calls that some system may answer and none could type, each with the reason."""
        sites = [site for model in self.models if model.takes_part for site in model.sites()]
        resolved = {site.place for site in sites if site.questions}
        return {site.place: _reason(site) for site in sites if site.place not in resolved}

    @property
    def unfollowed(self) -> tuple[tuple[str, int], ...]:
        """Definitions and registrations that hang on what source does not tell, counted."""
        untold = Counter(what for model in self.models if model.takes_part for what in model.untold())
        return (*(row for source in self.sources.values() for row in source.unfollowed), *untold.items())

    def which(self, function: str, types: Sequence[str]) -> tuple[SystemAnswer, ...]:
        """Who answers a call, in each system that has something to say of it.

        The names are as a person writes them: "matmul", "@", "np.sum"; "Circulant", "float", "Transpose[Circulant]".
        Raises `config.UsageError` for one that no system knows or can read.
        """
        failures: list[UsageError] = []
        silent: list[SystemAnswer] = []
        telling: list[SystemAnswer] = []
        for model, environment in self._answering:
            try:
                question = model.question(function, types)
            except UsageError as error:
                failures.append(error)
                continue
            answer = SystemAnswer(model.name, question, model.walk(question), model.primal(question), environment)
            (telling if any(step.entries for step in answer.walk.steps) else silent).append(answer)
        if not telling and failures:
            raise failures[0]
        # Where one system answers in the place of the code, another that merely names the code has nothing to add.
        decisive = [answer for answer in telling if not answer.names_the_code]
        concerned = {model.name for model in self.models if model.takes_part}
        used = [answer for answer in decisive if answer.system in concerned]
        return tuple(used or decisive or telling or silent[:1])

    def text(self, path: str) -> str | None:
        """The decoded source of a file that was read."""
        for source in self.sources.values():
            try:
                found: str | None = source.program.text(path)
            except (KeyError, OSError, ValueError):
                continue
            if found or (found is not None and path in self.paths):
                return found
        return None


@dataclass(frozen=True)
class Plan:
    """What a run is to read: the files that were found, and how to read them."""

    config: Config
    settings: ReadSettings
    systems: tuple[System, ...]
    found: Mapping[str, Discovery]
    texts: SourceTexts
    progress: Progress | None = None

    def opened(self) -> Project:
        """Read it. Raises `config.UsageError` for settings that cannot be used."""
        from rulecheck.languages.by_suffix import read_all

        sources = read_all(self.found, self.settings, self.texts)
        systems = tuple(s for s in self.systems if not sources.keys().isdisjoint(s.suffixes))
        return Project(self.config, sources, systems, self.progress)


def plan(
    paths: Paths = (".",),
    *,
    config: Config | None = None,
    stdin: tuple[str, bytes] | None = None,
    progress: Progress | None = None,
    around: bool = False,
    verify: bool = False,
) -> Plan:
    """Find all files below the paths; see `open_project`, which raises the same."""
    from rulecheck.languages.by_suffix import find_all
    from rulecheck.languages.python.virtual_environment import project_packages
    from rulecheck.languages.store.settings import VERIFY_BELOW, ReadSettings
    from rulecheck.languages.store.source_texts import SourceTexts

    given = tuple(map(str, listed(paths))) or (".",)
    if config is None:
        config = configuration.load(Path(given[0]))
    chosen = tuple(_systems(config))
    settings = ReadSettings(
        registrars=frozenset().union(*(s.registrars for s in chosen)),
        appliers=frozenset().union(*(s.appliers for s in chosen)),
        spellings={name: function for s in chosen for name, function in s.spellings.items()},
        handing_on=frozenset().union(*(s.handing_on for s in chosen)),
        tokens=tuple(dict.fromkeys(token for s in chosen for token in s.tokens)),
        marks=tuple(s.marks for s in chosen if s.marks),
        extend_exclude=config.exclude,
        store=_store(Path(given[0]), config),
        jobs=config.jobs,
        search_path=(*config.search_path, *project_packages(given[0]), *ReadSettings().roots(), str(_OWN_ROOT)),
        stdin=stdin,
        progress=None if progress is None else lambda done, total: progress("reading", done, total),
        environment=config.julia_environment,
        default_environment=next((s.environment for s in chosen if s.environment), ""),
        macros=tuple(dict.fromkeys(macro for s in chosen for macro in s.macros)),
        around=around,
        verify_below=VERIFY_BELOW if verify else 0,
    )
    suffixes = [suffix for s in chosen for suffix in s.suffixes]
    found = find_all(given, settings, suffixes, suffixes if config.systems is not None else ())
    return Plan(config, settings, chosen, found, SourceTexts(dict([stdin]) if stdin else {}), progress)


@uncollected()
def open_project(
    paths: Paths = (".",),
    *,
    config: Config | None = None,
    stdin: tuple[str, bytes] | None = None,
    progress: Progress | None = None,
    around: bool = False,
    verify: bool = False,
) -> Project:
    """Read everything below the paths once, for all systems.

    With `around`, a file that is named is read among those that it belongs to, which are not judged. With `verify`,
    every file is parsed, if only to tell that it cannot be, but in the largest projects.

    Raises `config.UsageError` for settings, and `SourceError` for paths, that cannot be used.
    """
    return plan(paths, config=config, stdin=stdin, progress=progress, around=around, verify=verify).opened()


def _store(start: Path, config: Config) -> Store:
    from rulecheck.languages.store.records import Store, user_folder

    return Store(config.cache_dir or user_folder(), _trees(start, config)) if config.cache else Store()


def _trees(start: Path, config: Config) -> tuple[str, ...]:
    """The folders that may have come from elsewhere: of the settings, of the repository, and the working directory."""
    start = start.absolute()
    repositories = [folder for folder in (start, *start.parents) if (folder / ".git").exists()]
    here, home = os.getcwd(), os.path.expanduser("~")
    own = [] if is_inside(home, here) else [here]
    return tuple(dict.fromkeys((*([config.root] if config.root else ()), *map(str, repositories[:1]), *own)))


def listed(paths: Paths) -> Sequence[str | Path]:
    """The paths, where there may be one by itself."""
    return (paths,) if isinstance(paths, str | Path) else paths


def _systems(config: Config) -> Iterator[System]:
    for name in config.systems if config.systems is not None else names():
        if name not in names():
            raise UnknownName("system", name, names(), config.where("systems"))
        yield system(name)


def _reason(site: Site) -> str:
    return site.reason or "the type of an operand is not known"

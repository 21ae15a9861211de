"""Small projects as source, read but not run, and their model."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from textwrap import dedent

from rulecheck.config import Config
from rulecheck.finding import Finding
from rulecheck.run.lint import lint
from rulecheck.run.project import open_project
from rulecheck.systems.engine.model import EngineModel

HEAD = """\
import operator
import sys
from abc import abstractmethod

import numpy as np

from rulecheck import ad


class Diagonal(ad.AbstractMatrix):
    def __init__(self, entries: np.ndarray) -> None:
        self.entries = entries

    def __matmul__(self, x: ad.AbstractVector):
        return self.entries * x


class Signal(ad.AbstractVector):
    def __init__(self, samples: np.ndarray) -> None:
        self.samples = samples


"""
TRACED = "ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n"
# The engine's own sources are read once for all tests.
CACHE = tempfile.mkdtemp(prefix="rulecheck-tests-")
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)
CONFIG = Config(systems=("engine",), cache_dir=CACHE)


def write(folder: Path, source: str, head: str = HEAD) -> Path:
    """The source below the shared types, in a file of its own."""
    path = folder / "world.py"
    path.write_text(head + dedent(source))
    return path


def model_of(folder: Path, source: str = "", head: str = HEAD) -> EngineModel:
    """The engine's model of a project of one file."""
    (model,) = open_project([write(folder, source, head)], config=CONFIG).models
    assert isinstance(model, EngineModel)
    return model


def findings_of(folder: Path, source: str, head: str = HEAD, *select: str) -> list[Finding]:
    """What lint finds in a project of one file."""
    config = CONFIG.override(select=select) if select else CONFIG
    return list(lint([write(folder, source, head)], config=config).findings)


def said(findings: list[Finding]) -> list[tuple[str, str]]:
    """Code and hidden or registered signature of each finding."""
    return [(f.code, (f.shadows or f.fires).signature) for f in findings if f.shadows or f.fires]

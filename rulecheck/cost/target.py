"""What is to be measured: a function or method of the user's, found, imported, and brought into a call."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rulecheck.config import UsageError, nearest
from rulecheck.dispatch.operators import BY_METHOD, BY_REFLECTED


@dataclass(frozen=True, slots=True)
class Target:
    """A call to measure: `run` takes the arguments, `owners` are the types known of them (None: see annotations)."""

    name: str
    run: Callable[..., Any]
    signature: inspect.Signature
    owners: tuple[type | None, ...]
    module: ModuleType


def resolve(text: str) -> Target:
    """Find `module:function`, `file.py:function` or `file.py:Class.method`, importing the module.

    Raises UsageError where there is none, and whatever the module raises when it is imported.
    """
    where, colon, name = text.rpartition(":")
    if not colon or not where or not name:
        raise UsageError(f'"{text}": say what to measure as module:function or file.py:Class.method')
    module = _imported(where)
    owner: Any = None
    found: Any = module
    for part in name.split("."):
        owner, above = found, found
        found = inspect.getattr_static(above, part, None) if isinstance(above, type) else getattr(above, part, None)
        if found is None:
            close = nearest(part, [n for n in dir(above) if n.startswith("__") == part.startswith("__")])
            hint = f'; did you mean "{close}"?' if close else ""
            raise UsageError(f'{where} has no "{name}"{hint}')
    if isinstance(owner, type):
        return _method(text, owner, name.rpartition(".")[2], found, module)
    if not callable(found):
        raise UsageError(f"{text} is no function")
    signature = inspect.signature(found)
    return Target(text, found, signature, (None,) * len(_positional(signature)), module)


def _method(text: str, owner: type, name: str, found: Any, module: ModuleType) -> Target:
    """A method as the call that users write: `A @ x` for `__matmul__`, `np.linalg.solve(A, b)` for `solve`."""
    if not callable(found):
        raise UsageError(f"{text} is no method")
    signature = inspect.signature(found)
    owners: tuple[type | None, ...] = (owner, *(None,) * (len(_positional(signature)) - 1))
    import operator

    if name in BY_METHOD:
        return Target(text, getattr(operator, BY_METHOD[name].function.rpartition(".")[2]), signature, owners, module)
    if name in BY_REFLECTED:
        function = getattr(operator, BY_REFLECTED[name].function.rpartition(".")[2])
        turned = signature.replace(parameters=list(signature.parameters.values())[1::-1])
        return Target(text, function, turned, owners[::-1], module)
    spelled = getattr(np.linalg, name, None) or getattr(np, name, None)
    run = spelled if callable(spelled) and hasattr(owner, "__array_function__") else getattr(owner, name)
    return Target(text, run, signature, owners, module)


def _positional(signature: inspect.Signature) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in signature.parameters.values() if p.kind in kinds and p.default is inspect.Parameter.empty]


def _imported(where: str) -> ModuleType:
    """The module of a dotted name, or of a file, which is imported under the name that its package gives it."""
    if where.endswith(".py") or os.sep in where or "/" in where:
        path = Path(where).resolve()
        if not path.is_file():
            raise UsageError(f"{where}: no such file")
        parts, root = [path.stem] if path.stem != "__init__" else [], path.parent
        while (root / "__init__.py").exists():
            parts.insert(0, root.name)
            root = root.parent
        where, folder = ".".join(parts), str(root)
    else:
        folder = os.getcwd()
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(where)
    except ModuleNotFoundError as error:
        if error.name is not None and (where == error.name or where.startswith(f"{error.name}.")):
            raise UsageError(f"there is no module {where}") from None
        raise

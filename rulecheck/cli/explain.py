"""`rulecheck explain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from rulecheck.cli.exit_codes import CLEAN
from rulecheck.cli.options import formats, plugin_option
from rulecheck.cli.output import emit, say, store, wants_colour, width
from rulecheck.config import UnknownName, UsageError
from rulecheck.report.base import DescribedCheck
from rulecheck.systems import names, system


@click.command()
@click.argument("check", required=False, metavar="CODE|NAME|SYSTEM")
@formats("text", "markdown", "json")
@click.option("--all", "everything", is_flag=True, help="Every check, one after the other.")
@plugin_option
@click.option("--write-docs", metavar="FOLDER", help="Write a page for every check, and their index, into a folder.")
def command(check: str | None, format_: str, everything: bool, write_docs: str | None) -> int:
    """Explain a check: what it does, why it matters, what to write instead, and how safe its fix is.

    Or a system: where it looks for an answer, and in which order. Without either, list the checks.
    """
    from rulecheck.report.page import index, page, terminal

    if write_docs is not None:
        _write(Path(write_docs))
        return CLEAN
    if check is not None and check.strip().lower() in names():
        return _explain_system(check.strip().lower(), format_)
    if check is not None:
        wanted = check.strip().lower()
        chosen = [c for c in explained() if wanted in (c.code.lower(), c.name)]
        if not chosen:
            raise UnknownName("check", check, [*(n for c in explained() for n in (c.code, c.name)), *names()])
    else:
        chosen = explained()
    if format_ == "json":
        import json

        emit(json.dumps([_data(c) for c in chosen] if check is None else _data(chosen[0]), indent=2) + "\n", data=True)
    elif check is None and not everything:
        if format_ == "markdown":
            emit(index(chosen))
        else:
            width_ = max(len(c.name) for c in chosen)
            emit("".join(f"{c.code}  {c.name:<{width_}}  {c.summary}\n" for c in chosen))
    elif format_ == "markdown":
        emit("\n".join(page(c) for c in chosen))
    else:
        colour = wants_colour(sys.stdout)
        emit("\n".join(terminal(page(c), colour=colour, width=width()) for c in chosen))
    return CLEAN


def _explain_system(name: str, format_: str) -> int:
    from rulecheck.report.page import system_page, terminal

    wanted = system(name)
    if format_ == "json":
        import json

        emit(json.dumps({"name": name, "summary": wanted.summary, "page": wanted.page}, indent=2) + "\n", data=True)
        return CLEAN
    text = system_page(name, wanted.summary, wanted.page)
    emit(text if format_ == "markdown" else terminal(text, colour=wants_colour(sys.stdout), width=width()))
    return CLEAN


def explained() -> list[DescribedCheck]:
    """Everything that has a page: the checks, and the verdicts of `measure`."""
    from rulecheck.checks import all_checks
    from rulecheck.cost.verdicts import VERDICTS

    every: list[DescribedCheck] = [*all_checks(), *VERDICTS]
    return sorted(every, key=lambda rule: rule.code)


def _data(check: DescribedCheck) -> dict[str, Any]:
    plain = ("code", "name", "severity", "summary", "what", "why", "fix_safety", "default")
    examples = [{"bad": e.bad, "good": e.good} for e in check.examples]
    return {**{name: getattr(check, name) for name in plain}, "examples": examples}


def _write(folder: Path) -> None:
    from rulecheck.report.page import index, page

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    pages = {f"{check.code}.md": page(check) for check in explained()}
    pages["README.md"] = index(explained())
    for name, text in pages.items():
        store(text, str(folder / name))
    say(f"wrote {len(pages)} pages into {folder}")

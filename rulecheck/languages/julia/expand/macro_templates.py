"""Where the templates of macros stand: Julia reports these lines for the methods that such macros make."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rulecheck.languages.julia.expand.rule_macros import RuleMacro
from rulecheck.languages.julia.expand.unresolved import RawPackage
from rulecheck.place import Place


class Template(NamedTuple):
    """A macro's method as its own source writes it; the line that Julia reports stands `below` where that begins."""

    key: str
    pattern: re.Pattern[bytes]
    below: int = 0


def _template(key: str, pattern: bytes, below: int = 0) -> Template:
    return Template(key, re.compile(rb"^[ \t]*" + pattern, re.M), below)


TEMPLATES = (
    _template("@deprecate", rb":\(\$\(esc\(old\)\) = begin", 1),
    _template("@deprecate name", rb":\(function \$\(esc\(old\)\)\(args\.\.\."),
    _template("@irrational BigFloat", rb"function Base\.BigFloat\(::Irrational\{\$qsym\};"),
    _template("@irrational library", rb"function Base\.BigFloat\(::Irrational\{\$qsym\}, r::"),
    _template("@irrational Float64", rb"Base\.Float64\(::Irrational\{\$qsym\}\) ="),
    _template("@irrational Float32", rb"Base\.Float32\(::Irrational\{\$qsym\}\) ="),
    _template("@kwdef", rb"kwdefs = :\(\(\$\(esc\(T\)\)\)\(\$params_ex\) ="),
    _template("@kwdef parametric", rb"\(\$\(esc\(S\)\)\)\(\$params_ex\) ="),
    _template("@kwdef applied", rb"\(\$\(esc\(SQ\)\)\)\(\$params_ex\) where"),
    _template("@enum", rb"function \$\(esc\(typename\)\)\(x::Integer\)"),
    _template("@forward", rb":\(\$\(\[:\(\$f\(x::\$T, args\.\.\.; kwargs\.\.\.\) ="),
)


def find_templates(raw: RawPackage, macros: Iterable[RuleMacro] = ()) -> None:
    """Note the lines of the templates that a package holds: of Julia's own macros, and of those for rules."""
    of_rules = [
        (method.marked, _template(method.reported, method.template))
        for macro in macros
        for method in macro.methods
        if method.template
    ]
    for label, text in raw.texts.items():
        wanted = [template for marked, template in of_rules if marked in text]
        for key, pattern, below in (*wanted, *(TEMPLATES if b"macro " in text else ())):
            found = pattern.search(text)
            if found is not None:
                raw.macro_lines.setdefault(key, Place(label, text.count(b"\n", 0, found.start()) + 1 + below))

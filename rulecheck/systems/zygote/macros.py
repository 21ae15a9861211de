"""Zygote's own macros, and Tracker's, which packages load beside it."""

from __future__ import annotations

from rulecheck.languages.julia.expand.rule_macros import FUNCTION, SORTER, Given, MacroMethod, RuleMacro

_PULLBACK = "ZygoteRules._pullback"
_CONTEXT = ("__context__", "ZygoteRules.AContext")
_FUNCTION = ("#f", FUNCTION)
_MARK = b"_pullback("
ADJOINT = RuleMacro(
    ("adjoint", "adjoint!", "_adjoint_keepthunks", "_adjoint_keepthunks!"),
    Given.DEFINITION,
    (
        MacroMethod(
            _PULLBACK,
            (_CONTEXT, _FUNCTION),
            "@adjoint",
            rb"(?:@inline )?function ZygoteRules\._pullback\(\$cx, \$f",
            _MARK,
            has_body=True,
        ),
        MacroMethod(
            _PULLBACK,
            (_CONTEXT, (None, SORTER), ("kw", None), _FUNCTION),
            "@adjoint keywords",
            rb"(?:@inline )?function ZygoteRules\._pullback\(\$cx, ::\$kT",
            _MARK,
            kind="keyword rule",
        ),
    ),
)
NOGRAD = RuleMacro(
    ("nograd",),
    Given.FUNCTIONS,
    (
        MacroMethod(
            _PULLBACK,
            ((None, "Zygote.Context"), (None, FUNCTION)),
            "@nograd",
            rb".*_pullback\(::Context, ::Core\.Typeof\(\$\(esc\(f\)\)\), args\.\.\.\) =",
            _MARK,
        ),
    ),
)
GRAD = RuleMacro(("grad",), Given.DEFINITION, (MacroMethod("Tracker._forward", ((None, FUNCTION),), has_body=True),))
ZYGOTE_MACROS = (ADJOINT, NOGRAD, GRAD)

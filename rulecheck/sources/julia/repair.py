"""Rewrites, byte for byte in place, what Julia accepts and the grammar does not, so that the rest can be read.

Every rewrite keeps all offsets; names are afterwards read from the original bytes, so none is changed by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

FIELD_CONST = re.compile(rb"(?m)^([ \t]*)const(?=[ \t]+\w+[ \t]*(?:::[^=\n]*)?(?:#.*)?$)")
WORDS = (
    rb"end|for|if|while|function|let|begin|do|try|quote|struct|macro|module|where|else|elseif|catch|finally|return|const"
    rb"|global|local|import|using|export|baremodule|break|continue|abstract|primitive|type|mutable|in|isa"
)
KEYWORD_SYMBOL = re.compile(rb"(?<=[\s(,\[=]):(?:" + WORDS + rb")\b")
OPERATOR_SYMBOL = re.compile(rb"(?<=[\s(,\[]):(->|\.\.\.|::)(?=[\s),])")
IMPORTED_MACRO = re.compile(rb"(?m)^[ \t]*(?:import|using)\b.*\.@.*$")
OPERATOR_DECLARED = re.compile(rb"(?m)^[ \t]*function[ \t]+[^\w\s(]\S*[ \t]+end[ \t]*$")
WHERE_NAME = re.compile(rb"\bwhere(?=::|\.|\))")
IN_NAME = re.compile(rb"\bin(?=::|\))")
SPACED_RANGE = re.compile(rb"(?<=[^\s?]) : (?=\S)")
UNARY_RANGE = re.compile(rb"(?<=[\w)\]]) ?:(?= ?-?\w)")
CONST_GLOBAL = re.compile(rb"\bconst global\b")
TYPE_SEMICOLON = re.compile(rb"(?m)^([ \t]*(?:abstract type|(?:mutable )?struct)\b[^;\n]*?);([ \t]*end\b)")
STRANGE_NAME = re.compile(rb'(?m)^([ \t]*)var"[^"\n]*"([ \t]*,)')
NOT_EQUAL = re.compile(rb"(?<=[\w)\]}])!=")
FIRST_OF_MANY = re.compile(rb"(?m)^([ \t]*(?:\w|[^\x00-\x7f])+(?:,[ \t]*(?:\w|[^\x00-\x7f])+)*),([ \t]*=(?!=))")
TWICE_PUT_IN = re.compile(rb"\$\$(?=[\w(])")
LET_PUT_IN = re.compile(rb"(?<=\blet )\$\([^()\n]*\)")
STRANGE_MACRO = re.compile(rb"(?<=@)[^\x00-\x7f]+")
IMPORT_PUT_IN = re.compile(rb"(?m)\b(?:import|using) [^\n]*\$[^\n]*$")
# Digits of mathematical alphabets are letters to Julia.
BOLD_DIGIT = re.compile(rb"\xf0\x9d\x9f[\x8e-\xa1]")
# What `@traitfn` asks beyond the bounds of variables: `where {T; IsThin{T}}`, `where {{T; IsThin{T}}}`.
TRAITS_ALONE = re.compile(rb"(?<=where)[ ]\{\{(\w+);[^\n]*\}\}(?=[ \t]*$)", re.MULTILINE)
TRAITS = re.compile(rb"(?m)(?<=where )(\{[^;\n]*);[^\n]*\}(?=[ \t]*$)")
TASK_LOCAL = re.compile(rb"\blet local\b")


SUFFIX = re.compile(rb"(?<=[*+/\\<>=^%&|~-])\xe2\x82[\x80-\x9c]")


def prepare(source: bytes) -> bytes:
    """The cheap rewrites that are always safe: `const` fields, hard spaces, `a!=b`, operators such as `*ₛ`."""
    if b"\xe2\x82" in source:
        source = SUFFIX.sub(b"   ", source)
    if b"\xc2\xa0" in source:
        source = source.replace(b"\xc2\xa0", b"  ")
    if b"!=" in source:
        source = NOT_EQUAL.sub(b"==", source)
    if b"const" in source:
        source = FIELD_CONST.sub(rb"\1     ", source)
    return source


def _blank(found: re.Match[bytes]) -> bytes:
    return b" " * len(found[0])


def _symbol(found: re.Match[bytes]) -> bytes:
    return b":" + b"_" * (len(found[0]) - 1)


def _spaced(found: re.Match[bytes]) -> bytes:
    line = found[0]
    return line if b"?" in line else SPACED_RANGE.sub(b" + ", line)


REWRITES: tuple[tuple[re.Pattern[bytes], bytes | Callable[[re.Match[bytes]], bytes]], ...] = (
    (KEYWORD_SYMBOL, _symbol),
    (OPERATOR_SYMBOL, _symbol),
    (IMPORTED_MACRO, lambda m: m[0].replace(b".@", b"._")),
    (OPERATOR_DECLARED, _blank),
    (WHERE_NAME, b"_here"),
    (IN_NAME, b"_n"),
    (CONST_GLOBAL, b"global const"),
    (TYPE_SEMICOLON, rb"\1 \2"),
    (STRANGE_NAME, _blank),
    (re.compile(rb"(?m)^.* : .*$"), _spaced),
    (TASK_LOCAL, b"let      "),
    (FIRST_OF_MANY, rb"\1 \2"),
    (IMPORT_PUT_IN, lambda m: m[0].replace(b"$", b"_")),
    (BOLD_DIGIT, b"____"),
    (TRAITS_ALONE, lambda m: b" { " + m[1] + b" " * (len(m[0]) - len(m[1]) - 4) + b"}"),
    (TRAITS, lambda m: m[1] + b" " * (len(m[0]) - len(m[1]) - 1) + b"}"),
    (TWICE_PUT_IN, b" $"),
    (LET_PUT_IN, _blank),
    (STRANGE_MACRO, lambda m: b"_" * len(m[0])),
)


def repair(source: bytes) -> bytes:
    """All rewrites, for a file that does not parse without them."""
    for pattern, replacement in REWRITES:
        source = pattern.sub(replacement, source)
    return source

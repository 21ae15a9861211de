"""Rewrites, byte for byte in place, what Julia accepts and the grammar does not, so that the rest can be read.

Every rewrite keeps all offsets; names are afterwards read from the original bytes, so none is changed by it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Rewrite = Callable[[re.Match[bytes]], bytes]

FIELD_CONST = re.compile(rb"(?m)^([ \t]*)const(?=[ \t]+(?:[\w!]|[^\x00-\x7f])+[ \t]*(?:::[^=\n]*)?(?:#.*)?$)")
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
BESIDE_COLON = re.compile(rb"(?m)^(?:.*\?[ \t]*\n)?.* : .*$")
SPACED_RANGE = re.compile(rb"(?<=[^\s?]) : (?=\S)")
RANGE_OF_NEGATIVE = re.compile(rb"(?<=\()(-\w+) : (?=\w)")
CONST_GLOBAL = re.compile(rb"\bconst global\b")
TYPE_SEMICOLON = re.compile(rb"(?m)^([ \t]*(?:abstract type|(?:mutable )?struct)\b[^;\n]*?);([ \t]*end\b)")
STRANGE_NAME = re.compile(rb'(?m)^([ \t]*)var"[^"\n]*"([ \t]*,)')
NOT_EQUAL = re.compile(rb"(?<=[\w)\]}])!=")
FIRST_OF_MANY = re.compile(rb"(?m)^([ \t]*(?:\w|[^\x00-\x7f])+(?:,[ \t]*(?:\w|[^\x00-\x7f])+)*),([ \t]*=(?!=))")
TWICE_PUT_IN = re.compile(rb"\$\$(?=[\w(])")
LET_PUT_IN = re.compile(rb"(?<=\blet )\$\([^()\n]*\)")
STRANGE_MACRO = re.compile(rb"(?<=@)[^\x00-\x7f]+")
IMPORT_PUT_IN = re.compile(rb"(?m)\b(?:import|using) [^\n]*\$[^\n]*$")
# What `@traitfn` asks beyond the bounds of variables: `where {T; IsThin{T}}`, `where {{T; IsThin{T}}}`.
TRAITS_ALONE = re.compile(rb"(?<=where)[ ]\{\{(\w+);[^\n]*\}\}(?=[ \t]*$)", re.MULTILINE)
TRAITS = re.compile(rb"(?m)(?<=where )(\{[^;\n]*);[^\n]*\}(?=[ \t]*$)")
# `[begin+1:end]`, `[(begin + 1):end]`.
FIRST_INDEX = re.compile(rb"(?<=[\[(,:+*-])( ?)begin(?= ?[-+*:,)\]])")
# Words that are keywords only before another word.
SOFT_WORD = re.compile(
    rb"\bpublic\b(?![ \t]+(?:[@\w]|[^\x00-\x7f]))|(?<=[(,=\[])public\b"
    rb"|\b(?:abstract|primitive)\b(?![ \t]+type\b)|\bmutable\b(?![ \t]+struct\b)"
)
SPACED_KEYWORDS = re.compile(rb",(?=\s*;)")
# `(a + b)c` is a product.
PRODUCT = re.compile(
    rb"(?<![\w!$.)\]}'\"\x80-\xff])(\d*)\((?=((?:[^()\n\"]|\((?:[^()\n\"]|\([^()\n\"]*\))*\))+)\)"
    rb"(?!(?:" + WORDS + rb")\b)[A-Za-z_\xce\xcf])\2\)"
)
# `3.0(a + b)u"nm"`, `zero(T)u"nm"`: the unit.
UNIT = re.compile(rb"(?<=[)\]])(?!(?:" + WORDS + rb')\b)[A-Za-z_]\w*"[^"\n]*"')
# `1.5 ~ Normal(0, 1)`.
OBSERVED = re.compile(rb"(?m)^([ \t]*)(\d[\d.e]*)(?= ~ )")
# `f $ x`, an operator to some packages.
DOLLAR = re.compile(rb"(?m)(?<=[\w)\]}]) \$(?=[ \t]|$)")
LONG_ABSTRACT = re.compile(rb"(?m)^([ \t]*abstract type [^\n]*<:)\n([ \t]*[^\n]*?) (end\b)")
ARROW_PUT_IN = re.compile(rb"\$(?=\w+ *->)")
NAME_PUT_IN = re.compile(rb"(?<=[(,;])( ?)\$(?=\w+ ?=[^=])")
NAME_MADE = re.compile(rb"(?<=[(,;])\$\((?:[^()\n]|\([^()\n]*\))*\)(?= ?=[^=])")
SIZE_PUT_IN = re.compile(rb"(?<=\bprimitive type )([^\n]* )(\$\w+)(?= end)")
NOT_SPECIALISED = re.compile(rb"@nospecialize(?=\(\w+\) *->)|(?<=\bdo )@nospecialize(?= )")
SPACED_OPERATOR = re.compile(rb"(?m)^([ \t]*(?:@\w+ |function )?\w+(?:\.\w+)*\.) (?=[-+*/\\^<>=!&|%]+\()")
BOUND_SUPERTYPE = re.compile(
    rb"(?m)(^[ \t]*(?:mutable )?struct [^\n<]*(?:<:[^\n{}]*\{[^\n{}]*\})?[^\n<]*<:\s*[^\n]*?)(\swhere[ {][^\n]*)$"
)
STRANGE_IMPORT = re.compile(rb"(?m)^[ \t]*(?:import|using)\b[^\n]*var\"[^\n]*$")
STRANGE_WORD = re.compile(rb'var"[^"\n]*"')
IMPORTED_OPERATORS = re.compile(rb"(?m)^[ \t]*import [^\n]*\.[-+*/\\^<>=!&|%][^\n]*$")
IMPORTED_OPERATOR = re.compile(rb"(?<=\w\.)[-+*/\\^<>=!&|%]+(?=[,\s]|$)")
BRACED_LOOP = re.compile(rb"\bfor \((\w+)\)(?= in\b)")
LATER_MACRO = re.compile(rb'(?m)(?:&&|\|\||\?)[ ]@\w+ (?:"""(?:[^"\\]|\\.|"(?!""))*""")?[^\n]*$')
MACRO_KEYWORD = re.compile(rb"(?<=\s)(\w+)=(?=[^=\s])")
# A docstring on the line of what it is for.
DOCUMENTED = re.compile(
    rb'(?m)^([ \t]*)"(?:[^"\\\n]|\\.)*"(?=[ \t]+(?:mutable struct|struct|abstract type|function|macro)\b)'
)
# `2a'b`, the number before a product with an adjoint.
BEFORE_ADJOINT = re.compile(rb"(?<![\w.)\]}'\"\x80-\xff])\d+(?:\.\d+)?(?=[A-Za-z_]\w*'[A-Za-z_(])")
TASK_LOCAL = re.compile(rb"\blet local\b")


# Of the mathematical symbols, those that are letters.
MATHEMATICS = frozenset(
    "\u2118\u212e\u309b\u309c\u223f\u22be\u22bf\u22a4\u22a5\u221e\u221f\u2220\u2221\u2222\u266f\u27d8\u27d9\u27c0\u27c1"
    "\u2a1b\u2a1c\U0001d6c1\U0001d6db\U0001d6fb\U0001d715\U0001d735\U0001d74f\U0001d76f\U0001d789\U0001d7a9\U0001d7c3"
).union(
    *(
        map(chr, range(first, last + 1))
        for first, last in (
            (0x207A, 0x207E),
            (0x208A, 0x208E),
            (0x2140, 0x2144),
            (0x222B, 0x2233),
            (0x22C0, 0x22C3),
            (0x25F8, 0x25FF),
            (0x299B, 0x29B4),
            (0x2A00, 0x2A06),
            (0x2A09, 0x2A16),
            (0x1D7CE, 0x1D7E1),
        )
    )
)
# An operator with an index that stands before its arguments: `<ₑ(a, b) = ...`.
INDEXED_CALL = re.compile(
    rb"(?m)(^[ \t]*|\b(?:function|return) +|[(,=] *)([*+/\\<>=^%&|~-]+(?:\xe2\x82[\x80-\x9c])+)(?=\()"
)
SUFFIX = re.compile(rb"(?<=[*+/\\<>=^%&|~-])\xe2\x82[\x80-\x9c]")


def prepare(source: bytes) -> bytes:
    """The cheap rewrites that are always safe: `const` fields, hard spaces, `a!=b`, operators such as `*ₛ`."""
    if b"\xe2\x82" in source:
        source = INDEXED_CALL.sub(lambda m: m[1] + b"_" * len(m[2]), source)
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


def _underscores(found: re.Match[bytes]) -> bytes:
    return b"_" * len(found[0])


def _within(pattern: re.Pattern[bytes], replacement: bytes | Rewrite) -> Rewrite:
    """Rewrites a pattern in the text that another has found."""
    return lambda found: pattern.sub(replacement, found[0])


# What a text holds that a rewrite finds anything in (to tell that is faster), the pattern, and what comes in its place.
REWRITES: tuple[tuple[bytes, re.Pattern[bytes], bytes | Rewrite], ...] = (
    (b":", KEYWORD_SYMBOL, _symbol),
    (b":", OPERATOR_SYMBOL, _symbol),
    (b".@", IMPORTED_MACRO, lambda m: m[0].replace(b".@", b"._")),
    (b"function", OPERATOR_DECLARED, _blank),
    (b"where", WHERE_NAME, b"_here"),
    (b"in", IN_NAME, b"_n"),
    (b"const global", CONST_GLOBAL, b"global const"),
    (b";", TYPE_SEMICOLON, rb"\1 \2"),
    (b'var"', STRANGE_NAME, _blank),
    (b" : ", BESIDE_COLON, _spaced),
    (b" : ", RANGE_OF_NEGATIVE, rb"\1 + "),
    (b"let local", TASK_LOCAL, b"let      "),
    (b'"', DOCUMENTED, _blank),
    (b"'", BEFORE_ADJOINT, _blank),
    (b",", FIRST_OF_MANY, rb"\1 \2"),
    (b"$", IMPORT_PUT_IN, lambda m: m[0].replace(b"$", b"_")),
    (b";", TRAITS_ALONE, lambda m: b" { " + m[1] + b" " * (len(m[0]) - len(m[1]) - 4) + b"}"),
    (b";", TRAITS, lambda m: m[1] + b" " * (len(m[0]) - len(m[1]) - 1) + b"}"),
    (b"$$", TWICE_PUT_IN, b" $"),
    (b"let $(", LET_PUT_IN, _blank),
    (b"@", STRANGE_MACRO, _underscores),
    (b"begin", FIRST_INDEX, rb"\1_____"),
    (b"", SOFT_WORD, _underscores),
    (b";", SPACED_KEYWORDS, b" "),
    (b"(", PRODUCT, lambda m: m[1] + (b"*" if m[1] else b" ") + m[2] + b"*"),
    (b'"', UNIT, _blank),
    (b" ~ ", OBSERVED, lambda m: m[1] + b"_" * len(m[2])),
    (b" $", DOLLAR, b" +"),
    (b"abstract type", LONG_ABSTRACT, rb"\1 \2\n\3"),
    (b"$", ARROW_PUT_IN, b"_"),
    (b"$", NAME_PUT_IN, rb"\1_"),
    (b"$(", NAME_MADE, _underscores),
    (b"primitive type", SIZE_PUT_IN, lambda m: m[1] + b"8" * len(m[2])),
    (b"@nospecialize", NOT_SPECIALISED, _blank),
    (b". ", SPACED_OPERATOR, rb"\1:"),
    (b"where", BOUND_SUPERTYPE, lambda m: m[1] + b" " * len(m[2])),
    (b'var"', STRANGE_IMPORT, _within(STRANGE_WORD, _underscores)),
    (b"import", IMPORTED_OPERATORS, _within(IMPORTED_OPERATOR, _underscores)),
    (b"for (", BRACED_LOOP, rb"for  \1 "),
    (b" @", LATER_MACRO, _within(MACRO_KEYWORD, rb"\1 ")),
)


def _letters(source: bytes) -> bytes:
    """Give the symbols that Julia takes for letters, some of mathematics, currencies and pictures, a letter's place."""
    try:
        text = source.decode()
    except UnicodeDecodeError:
        return source
    strange = "".join(
        c for c in set(text) if c in MATHEMATICS or (c != "$" and unicodedata.category(c) in ("So", "Sc"))
    )
    if not strange:
        return source
    # In quotes they are characters.
    return re.sub(f"(?<!')[{strange}]|[{strange}](?!')", lambda m: "_" * len(m[0].encode()), text).encode()


def repair(source: bytes) -> bytes:
    """All rewrites, for a file that does not parse without them."""
    for part, pattern, replacement in REWRITES:
        if part in source:
            source = pattern.sub(replacement, source)
    return _letters(source)

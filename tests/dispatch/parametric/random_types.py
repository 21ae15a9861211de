"""Random type expressions over a small part of Julia's own hierarchy, as text.

usage: python random_types.py SEED COUNT [signatures|types] > pairs.tsv, or
       python random_types.py SEED COUNT tables > tables.tsv
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator, Sequence

PLAIN = [
    "Int64",
    "Int64",
    "Float64",
    "Bool",
    "Number",
    "Real",
    "Real",
    "Integer",
    "Signed",
    "AbstractFloat",
    "Any",
    "String",
    "AbstractString",
    "Symbol",
]
VECTORS = ("Array{{{0},1}}", "AbstractArray{{{0},1}}", "DenseArray{{{0},1}}")
ARRAYS = ("Array{{{0},{1}}}", "AbstractArray{{{0},{1}}}", "Array{{{0},{1}}}", "DenseArray{{{0},{1}}}")
BARE = [
    "Array",
    "Array{T,1}where{T}",
    "AbstractArray",
    "AbstractVector",
    "AbstractMatrix",
    "AbstractVecOrMat",
    "Diagonal",
    "Adjoint",
    "Type",
    "DataType",
    "UnionAll",
    "Tuple",
    "Complex",
    "AbstractArray{<:Real}",
    "AbstractArray{<:Number,1}",
    "Complex{<:Real}",
    "Vector{<:Integer}",
    "UnitRange",
    "Union{}",
    "Function",
    "StridedVecOrMat",
    "NTuple{2}",
    "NTuple{3,Int64}",
    "NTuple{2,Real}",
    "Ref",
    "Pair",
    "Pair{Int64}",
    "Nothing",
]


class Maker:
    """Makes expressions; `scope` holds the variables that can be used."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.count = 0

    def variable(self) -> str:
        """A fresh name; those with N stand for numbers."""
        self.count += 1
        return f"{self.random.choice('TTSSRN')}{self.count}"

    def number(self, scope: Sequence[str]) -> str:
        numbers = [name for name in scope if name[0] == "N"]
        return self.random.choice(numbers) if numbers and self.random.random() < 0.7 else self.random.choice("12")

    def bound(self, name: str, scope: Sequence[str], depth: int) -> str:
        roll = self.random.random()
        if roll < 0.45 or name[0] == "N":
            return name
        if roll < 0.95:
            return f"{name}<:{self.parenthesised(self.type(scope, depth - 1))}"
        return f"{name}>:{self.parenthesised(self.type(scope, depth - 1))}"

    @staticmethod
    def parenthesised(text: str) -> str:
        return f"({text})" if " where " in text else text

    def type(self, scope: Sequence[str], depth: int) -> str:
        roll = self.random.random()
        types = [name for name in scope if name[0] != "N"]
        if types and roll < 0.3:
            return self.random.choice(types)
        if depth <= 0 or roll < 0.45:
            return self.random.choice(PLAIN)
        if roll < 0.52:
            return self.random.choice(BARE)
        if roll < 0.60:
            return f"Union{{{self.type(scope, depth - 1)},{self.type(scope, depth - 1)}}}"
        if roll < 0.70:
            name = self.variable()
            body = self.parenthesised(self.type([*scope, name], depth - 1))
            return f"({body} where {self.bound(name, scope, depth)})"
        if roll < 0.76:
            return self.tuple(scope, depth - 1, self.random.randrange(3))
        return self.applied(scope, depth - 1)

    def applied(self, scope: Sequence[str], depth: int) -> str:
        roll = self.random.random()
        if roll < 0.45:
            shape = self.random.choice(ARRAYS)
            return shape.format(self.argument(scope, depth), self.number(scope))
        if roll < 0.60:
            return self.random.choice(VECTORS).format(self.argument(scope, depth))
        if roll < 0.72:
            return f"Type{{{self.argument(scope, depth)}}}"
        if roll < 0.80:
            return f"Pair{{{self.argument(scope, depth)},{self.argument(scope, depth)}}}"
        if roll < 0.86:
            return f"Ref{{{self.argument(scope, depth)}}}"
        if roll < 0.90:
            return f"Val{{{self.random.choice([self.number(scope), ':a', 'true'])}}}"
        if roll < 0.95:
            element = self.argument(scope, depth)
            return f"Adjoint{{{element},{self.random.choice(VECTORS).format(element)}}}"
        return f"NTuple{{{self.number(scope)},{self.argument(scope, depth)}}}"

    def argument(self, scope: Sequence[str], depth: int) -> str:
        if self.random.random() < 0.15:
            return f"{self.random.choice(['<:', '<:', '>:'])}{self.type(scope, depth - 1)}"
        return self.type(scope, depth)

    def tuple(self, scope: Sequence[str], depth: int, count: int) -> str:
        return f"Tuple{{{','.join(self.elements(scope, depth, count))}}}"

    def elements(self, scope: Sequence[str], depth: int, count: int) -> list[str]:
        elements = [self.type(scope, depth) for _ in range(count)]
        roll = self.random.random()
        if roll < 0.15:
            elements.append(f"Vararg{{{self.type(scope, depth)}}}")
        elif roll < 0.25:
            elements.append(f"Vararg{{{self.type(scope, depth)},{self.number(scope)}}}")
        return elements

    def arguments(self, counts: Sequence[int]) -> tuple[list[str], list[str]]:
        """What a method declares: the types of its arguments, and its `where` clauses."""
        names: list[str] = []
        clauses = []
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            name = self.variable()
            clauses.append(self.bound(name, names, 2))
            names.append(name)
        return self.elements(names, 2, self.random.choice(counts)), clauses

    def signature(self) -> str:
        """A tuple type as methods have it: up to three arguments over up to three variables."""
        elements, clauses = self.arguments([1, 2, 2, 3])
        return f"Tuple{{{','.join(elements)}}}" + (f" where {{{','.join(clauses)}}}" if clauses else "")

    def mutated(self, text: str) -> str:
        """The same expression with one plain name replaced: pairs that are near each other say more."""
        words = [w for w in PLAIN if w in text]
        if not words:
            return text
        old = self.random.choice(words)
        return text.replace(old, self.random.choice(PLAIN), self.random.choice([1, 1, -1]))


def pairs(seed: int, count: int, what: str = "signatures") -> list[tuple[str, str]]:
    """Pairs of expressions, a third of them near each other."""
    maker = Maker(random.Random(seed))
    make = maker.signature if what == "signatures" else lambda: maker.type([], 3)
    found = []
    for _ in range(count):
        a = make()
        roll = maker.random.random()
        b = maker.mutated(a) if roll < 0.25 else make()
        found.append((b, a) if roll < 0.12 else (a, b))
    return found


def tables(seed: int, count: int) -> Iterator[str]:
    """Lines that define small functions of overlapping methods, and calls of them: see julia/tables.jl."""
    maker = Maker(random.Random(seed))
    for table in range(count):
        earlier: list[tuple[str, str]] = []
        for method in range(1, 11):
            if earlier and maker.random.random() < 0.6:
                whole = maker.mutated("\t".join(maker.random.choice(earlier)))
                if maker.random.random() < 0.4:
                    whole = maker.mutated(whole)
                elements, clauses = whole.split("\t")
            else:
                parts, names = maker.arguments([1, 2, 2])
                elements, clauses = ";".join(parts), ",".join(names)
            earlier.append((elements, clauses))
            yield f"method\t{table}\t{method}\t{elements}\t{clauses}"
        for _ in range(25):
            given = maker.random.choice(earlier)[0].split(";")
            types = [maker.mutated(g) if "Vararg" not in g and maker.random.random() < 0.6 else "" for g in given]
            types = [t if t and not re.search(r"[TSRN]\d", t) else maker.type([], 1) for t in types]
            if any("Union{}" in t for t in types):
                continue  # no call has such an argument
            yield f"call\t{table}\t{','.join(types)}"


if __name__ == "__main__":
    if sys.argv[3:] == ["tables"]:
        for line in tables(int(sys.argv[1]), int(sys.argv[2])):
            print(line)
        raise SystemExit
    for first, second in pairs(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]):
        print(first, second, sep="\t")

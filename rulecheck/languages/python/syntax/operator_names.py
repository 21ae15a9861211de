"""Operators of Python's syntax by their canonical names."""

from __future__ import annotations

import ast

BINARY: dict[type[ast.AST], str] = {
    ast.MatMult: "operator.matmul",
    ast.Add: "operator.add",
    ast.Sub: "operator.sub",
    ast.Mult: "operator.mul",
    ast.Div: "operator.truediv",
    ast.FloorDiv: "operator.floordiv",
    ast.Mod: "operator.mod",
    ast.Pow: "operator.pow",
    ast.BitAnd: "operator.and_",
    ast.BitOr: "operator.or_",
    ast.BitXor: "operator.xor",
    ast.LShift: "operator.lshift",
    ast.RShift: "operator.rshift",
}
UNARY: dict[type[ast.AST], str] = {
    ast.USub: "operator.neg",
    ast.UAdd: "operator.pos",
    ast.Invert: "operator.invert",
}
COMPARE: dict[type[ast.AST], str] = {
    ast.Lt: "operator.lt",
    ast.LtE: "operator.le",
    ast.Eq: "operator.eq",
    ast.NotEq: "operator.ne",
    ast.Gt: "operator.gt",
    ast.GtE: "operator.ge",
}

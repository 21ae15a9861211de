"""The library's own rules."""

import operator

import tinyad


@tinyad.rule(operator.matmul, tinyad.Matrix, object)
def matmul(A, x):
    return A @ x, lambda dy: (dy.outer(x), A.T @ dy)

"""The derivatives that come with the engine. Importing this package registers them all.

There are two kinds, and a function mostly has both.

**Pullbacks** differentiate a numpy function on arrays and numbers, fast; they are taken where no user's type
takes part.

    pullbacks_of(np.multiply, lambda g, y, a, b: g * conj(b), lambda g, y, a, b: g * conj(a))

One pullback per positional argument (None where there is none), called as `pull(g, answer, *args, **kwargs)` with the
values of the level below, and only for an argument that is active. What it returns is brought to the argument's shape
(the transpose of broadcasting), to real where the argument is real, and to its dtype: they need not care. `keeps=False`
where no pullback reads the contents of any argument. Use numpy's functions in pullbacks, and no writing into
arrays: their values may be boxes of a lower level (nested derivatives). `conj` of `rulecheck.ad.rules.helpers` is free
for real values. Cotangents follow the convention of `rulecheck.ad.derivatives`: multiply with conjugates.

Where the arguments' cotangents share work, or a function answers a tuple:

    def _solve(g, y, args, kwargs, active):           # gives the cotangents of the positions in `active`, in order
        A, b = args
        db = np.linalg.solve(np.conj(A.T), g)
        return [db if i == 1 else -outer(db, conj(y)) for i in active]
    joint_pullback_of(np.linalg.solve, _solve)

A function whose arguments hide in sequences, or that is others put together, is written in terms of them:

    @rewrite(np.mean)                                 # methods of ufuncs: @rewrite((np.add, "reduce"))
    def _mean(x, axis=None, keepdims=False):
        return np.sum(x, axis=axis, keepdims=keepdims) / ...

    @kernel(lambda g, y, *parts, axis: ...)           # a function of plain arrays that has its own pullbacks
    def spread(...): ...

`constant(np.argmax, np.sign, ...)` runs a function on plain values. All five come from `rulecheck.ad.numpy_pullbacks`.

**A generic rule** answers for the users' types, and is what the analyser reads: a decoration, or a loop over a literal
tuple, at module level.

    @adjoint(operator.matmul, AbstractMatrix, AbstractVector)
    def matrix_vector(A, b, active):                  # `active` is optional; without it, give every cotangent
        y = asarray(A @ b)
        def pullback(dy):
            return (np.outer(dy, conj(asarray(b))) if active[0] else None, hermitian(A) @ dy if active[1] else None)
        return y, pullback

    for function in (np.linalg.det, np.linalg.inv):
        adjoint(function, AbstractMatrix)(dense(function))

Its value is dense (`asarray`), because its pullback understands dense cotangents only; so there is none for functions
that mostly keep a type's structure (+, -, negation, a number times a matrix, T): those are traced. A dense cotangent
of a structured operand is pulled back through its densification by the engine. An opt-out, or a rule for narrower
types, takes precedence. For arrays the pullbacks answer, as the generic rule would.

`arithmetic`, `indexing` and `methods` (the box's own methods) are the hot path, kept with the engine's core.
"""

from rulecheck.ad.rules import (
    arithmetic,
    array_api,
    dense,
    elementwise,
    fourier,
    indexing,
    joining,
    linalg,
    linear,
    methods,
    missing,
    norms,
    order,
    products,
    reductions,
    samples,
    shaping,
)

__all__ = [
    "arithmetic",
    "array_api",
    "dense",
    "elementwise",
    "fourier",
    "indexing",
    "joining",
    "linalg",
    "linear",
    "methods",
    "missing",
    "norms",
    "order",
    "products",
    "reductions",
    "samples",
    "shaping",
]

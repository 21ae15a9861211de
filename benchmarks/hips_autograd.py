"""HIPS autograd's own tests, run against the embedded engine through an adapter.

Run `python benchmarks/hips_autograd.py CHECKOUT`, with a clone of https://github.com/HIPS/autograd. Nothing of it is
kept here: its test files import `autograd`, and find this module's stand-ins under that name. Derivatives of first
order in reverse mode are checked, with `--second` those of second order as well. Left out are the files about
autograd's own machinery (its core, vector spaces, scipy wrappers and ufunc dispatch) and tests of what the engine has
not: forward mode, and rules declared autograd's way; each is listed with its reason.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rulecheck import ad
from rulecheck.ad.box import Box
from rulecheck.ad.structure import leaves

FILES = (
    "binary_ops", "builtins", "complex", "dict", "direct", "fft", "graphs", "jacobian", "linalg", "list", "logic",
    "misc", "numpy", "scalar_ops", "systematic", "truediv", "tuple", "wrappers",
)  # fmt: skip
# What is about autograd's own ways, by the name of the test.
OWN = {
    "test_isinstance": "asks for the gradient by an empty list, or by none",
    "test_rfftn_odd_not_implemented": "says that autograd has no derivative, where the engine has one",
    "test_nograd": "autograd's primitive without a rule raises",
    "test_no_vjp_def": "autograd's primitive without a rule raises",
    "test_no_jvp_def": "autograd's primitive without a rule raises",
    "test_numpy_version": "of autograd.numpy itself",
    "test_cast_to_int": "autograd.numpy.int64 is a function of its own",
    "test_deprecated": "a rule declared autograd's way",
    "test_custom_where": "autograd.numpy.where is a function of its own",
    "test_wrapped_name_and_docs": "of autograd's wrappers",
}
# Tests that apply and fail, by a part of their names, with the reason.
KNOWN = {
    "eigvalh": "numpy reads one triangle of the matrix, and the engine's cotangent is symmetric, as JAX's is",
}
SECOND = [False]


class NotApplicable(Exception):
    """A test asks for something that is autograd's own."""


def needs(what: str) -> Callable[..., Any]:
    """A stand-in for what the engine has not."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise NotApplicable(what)

    return refuse


def selected(f: Callable[..., Any], numbers: tuple[int, ...], args: tuple[Any, ...], kwargs: Any) -> Callable[..., Any]:
    """The function of the arguments that are differentiated."""

    def run(*chosen: Any) -> Any:
        given = list(args)
        for number, value in zip(numbers, chosen, strict=True):
            given[number] = value
        return f(*given, **kwargs)

    return run


def unary_to_nary(operation: Callable[..., Any]) -> Callable[..., Any]:
    """An operation on functions of one argument, for any argument or several: autograd's convention."""

    @functools.wraps(operation)
    def outer(f: Callable[..., Any], argnum: Any = 0, *settings: Any, **named: Any) -> Callable[..., Any]:
        numbers = tuple(argnum) if isinstance(argnum, (tuple, list)) else (argnum,)

        def inner(*args: Any, **kwargs: Any) -> Any:
            run = selected(f, numbers, args, kwargs)
            if isinstance(argnum, (tuple, list)):
                return operation(lambda x: run(*x), tuple(args[n] for n in numbers), *settings, **named)
            return operation(run, args[argnum], *settings, **named)

        return inner

    return outer


def is_empty(x: Any) -> bool:
    """Whether a value holds nothing that is differentiated."""
    return not any(True for _ in leaves(x))


def check(f: Callable[..., Any], x: Any, modes: Any = None, order: int = 2) -> None:
    """The value, and the derivatives in reverse mode."""
    if modes is not None and "rev" not in modes:
        raise NotApplicable("forward mode")
    if is_empty(x):
        return
    ad.check_gradients(f, x, rtol=1e-4, atol=1e-5, samples=12)
    if SECOND[0] and order > 1:

        def gradient(x: Any) -> Any:
            y, back = ad.pullback(f, x)
            return back(ones_like(y))[0]

        ad.check_gradients(gradient, x, rtol=1e-3, atol=1e-4, samples=6)


def ones_like(y: Any) -> Any:
    """A cotangent of a value, of ones."""
    if isinstance(y, (tuple, list)):
        return type(y)(map(ones_like, y))
    if isinstance(y, dict):
        return {key: ones_like(value) for key, value in y.items()}
    return np.ones_like(plain(y))[()]


def plain(x: Any) -> Any:
    """The value of a box."""
    while type(x) is Box:
        x = x._value
    return x


check_grads = unary_to_nary(check)


def combo_check(f: Callable[..., Any], *settings: Any, **named: Any) -> Callable[..., Any]:
    """Every combination of arguments and settings."""

    def run(*args: Any, **kwargs: Any) -> None:
        choices = [[(key, value) for value in values] for key, values in kwargs.items()]
        for chosen in itertools.product(*args):
            for keywords in itertools.product(*choices):
                check_grads(f, *settings, **named)(*chosen, **dict(keywords))

    return run


def close(a: Any, b: Any) -> bool:
    """Whether two numbers are about equal."""
    return bool(abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6)


def check_equivalent(x: Any, y: Any) -> None:
    """Whether two values are about equal."""
    for a, b in zip(leaves(x), leaves(y), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def gradient(f: Callable[..., Any], x: Any) -> Any:
    """The gradient of a function that gives a number, or an array of one."""
    y, back = ad.pullback(f, x)
    if (
        not isinstance(plain(y), (float, complex, np.inexact, np.ndarray))
        or np.size(plain(y)) != 1
        or np.iscomplexobj(y)
    ):
        raise TypeError("grad is that of a function that gives one number")
    return back(ones_like(y))[0]


def lifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes lists of traced numbers for arrays."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        return function(*(array(a) if type(a) in (list, tuple) and not is_empty(a) else a for a in args), **kwargs)

    return run


class Joined:
    """`autograd.numpy.r_` and `c_`, which take traced values."""

    def __init__(self, own: Any, join: Callable[..., Any]) -> None:
        self.own = own
        self.join = join

    def __getitem__(self, parts: Any) -> Any:
        given = parts if isinstance(parts, tuple) else (parts,)
        return self.join([part if type(part) is Box else self.own[part] for part in given])


def make_diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Autograd's function of that name: the transpose of numpy.diagonal."""
    made = np.expand_dims(x, -1) * np.eye(np.shape(x)[-1])
    return np.moveaxis(made, (-2, -1), (axis1, axis2))


def derivative(f: Callable[..., Any], x: Any) -> Any:
    """The gradient; of a function with several outputs that of their sum, as autograd's deriv of one variable is."""
    y, back = ad.pullback(f, x)
    return back(ones_like(y))[0]


def hessian_product(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The Hessian times a tensor."""

    def run(*args: Any) -> Any:
        *args_of_f, v = args
        inner = selected(f, (argnum,), tuple(args_of_f), {})
        return ad.gradient(lambda x: np.tensordot(ad.gradient(inner, x), v, np.ndim(v)), args_of_f[argnum])

    return run


def tensor_jacobian(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """A tensor times the jacobian."""

    def run(*args: Any) -> Any:
        *args_of_f, v = args
        inner = selected(f, (argnum,), tuple(args_of_f), {})
        return ad.jacobian(lambda x: np.tensordot(v, inner(x), axes=np.ndim(v)), args_of_f[argnum])

    return run


def with_value(f: Callable[..., Any], x: Any) -> Any:
    """The value and the gradient."""
    return ad.value_and_gradient(f, x)


def array(value: Any, *args: Any, **kwargs: Any) -> Any:
    """`autograd.numpy.array`, which takes traced values."""
    if not any(type(leaf) is Box for leaf in leaves(value)):
        return np.array(value, *args, **kwargs)
    made = ad.array(value)
    dtype = args[0] if args else kwargs.get("dtype")
    made = made.astype(dtype) if dtype is not None else made
    missing = kwargs.get("ndmin", 0) - np.ndim(made)
    return np.reshape(made, (1,) * missing + np.shape(made)) if missing > 0 else made


def pullback_of(f: Callable[..., Any], x: Any) -> Any:
    """Autograd's make_vjp: the pullback, and the value."""
    y, back = ad.pullback(f, x)
    return lambda g: back(g)[0], y


def flatten(value: Any) -> Any:
    """A structure as one vector, and the way back."""
    found = [np.reshape(leaf, -1) for leaf in leaves(value)]
    return (np.concatenate(found) if found else np.zeros(0)), functools.partial(unflattened, value)


def unflattened(value: Any, vector: Any) -> Any:
    """The structure again."""
    from rulecheck.ad.structure import map_leaves

    place = [0]

    def next_leaf(leaf: Any) -> Any:
        start, size = place[0], int(np.size(leaf))
        place[0] += size
        return np.reshape(vector[start : start + size], np.shape(leaf)) if np.shape(leaf) else vector[start]

    return map_leaves(next_leaf, value)


def module(name: str, **contents: Any) -> types.ModuleType:
    """A stand-in module."""
    made = types.ModuleType(name)
    made.__dict__.update(contents)
    sys.modules[name] = made
    return made


def install() -> None:
    """Put the stand-ins where the tests look for autograd."""
    numpy = module("autograd.numpy", **{k: v for k, v in vars(np).items() if not k.startswith("__")})
    numpy.__dict__.update(array=array, asarray=lambda x, *a, **k: x if type(x) is Box else array(x, *a, **k))
    numpy.__dict__.update(
        make_diagonal=make_diagonal,
        r_=Joined(np.r_, np.hstack),
        c_=Joined(np.c_, np.column_stack),
        concatenate_args=lambda axis, *a: np.concatenate(a, axis),
    )
    for name in ("mean", "std", "var", "append"):
        setattr(numpy, name, lifted(getattr(np, name)))
    linalg = module("autograd.numpy.linalg", **{k: v for k, v in vars(np.linalg).items() if not k.startswith("__")})
    linalg.__dict__.update(norm=lifted(np.linalg.norm), _dot=np.matmul, T=lambda x: np.swapaxes(x, -1, -2))
    numpy.__dict__["linalg"] = linalg
    for part in ("random", "fft"):
        sys.modules[f"autograd.numpy.{part}"] = getattr(np, part)
    grad = unary_to_nary(gradient)
    jacobian = unary_to_nary(ad.jacobian)
    names: dict[str, Any] = {
        "grad": grad,
        "jacobian": jacobian,
        "value_and_grad": unary_to_nary(with_value),
        "elementwise_grad": unary_to_nary(derivative),
        "deriv": unary_to_nary(derivative),
        "holomorphic_grad": unary_to_nary(lambda f, x: np.conj(ad.gradient(lambda x: np.real(f(x)), x))),
        "hessian": unary_to_nary(lambda f, x: ad.jacobian(lambda x: ad.jacobian(f, x), x)),
        "hessian_tensor_product": hessian_product,
        "tensor_jacobian_product": tensor_jacobian,
        "make_hvp": unary_to_nary(lambda f, x: (lambda v: hessian_product(f)(x, v), ad.gradient(f, x))),
        "make_vjp": unary_to_nary(pullback_of),
        "make_jvp": needs("forward mode"),
        "make_ggnvp": needs("forward mode"),
        "grad_and_aux": needs("grad_and_aux"),
        "checkpoint": needs("checkpoint"),
        "multigrad_dict": needs("multigrad_dict"),
        "grad_named": needs("grad_named"),
        "dict": dict,
        "list": list,
        "tuple": tuple,
        "isinstance": isinstance,
        "numpy": numpy,
    }
    package = module("autograd", **names)
    package.__path__ = []  # type: ignore[attr-defined]
    declare = needs("a rule declared autograd's way")
    module(
        "autograd.test_util",
        check_grads=check_grads,
        combo_check=combo_check,
        scalar_close=close,
        check_equivalent=check_equivalent,
    )
    module("autograd.builtins", isinstance=isinstance, dict=dict, list=list, tuple=tuple)
    module("autograd.tracer", isbox=lambda x: type(x) is Box, primitive=ad.primitive, getval=plain)
    module("autograd.extend", primitive=ad.primitive, defvjp=declare, defjvp=declare, vspace=needs("vector spaces"))
    module("autograd.core", make_vjp=lambda f, x: pullback_of(f, x), vspace=needs("vector spaces"), primitive_vjps={})
    module("autograd.wrap_util", unary_to_nary=unary_to_nary)
    module("autograd.misc", const_graph=needs("const_graph"), flatten=flatten)
    module("autograd.misc.flatten", flatten=flatten)


class Counter:
    """A pytest plugin that counts outcomes, and tells what does not apply."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.inapplicable: list[tuple[str, str]] = []

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Sort one test."""
        outcome = yield
        report = outcome.get_result()
        if call.when != "call":
            if report.skipped:
                self.inapplicable.append((item.nodeid, "skipped there"))
            return
        error = call.excinfo.value if call.excinfo is not None else None
        if error is None:
            self.passed.append(item.nodeid)
        elif any(item.name.startswith(name) for name in OWN):
            self.inapplicable.append((item.nodeid, next(OWN[name] for name in OWN if item.name.startswith(name))))
        elif isinstance(error, NotApplicable):
            self.inapplicable.append((item.nodeid, str(error)))
        elif report.skipped:
            self.inapplicable.append((item.nodeid, "skipped there"))
        else:
            first = str(error).strip().partition("\n")[0]
            self.failed.append((item.nodeid, f"{type(error).__name__}: {first[:160]}"))


def main() -> None:
    """Run the tests, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("-k", default="")
    options = parser.parse_args()
    SECOND[0] = options.second
    install()
    tests = options.checkout / "tests"
    sys.path.insert(0, str(tests))
    counter = Counter()
    files = [str(tests / f"test_{name}.py") for name in FILES]
    arguments = [
        "-q",
        "--no-header",
        "--tb=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:warnings",
        "--rootdir",
        str(options.checkout),
    ]
    pytest.main([*arguments, "-c", "/dev/null", "-k", options.k, *files], plugins=[counter])
    for title, found in (("does not apply", counter.inapplicable), ("fails", counter.failed)):
        for name, why in found:
            known = next((reason for start, reason in KNOWN.items() if start in name), "")
            print(f"{title}: {name.rpartition('/')[2]}: {why}" + (f" ({known})" if known else ""))
    applying = len(counter.passed) + len(counter.failed)
    print(f"{len(counter.passed)} of {applying} tests that apply pass; {len(counter.inapplicable)} do not apply")


if __name__ == "__main__":
    main()

"""Linear algebra on arrays, over leading axes. H is the conjugate transpose, C the cotangent of a result.

Functions that read one triangle of a symmetric matrix (cholesky, eigh) give a symmetric cotangent. Sources: M. Giles,
Collected matrix derivative results for forward and reverse mode AD (2008); for slogdet, eigh and svd of complex
matrices the same steps with conjugates.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rulecheck.ad.box import Box
from rulecheck.ad.errors import NotTraceable
from rulecheck.ad.numpy_pullbacks import PULLBACKS, joint_pullback_of, kernel, plain, pullbacks_of, record_call, rewrite
from rulecheck.ad.rules.helpers import conj


def _h(a: Any) -> Any:
    return conj(np.swapaxes(a, -1, -2))


def _t(a: Any) -> Any:
    return np.swapaxes(a, -1, -2)


def _symmetric(a: Any) -> Any:
    return (a + _h(a)) / 2


def _scaled(g: Any, a: Any) -> Any:
    """Each matrix of a stack times its own number."""
    return np.expand_dims(np.expand_dims(g, -1), -1) * a


def _solve(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """X = A^-1 b: the cotangent of b is A^-H C, that of A is minus its outer product with x."""
    a, b = args
    vector = np.ndim(b) == 1
    db = np.linalg.solve(_h(a), np.expand_dims(g, -1) if vector else g)
    x = np.expand_dims(y, -1) if vector else y
    return [-np.matmul(db, _h(x)) if i == 0 else db[..., 0] if vector else db for i in active]


joint_pullback_of(np.linalg.solve, _solve)
pullbacks_of(np.linalg.inv, lambda g, y, a: -np.matmul(_h(y), np.matmul(g, _h(y))), keeps=False)


def _cofactors(a: Any) -> Any:
    """The derivative of det by each element, also where the determinant is zero."""
    u, s, vh = np.linalg.svd(a)
    n = s.shape[-1]
    others = np.stack([np.prod(np.delete(s, i, axis=-1), axis=-1) for i in range(n)], axis=-1)
    return _scaled(np.linalg.det(u) * np.linalg.det(vh), conj(np.matmul(u * np.expand_dims(others, -2), vh)))


def _adjugate(a: Any) -> Any:
    """The transposed cofactors by products alone (Faddeev and LeVerrier), so that they have derivatives themselves."""
    n = np.shape(a)[-1]
    unit = np.eye(n)
    m: Any = np.broadcast_to(unit, np.shape(a))
    for k in range(1, n):
        m = np.matmul(a, m)
        m = m - _scaled(np.trace(m, axis1=-2, axis2=-1) / k, unit)
    return m if n % 2 else -m


def _det(g: Any, y: Any, a: Any) -> Any:
    if np.all(np.not_equal(y, 0)):
        return _scaled(g * conj(y), _h(np.linalg.inv(a)))
    return _scaled(g, _h(_adjugate(a)) if type(a) is Box else conj(_cofactors(a)))


pullbacks_of(np.linalg.det, _det)


def _slogdet(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """With t = tr(A^-1 dA): d log|det| = Re t, and the sign turns by Im t."""
    (a,), (sign, _) = args, y
    turn, grow = g
    weight = grow - 1j * np.imag(conj(turn) * sign) if np.iscomplexobj(a) else grow
    return [_scaled(weight, _h(np.linalg.inv(a)))]


joint_pullback_of(np.linalg.slogdet, _slogdet)


def _cholesky(g: Any, y: Any, a: Any, upper: bool = False) -> Any:
    if upper:
        y, g = _h(y), _h(g)
    inner = np.tril(np.matmul(_h(y), g))
    inner = inner - inner * np.eye(np.shape(y)[-1]) / 2
    half = np.linalg.solve(_h(y), inner)
    return _symmetric(_h(np.linalg.solve(_h(y), _h(half))))


pullbacks_of(np.linalg.cholesky, _cholesky, keeps=False)


def _gaps(w: Any) -> Any:
    """1 / (w_j - w_i), with zeros on the diagonal and where two values are equal."""
    differences = np.expand_dims(w, -2) - np.expand_dims(w, -1)
    same = np.equal(differences, 0)
    return np.where(same, 0, 1 / np.where(same, 1, differences))


def _eigh(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    w, v = y
    gw, gv = g
    products = np.matmul(_h(v), gv)
    if np.iscomplexobj(v):
        _has_no_say(np.imag(products) * np.eye(np.shape(w)[-1]), g, "eigh")
    middle = _gaps(w) * products + np.expand_dims(gw, -2) * np.eye(np.shape(w)[-1])
    return [_symmetric(np.matmul(v, np.matmul(middle, _h(v))))]


joint_pullback_of(np.linalg.eigh, _eigh, keeps=False)


def _eig(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """For distinct eigenvalues, and vectors of length one. Source: C. Boeddeker et al. (2017), section 4.6.2."""
    w, v = y
    gw, gv = g
    n = np.shape(w)[-1]
    products = np.matmul(_h(v), gv)
    turn = np.imag(products) * np.eye(n)
    if np.iscomplexobj(v):
        _has_no_say(turn, g, "eig")
    lengths = np.matmul(np.matmul(_h(v), v), np.real(products) * np.eye(n))
    middle = conj(_gaps(w)) * (products - lengths) + np.expand_dims(gw, -2) * np.eye(n)
    return [np.matmul(np.linalg.inv(_h(v)), np.matmul(middle, _h(v)))]


joint_pullback_of(np.linalg.eig, _eig, keeps=False)


@rewrite(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return np.linalg.eig(a)[0]


@rewrite(np.linalg.eigvalsh)
def _eigvalsh(a: Any, UPLO: Any = "L") -> Any:
    return np.linalg.eigh(a, UPLO)[0]


def _svd(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """For distinct singular values. The parts of U and V outside the range of A contribute by the projections."""
    a = args[0]
    if not kwargs.get("compute_uv", args[2] if len(args) > 2 else True):
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        return [np.matmul(u * np.expand_dims(g, -2), vh)]
    full = kwargs.get("full_matrices", args[1] if len(args) > 1 else True)
    rows, columns = np.shape(a)[-2:]
    if full and rows != columns:
        raise NotTraceable("svd: U and V have a derivative for full_matrices=False; the singular values always have")
    u, s, vh = y
    gu, gs, gvh = g
    v, gv = _h(vh), _h(gvh)
    f = _gaps(s * s)
    wide, tall = np.expand_dims(s, -2), np.expand_dims(s, -1)
    uu, vv = np.matmul(_h(u), gu), np.matmul(_h(v), gv)
    core = (f * (uu - _h(uu))) * wide + tall * (f * (vv - _h(vv)))
    core = core + np.expand_dims(gs, -2) * np.eye(np.shape(s)[-1])
    if np.iscomplexobj(a):
        turn = np.imag(uu) * np.eye(np.shape(s)[-1])
        _has_no_say(turn + np.imag(vv) * np.eye(np.shape(s)[-1]), g, "svd")
        core = core + 1j * turn / wide
    da = np.matmul(u, np.matmul(core, vh))
    if rows > columns:
        da = da + np.matmul((gu - np.matmul(u, uu)) / wide, vh)
    elif columns > rows:
        da = da + np.matmul(u, _h((gv - np.matmul(v, vv)) / wide))
    return [da]


def _has_no_say(turn: Any, g: Any, name: str) -> None:
    """Raise where a function depends on how complex vectors are turned, each by a factor that is arbitrary."""
    largest = max(float(np.max(np.abs(plain(part)), initial=0.0)) for part in g)
    if np.max(np.abs(plain(turn)), initial=0.0) > 1e-7 * largest:
        raise NotTraceable(
            f"{name}: the function depends on the phases of complex vectors, which are arbitrary: only what does not "
            "has a derivative, such as their magnitudes"
        )


joint_pullback_of(np.linalg.svd, _svd)


def _qr(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """Source: M. Seeger et al., Auto-differentiating linear algebra (2017), for at least as many rows as columns."""
    rows, columns = np.shape(args[0])[-2:]
    mode = kwargs.get("mode", args[1] if len(args) > 1 else "reduced")
    if mode != "reduced" or rows < columns:
        raise NotTraceable("qr: there is a derivative for mode='reduced' and at least as many rows as columns")
    (q, r), (gq, gr) = y, g
    m = np.matmul(r, _h(gr)) - np.matmul(_h(gq), q)
    below = np.tril(m, -1)
    sym = below + _h(below) + np.real(m) * np.eye(columns)  # the diagonal of r is real
    return [_h(np.linalg.solve(r, _h(gq + np.matmul(q, sym))))]


joint_pullback_of(np.linalg.qr, _qr, keeps=False)


def _pinv_pull(g: Any, y: Any, a: Any, rcond: Any) -> Any:
    """Source: Golub and Pereyra (1973), for changes that keep the rank."""
    ph, gh = _h(y), _h(g)
    da = -np.matmul(ph, np.matmul(g, ph))
    da = da + np.matmul(gh - np.matmul(a, np.matmul(y, gh)), np.matmul(y, ph))
    right = np.matmul(ph, np.matmul(y, gh))
    return da + right - np.matmul(np.matmul(right, y), a)


@kernel(_pinv_pull, None)
def pseudo_inverse(a: Any, rcond: Any) -> Any:
    """`numpy.linalg.pinv`, whose singular values below `rcond` times the largest count as zero."""
    return np.linalg.pinv(a, rcond)


@rewrite(np.linalg.pinv)
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """At a matrix that has not full rank the derivative is that along matrices of the same rank."""
    if hermitian:
        raise NotTraceable("pinv: there is a derivative for hermitian=False only")
    cutoff = rtol if rcond is None else rcond
    if cutoff is None:
        cutoff = 1e-15 if rtol is None else max(np.shape(a)[-2:]) * np.finfo(np.result_type(a)).eps
    return pseudo_inverse(a, plain(cutoff))


def _least_squares_pull(g: Any, y: Any, args: Any, kwargs: Any, active: tuple[int, ...]) -> list[Any]:
    """That of the pseudo-inverse times b, without the rounding of that product."""
    a, b, rcond = args
    vector = np.ndim(b) == 1
    g, x, b = (np.expand_dims(part, -1) if vector else part for part in (g, y, b))
    inverse = pseudo_inverse(a, rcond)
    db = np.matmul(_h(inverse), g)
    if active == (1,):
        return [db[..., 0] if vector else db]
    da = np.matmul(b - np.matmul(a, x), _h(np.matmul(inverse, db))) - np.matmul(db, _h(x))
    da = da + np.matmul(np.matmul(_h(inverse), x), _h(g - np.matmul(_h(a), db)))
    return [da if i == 0 else db[..., 0] if vector else db for i in active]


def least_squares(a: Any, b: Any, rcond: Any) -> Any:
    """The solution that `numpy.linalg.lstsq` gives."""
    return np.linalg.lstsq(a, b, rcond)[0]


joint_pullback_of(least_squares, _least_squares_pull)


@rewrite(np.linalg.lstsq)
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """At a matrix that has not full rank the derivative is that along matrices of the same rank."""
    _, residuals, rank, _ = np.linalg.lstsq(plain(a), plain(b), plain(rcond))
    if rcond is None or rcond == -1:
        eps = np.finfo(np.result_type(plain(a), plain(b), 1.0)).eps
        rcond = eps if rcond == -1 else eps * max(np.shape(a))
    found = record_call(PULLBACKS[least_squares], (a, b, plain(rcond)))
    if np.size(residuals):
        miss = b - np.matmul(a, found)
        residuals = np.reshape(np.sum(np.real(miss * conj(miss)), axis=0), np.shape(residuals))
    return found, residuals, rank, np.linalg.svd(a, compute_uv=False)


@rewrite(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p is None or p in (2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


@rewrite(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = np.shape(a)
    rows = int(np.prod(shape[:ind], dtype=int))
    return np.reshape(np.linalg.inv(np.reshape(a, (rows, -1))), shape[ind:] + shape[:ind])


@rewrite(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        last = [axis % np.ndim(a) for axis in axes]
        a = np.transpose(a, [i for i in range(np.ndim(a)) if i not in last] + last)
    shape = np.shape(a)[np.ndim(b) :]
    size = int(np.prod(shape, dtype=int))
    return np.reshape(np.linalg.solve(np.reshape(a, (-1, size)), np.reshape(b, -1)), shape)

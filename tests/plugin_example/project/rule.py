import operator

from rulecheck import ad


class Scaling(ad.AbstractMatrix): ...


@ad.adjoint(operator.matmul, Scaling, object)
def matmul(A, x):
    return A.factor * x, lambda dy: (ad.Tangent(factor=dy @ x), A.factor * dy)

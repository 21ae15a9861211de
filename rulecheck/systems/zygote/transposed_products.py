"""The override for `v' * A`, which the standard library answers by `(A' * v)'`: that product is what is differentiated.

An opt-out would not do: on the way back, the derivative of `(v')'` is the adjoint of a structured gradient, which
there is not. A wrapper's parent is a field, whose gradient may have any structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rulecheck.dispatch.parametric import ParametricError, Term, subtype
from rulecheck.dispatch.parametric.types import DataType
from rulecheck.finding import Fix
from rulecheck.languages.julia.facts import JuliaMethod, TypeExpr, Variable
from rulecheck.languages.julia.kit.operand_types import FLIPS
from rulecheck.languages.julia.kit.spelling import Signature, expression_of
from rulecheck.model.verdicts import Shadow
from rulecheck.systems.zygote.writing import Writing

NAMES = ("u", "A")


class TransposedProducts:
    """Such overrides of one project; `is_ended` says whether nothing hides the code of a call with one argument."""

    def __init__(self, writing: Writing, is_ended: Callable[[str, Term], bool]) -> None:
        self._writing = writing
        self._methods = writing.rules.methods
        self._is_ended = is_ended

    def forward(
        self, shadow: Shadow, hidden: JuliaMethod, rule: JuliaMethod, turning: JuliaMethod | None
    ) -> Fix | None:
        """An adjoint for a row times a matrix that differentiates the product of the matrix and the column.

        `turning` is the method that makes one product of the other.
        """
        call = shadow.walk.call
        _, row, matrix = call.types
        assert isinstance(row, DataType)
        assert isinstance(matrix, DataType)
        flip = FLIPS[row.constructor.name]
        if not self._is_flipped_with_a_gradient(flip, matrix):
            return None
        speller = self._writing.spellers.inside(hidden)
        for signature in self._signatures(row, matrix, hidden):
            if not self._takes(signature, (row, matrix)):
                continue
            if not self._writing.is_answered(call.function, signature, rule, [call], turning):
                continue
            if self._writing.spellers.reads_as_meant(speller, signature):
                name = speller.name(flip)
                own = self._methods.mentions_own(self._parent(signature.arguments[0]))
                column = f"{NAMES[0]}.parent" if own else f"{name}({NAMES[0]})"
                turned = f"{NAMES[1]}.parent" if matrix.constructor.name in FLIPS else f"{name}({NAMES[1]})"
                arguments = speller.arguments(signature.arguments, NAMES)
                body = f"{name}({turned} * {column})"
                return self._writing.adjoint(hidden, speller, f"({arguments})", NAMES, body)
        return None

    def _is_flipped_with_a_gradient(self, flip: str, matrix: DataType) -> bool:
        """Whether the flipped matrix hands its gradient back, be it with the override that is offered for that."""
        if matrix.constructor.name in FLIPS:
            return FLIPS[matrix.constructor.name] == flip
        return self._is_ended(flip, matrix)

    def _takes(self, signature: Signature, types: tuple[Term, ...]) -> bool:
        try:
            terms = [self._methods.library.terms.of(argument) for argument in signature.arguments]
        except ParametricError:
            return False  # a stand-in whose declaration the words for it would break
        return all(subtype(type_, term) for type_, term in zip(types, terms, strict=True))

    def _signatures(self, row: DataType, matrix: DataType, hidden: JuliaMethod) -> Iterator[Signature]:
        """Signatures to try: the column as the method declares it, then as the call has it."""
        wide = Signature((self._widened(row), self._widened(matrix)))
        wrapped = wide.arguments[0]
        if wrapped[0] == "where" and not hidden.variables and len(hidden.arguments) == 2:
            variables = tuple((n, lo, hidden.arguments[1] if n == "P" else up) for n, lo, up in wrapped[2])
            yield Signature((("where", wrapped[1], variables), wide.arguments[1]))
        yield wide
        yield Signature((expression_of(row), expression_of(matrix)))

    def _widened(self, type_: Term) -> TypeExpr:
        """A concrete type of a call as one would write it in a signature: parameters left open."""
        assert isinstance(type_, DataType)
        head: TypeExpr = expression_of(type_)
        if not type_.parameters or head[0] != "apply":
            return head
        if type_.constructor.name in FLIPS:
            variables: tuple[Variable, ...] = (("T", None, None), ("P", None, self._widened(type_.parameters[1])))
            return ("where", ("apply", head[1], (("var", "T"), ("var", "P"))), variables)
        if self._methods.owns(type_.constructor.name):
            return head[1]  # type: ignore[no-any-return]
        return head

    @staticmethod
    def _parent(row: TypeExpr) -> object:
        """What a wrapper is declared to wrap."""
        if row[0] == "where":
            return next((upper for name, _, upper in row[2] if name == "P"), None)
        return row[2][1] if row[0] == "apply" and len(row[2]) > 1 else None

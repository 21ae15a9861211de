"""Which methods and calls the engine's generic rules shadow, as told from source."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import CONFIG, HEAD, TRACED, findings_of, model_of, said, write

from rulecheck.dispatch import Outcome
from rulecheck.facts import Generic
from rulecheck.model.entries import Question
from rulecheck.run.lint import lint
from rulecheck.systems.engine.names import TRANSPOSE, VECTOR

pytestmark = pytest.mark.slow

DIAGONAL = ("RC101", "Diagonal.__matmul__(self, x: AbstractVector)")


def test_a_method_is_probed_with_its_own_signature(tmp_path: Path) -> None:
    (finding,) = findings_of(tmp_path, "")
    assert said([finding]) == [DIAGONAL]
    assert finding.call == "Diagonal @ AbstractVector"
    assert finding.fires is not None
    assert finding.fires.signature == "matmul(AbstractMatrix, AbstractVector)"
    assert finding.fires.layer == "rule"
    assert finding.place == finding.shadows.place
    assert finding.sites == ()


def test_a_finding_stands_at_the_first_of_the_calls_that_it_explains(tmp_path: Path) -> None:
    source = """
        def first(A: Diagonal, x: Signal):
            return A @ x

        def second(A: Diagonal):
            return np.matmul(A, np.ones(3)) + operator.matmul(A, np.ones(3))
        """
    (finding,) = findings_of(tmp_path, source)
    lines = (HEAD + source).splitlines()
    assert "A @ x" in lines[finding.place.line - 1]
    assert finding.call == "A @ x"
    assert len(finding.sites) == 3
    assert finding.scope == "world.Diagonal.__matmul__"


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("ad.gradient(lambda A, x: A @ x, Diagonal(x), np.ones(3))", 1),
        ("ad.value_and_gradient(lambda A: A @ np.ones(3), Diagonal(x))", 1),
        ("value, back = ad.pullback(lambda A, *others: A @ others[0], Diagonal(x), x)", 0),
        ("differentiate(lambda A: A @ np.ones(3), Diagonal(x))", 1),
        ("ad.gradient(lambda A, x=np.ones(3): A @ x, *many, Diagonal(x))", 0),
        ("gradient(lambda A: A @ np.ones(3), Diagonal(x))", 0),
        ("map(lambda A: A @ np.ones(3), Diagonal(x))", 0),
        ("np.apply_along_axis(lambda A: A @ np.ones(3), Diagonal(x))", 0),
        ("ad.gradient(lambda A: [A @ np.ones(3) for A in many], Diagonal(x))", 0),
    ],
)
def test_a_lambda_is_called_with_what_is_differentiated(call: str, found: int, tmp_path: Path) -> None:
    """Not so where nobody knows what becomes of the lambda."""
    source = f"""
        from rulecheck.ad import gradient as differentiate
        from elsewhere import gradient

        def f(x, many):
            {call}
        """
    (finding,) = findings_of(tmp_path, source)
    assert len(finding.sites) == found


@pytest.mark.parametrize(
    ("definition", "call", "found"),
    [
        ("def loss(A, b):\n    return A @ b", "ad.gradient(loss, Diagonal(x), np.ones(3))", 1),
        ("def loss(A: Diagonal, b):\n    return A @ b", "ad.gradient(loss, A, np.ones(3))", 1),
        ("def loss(A, b: Signal):\n    return A @ b", "value, back = ad.pullback(loss, Diagonal(x), x)", 1),
        ("def loss(A, b):\n    return A @ b", "ad.gradient(loss, Diagonal(x), x)", 0),
        ("def loss(A, b):\n    return A @ b", "ad.gradient(loss, *x)", 0),
        ("def loss(A, b):\n    return A @ b", "other(loss, Diagonal(x), np.ones(3))", 0),
        ("def loss(A, b):\n    A = x\n    return A @ b", "ad.gradient(loss, Diagonal(x), np.ones(3))", 0),
        ("def loss(*A):\n    return A[0] @ np.ones(3)", "ad.gradient(loss, Diagonal(x))", 0),
        (
            "def loss(A, b):\n    if isinstance(A, Diagonal):\n        return 1\n    return A @ b",
            "ad.gradient(loss, Diagonal(x), np.ones(3))",
            0,
        ),
    ],
)
def test_a_function_is_called_with_what_is_differentiated(
    definition: str, call: str, found: int, tmp_path: Path
) -> None:
    (finding,) = findings_of(tmp_path, f"{definition}\n\n\ndef run(x, A):\n    {call}\n")
    assert len(finding.sites) == found


def test_a_function_that_is_differentiated_twice_is_judged_by_both(tmp_path: Path) -> None:
    source = "def loss(A):\n    return A @ np.ones(3)\n\n\nad.gradient(loss, Diagonal(np.ones(3)))\n"
    assert len(findings_of(tmp_path, source)[0].sites) == 1
    assert len(findings_of(tmp_path, source + "ad.gradient(loss, np.ones((3, 3)))\n")[0].sites) == 0


def test_the_fingerprint_does_not_depend_on_calls(tmp_path: Path) -> None:
    (alone,) = findings_of(tmp_path, "")
    (called,) = findings_of(tmp_path, "def f(A: Diagonal, x: Signal):\n    return A @ x\n")
    assert alone.fingerprint == called.fingerprint


@pytest.mark.parametrize(
    "source",
    [
        TRACED,
        "for kind in (Diagonal, Signal):\n    ad.opt_out(operator.matmul, kind, ad.AbstractVector)\n",
        "ad.opt_out(np.matmul, Diagonal, ad.AbstractVector)\n",
        "@ad.adjoint(operator.matmul, Diagonal, ad.AbstractVector)\ndef rule(A, x):\n"
        "    return ad.pullback(operator.matmul, A, x)\n",
    ],
)
def test_an_override_ends_the_shadow(source: str, tmp_path: Path) -> None:
    assert findings_of(tmp_path, source, HEAD, "RC101", "RC102") == []


@pytest.mark.parametrize(
    "source",
    [
        "if sys.platform == 'linux':\n    ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n",
        "for kind in set(Diagonal.__subclasses__()) | {Diagonal}:\n"
        "    ad.opt_out(operator.matmul, kind, ad.AbstractVector)\n",
        "def install():\n    ad.opt_out(operator.matmul, Diagonal, ad.AbstractVector)\n",
    ],
    ids=["condition", "computed", "function"],
)
def test_an_override_that_may_be_there_silences(source: str, tmp_path: Path) -> None:
    assert findings_of(tmp_path, source, HEAD, "RC101") == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x):\n        raise NotImplementedError\n", 0),
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x):\n        return NotImplemented\n", 0),
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x):\n        return x\n", 2),
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x: float):\n        return x\n", 0),
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x: ad.Vector | ad.Matrix):\n        return x\n", 2),
        ("class Open(ad.AbstractMatrix):\n    def __matmul__(self, x: np.ndarray):\n        return x\n", 2),
        ("class Open(ad.AbstractMatrix):\n    def __rmatmul__(self, x: ad.AbstractVector):\n        return x\n", 1),
        ("class Open(ad.AbstractMatrix):\n    def matvec(self, x):\n        return x\n", 0),
        ("class Open(ad.AbstractMatrix): ...\n\ndef f(self, x: Signal):\n    return x\n\nOpen.__matmul__ = f\n", 1),
        ("class Open:\n    def __matmul__(self, x):\n        return x\n", 0),
        (
            "class Open:\n    def __matmul__(self, x: Signal):\n        return x\n\n"
            "class Closed(Open, ad.AbstractMatrix):\n    pass\n",
            1,
        ),
        (
            "@ad.AbstractMatrix.register\nclass Open:\n    def __matmul__(self, x: Signal):\n        return x\n",
            1,
        ),
        (
            "class Open(ad.AbstractMatrix):\n    def __matmul__(self, x: Signal):\n        return self.apply(x)\n\n"
            "    @abstractmethod\n    def apply(self, x): ...\n",
            0,
        ),
        (
            "class Open(ad.AbstractMatrix):\n    def __matmul__(self, x: Signal):\n        return self.apply(x)\n\n"
            "    @abstractmethod\n    def apply(self, x): ...\n\n"
            "class Closed(Open):\n    def apply(self, x):\n        return x\n",
            1,
        ),
        ("class Open(ad.AbstractMatrix):\n    def solve(self, b: ad.AbstractVector):\n        return b\n", 1),
    ],
    ids=[
        "raises", "not implemented", "unannotated", "number", "union", "ndarray", "reflected", "other name",
        "assigned later", "no array type", "mixin", "registered", "abstract", "abstract with subclass", "numpy",
    ],
)  # fmt: skip
def test_specialised_methods(source: str, expected: int, tmp_path: Path) -> None:
    found = findings_of(tmp_path, TRACED + source, HEAD, "RC101")
    assert len(found) == expected, said(found)
    assert all(f.fix is not None and f.fix.safe and f.fix.edits for f in found)


def test_what_the_project_does_not_own_is_not_blamed(tmp_path: Path) -> None:
    source = TRACED + "def f(A: ad.AbstractMatrix, x: ad.AbstractVector):\n    return A @ x\n"
    assert findings_of(tmp_path, source) == []


@pytest.mark.parametrize(
    ("annotation", "found"),
    [("Diagonal | Other", 2), ("Diagonal | ad.Matrix", 0), ("'Unknown'", 0), ("Diagonal", 1)],
)
def test_only_what_holds_for_every_type_is_said_of_a_call(annotation: str, found: int, tmp_path: Path) -> None:
    source = f"""
class Other(ad.AbstractMatrix):
    def __matmul__(self, x: ad.AbstractVector):
        return x


def f(A: {annotation}, x: Signal):
    return A @ x
"""
    sites = [site for finding in findings_of(tmp_path, source, HEAD, "RC101") for site in finding.sites]
    assert len(sites) == found


def test_a_call_whose_operand_is_not_known_is_counted(tmp_path: Path) -> None:
    (site,) = model_of(tmp_path, "def f(A: Diagonal, x):\n    return A @ x\n").sites()
    assert site.questions == ()
    assert site.reason == "the type of an operand is not known"


BEHIND = """
class Symmetric(ad.AbstractMatrix):
    {transpose}

    def __matmul__(self, x: ad.AbstractVector):
        return x

ad.opt_out(operator.matmul, Symmetric, ad.AbstractVector)

def f(A: Symmetric, b: Signal, B: Diagonal):
    return {call}
"""
OWN = "@property\n    def T(self) -> 'Symmetric':\n        return self"


@pytest.mark.parametrize(
    ("call", "transpose", "found"),
    [
        ("b.T @ A", OWN, True),
        ("b.H @ A", OWN.replace("def T", "def H"), True),
        ("b.H @ A", OWN, True),
        ("b.T @ A", OWN.replace("def T", "def H"), True),
        ("b.H @ A.T", OWN, True),
        ("b.T @ A.T", OWN, True),
        ("ad.Transpose(b) @ A", OWN, True),
        ("ad.Adjoint(b) @ A", OWN.replace("def T", "def H"), True),
        ("ad.Transpose(mystery) @ A", OWN, False),
        ("b.T @ A", "", False),
        ("B.T @ A", OWN, False),
        ("b @ A", OWN, False),
    ],
)
def test_code_behind_a_call(call: str, transpose: str, found: bool, tmp_path: Path) -> None:
    source = TRACED + BEHIND.format(call=call, transpose=transpose)
    findings = findings_of(tmp_path, source, HEAD, "RC102")
    assert bool(findings) is found
    for finding in findings:
        assert finding.call == call
        assert finding.fix is not None
        wrapper = "Adjoint" if ".H" in call or "Adjoint" in call else "Transpose"
        assert finding.fix.text == f"ad.opt_out(operator.matmul, ad.{wrapper}[Signal], Symmetric)"
        assert said([finding]) == [("RC102", "Symmetric.__matmul__(self, x: AbstractVector)")]


def test_an_override_of_the_outer_call_ends_it(tmp_path: Path) -> None:
    source = TRACED + BEHIND.format(call="b.T @ A", transpose=OWN)
    ended = "ad.opt_out(operator.matmul, ad.Transpose[Signal], Symmetric)\n"
    assert findings_of(tmp_path, source + ended) == []


def test_a_walk_names_every_step(tmp_path: Path) -> None:
    model = model_of(tmp_path, TRACED)
    walk = model.walk(Question("operator.matmul", ("world.Diagonal", VECTOR), "A @ x"))
    assert [(s.layer, s.outcome) for s in walk.steps] == [("rule", Outcome.DECLINES), ("trace", Outcome.CLAIMS)]
    assert walk.steps[0].entries[0].signature == "matmul(Diagonal, AbstractVector)"
    assert walk.winner is not None
    assert walk.winner.signature == "Diagonal.__matmul__(self, x: AbstractVector)"


def test_a_wrapper_is_as_specific_as_what_it_wraps(tmp_path: Path) -> None:
    model = model_of(tmp_path, "ad.opt_out(operator.matmul, ad.Transpose[ad.AbstractVector], Diagonal)\n")
    types = (Generic(TRANSPOSE, "world.Signal"), "world.Diagonal")
    (step, _) = model.walk(Question("operator.matmul", types, "b.T @ A")).steps
    assert step.entries[0].signature == "matmul(Transpose[AbstractVector], Diagonal)"


def test_what_a_test_may_register_silences_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_world.py").write_text(
        "import operator\nfrom rulecheck import ad\nfrom world import Diagonal\n\n"
        "def test_it(kind):\n    ad.opt_out(operator.matmul, kind, ad.AbstractVector)\n"
    )
    write(tmp_path, "")
    assert [f.code for f in lint([tmp_path], config=CONFIG).findings] == ["RC101"]


@pytest.mark.parametrize(
    "form",
    [
        "(y := ad.opt_out({}))",
        "x: object = ad.opt_out({})",
        "ad.opt_out({}) if sys else None",
        "assert ad.opt_out({}) is None",
        "def f(x=ad.opt_out({})): ...",
        "all(ad.opt_out(operator.matmul, T, ad.AbstractVector) for T in (Diagonal,))",
        "list(map(lambda T: ad.opt_out(operator.matmul, T, ad.AbstractVector), (Diagonal,)))",
        "list(map(partial(ad.opt_out, operator.matmul), (Diagonal,), (ad.AbstractVector,)))",
        "apply(ad.opt_out, {})",
        "with pool() as p:\n    p.submit(ad.opt_out, {})",
        "wrapped(ad.opt_out)(Diagonal)",
        "getattr(ad, 'opt_out')({})",
    ],
)
def test_an_opt_out_anywhere_in_an_expression_is_no_less_one(form: str, tmp_path: Path) -> None:
    head = HEAD.replace("import sys\n", "import sys\nfrom functools import partial\n")
    assert [f.code for f in findings_of(tmp_path, "", head)] == ["RC101"]
    written = form.format("operator.matmul, Diagonal, ad.AbstractVector") + "\n"
    assert findings_of(tmp_path, written, head) == []
    other = form.format("operator.sub, Diagonal, ad.AbstractVector").replace("operator.matmul", "operator.sub") + "\n"
    if "submit" not in form and "apply" not in form and "wrapped" not in form:  # what those are given is not known
        assert "RC101" in [f.code for f in findings_of(tmp_path, other, head)]


def test_an_operator_whose_method_is_not_known_is_not_its_own(tmp_path: Path) -> None:
    """Of a lazy wrapper of an array of unknown rank nobody can say which product it takes."""
    model = model_of(tmp_path, "class Any(ad.AbstractArray): ...\n")
    question = model.question("matmul", ["Transpose[Any]", "Any"])
    assert model.run(question) is None
    assert model.primal(question) is None


@pytest.mark.parametrize(
    ("written", "shadowed"),
    [
        ("__matmul__ = lambda self, x: self.d * x", "Lambda.__matmul__(self, x)"),
        ("__matmul__ = product = lambda self, x: self.d * x", "Lambda.__matmul__(self, x)"),
        ("__matmul__ = lambda self, x: NotImplemented", None),
        ("__matmul__ = made()", None),
    ],
)
def test_a_method_that_a_class_body_assigns(written: str, shadowed: str | None, tmp_path: Path) -> None:
    source = f"""
        class Lambda(ad.AbstractMatrix):
            {written}

        def use(A: Lambda, x: Signal):
            return A @ x
        """
    found = said(findings_of(tmp_path, source, HEAD + TRACED, "RC101"))
    assert found == ([("RC101", shadowed)] * 2 if shadowed else [])  # the call, and the product of two matrices


@pytest.mark.parametrize(
    ("assigned", "shadowed"),
    [
        ("Late.__matmul__ = lambda self, x: self.d * x", "Late.__matmul__(self, x)"),
        ("Late.__matmul__ = Late.product = lambda self, x: self.d * x", "Late.__matmul__(self, x)"),
        ("Late.__matmul__ = lambda self, x: NotImplemented", None),
        ("if sys.argv:\n    Late.__matmul__ = lambda self, x: self.d * x", None),
    ],
)
def test_a_lambda_that_is_assigned_after_the_class(assigned: str, shadowed: str | None, tmp_path: Path) -> None:
    body = "class Late(ad.AbstractMatrix):\n    def __matmul__(self, x):\n        return NotImplemented\n\n\n"
    source = f"{body}{assigned}\n\n\ndef use(A: Late, x: Signal):\n    return A @ x\n"
    found = said(findings_of(tmp_path, source, HEAD + TRACED, "RC101"))
    assert set(found) == ({("RC101", shadowed)} if shadowed else set())


def test_a_method_that_source_does_not_tell_ends_the_walk(tmp_path: Path) -> None:
    source = """
        class Made(ad.AbstractMatrix):
            __matmul__ = made()

        class Right(ad.AbstractMatrix):
            def __rmatmul__(self, x):
                return x
        """
    model = model_of(tmp_path, source)
    assert model.methods.run("operator.matmul", ("world.Made", "world.Right")) is None
    assert model.methods.run("operator.matmul", ("world.Right", "world.Made")) is not None


@pytest.mark.parametrize("first", ["Outer", "Inner"])
def test_what_registration_gives_is_what_the_first_of_them_gave(first: str, tmp_path: Path) -> None:
    calls = {"Outer": "ad.AbstractVector.register(Outer)", "Inner": "Scaled.register(Inner)"}
    ordered = [calls.pop(first), *calls.values()]
    source = """
        class Scaled(ad.AbstractVector):
            def __mul__(self, other):
                return other

        class Outer:
            pass

        class Inner(Outer):
            pass

        """ + "\n        ".join(ordered)
    method = model_of(tmp_path, source).methods.method("world.Inner", "__mul__")
    assert method is not None
    assert method.owner == ("world.Scaled" if first == "Inner" else "rulecheck.ad.arrays.AbstractArray")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("with ad.precedence('most-specific'):\n    return A @ x", False),
        ("with ad.precedence(policy='most-specific'), other():\n    if x:\n        return A @ x", False),
        ("with ad.precedence(chosen):\n    return A @ x", False),
        ("with ad.precedence('most-specific'):\n    return ad.gradient(lambda x: A @ x, x)", False),
        ("with ad.precedence('rules-first'):\n    return A @ x", True),
        ("with ad.precedence('most-specific'):\n    with ad.precedence('rules-first'):\n        return A @ x", True),
        ("with ad.precedence('most-specific'):\n    pass\nreturn A @ x", True),
        ("with precedence('most-specific'):\n    return A @ x", True),
    ],
)
def test_a_call_under_a_policy(body: str, found: bool, tmp_path: Path) -> None:
    lines = "\n".join("    " + line for line in body.splitlines())
    (finding,) = findings_of(tmp_path, f"def f(A: Diagonal, x: Signal):\n{lines}\n", HEAD, "RC101")
    assert (finding.call == "A @ x") is found


def test_a_function_under_a_policy(tmp_path: Path) -> None:
    source = "@ad.precedence('most-specific')\ndef f(A: Diagonal, x: Signal):\n    return A @ x\n"
    (finding,) = findings_of(tmp_path, source, HEAD, "RC101")
    assert finding.call == "Diagonal @ AbstractVector"


def test_an_override_is_put_in_before_a_block_under_a_policy(tmp_path: Path) -> None:
    head = HEAD[: HEAD.index("class Signal")]
    source = "with ad.precedence('most-specific'):\n    print(1)\n"
    (finding,) = findings_of(tmp_path, source, head, "RC101")
    assert finding.fix is not None
    text = (tmp_path / "world.py").read_text()
    (edit,) = [e for e in finding.fix.edits if "opt_out" in e.text]
    assert edit.start <= text.index("with ad.precedence")


def test_a_walk_tells_of_a_registration_that_is_not_certain(tmp_path: Path) -> None:
    source = "def spread(kind):\n    ad.opt_out(operator.matmul, kind, Signal)\n\n\nspread(Diagonal)\n"
    model = model_of(tmp_path, source)
    (step,) = model.walk(Question("operator.matmul", ("world.Diagonal", "world.Signal"), "A @ b")).steps
    line = (HEAD + source).splitlines().index("    ad.opt_out(operator.matmul, kind, Signal)") + 1
    assert step.outcome is Outcome.CLAIMS
    assert step.reason.endswith(f"world.py:{line}, of which source does not tell all, may come first")
    (step,) = model.walk(Question("operator.matmul", ("world.Diagonal", VECTOR), "A @ x")).steps
    assert step.reason == ""

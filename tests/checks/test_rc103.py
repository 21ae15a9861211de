"""RC103 on the fixture package, and on the cases that must stay silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.config import Config
from rulecheck.finding import Finding, Severity
from rulecheck.run.lint import lint

FIXTURE = Path(__file__).parents[2] / "fixtures" / "numpy_operators" / "lattices"


def findings(path: Path, code: str = "RC103") -> list[Finding]:
    config = Config(systems=("numpy",), select=("RC103", "RC104"), cache=False)
    return [f for f in lint([path], config=config).findings if f.code == code]


def in_source(source: str, folder: Path, code: str = "RC103") -> list[Finding]:
    path = folder / "example.py"
    path.write_text("import numpy as np\n" + source, encoding="utf-8")
    return findings(path, code)


def test_the_fixture_has_one_finding_for_each_class_to_blame() -> None:
    found = {f.scope.rpartition(".")[2]: f for f in findings(FIXTURE)}
    assert set(found) == {"LowRank", "Operator", "Grid", "Demoted"}
    assert all(Path(f.place.path).name == "shadowed.py" for f in found.values())
    assert {name: f.severity for name, f in found.items()} == {
        "LowRank": Severity.WARNING,
        "Operator": Severity.ERROR,
        "Grid": Severity.WARNING,
        "Demoted": Severity.NOTE,
    }


def test_call_sites_are_filed_under_their_class() -> None:
    (found,) = [f for f in findings(FIXTURE) if f.scope.endswith("LowRank")]
    lines = (FIXTURE / "shadowed.py").read_text(encoding="utf-8").splitlines()
    assert [lines[site.line - 1].strip() for site in found.sites] == ["return x @ A", "return x @ A + np.dot(A, x)"]


def test_the_message_says_what_comes_of_it() -> None:
    (found,) = [f for f in findings(FIXTURE) if f.scope.endswith("Operator")]
    assert found.message == (
        "`x * A` and `x @ A` never reach Operator.__rmul__ and Operator.__rmatmul__: "
        "the operator silently gives an array of objects for `x * A`, and raises for `x @ A`"
    )


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("__array_ufunc__ = None\n    def __rmatmul__(self, x): return x + 1", id="opts out"),
        pytest.param("__array_priority__ = 1.5\n    def __rmatmul__(self, x): return x + 1", id="priority"),
        pytest.param("def __rmatmul__(self, x): return NotImplemented", id="declines"),
        pytest.param("def __rmatmul__(self, x): raise TypeError('no')", id="refuses"),
        pytest.param("def __rmatmul__(self, x): return 'left'", id="constant"),
        pytest.param(
            "def __rmul__(self, x):\n        if x == 1: return self\n        raise TypeError('no')", id="refuses most"
        ),
        pytest.param("def __radd__(self, x): return self.plus(x)", id="for sum"),
        pytest.param(
            "def __getattr__(self, name): return 1\n    def __rmatmul__(self, x): return x + 1", id="made attributes"
        ),
        pytest.param(
            "def __init__(self): self.__array_priority__ = 9\n    def __rmul__(self, x): return x + 1",
            id="on instances",
        ),
    ],
)
def test_what_is_well_or_uncertain_is_silent(body: str, tmp_path: Path) -> None:
    assert in_source(f"class A:\n    shape = (2, 2)\n    {body}\n", tmp_path) == []


def test_a_scalar_is_left_alone_and_the_array_below_it_is_not(tmp_path: Path) -> None:
    source = """
class Expr:
    def __init__(self, name): self.name = name
    def __rmul__(self, x): return Expr((self, x))

class Symbol(Expr):
    shape = ()

class Matrix(Expr):
    def __init__(self, rows): self.shape = (rows, rows)
    def __rmul__(self, x): return Matrix((self, x))
"""
    assert [f.scope for f in in_source(source, tmp_path)] == ["example.Matrix"]


def test_a_mixin_is_judged_by_what_stands_below_it(tmp_path: Path) -> None:
    source = """
class Arithmetic:
    def __rmul__(self, x): return self.scaled(x)
    def scaled(self, x): raise NotImplementedError

class Dense(Arithmetic):
    __array_priority__ = 11
    def __init__(self, rows): self.shape = (rows, rows)
    def scaled(self, x): return self
"""
    assert in_source(source, tmp_path) == []
    shadowed = source.replace("    __array_priority__ = 11\n", "")
    assert [f.scope for f in in_source(shadowed, tmp_path)] == ["example.Dense"]
    mixed = source + "\nclass Sparse(Arithmetic):\n    def __init__(self, n): self.shape = (n, n)\n"
    mixed += "    def scaled(self, x): return self\n"
    assert [f.scope for f in in_source(mixed, tmp_path)] == ["example.Sparse"]


def test_what_tests_make_of_a_mixin_is_no_class_that_users_meet(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    (folder / "tests").mkdir(parents=True)
    for path in (folder, folder / "tests"):
        (path / "__init__.py").write_text("")
    (folder / "arithmetic.py").write_text("""
class Arithmetic:
    def __rmul__(self, x): return self.scaled(x)
    def scaled(self, x): raise NotImplementedError
""")
    made = """
from package.arithmetic import Arithmetic

class Small(Arithmetic):
    def __init__(self, rows): self.shape = (rows, rows)
    def scaled(self, x): return self
"""
    (folder / "tests" / "test_arithmetic.py").write_text(made)
    config = Config(systems=("numpy",), select=("RC103",), cache=False)
    assert lint([folder], config=config).findings == ()
    (folder / "small.py").write_text(made)
    assert [f.scope for f in lint([folder], config=config).findings] == ["package.small.Small"]
    own = "    def __rmul__(self, x): return Small((self, x))\n"
    (folder / "tests" / "test_arithmetic.py").write_text(made + own)
    scopes = [f.scope for f in lint([folder], config=config).findings]
    assert scopes == ["package.small.Small", "package.tests.test_arithmetic.Small"], "its own method is its own matter"


HEIRS = """
class Plain:
    def __init__(self, n): self.shape = (n, n)
    def __rmul__(self, x): return self.scaled(x)

class Numeric(Plain):
    def __array_ufunc__(self, ufunc, method, *inputs, **keywords): return ufunc

class Labelled(Plain):
    pass

class Registry:
    Numeric: "TypeAlias" = Numeric

class Quantity(Labelled, Registry.Numeric):
    pass
"""


def test_a_base_whose_heirs_see_to_numpy_is_left_to_them(tmp_path: Path) -> None:
    assert in_source(HEIRS, tmp_path) == []
    assert [f.scope for f in in_source(HEIRS + "\nONE = Plain(3)\n", tmp_path)] == ["example.Plain"]
    forgotten = HEIRS + "\nclass Uncertain(Plain):\n    pass\n"
    assert [f.scope for f in in_source(forgotten, tmp_path)] == ["example.Uncertain"]
    forgotten += "\nclass Dimensionless(Plain):\n    pass\n"
    assert [f.scope for f in in_source(forgotten, tmp_path)] == ["example.Plain"], "their base forgets"


def test_a_mixin_that_all_below_it_share_is_the_one_place_to_mend(tmp_path: Path) -> None:
    source = "class Arithmetic:\n    def __rmul__(self, x): return self.scaled(x)\n"
    for name in ("Dense", "Sparse"):
        source += f"\nclass {name}(Arithmetic):\n    def __init__(self, n): self.shape = (n, n)\n"
    (found,) = in_source(source, tmp_path)
    assert found.scope == "example.Arithmetic"
    assert found.message.startswith("`x * A` never reaches Arithmetic.__rmul__: ")
    other = source + "\nclass Number(Arithmetic):\n    def __init__(self, n): self.n = n\n"
    assert [f.scope for f in in_source(other, tmp_path)] == ["example.Dense", "example.Sparse"]


def test_an_operator_below_a_mixin_of_operators_may_take_no_arrays(tmp_path: Path) -> None:
    source = "class Operator:\n    def __matmul__(self, x): return self.apply(x)\n"
    source += "    def __rmul__(self, x): return self.scaled(x)\n"
    for name, result in (("Dense", "x + 1"), ("Sparse", "x - 1"), ("Image", "x.pixels")):
        source += f"\nclass {name}(Operator):\n    def __init__(self, n): self.n = n\n"
        source += f"    def apply(self, x): return {result}\n"
    assert [f.scope for f in in_source(source, tmp_path)] == ["example.Operator"]
    seen = source + "\nclass Seen(Operator):\n    __array_priority__ = 2\n    shape = (2, 2)\n"
    assert [f.scope for f in in_source(seen, tmp_path)] == ["example.Dense", "example.Sparse"]


@pytest.mark.parametrize(
    ("method", "reported"),
    [
        ("def __rmatmul__(self, x): return x + self.by", 1),
        ("def __rmatmul__(self, x): return x.by(self)", 0),
        ("def __rmatmul__(self, x): return x.c.sum() if self.by else 0", 1),
        ("def __rmatmul__(self, x):\n        if x is None: return 1\n        return x.c", 0),
        ("def __rmatmul__(self, x): return x.__matmul__(self)", 0),
        ("def __rmatmul__(self, x): return self.by(x, op=self, call=2, attr=x, name=3)", 1),
        ("def __rmatmul__(self, x): return self.by(op=self, narrow=x.c)", 0),
        ("def __rmatmul__(self, x):\n        if isinstance(x, A): return x.c\n        return x.d", 0),
        (
            "def __rmatmul__(self, x):\n        if isinstance(x, A): return x.c\n        return super().__rmatmul__(x)",
            0,
        ),
        ("def __rmatmul__(self, x): return self @ x\n    def __matmul__(self, x): return x.c", 0),
        ("def __rmatmul__(self, x: 'torch.Tensor'): return x + self.by", 0),
        ("def __rmatmul__(self, x: 'other.Tensor'): return x + self.by", 1),
        (
            "def __rmatmul__(self, x):\n        if isinstance(x, A): x = [x]\n"
            "        if isinstance(x, list): return x[0].c\n        raise TypeError",
            0,
        ),
        ("def __rmatmul__(self, x: np.ndarray): return x.by(self)", 1),
        ("def __rmatmul__(self, x: object): return x.by(self)", 1),
        ("def __rmatmul__(self, x: 'A | float'): return x.by(self)", 0),
        ("def __rmatmul__(self, x):\n        if isinstance(x, A): return x.c\n        raise TypeError", 0),
        ("def __rmatmul__(self, x):\n        if isinstance(x, A): return x.c\n        return NotImplemented", 0),
        ("def __rmatmul__(self, x): return self.by(x)\n    def by(self, x: 'A'): return x.c", 0),
        ("def __rmatmul__(self, x): return self.by(x)[0] + 1\n    def by(self, x: 'A'): return x.c", 0),
        ("def __matmul__(self, x: 'A'): return x.c\n    __rmatmul__ = __matmul__", 0),
        ("def __matmul__(self, x): return x.c\n    __rmatmul__ = __matmul__", 0),
        ("def __matmul__(self, x): return x.T\n    __rmatmul__ = __matmul__", 1),
        ("__matmul__, __rmatmul__ = both(np.matmul)", 1),
    ],
)
def test_what_raises_whoever_is_asked_is_no_loss(method: str, reported: int, tmp_path: Path) -> None:
    imports = "import other\nimport torch\n"
    assert len(in_source(f"{imports}class A:\n    shape = (2, 2)\n    {method}\n", tmp_path)) == reported


@pytest.mark.parametrize(
    ("method", "reported"),
    [
        ("def __rmul__(self, x):\n        if isinstance(x, A): return x.c\n        raise TypeError", 0),
        ("def __rmul__(self, x):\n        if isinstance(x, (A, float)): return x * 2\n        raise TypeError", 1),
        ("def __rmul__(self, x): return self.__mul__(x)\n    def __mul__(self, x): return A(x.phase)", 0),
        ("def __rmul__(self, x): return self.__mul__(x)\n    def __mul__(self, x): return x.__mul__(self)", 0),
        ("def __rmul__(self, x: 'A'): return A(x * 2)", 1),
    ],
)
def test_what_is_for_its_own_kind_alone_hides_nothing(method: str, reported: int, tmp_path: Path) -> None:
    assert len(in_source(f"class A:\n    shape = (2, 2)\n    {method}\n", tmp_path)) == reported


def test_a_method_that_heirs_fill_in_is_judged_with_them(tmp_path: Path) -> None:
    source = "class Base:\n    shape = (2, 2)\n    def __rmul__(self, x): return self.__mul__(x)\n"
    source += "    def __mul__(self, x): raise NotImplementedError\n"
    heirs = "".join(f"class {n}(Base):\n    def __mul__(self, x): return {{0}}\n" for n in ("One", "Two"))
    assert [f.scope for f in in_source(source + heirs.format("x + 1"), tmp_path)] == ["example.Base"]
    assert in_source(source + heirs.format("x.phase"), tmp_path) == []


def test_what_numpys_own_mixin_brings_is_no_loss(tmp_path: Path) -> None:
    source = "class A(np.lib.mixins.NDArrayOperatorsMixin):\n    shape = (2, 2)\n"
    assert in_source(source, tmp_path) == []
    assert len(in_source(source + "    def __rmul__(self, x): return x + 1\n", tmp_path)) == 1


def test_a_mixin_for_numbers_stays_one_beside_a_shape(tmp_path: Path) -> None:
    source = "class Distribution:\n    def __rmul__(self, x): return Product(x, self)\n"
    for name in ("Normal", "Uniform"):
        source += f"class {name}(Distribution):\n    def __init__(self, mean): self.mean = mean\n"
    source += "class Gamma(Distribution):\n    def __init__(self, shape): self.shape = shape\n"
    assert in_source(source, tmp_path) == []


@pytest.mark.parametrize(
    ("shape", "reported"),
    [
        ("(2, 2)", 1),
        ("None", 1),
        ("self.measured()", 1),
        ("{}", 0),
        ("{name: len(name) for name in ('one', 'two')}", 0),
        ("'gaussian'", 0),
        ("2.5", 0),
    ],
)
def test_a_shape_that_is_no_arrays_makes_no_array(shape: str, reported: int, tmp_path: Path) -> None:
    source = f"class A:\n    def __init__(self): self.shape = {shape}\n    def __rmul__(self, x): return A(x * 2)\n"
    assert len(in_source(source, tmp_path)) == reported
    held = source.replace("def __init__(self): self.shape =", "@property\n    def shape(self): return")
    assert len(in_source(held, tmp_path)) == reported


def test_the_shape_of_named_axes_is_an_arrays(tmp_path: Path) -> None:
    source = (
        "class A:\n    @property\n    def shape(self): return {'time': 2}\n    def __rmul__(self, x): return A(x * 2)\n"
    )
    assert in_source(source, tmp_path) == []
    assert len(in_source(source + "    @property\n    def ndim(self): return 1\n", tmp_path)) == 1


def test_what_made_a_class_is_looked_for_beside_it(tmp_path: Path) -> None:
    source = "class Meta(type):\n    def marked(cls, key): return {}\nclass A(metaclass=Meta):\n"
    source += "    shape = (2, 2)\n    def __rmul__(self, x): return A('__%s__' % x)\n"
    assert len(in_source(source.format("cls"), tmp_path)) == 1
    assert in_source(source.format("setattr(cls, '__%s__' % key, 1)"), tmp_path) == []


def test_a_number_with_every_operator_is_a_number(tmp_path: Path) -> None:
    source = "class A:\n    def __matmul__(self, x): return A(x)\n    def __rmul__(self, x): return A(x * 2)\n"
    assert len(in_source(source, tmp_path)) == 1
    assert in_source(source + "    def __float__(self): return 2.0\n", tmp_path) == []


def test_a_test_stands_before_a_result_that_is_too_long_to_follow(tmp_path: Path) -> None:
    long = " + ".join(f"x.part{i}(self)" for i in range(60))
    source = f"class A:\n    def __matmul__(self, x):\n        if isinstance(x, A): return {long}\n"
    source += "        return NotImplemented\n    def __rmul__(self, x: float): return A(x * 2)\n"
    assert in_source(source, tmp_path) == []


def test_what_a_test_makes_for_itself_wrongs_nobody(tmp_path: Path) -> None:
    body = "class A:\n    shape = (2, 2)\n    def __rmul__(self, x): return x + 1\n"
    local = "def test_product():\n" + "".join(f"    {line}\n" for line in body.splitlines())
    (tmp_path / "test_product.py").write_text(local, encoding="utf-8")
    assert findings(tmp_path) == []
    (tmp_path / "test_product.py").write_text(local.replace("test_product", "product"), encoding="utf-8")
    assert findings(tmp_path) == [], "by the name of its file"
    (tmp_path / "test_product.py").unlink()
    assert len(in_source(local.replace("test_product", "product"), tmp_path)) == 1


def test_another_way_to_write_a_product_makes_no_array(tmp_path: Path) -> None:
    source = "class A:\n    def __mul__(self, x): return x\n    def __rmul__(self, x): return A(x)\n"
    assert in_source(source + "    __matmul__ = __mul__\n", tmp_path) == []
    assert len(in_source(source + "    def __matmul__(self, x): return x\n", tmp_path)) == 1


def test_a_method_that_changes_its_object_computes_something(tmp_path: Path) -> None:
    source = "class A:\n    shape = (2, 2)\n    def __rmul__(self, x):\n        self.note(x)\n        return self\n"
    assert len(in_source(source, tmp_path)) == 1


def test_a_base_of_an_installed_package_is_followed(tmp_path: Path) -> None:
    package = tmp_path / "installed" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from library.core import Base\n")
    (package / "core.py").write_text("class Base:\n    __array_ufunc__ = None\n")
    owned = tmp_path / "owned"
    owned.mkdir()
    source = (
        "from library import Base\n\n\nclass A(Base):\n    shape = (2, 2)\n    def __rmatmul__(self, x): return x + 1\n"
    )
    (owned / "a.py").write_text(source)
    config = Config(systems=("numpy",), select=("RC103",), cache=False, search_path=(str(package.parent),))
    assert lint([owned], config=config).findings == ()
    (package / "core.py").write_text("class Base:\n    pass\n")
    assert [f.scope for f in lint([owned], config=config).findings] == ["a.A"]
    (owned / "a.py").write_text(source.replace("from library import", "from nowhere import"))
    assert lint([owned], config=config).findings == (), "a base that is not found is not judged"


def test_a_shadow_of_a_library_is_not_the_projects(tmp_path: Path) -> None:
    package = tmp_path / "library"
    package.mkdir()
    (package / "__init__.py").write_text(
        "class Base:\n    def __init__(self): self.shape = (2, 2)\n    def __rmul__(self, x): return self.by(x)\n"
    )
    owned = tmp_path / "owned"
    owned.mkdir()
    (owned / "a.py").write_text(
        "import numpy as np\nfrom library import Base\n\n\nclass A(Base):\n    pass\n\n\n"
        "def f(x: np.ndarray, a: A):\n    return x * a\n"
    )
    config = Config(systems=("numpy",), select=("RC103",), cache=False, search_path=(str(tmp_path),))
    assert lint([owned], config=config).findings == ()

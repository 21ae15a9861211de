"""Bodies that are left for later tell the same as those that are read with their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.facts import UNKNOWN, Expr
from rulecheck.languages.python.semantics.modules import Module
from rulecheck.languages.python.syntax.extract import extract, extract_body, normal, outlined
from rulecheck.languages.python.syntax.rows import Body, FileRows, FunctionRow
from rulecheck.languages.python.syntax.wanted_bodies import NOTHING, Wanted, holds

REGISTRARS = frozenset(("adjoint", "opt_out", "register"))
PACKAGE = Path(__file__).parents[4] / "rulecheck"
FILES = [p for folder in ("ad", "languages", "systems", "cli") for p in sorted((PACKAGE / folder).rglob("*.py"))]

SNIPPETS = {
    "header": 'def f(\n    a: "x:y" = ")",  # :(\n    *b,\n) -> dict[str, int]:\n    return g(a)\n',
    "one line": "def f(x): return x\ndef g(y): return f(y)\n",
    "strings": "def f():\n    \"\"\"\ndef no(): pass\n    \"\"\"\n    x = '''\n0\n'''\n    return x\ny = f()\n",
    "brackets": "def f():\n    return g(\n1,\n)\ny = 1\n",
    "low display": "def f():\n    return [\nx\n]\ny = 1\n",
    "continued": "def f():\n    x = 1 + \\\n2\n    return x\ny = 1\n",
    "comments": "def f():\n    # one\n# two\n    return g(1);  # three #\n    # four \n\n# five\ny = 1\n",
    "documented": 'def f():\n    """Only words."""\n\n\ndef g():\n    """Words."""  # and more\n    return f()\n',
    "end of file": "def f(x):\n    return x + 1",
    "nested": "def f(a):\n    def g(b):\n        return a @ b\n    @h\n    def k(): yield g\n    return g\n",
    "class inside": "def f():\n    class A:\n        def m(self): return self\n    return A()\n",
    "stores": "class A:\n    y: int\n    def __init__(self, x: str):\n        self.x = x\n        self.y = self.z = 1\n"
    "    def m(self):\n        self.x: list[int] = []\n        self.w = self.x\n",
    "late": "class A: ...\ndef f():\n    A.x = 1\ndef g():\n    A.y: int = 2\ndef h():\n    A.a, A.b = 1, 2\n"
    "def k():\n    for A.c in (): pass\ndef m():\n    A.d += 1\n"
    "def n():\n    for a, A.e in (): pass\ndef p():\n    with g() as b, g() as A.f: pass\n"
    "def q(a):\n    for a in A.b: A.g = a\ndef r():\n    for in_ in A.b: pass\n",
    "set": "class A: ...\ndef f():\n    setattr(A, 'x', 1)\n    return A.x\n",
    "registered": "def f():\n    @ad.adjoint(g, T)\n    def h(x): return x\n\n\n"
    "@ad.adjoint(g, T)\ndef k(x):\n    return x\n",
    "asynchronous": "async def f():\n    return await g()\n"
    "async def h() -> int:\n    yield 1\ndef k() -> int:\n    yield 2\n",
    "loops": "for x in (1, 2):\n    def f(a):\n        for b in a:\n            a = b + a\n        return a\n",
    "versions": "import sys\nif sys.version_info >= (9,):\n    def f():\n        return 1\n"
    "else:\n    def f():\n        return 2\n",
    "twice": "if x:\n    def f():\n        def g(): return 1\n        return g\n"
    "else:\n    def f():\n        def g(): return 2\n"
    "        return g\n",
    "tabs": "def f():\n\treturn 1\ndef g():\n\tif x:\n\t\treturn 2\n",
    "feed": "def f():\n    return 1\n\f\ndef g():\n    return 2\n",
    "line ends": "def f():\r\n    return g(1)\r\n\r\ny = 1\r\ndef h():\r\n    return y\r\n",
    "old line ends": "def f():\r    return 1\rdef g():\r    return f()\r",
    "letters": "def f(é):\n    ü = 'ü'; return g(é, ü)  # ä\n"
    "class Ä:\n    def m(self):\n        return 'ß', self.m()\n",
    "formatted": "def f(a, b):\n    return f'{a @ b} \"' + f\"{g('x')}\" + 'def h():'\n",
    "decorated": "class A:\n    @property\n    def x(self):\n        @g\n        def h(): return 1\n        return h\n"
    "    @x.setter\n    def x(self, v):\n        self._x = v\n",
    "raw": "def f():\n    return r'\\\\', \"'\", rb'''\n'''\ny = 1\n",
    "default": "def f(x=lambda a: {a: 1}, y={1: 2}[1]):\n    return x\n",
}


class Bodies:
    """The bodies of one text."""

    def __init__(self, raw: FileRows, text: str) -> None:
        self.raw, self.source = raw, text

    def text(self, number: int) -> bytes:
        hole = self.raw.bodies[number]
        return self.source[hole.start : hole.end].encode()

    def holds(self, number: int, wanted: Wanted) -> bool:
        return holds(self.text(number), wanted)

    def body(self, number: int, row: FunctionRow) -> Body:
        hole = self.raw.bodies[number]
        if hole.body is None:
            hole.body = extract_body(self.source, row, hole, REGISTRARS)
        return hole.body


def told(raw: FileRows, text: str) -> dict[str, object]:
    """All that a file tells, wherever it was read."""
    module = Module("m", "m.py", "m.py", "", True, raw, Bodies(raw, text))
    rows = sorted(module.rows(), key=lambda row: (row.span, row.name))
    fields: list[dict[str, Expr]] = [dict(module.fields(record)) for record in raw.classes]
    rest = raw._replace(functions=(), bodies=(), is_cut=False)
    return {"rest": rest, "functions": repr(rows), "fields": fields, "table": sorted(module.functions)}


def same(data: bytes) -> tuple[int, int]:
    """Compares the readings of a file; the numbers of bodies that were left by either."""
    text = normal(data)
    whole = told(extract(data, REGISTRARS), text)
    later, outline = extract(data, REGISTRARS, NOTHING), outlined(data, REGISTRARS)
    assert told(later, text) == whole
    assert told(outline, text) == whole
    return len(later.bodies), len(outline.bodies)


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_tells_the_same(name: str) -> None:
    same(SNIPPETS[name].encode())


def test_this_package_tells_the_same_and_most_of_its_bodies_are_left() -> None:
    left = [same(path.read_bytes()) for path in FILES[::3]]
    functions = sum(path.read_text().count("def ") for path in FILES[::3])
    assert all(sum(column) > 0.5 * functions for column in zip(*left, strict=True))


@pytest.mark.parametrize(
    ("statement", "stays"),
    [
        ("for v in a.b: g(v)", False),
        ("for v, w in a.b: g(v)", False),
        ("for v, a.b in w: g(v)", True),
        ("for a.b in w: g(1)", True),
        ("with g() as v: v.w", False),
        ("with g() as v, h() as a.b: g(v)", True),
        ("before.has.b", False),
        ("self.a = v", False),
        ("a.b, c = v", True),
        ("a.b **= v", True),
        ("a.b: int = v", True),
        ("a.b == v", False),
    ],
)
def test_a_body_stays_that_gives_attributes_a_value(statement: str, stays: bool) -> None:
    data = f"def f(a):\n    g(0)\n    {statement}\n".encode()
    for raw in (extract(data, REGISTRARS, NOTHING), outlined(data, REGISTRARS)):
        assert len(raw.bodies) == (not stays)


def test_a_keyword_counts_with_its_value_whatever_it_is_called() -> None:
    """What is too large to be followed is unknown; a name inside of it counts once."""
    large = "g(" + ", ".join(f"x{i}" for i in range(120)) + ")"
    for keyword in ("name", "const", "other"):
        (row,) = extract(f"def f():\n    return h({keyword}={large})\n".encode()).functions
        assert row.results == (UNKNOWN,)


def test_what_is_wanted_is_read_with_the_file_and_tells_the_same() -> None:
    data = (
        b"def f(a, b):\n    return a @ b\ndef g(x):\n    def h(): return np.dot(x, x)\n    return h\ndef k(): return\n"
    )
    raw = extract(data, REGISTRARS, (frozenset((b"dot",)), (b"@",)))
    assert [hole.body is not None for hole in raw.bodies] == [True, True]
    assert told(raw, normal(data)) == told(extract(data, REGISTRARS), normal(data))


def test_an_error_in_a_body_is_told_when_the_file_matters_and_not_when_it_is_followed() -> None:
    data = b"class A: ...\ndef f():\n    return )\n"
    error = extract(data, REGISTRARS, NOTHING).error
    assert error is not None
    assert error.line == 3
    assert [record.name for record in outlined(data, REGISTRARS).classes] == ["A"]


@pytest.mark.parametrize(
    "body",
    [
        "    return a @ b",
        "    return (a\n            @ b)",
        "    a @= b",
        "    return a \\\n        @ b",
        "    return f'{a @ b}'",
        '    return "x" + f"{a @ b}" + "y"',
        "    return a  # why\n    return (a  # why\n        @ b)",
        "    return g['@'] @ -b",
        "    return p / 's' @ b",
        "    return np.dot(a, b)",
        "    return np.dot (a, b)",
        "    f = np.dot\n    return f(a, b)",
        "    from numpy import dot as f\n    return f(a, b)",
        "    f, g = np.dot, 1\n    return f(a, b)",
        "    if (f := np.dot): return f(a, b)",
        "    for f in [np.dot]: f(a, b)",
    ],
)
def test_a_body_that_holds_what_is_wanted_is_seen_to(body: str) -> None:
    assert holds(body.encode(), (frozenset((b"dot",)), (b"@",)))


@pytest.mark.parametrize(
    "body", ["    return a + b  # a @ b", "    '''a @ b, np.dot(a, b)'''", "    return x.dot, 'a @ b'", "    return"]
)
def test_a_body_that_does_not_is_left(body: str) -> None:
    assert not holds(body.encode(), (frozenset((b"dot",)), (b"@",)))

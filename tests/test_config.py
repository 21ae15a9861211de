"""Settings: which file holds, what it may say, and what is answered to what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulecheck.config import Config, ConfigError, UnknownName, expand, load, nearest, path_matches, read, select

KNOWN = (
    ("RC101", "shadowed-method", True),
    ("RC102", "shadowed-behind-call", True),
    ("RC301", "ambiguous-rules", True),
    ("RC402", "overbroad-rule", False),
)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class TestDiscovery:
    def test_no_file_means_the_defaults(self, tmp_path: Path) -> None:
        config = load(tmp_path)
        assert config.override(root="") == Config()

    def test_the_closest_file_that_has_the_section(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", "[tool.rulecheck]\njobs = 1\n")
        write(tmp_path / "a" / "pyproject.toml", "[tool.other]\nx = 1\n")
        inner = write(tmp_path / "a" / "b" / "m.py", "")
        assert load(inner).jobs == 1
        write(tmp_path / "a" / "rulecheck.toml", "jobs = 2\n")
        assert load(inner).jobs == 2
        write(tmp_path / "a" / "b" / "pyproject.toml", "[tool.rulecheck]\n")
        assert load(inner).jobs is None

    def test_rulecheck_toml_comes_before_pyproject(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", "[tool.rulecheck]\njobs = 1\n")
        write(tmp_path / "rulecheck.toml", "jobs = 2\n")
        assert load(tmp_path).jobs == 2

    def test_a_broken_file_that_does_not_speak_of_us_is_not_ours_to_judge(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", "[tool.other\n")
        assert load(tmp_path).path is None


class TestValues:
    def test_every_setting(self, tmp_path: Path) -> None:
        path = write(
            tmp_path / "pyproject.toml",
            """\
[tool.rulecheck]
systems = ["engine"]
select = ["RC1"]
extend-select = ["RC402"]
ignore = ["shadowed-method"]
exclude = ["build/", "vendor/**"]
baseline = "ci/baseline.json"
search-path = ["lib"]
cache = false
cache-dir = ".cache"
jobs = 3
format = "concise"
per-path-ignores = { "tests/**" = ["RC101"] }
[tool.rulecheck.julia]
environment = "packs/env.pack"
""",
        )
        config = read(path)
        assert config.systems == ("engine",)
        assert (config.select, config.extend_select, config.ignore) == (("RC1",), ("RC402",), ("shadowed-method",))
        assert config.exclude == ("build", f"{tmp_path}/vendor/**")
        assert not config.cache
        assert (config.baseline, config.cache_dir) == (f"{tmp_path}/ci/baseline.json", f"{tmp_path}/.cache")
        assert config.search_path == (f"{tmp_path}/lib",)
        assert (config.jobs, config.format) == (3, "concise")
        assert config.per_path_ignores == ((f"{tmp_path}/tests/**", ("RC101",)),)
        assert config.julia_environment == f"{tmp_path}/packs/env.pack"
        assert config.where("jobs") == f"{path}:11"
        assert config.where("julia_environment") == f"{path}:15"
        assert config.path == str(path)

    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ('jobs = 1\nslect = ["RC101"]\n', 2, 'unknown key "slect"; did you mean "select"?'),
            ("per_path_ignores = {}\n", 1, 'did you mean "per-path-ignores"?'),
            ("[julia]\nenviroment = 'x'\n", 2, 'unknown key "enviroment"; did you mean "environment"?'),
            (
                "format = 'json'\n[tool.rulecheck]\njobs = 1\n",
                1,
                "in rulecheck.toml the settings stand at the top, or all of them in [tool.rulecheck]",
            ),
            ("zzzz = 1\n", 1, 'unknown key "zzzz"; known: baseline,'),
            ('select = "RC101"\n', 1, "`select` must be a list of strings"),
            ("select = [1]\n", 1, "must be a list of strings"),
            ("jobs = 0\n", 1, "must be a whole number of at least 1, not 0"),
            ("jobs = true\n", 1, "must be a whole number of at least 1, not true"),
            ("cache = 1\n", 1, "`cache` must be true or false, not 1"),
            ("baseline = []\n", 1, "`baseline` must be a path, as a string"),
            ("per-path-ignores = []\n", 1, "must be a table of lists"),
            ("[per-path-ignores]\n'a' = 'RC101'\n", 1, "must be a list of strings"),
            ("julia = 1\n", 1, "`julia` must be a table"),
            ("jobs = \n", 1, "not valid TOML"),
            ("a = 1\njobs = 1 2\n", 2, "not valid TOML"),
        ],
    )
    def test_errors_say_where_and_what(self, tmp_path: Path, text: str, line: int, message: str) -> None:
        path = write(tmp_path / "rulecheck.toml", text)
        with pytest.raises(ConfigError) as caught:
            load(tmp_path)
        assert str(caught.value).startswith(f"{path}:{line}: ")
        assert message in str(caught.value)

    def test_the_header_of_the_section_may_stand_in_either_file(self, tmp_path: Path) -> None:
        write(tmp_path / "rulecheck.toml", "[tool.rulecheck]\njobs = 3\n[tool.rulecheck.julia]\nenvironment = 'e'\n")
        config = load(tmp_path)
        assert (config.jobs, config.julia_environment, config.where("jobs")) == (3, "e", f"{tmp_path}/rulecheck.toml:2")
        write(tmp_path / "rulecheck.toml", "[tool.rulecheck]\njob = 3\n")
        with pytest.raises(ConfigError, match=r'rulecheck\.toml:2: unknown key "job"; did you mean "jobs"'):
            load(tmp_path)

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "rulecheck.toml"
        path.write_bytes(b'jobs = 1\nformat = "\xff"\n')
        with pytest.raises(ConfigError, match=f"^{path}:2: not UTF-8"):
            load(tmp_path)

    def test_a_byte_order_mark_is_no_error(self, tmp_path: Path) -> None:
        (tmp_path / "rulecheck.toml").write_bytes(b"\xef\xbb\xbfjobs = 1\n")
        assert load(tmp_path).jobs == 1

    def test_the_section_must_be_a_table(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", "[tool]\nrulecheck = 1\n")
        with pytest.raises(ConfigError, match=r"pyproject.toml:2: tool.rulecheck must be a table"):
            load(tmp_path)


class TestExtend:
    def test_the_child_wins_and_paths_belong_to_their_own_file(self, tmp_path: Path) -> None:
        write(tmp_path / "base" / "rulecheck.toml", 'jobs = 1\nbaseline = "b.json"\nformat = "json"\n')
        child = write(tmp_path / "rulecheck.toml", 'extend = "base/rulecheck.toml"\njobs = 2\n')
        config = load(tmp_path)
        assert (config.jobs, config.format, config.baseline) == (2, "json", f"{tmp_path}/base/b.json")
        assert config.where("jobs") == f"{child}:2"
        assert config.where("format") == f"{tmp_path}/base/rulecheck.toml:3"

    def test_a_circle_is_an_error_that_shows_it(self, tmp_path: Path) -> None:
        write(tmp_path / "a" / "rulecheck.toml", 'extend = "../b/rulecheck.toml"\n')
        write(tmp_path / "b" / "rulecheck.toml", 'extend = "../a/rulecheck.toml"\n')
        with pytest.raises(ConfigError, match="goes round in a circle") as caught:
            load(tmp_path / "a")
        assert str(caught.value).count("rulecheck.toml") >= 3

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        path = write(tmp_path / "rulecheck.toml", '\nextend = "no.toml"\n')
        with pytest.raises(ConfigError, match=f"^{path}:2: `extend` names {tmp_path}/no.toml, which is no file"):
            load(tmp_path)

    def test_a_pyproject_without_the_section_cannot_be_extended(self, tmp_path: Path) -> None:
        write(tmp_path / "pyproject.toml", "[tool.other]\n")
        write(tmp_path / "sub" / "rulecheck.toml", 'extend = "../pyproject.toml"\n')
        with pytest.raises(ConfigError, match=r"has no \[tool.rulecheck\] section"):
            load(tmp_path / "sub")


class TestSelect:
    @pytest.mark.parametrize(
        ("given", "codes"),
        [
            ({}, {"RC101", "RC102", "RC301"}),
            ({"select": ("RC1",)}, {"RC101", "RC102"}),
            ({"select": ("ALL",)}, {"RC101", "RC102", "RC301", "RC402"}),
            ({"select": ("rc101", "Ambiguous_Rules")}, {"RC101", "RC301"}),
            ({"extend_select": ("overbroad-rule",)}, {"RC101", "RC102", "RC301", "RC402"}),
            ({"ignore": ("RC1",)}, {"RC301"}),
            ({"select": ("RC1",), "ignore": ("shadowed-method",)}, {"RC102"}),
        ],
    )
    def test_codes(self, given: dict[str, tuple[str, ...]], codes: set[str]) -> None:
        assert select(Config(**given), KNOWN) == codes  # type: ignore[arg-type]

    def test_unknown_names_the_nearest_and_the_place(self, tmp_path: Path) -> None:
        path = write(tmp_path / "rulecheck.toml", 'ignore = ["shadowed-metod"]\n')
        with pytest.raises(UnknownName) as caught:
            select(load(tmp_path), KNOWN)
        assert str(caught.value) == f'{path}:1: unknown check "shadowed-metod"; did you mean "shadowed-method"?'

    @pytest.mark.parametrize("selector", ["", " ", "RC9", "X", "shadowed"])
    def test_what_selects_nothing_is_an_error(self, selector: str) -> None:
        with pytest.raises(UnknownName):
            expand((selector,), KNOWN)

    def test_a_new_select_drops_the_files_other_two(self) -> None:
        config = Config(select=("RC3",), ignore=("RC101",), extend_select=("RC402",))
        assert select(config.override(select=("RC101",)), KNOWN) == {"RC101"}
        assert select(config.override(ignore=("RC3",)), KNOWN) == {"RC402"}

    def test_override_refuses_what_there_is_not(self) -> None:
        with pytest.raises(UnknownName, match='did you mean "select"'):
            Config().override(selct=())


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("build", "/p/build/x.py", True),
        ("build", "/p/rebuild/x.py", False),
        ("test_*.py", "/p/a/test_x.py", True),
        ("/p/src", "/p/src/a/b.py", True),
        ("/p/src", "/p/srcs/a.py", False),
        ("/p/tests/**", "/p/tests/a/b.py", True),
        ("/p/*/gen.py", "/p/a/gen.py", True),
    ],
)
def test_path_matches(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, path) is matches


def test_nearest() -> None:
    assert nearest("SARFI", ["sarif", "json"]) == "sarif"
    assert nearest("qqq", ["sarif", "json"]) is None

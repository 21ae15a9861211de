"""rulecheck: a rule-precedence analyser and linter for automatic differentiation."""

# Nothing but the version is imported here: `python -m rulecheck` runs this while the folder that is linted is still
# first on the path.
from rulecheck._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rulecheck.run.lint import lint as lint

__all__ = ["__version__", "lint"]


def __getattr__(name: str) -> object:
    """Bring `lint` in when it is first asked for: `import rulecheck.ad` needs no linter."""
    if name == "lint":
        from rulecheck.run.lint import lint

        return lint
    raise AttributeError(f"module 'rulecheck' has no attribute {name!r}")

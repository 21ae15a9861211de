"""rulecheck: a rule-precedence analyser and linter for automatic differentiation."""

# Nothing is imported here: `python -m rulecheck` runs this while the folder that is linted is still first on the path.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from rulecheck.analysis import lint as lint

__version__ = "0.1.0"

__all__ = ["__version__", "lint"]


def __getattr__(name: str) -> object:
    """Bring `lint` in when it is first asked for: `import rulecheck.ad` needs no linter."""
    if name == "lint":
        from rulecheck.analysis import lint

        return lint
    raise AttributeError(f"module 'rulecheck' has no attribute {name!r}")

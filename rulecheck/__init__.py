"""rulecheck: a rule-precedence analyser and linter for automatic differentiation."""

__version__ = "0.1.0"

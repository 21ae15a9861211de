"""The library: a small AD system that keeps its rules by function and classes, and else runs the code of the call."""

RULES = {}


def rule(function, *types):
    """Register a derivative: a decorator."""

    def register(derivative):
        RULES[function, types] = derivative
        return derivative

    return register


def no_rule(function, *types):
    """Switch every rule off for these types: the code that the call runs is differentiated."""
    RULES[function, types] = None


class Matrix:
    """What has a generic rule for `@`, in tinyad_rules.py."""

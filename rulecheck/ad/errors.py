"""What can go wrong in the engine. Each message says what happened, where, and what to do."""

from __future__ import annotations

# What to do instead of writing a traced value into an array.
WRITTEN_INTO = (
    "a traced value was to be written into an array, where its gradient would be lost: build a new one, with "
    "rulecheck.ad.array, numpy.where or numpy.concatenate"
)


class ADError(Exception):
    """The base of every error that only the engine raises."""


class NotTraceable(ADError, TypeError):
    """A traced value reached code that cannot be differentiated through."""


class MissingAttribute(NotTraceable, AttributeError):
    """A traced value was asked for something that only a plain one has."""


class AmbiguousRule(ADError, TypeError):
    """Several rules or opt-outs apply to a call, and none is more specific than all others."""


class BadCotangent(ADError, ValueError):
    """A pullback returned the wrong number, shape or kind of cotangents."""


class ChangedValue(ADError, ValueError):
    """An array that a pullback needs was changed behind its back."""


class EscapedValue(ADError, RuntimeError):
    """A traced value was used after, or outside, the derivative that it belongs to."""

"""What can go wrong in the engine. Each message says what happened, where, and what to do."""

from __future__ import annotations


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

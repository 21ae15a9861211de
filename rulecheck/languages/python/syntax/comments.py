"""Suppression comments, found by tokens so that a string that looks like one is none."""

from __future__ import annotations

import io
import tokenize

from rulecheck.languages.python.syntax.rows import SuppressionRow
from rulecheck.suppression_comment import comment_in


def suppressions(text: str) -> list[SuppressionRow]:
    """Every `# rulecheck: ignore[...]`."""
    if "rulecheck:" not in text:
        return []
    found: list[SuppressionRow] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and "rulecheck:" in token.string:
                comment = comment_in(token.string)
                if comment is not None:
                    found.append(SuppressionRow(token.start[0], comment.codes, comment.reason))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        # The file parsed; what the tokeniser cannot finish holds no comment that it did not give.
        pass
    return found

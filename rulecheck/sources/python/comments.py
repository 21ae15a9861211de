"""Suppression comments, found by tokens so that a string that looks like one is none."""

from __future__ import annotations

import io
import re
import tokenize

_COMMENT = re.compile(r"#\s*rulecheck:\s*ignore(?:\[([^\]]*)\])?\s*(?:(?:--|:)\s*(.*))?$")
RawSuppression = tuple[int, tuple[str, ...], str | None]


def suppressions(text: str) -> list[RawSuppression]:
    """The (line, codes, reason) of every `# rulecheck: ignore[...]`; no codes where all are meant."""
    if "rulecheck:" not in text:
        return []
    found: list[RawSuppression] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and "rulecheck:" in token.string:
                match = _COMMENT.search(token.string)
                if match is not None:
                    codes = tuple(c.strip() for c in (match.group(1) or "").split(",") if c.strip())
                    found.append((token.start[0], codes, (match.group(2) or "").strip() or None))
    except (tokenize.TokenError, SyntaxError, IndentationError):
        # The file parsed; what the tokeniser cannot finish holds no comment that it did not give.
        pass
    return found

"""Why nothing is asked of a call: reasons that are the same in every language and system, since runs count them."""

UNKNOWN_OPERAND = "the type of an operand is not known"
STARRED = "the operands are unpacked from a sequence"

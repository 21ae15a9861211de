"""One file of Julia to small syntax tuples, with every part that the grammar cannot read reported."""

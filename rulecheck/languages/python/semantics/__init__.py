"""The facts of many files joined: what names mean, which types there are, and of which type a value is."""

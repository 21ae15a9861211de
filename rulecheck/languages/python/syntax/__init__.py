"""Python source to plain facts, one file at a time."""

"""Reading Python source: one file to plain facts (`syntax`), and the facts of many joined (`semantics`)."""

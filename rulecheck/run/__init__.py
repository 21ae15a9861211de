"""One run: paths in, findings out. What the command line, the hook and Python callers share."""

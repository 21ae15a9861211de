"""`python -m rulecheck`."""

import sys

# Python puts the working folder first, and what is linted may hold a `signal.py`: nothing may be imported from there.
# It comes first under -m alone; -P and PYTHONSAFEPATH keep it away themselves.
if __name__ == "__main__" and not sys.flags.safe_path:
    del sys.path[0]

from rulecheck.cli import main

if __name__ == "__main__":
    main()

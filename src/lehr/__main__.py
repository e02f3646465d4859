"""`python -m lehr`."""

import sys

from lehr.cli import main

if __name__ == "__main__":
    sys.exit(main())

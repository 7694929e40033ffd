"""`python -m local`: the `rowcol` command for a person's machine."""

import sys

from local.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

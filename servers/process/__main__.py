"""`python -m servers.process`: one server process."""

import sys

from servers.process.server import main

if __name__ == "__main__":
    sys.exit(main())

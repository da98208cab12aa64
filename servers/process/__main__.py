"""`python -m servers.process`: one server process."""

import os
import sys

from servers.process.server import main

if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed. Taking the interpreter apart would need a fifth of a second of a processor.
    os._exit(status)

"""`python -m loadtests.distributed`: a worker's process. It heeds signals before it imports Locust."""

import sys

from authbench.system.interruption import end_at_signals

if __name__ == "__main__":
    end_at_signals()
    from loadtests.distributed.worker import main

    main(sys.argv[1:])

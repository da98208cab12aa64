"""Count the open files that the load generator needs, and refuse a run whose limit is lower."""

import resource
from collections.abc import Sequence

from authbench.contracts.experiment import Arm, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import CONNECTIONS

OTHERS = 64
"""What else a process has open: pipes, its libraries, a row file."""


def needed(arms: int, busy_connections: int = 0) -> int:
    """Descriptors of one generator process: the kept connections of all arms, and those of one arm's closed
    loop where it asks for more.
    """
    return arms * CONNECTIONS + max(0, busy_connections - CONNECTIONS) + OTHERS


def require_descriptors(arms: Sequence[Arm], workload: Workload) -> None:
    """Failure unless the hard limit of open files is enough; the generator raises its own limit to that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    busy = workload.connections if workload.loop == "closed" else 0
    least = needed(len(arms), busy)
    if hard != resource.RLIM_INFINITY and hard < least:
        raise Failure(
            f"a process may have {hard} files open here, the load generator needs {least} for {len(arms)} "
            f"arms: raise the hard limit as root (ulimit -Hn {least}), or measure fewer arms"
        )

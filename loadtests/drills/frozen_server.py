"""The frozen server: the acceptance test against coordinated omission.

A client that waits for replies before it sends again (a closed loop) records a handful of slow requests. An
open loop records every request that was due while the server stood still.
"""

import os
import signal

from loadtests.drills.drill import InstrumentDrill
from loadtests.harness.processes.running_server import RunningServer


class FrozenServer(InstrumentDrill):
    """Stop the server's process: it keeps its connections and answers nothing."""

    name = "frozen-server"
    summary = "stop the server for a second under load: every request that was due must be seen late"

    def begin(self, server: RunningServer) -> None:
        os.kill(server.pid, signal.SIGSTOP)

    def end(self, server: RunningServer) -> None:
        os.kill(server.pid, signal.SIGCONT)

"""The server's process is killed, and started again as a supervisor would."""

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import FailureDrill
from loadtests.drills.site.process_state import GONE, process_state
from loadtests.drills.site.site import Site


class ServerKilled(FailureDrill):
    """SIGKILL, and a new process at the same address, with the same keys, database and store."""

    name = "server-killed"
    summary = "kill the server and start it again: who is logged out, and is any acknowledged order lost?"
    effect = Effect.PROCESS_LOST
    failure_s = 1.0

    def begin(self, site: Site) -> None:
        for server in site.servers.values():
            server.kill()

    def during(self, site: Site) -> list[Proof]:
        return [
            Proof(
                what=f"process of {scheme}",
                seen=f"state {(state := process_state(server.pids[0]))}",
                acted=state in ("Z", GONE),
            )
            for scheme, server in site.servers.items()
        ]

    def end(self, site: Site) -> None:
        for server in site.servers.values():
            server.start_again()
        for server in site.servers.values():
            server.wait_until_ready()

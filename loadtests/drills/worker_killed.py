"""One of two worker processes is killed; nobody replaces it, and the other serves on."""

import os
import signal

from authbench.contracts.card import Card
from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import FailureDrill
from loadtests.drills.site.process_state import GONE, connections_of, process_state
from loadtests.drills.site.site import Site


class WorkerKilled(FailureDrill):
    """SIGKILL of the second process: its connections are reset, with the requests on them."""

    name = "worker-killed"
    summary = "kill one of two worker processes: is anything lost, and does the other serve everybody?"
    effect = Effect.PROCESS_LOST
    failure_s = 1.0
    workers = 2

    def not_for(self, card: Card) -> str | None:
        if card.store == "memory":
            return "its sessions are in one process, so it has no second one"
        return super().not_for(card)

    def prepare(self, site: Site) -> list[Proof]:
        """What is killed must have had something to lose."""
        held = [connections_of(server.pids[1], server.server.port) for server in site.servers.values()]
        proof = Proof(
            what="connections of the workers that will be killed",
            seen=", ".join(map(str, held)),
            acted=any(held),
        )
        return [*super().prepare(site), proof]

    def begin(self, site: Site) -> None:
        for server in site.servers.values():
            os.kill(server.pids[1], signal.SIGKILL)

    def during(self, site: Site) -> list[Proof]:
        return [
            Proof(
                what=f"processes of {scheme}",
                seen=", ".join(states := [process_state(pid) for pid in server.pids]),
                acted=states[0] not in ("Z", GONE) and states[1] in ("Z", GONE),
            )
            for scheme, server in site.servers.items()
        ]

    def end(self, site: Site) -> None:
        """Nothing: the server does not replace it."""

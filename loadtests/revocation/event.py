"""Revoke one credential while the prober watches it: log in, let it be accepted, revoke, watch it end.

Around the call a salvo of requests is in flight with the same credential: a scheme that writes back what it
has read revives the session then, and the probes that follow find it.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from authbench.contracts.security.timeline import Revocation, RevokedCredential
from loadtests.clients.client import Login
from loadtests.revocation.endings import ENDINGS
from loadtests.revocation.prober_process import Prober
from loadtests.revocation.site import NotRevoked, Site, Slot

SPARE = 8
"""Connections to each worker process that salvos use."""
_PHASE_S = 0.4
"""The call comes at a random moment in it: against a cache's clock, a token's second, a heartbeat."""
_ACCEPTED_S = 10.0
"""For every worker process to accept the fresh credential: probes that are answered with 503 go on."""
_PLANNED_AHEAD_NS = 15_000_000
_SETTLED_NS = 400_000_000
"""A credential is watched so long after everybody refuses it: it might come back."""
_TAIL_NS = 600_000_000
"""And so long beyond the declared window where somebody still accepts it."""
WATCHED_MAX_S = 8.0
"""No window is watched for longer. Where a longer one is declared, its end is not seen."""


@dataclass(frozen=True)
class Revoker:
    """Revokes credentials of one site, in each slot one at a time."""

    site: Site
    prober: Prober
    every_ns: int
    """Period of the probes of one credential through one worker process."""
    declared: Mapping[Revocation, float]

    def revoke(
        self, kind: Revocation, username: str, slot: Slot, told: int, rng: random.Random
    ) -> RevokedCredential:
        """Revoke a credential of this user by a call to worker process `told`. NotRevoked if that fails."""
        ending = ENDINGS[kind](self.site, username)
        connection = slot.clients[told]
        ending.prepare()
        caller = self.site.log_in(connection, username) if ending.second_login else None
        probed = self.site.log_in(connection, username)
        shots = [rng.uniform(*ending.in_flight_s) for _ in range(ending.in_flight)]
        return self._watched(
            kind, slot, ending.path, probed, rng, shots,
            lambda: ending.end(connection, caller or probed),
        )  # fmt: skip

    def rotate_keys(
        self, username: str, slot: Slot, rng: random.Random, replace_keys: Callable[[], None]
    ) -> RevokedCredential:
        """Replace the keys that signed a credential of this user: everybody's ends."""
        probed = self.site.log_in(slot.clients[0], username)
        return self._watched(Revocation.KEY_ROTATION, slot, "/me", probed, rng, [], replace_keys)

    def _watched(
        self,
        kind: Revocation,
        slot: Slot,
        path: str,
        probed: Login,
        rng: random.Random,
        shots_s: list[float],
        end: Callable[[], None],
    ) -> RevokedCredential:
        """Probe the fresh login, call `end` at a random phase, go on until the credential is settled.

        `shots_s`: when further requests are sent, in seconds from the call.
        """
        issued_ns = time.monotonic_ns()
        headers = self.site.client.headers("GET", path, probed.headers)
        watch = self.prober.watch(slot.number, path, headers, self.every_ns)
        if not self.prober.accepted(watch, _ACCEPTED_S):
            self._give_up(watch)
            # On a busy machine a token of two seconds may end before every process has been asked.
            raise NotRevoked("a worker process did not accept the fresh credential", ask_again=True)
        planned_ns = time.monotonic_ns() + _PLANNED_AHEAD_NS + round(rng.uniform(0, _PHASE_S) * 1e9)
        self.prober.salvo(watch, [planned_ns + round(shot * 1e9) for shot in shots_s])
        time.sleep(max(planned_ns - time.monotonic_ns(), 0) / 1e9)
        called_ns = time.monotonic_ns()
        try:
            end()
        except NotRevoked:
            self._give_up(watch)
            raise
        returned_ns = time.monotonic_ns()
        window_ns = round(min(self.declared[kind], WATCHED_MAX_S) * 1e9)
        seen = self.prober.end(watch, returned_ns, _SETTLED_NS, returned_ns + window_ns + _TAIL_NS)
        return RevokedCredential(
            kind=kind,
            issued_ns=issued_ns,
            called_ns=called_ns,
            returned_ns=returned_ns,
            watched_until_ns=seen.watched_until_ns,
            probes=seen.probes,
        )

    def _give_up(self, watch: int) -> None:
        """End the watch at once: the slot is free again."""
        now_ns = time.monotonic_ns()
        self.prober.end(watch, now_ns, 0, now_ns)

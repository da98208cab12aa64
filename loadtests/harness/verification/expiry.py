"""Check that a credential which was accepted is refused once it has expired: no cache may outlive it."""

import time

from authbench.contracts.records import CheckResult
from loadtests.harness.population import Population
from loadtests.harness.processes.running_server import RunningServer

_LIFETIME_S = 2


class ExpiringCredential:
    """A credential that is seeded and presented at once; `verify_expired` presents it again."""

    def __init__(self, server: RunningServer, people: Population) -> None:
        self._server = server
        seeded_s = int(time.time())
        seeded = server.seed(0, 1, _LIFETIME_S, jkt=people.client.key_thumbprint)[0]
        self._headers = people.reading(seeded.headers)
        # Claims say whole seconds, and the one in which this was seeded may have ended meanwhile.
        self._expired_s = seeded_s + _LIFETIME_S + 1
        self._before = self._present()

    def verify_expired(self) -> list[CheckResult]:
        """Wait for the rest of its life. It must have been accepted before, and be refused now."""
        time.sleep(max(0.0, self._expired_s - time.time()))
        seen = [
            ("a short-lived credential", self._before, 200),
            ("the same once it has expired", self._present(), 401),
        ]
        return [
            CheckResult(
                check=check,
                arm=self._server.arm,
                passed=status == expected,
                detail="" if status == expected else f"status {status} instead of {expected}",
            )
            for check, status, expected in seen
        ]

    def _present(self) -> int:
        with self._server.connect() as connection:
            return connection.request("GET", "/me", self._headers).status

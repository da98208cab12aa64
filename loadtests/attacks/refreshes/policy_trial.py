"""What a refresh policy costs owners, and what it leaves a thief: trials with real requests.

Owners lose replies and open several tabs; a thief with a copy refreshes at once, or keeps pace with the
owner. Logins are seeded and not logged in: a password for each would take longer than everything else.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from loadtests.attacks.laboratory.target import Target
from loadtests.attacks.refreshes.at_once import at_once
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers

TRIES = 3
"""How often a client sends a refresh whose reply does not come."""


@dataclass
class Session:
    """A login as one client has it: the refresh token that it would present next, and the access token."""

    token: str
    headers: Headers
    refused: bool = False
    """The server has refused to refresh: the client has to log in again."""


class PolicyTrial:
    """Clients of one server. `connections` are as many as a client has tabs."""

    def __init__(self, target: Target, connections: Sequence[BlockingClient], seed: int) -> None:
        self._target = target
        self._connections = connections
        self._client = Client(target.card, target.origin)
        self._chance = random.Random(seed)  # noqa: S311 - the same replies are lost in every run

    def sessions(self, count: int) -> list[Session]:
        """So many logins, of a user each."""
        seeded = self._target.server.seed(0, count, 3600)
        return [Session(each.refresh or "", each.headers) for each in seeded]

    def logged_out(self, count: int, refreshes: int, lost: float, tabs: int) -> int:
        """How many of `count` owners are logged out within so many refreshes, losing a share of replies."""
        owners = self.sessions(count)
        for owner in owners:
            for _ in range(refreshes):
                self._target.go_on()
                self._refresh_of_owner(owner, lost, tabs)
                if owner.refused:
                    break
        return sum(owner.refused or not self.works(owner) for owner in owners)

    def _refresh_of_owner(self, owner: Session, lost: float, tabs: int) -> None:
        """All tabs find the access token expired at once, and present the token that they share.

        The last reply that comes is what they share from then on. If none comes, one of them tries again.
        """
        presented = owner.token
        for attempt in range(TRIES):
            at_a_time = tabs if attempt == 0 else 1
            replies = self._present(presented, at_a_time)
            came = [reply for reply in replies if self._chance.random() >= lost and reply.answered]
            granted = [reply for reply in came if reply.status == 200]
            if granted:
                self._keep(owner, granted[-1])
                return
            if came:
                owner.refused = True
                return

    def refresh(self, session: Session) -> bool:
        """One refresh, nothing lost; whether it was granted."""
        for _ in range(TRIES):
            (reply,) = self._present(session.token, 1)
            if reply.answered:
                break
        if reply.status == 200:
            self._keep(session, reply)
        else:
            session.refused = True
        return reply.status == 200

    def works(self, session: Session) -> bool:
        """Whether the access token lets somebody in at GET /me."""
        headers = self._client.headers("GET", "/me", session.headers)
        return self._connections[0].request("GET", "/me", headers).status == 200

    def _present(self, token: str, tabs: int) -> list[Reply]:
        body = {"refresh_token": token}
        sends: list[Callable[[], Reply]] = [
            partial(connection.request, "POST", "/refresh", self._client.refresh_headers(), body)
            for connection in self._connections[:tabs]
        ]
        return [sends[0]()] if tabs == 1 else at_once(sends)

    def _keep(self, session: Session, reply: Reply) -> None:
        login = self._client.keep(reply.set_cookies, reply.json())
        if login is not None:
            session.headers, session.token = login.headers, login.refresh_token or session.token

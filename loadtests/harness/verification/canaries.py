"""The canaries: credentials that were never issued, or have expired, must be rejected, before every run."""

from collections.abc import Sequence
from dataclasses import dataclass

from authbench.contracts.card import Card
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers
from loadtests.harness.population import Population
from loadtests.harness.verification.forging import forge


@dataclass(frozen=True)
class Canary:
    """One request: the kind of its credential, the status it should get, and the reply."""

    kind: str
    expected_status: int
    reply: Reply

    @property
    def as_expected(self) -> bool:
        return self.reply.status == self.expected_status


def canaries_of(connection: BlockingClient, card: Card, people: Population) -> Sequence[Canary]:
    """Try those of a population, on a connection to its server. Uses up one expired credential."""
    expired = people.expired.pop() if people.expired else None
    return try_canaries(connection, people.client, people.good[0], expired, forged=card.authenticates)


def try_canaries(
    connection: BlockingClient, client: Client, credential: Headers, expired: Headers | None, *, forged: bool
) -> Sequence[Canary]:
    """Ask who the user is: with the good credential first, with each forgery of it, with an expired one.

    `forged`: not for a scheme that accepts everybody.
    """
    good = client.headers("GET", "/me", credential)
    tries = [("good", 200, good)]
    if forged:
        tries += [(kind, 401, headers) for kind, headers in forge(good).items()]
    if expired is not None:
        tries.append(("expired", 401, client.headers("GET", "/me", expired)))
    return [
        Canary(kind, expected, connection.request("GET", "/me", headers)) for kind, expected, headers in tries
    ]

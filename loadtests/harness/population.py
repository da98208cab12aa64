"""The credentials of an arm, seeded in bulk, and its requests, laid out before they are needed."""

import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scipy import stats

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Share, Workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.measuring_protocol import AccountsOrder, Credential, FillOrder
from authbench.contracts.message import Reply
from authbench.contracts.records import StoreMemory
from loadtests.clients.client import Client, Headers
from loadtests.harness.processes.running_server import SEED_PORTION, RunningServer

_LIFETIME_S = 86_400
"""Longer than any run: no credential may expire under load."""
_EXPIRED = 200
"""Expired credentials for the attacks of one generation; each can be used in one attack."""
_FILL_CHUNK = 10_000
_FILL_FIRST = 10_000_000
"""Users who never come are numbered from here on: nobody else is."""
_ACCOUNTS = 200
"""Accounts that log in, each with the same password and one hash."""
_PATIENCE_S = 10.0
"""For a store that is late before anything is measured: on a busy machine it is, while servers start."""
_PAUSE_S = 0.1
_UNAVAILABLE = 503
_FIRST_SUBJECT = "user-000000"
_ORDER = json.dumps({"item": "book", "quantity": 1})


@dataclass
class Population:
    """The credentials of one arm, and the client that presents them."""

    client: Client
    good: Sequence[Headers]
    expired: list[Headers] = field(default_factory=list)
    """Used up one by one: a store forgets an expired session once it has been presented."""
    memory: StoreMemory | None = None
    reads: list[PlannedRequest] = field(default_factory=list)
    """A read of every credential, once laid out for the client's origin."""
    held: set[Operation] = field(default_factory=set)
    """Operations whose requests, for the client's origin, the load generators hold."""

    @property
    def port(self) -> int:
        """The port of the server it was made for."""
        return urlsplit(self.client.origin).port or 0

    def move_to(self, origin: str) -> None:
        """Present the credentials to a server elsewhere: requests name their server, and are void."""
        if origin != self.client.origin:
            self.client.origin = origin
            self.reads, self.held = [], set()

    def headers(self, operation: Operation, credential: Headers) -> Headers:
        """Everything a request of that operation presents."""
        return self.client.headers(operation.method, operation.path, credential)

    def reading(self, credential: Headers) -> Headers:
        return self.headers(Operation.READ, credential)


def outlives(server: RunningServer, people: Population) -> bool:
    """Whether credentials that an earlier server issued are good at this one, as the server itself says.

    Never those with a copy of the session that is believed for a while: in time the server would begin to ask
    its store, and what is measured would depend on the generation.
    """
    credential = people.good[0]
    if people.client.at_first(credential) != credential:
        return False
    with server.connect() as connection:
        return connection.request("GET", Operation.READ.path, people.reading(credential)).status == 200


def seed_population(
    server: RunningServer, card: Card, workload: Workload, read_bytes: Callable[[], int | None] | None
) -> Population:
    """Seed the workload's credentials.

    `read_bytes` reads the store's memory; given, the memory of one credential is estimated on the way.
    """
    client = Client(card, server.origin)
    jkt = client.key_thumbprint
    good: list[Headers] = []
    counts, sizes = [0], [read_bytes() if read_bytes else None]
    for first in range(0, workload.credentials, SEED_PORTION):
        seeded = server.seed(first, min(SEED_PORTION, workload.credentials - first), _LIFETIME_S, jkt=jkt)
        good += [item.headers for item in seeded]
        counts.append(len(good))
        sizes.append(read_bytes() if read_bytes else None)
    return Population(client, good, memory=memory_of_one(counts, sizes))


def seed_expired(server: RunningServer, card: Card, people: Population) -> None:
    """Give the population fresh expired credentials, for the attacks of one generation."""
    if card.authenticates:
        seeded = server.seed(0, _EXPIRED, -60, jkt=people.client.key_thumbprint)
        people.expired = [item.headers for item in seeded]


def fill(server: RunningServer, count: int, after: int = 0) -> None:
    """Add `count` credentials to the server's store, of users who send nothing, beside `after` others."""
    for first in range(after, after + count, _FILL_CHUNK):
        portion = min(_FILL_CHUNK, after + count - first)
        server.ask(FillOrder(first=_FILL_FIRST + first, count=portion, lifetime_s=_LIFETIME_S), Reply)


def memory_of_one(counts: Sequence[int], sizes: Sequence[int | None]) -> StoreMemory | None:
    """Bytes per credential: the slope of store memory over the number alive, with its 95 % interval.

    A slope, because one key's size leaves out hash tables, which double at powers of two. None when memory
    could not be read or does not grow.
    """
    known = [size for size in sizes if size is not None]
    if len(known) != len(sizes) or len(counts) < 4 or known[-1] - known[0] < counts[-1]:
        return None
    fit = stats.linregress(counts, known)
    half = float(stats.t.ppf(0.975, len(counts) - 2)) * float(fit.stderr)
    slope = float(fit.slope)
    return StoreMemory(
        bytes_per_credential=slope, low=slope - half, high=slope + half, counts=list(counts), bytes=known
    )


def lay_out_reads(server: RunningServer, population: Population) -> list[PlannedRequest]:
    """GET /me of every credential, with the one body that is right for it; laid out once for an origin."""
    if not population.reads:
        population.reads = _reads(server, population)
    return population.reads


def _reads(server: RunningServer, population: Population) -> list[PlannedRequest]:
    until_s = time.monotonic() + _PATIENCE_S
    with server.connect() as connection:
        sample = connection.request("GET", Operation.READ.path, population.reading(population.good[0]))
        while sample.status == _UNAVAILABLE and time.monotonic() < until_s:
            time.sleep(_PAUSE_S)
            sample = connection.request("GET", Operation.READ.path, population.reading(population.good[0]))
    body = sample.body.decode()
    if sample.status != 200 or body.count(_FIRST_SUBJECT) != 1:
        raise Failure(
            f"{server.arm}: GET /me answers {sample.status} without its subject", ExitCode.VERIFICATION
        )
    return [
        _request(population.reading(headers), expect=body.replace(_FIRST_SUBJECT, f"user-{number:06d}"))
        for number, headers in enumerate(population.good)
    ]


def lay_out_workload(
    server: RunningServer, card: Card, workload: Workload, population: Population, requests_expected: float
) -> dict[Operation, list[PlannedRequest]]:
    """Requests of every operation of the workload that the load generators do not hold.

    Those that use up a credential have one for each; `requests_expected` is how many user requests the
    generation will send to this arm.
    """
    laid_out: dict[Operation, list[PlannedRequest]] = {}
    for part in (*workload.operations, *housekeeping(workload, card)):
        if part.operation in population.held:
            continue
        if part.operation is Operation.ADMIN_REPORT:
            raise Failure(f"workload {workload.name}: {part.operation} needs a role no seeded user has")
        supply = int(requests_expected * part.share * 1.3) + 50
        laid_out[part.operation] = _lay_out(server, part.operation, workload, population, supply)
    return laid_out


def housekeeping(workload: Workload, card: Card) -> list[Share]:
    """The requests that clients of this scheme send besides what users ask for."""
    return list(workload.housekeeping) if card.refreshes else []


def _lay_out(
    server: RunningServer, operation: Operation, workload: Workload, population: Population, supply: int
) -> list[PlannedRequest]:
    client = population.client
    if operation is Operation.READ:
        return lay_out_reads(server, population)
    if operation is Operation.LOGIN:
        return _logins(server, client)
    if operation.uses_up_credential:
        # Credentials of users that nobody else is: these requests end them.
        items = server.seed(workload.credentials, supply, _LIFETIME_S, jkt=client.key_thumbprint)
        if operation is Operation.REFRESH:
            headers = client.refresh_headers()
            return [_request(headers, json.dumps({"refresh_token": item.refresh})) for item in items]
        return [_logout(item, population) for item in items]
    content = _ORDER if operation is Operation.ADD_ORDER else None
    return [_request(population.headers(operation, headers), content) for headers in population.good]


def _request(headers: Headers, content: str | None = None, expect: str | None = None) -> PlannedRequest:
    return PlannedRequest(headers=dict(headers), content=content, expect=expect)


def _logins(server: RunningServer, client: Client) -> list[PlannedRequest]:
    password = secrets.token_urlsafe(16)
    server.ask(AccountsOrder(first=0, count=_ACCOUNTS, password=password), Reply)
    with server.connect() as connection:
        headers = client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
    return [
        _request(headers, json.dumps({"username": f"user-{number:06d}", "password": password}))
        for number in range(_ACCOUNTS)
    ]


def _logout(item: Credential, population: Population) -> PlannedRequest:
    """A client that has a refresh token hands it in, so that it dies too."""
    headers = population.headers(Operation.LOGOUT, item.headers)
    return _request(headers, json.dumps({"refresh_token": item.refresh}) if item.refresh else None)

"""Let a store be full, and count who is logged out: what each policy for a full store does to users."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from authbench.contracts.card import Operation
from authbench.contracts.measuring_protocol import AccountsOrder
from authbench.contracts.message import Reply
from authbench.contracts.store_size.report import Evicted
from loadtests.clients.client import Client
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.processes import Start
from loadtests.store_size.bench import LIFETIME_S, Bench, fresh_bench

POLICIES = ("allkeys-lru", "volatile-lru", "volatile-ttl", "noeviction")
_LOGINS = 4000
_WITH_PASSWORD = 10
_FIRST_ACCOUNT = 2_000_000


def evictions(
    scheme: str, layout: Layout, scratch: Path, start: Start, config: Sequence[str] = ()
) -> list[Evicted]:
    """Each policy on a store of its own."""
    found = []
    for policy in POLICIES:
        with fresh_bench(scheme, 0, layout, scratch, start, config) as bench:
            found.append(_evict(scheme, policy, bench))
    return found


def _evict(scheme: str, policy: str, bench: Bench) -> Evicted:
    store, half = bench.store.client, _LOGINS // 2
    client = Client(bench.card, bench.server.origin)
    people = bench.server.seed(0, half, LIFETIME_S, jkt=client.key_thumbprint)
    limit = int(store.info("memory")["used_memory"])
    store.config_set("maxmemory-policy", policy)
    store.config_set("maxmemory", limit)
    people += bench.server.seed(half, _LOGINS - half, LIFETIME_S, jkt=client.key_thumbprint)
    used = int(store.info("memory")["used_memory"])
    refused = _refused_logins(bench, client)
    told = []
    with bench.server.connect() as connection:
        for item in people:
            headers = client.headers(Operation.READ.method, Operation.READ.path, item.headers)
            told.append(connection.request(Operation.READ.method, Operation.READ.path, headers).status)
    return Evicted(
        scheme=scheme,
        policy=policy,
        limit_bytes=limit,
        used_bytes=used,
        evicted_keys=int(store.info("stats")["evicted_keys"]),
        presented=len(told),
        logged_out=told.count(401),
        unanswered=len(told) - told.count(401) - told.count(200),
        logins=_WITH_PASSWORD,
        refused_logins=refused,
    )


def _refused_logins(bench: Bench, client: Client) -> int:
    """How many of some logins with the right password are refused."""
    password = secrets.token_urlsafe(16)
    bench.server.ask(AccountsOrder(first=_FIRST_ACCOUNT, count=_WITH_PASSWORD, password=password), Reply)
    refused = 0
    for number in range(_FIRST_ACCOUNT, _FIRST_ACCOUNT + _WITH_PASSWORD):
        with bench.server.connect() as connection:
            headers = client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
            body = {"username": f"user-{number}", "password": password}
            refused += connection.request("POST", Operation.LOGIN.path, headers, body).status != 200
    return refused

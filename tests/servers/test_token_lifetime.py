"""The break-even of a token's lifetime, by counting: on one side of it refreshing tokens send a store more
commands than sessions do, on the other side fewer. Time is simulated: whole lifetimes pass in a moment.
Requests, refreshes and the store are real, and the store counts.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pytest

from analysis.capacity import formulas
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

GAP_S = 4.0
"""Mean time between two requests of a user, without memory."""
USERS = 30
REQUESTS = 20
"""Of each user."""
LIFETIMES_S = (3, 6, 12, 24, 48)
DOCUMENT = Path(__file__).parents[2] / "docs" / "capacity-plans.md"


class Counted(NamedTuple):
    """What users sent, and the commands that the store counted."""

    requests: int
    refreshes: int
    commands: int


@pytest.fixture(scope="module")
def store() -> Iterator[RedisProcess]:
    """A Redis that one server at a time asks."""
    with TemporaryDirectory(prefix="lifetime-") as folder:
        redis = RedisProcess(Path(folder))
        yield redis
        redis.kill()


def use(scheme: str, store: RedisProcess, lifetime_s: float | None) -> Counted:
    """Let users send their requests. Tokens are refreshed with the first request after their lifetime."""
    with TemporaryDirectory(prefix="lifetime-") as folder:
        server = ServerProcess(Path(folder), scheme=scheme, redis_url=store.url, store_deadline_ms=5000)
        try:
            return _use(server, store, lifetime_s)
        finally:
            server.stop()


def _use(server: ServerProcess, store: RedisProcess, lifetime_s: float | None) -> Counted:
    seeded = server.ask("seed", first=0, count=USERS, lifetime_s=3600)["credentials"]
    chance = np.random.default_rng(1)
    gaps = chance.exponential(GAP_S, (USERS, REQUESTS))
    # Users are met at any time between two refreshes, which are lifetime and gap apart.
    ages_s = chance.uniform(0, (lifetime_s or 0) + GAP_S, USERS)
    requests = refreshes = 0
    store.reset_commands()
    for credential, own, age_at_first_s in zip(seeded, gaps, ages_s, strict=True):
        headers, refresh, age_s = credential["headers"], credential.get("refresh"), age_at_first_s
        for gap_s in own:
            age_s += float(gap_s)
            if lifetime_s is not None and age_s > lifetime_s:
                sent = {"Origin": server.origin, "Content-Type": "application/json"}
                body = json.dumps({"refresh_token": refresh})
                reply = server.request("POST", "/refresh", sent, body)
                assert reply.status == 200, reply
                headers = {"Authorization": f"Bearer {reply.json['access_token']}"}
                refresh, refreshes, age_s = reply.json["refresh_token"], refreshes + 1, 0.0
            assert server.request("GET", "/me", headers).status == 200
            requests += 1
    return Counted(requests, refreshes, sum(store.commands().values()))


@pytest.fixture(scope="module")
def session(store: RedisProcess) -> Counted:
    return use("session-redis", store, None)


@pytest.fixture(scope="module")
def tokens(store: RedisProcess) -> dict[float, Counted]:
    return {lifetime_s: use("jwt-hs256", store, lifetime_s) for lifetime_s in LIFETIMES_S}


def test_the_break_even_lies_between_lifetimes_on_either_side(
    session: Counted, tokens: dict[float, Counted]
) -> None:
    (each,) = {one.commands / one.refreshes for one in tokens.values()}
    assert each == int(each), "a refresh costs the same number of commands, whatever the lifetime"
    visits = session.commands / session.requests
    assert visits == 1
    break_even_s = float(formulas.break_even_token_lifetime_s(GAP_S, visits, each))
    assert break_even_s == 12
    for lifetime_s, counted in tokens.items():
        assert counted.requests == session.requests
        if lifetime_s < break_even_s:
            assert counted.commands > session.commands, lifetime_s
        if lifetime_s > break_even_s:
            assert counted.commands < session.commands, lifetime_s


def test_the_rate_of_refreshes_is_the_formulas(tokens: dict[float, Counted]) -> None:
    """Within four standard deviations of a count, which refreshes without memory would have at most."""
    for lifetime_s, counted in tokens.items():
        expected = float(formulas.refreshes_per_s(1 / GAP_S, GAP_S, lifetime_s)) * GAP_S * counted.requests
        assert abs(counted.refreshes - expected) < 4 * expected**0.5, lifetime_s


def test_the_document_has_these_counts(session: Counted, tokens: dict[float, Counted]) -> None:
    document = DOCUMENT.read_text("utf-8")
    assert (
        f"| session-redis | - | {session.requests:,} | - | {session.commands:,} | 1.00 | 1.00 |" in document
    )
    for lifetime_s, one in tokens.items():
        share = one.commands / one.requests
        cells = f"{lifetime_s} s | {one.requests:,} | {one.refreshes:,} | {one.commands:,} | {share:.2f}"
        by_formula = float(formulas.refreshes_per_s(1 / GAP_S, GAP_S, lifetime_s)) * GAP_S * 4
        assert f"| jwt-hs256 | {cells} | {by_formula:.2f} |" in document, cells

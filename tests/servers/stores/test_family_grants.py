"""A family is for one client and what that was granted, held to a model: any order of roles and refreshes."""

import hashlib
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authbench.contracts.card import RefreshPolicy
from servers.contract.claims import FIRST_PARTY
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.refresh_families import Families, Rotation, RotationRequest
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

PREFIXES = count()
PARTS = ("user", "admin", "audit", "users", "*")
SCOPES = st.lists(st.sampled_from(PARTS), unique=True)
CLIENTS = ("shop", "bank", FIRST_PARTY)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("role"), st.just(""), SCOPES, st.just([])),
        st.tuples(st.just("refresh"), st.sampled_from((*CLIENTS, "shop", "")), SCOPES, SCOPES),
    ),
    min_size=1,
    max_size=12,
)
"""A user's new scope, or a refresh by a client that asks for the first scope (for all there is, if empty) and
may have the second (any, if empty)."""


def secret(generation: int) -> bytes:
    return hashlib.sha256(b"%d" % generation).digest()


@pytest.mark.parametrize("policy", RefreshPolicy)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(CLIENTS), st.lists(st.sampled_from(PARTS), unique=True, min_size=1), STEPS)
def test_a_grant_never_grows_and_never_changes_hands(
    redis_server: RedisProcess,
    policy: RefreshPolicy,
    owner: str,
    granted: list[str],
    steps: list[tuple[str, str, list[str], list[str]]],
) -> None:
    prefix = f"grants-{next(PREFIXES)}:"

    async def work(families: Families) -> None:
        mark = await families.mark("alice")
        assert await families.create("one", secret(0), "alice", " ".join(granted), mark, owner) is not None
        generation, held, whole = 0, granted, granted
        for step, client, scope, allowed in steps:
            if step == "role":
                await families.rescope("alice", " ".join(scope))
                held = scope
                if owner == FIRST_PARTY:
                    whole = scope
                continue
            stored = redis_server.ask("HGETALL", f"{prefix}family:one")
            follower = generation if policy is RefreshPolicy.STATIC else generation + 1
            found = await families.rotate(
                RotationRequest(
                    "one",
                    secret(generation),
                    secret(follower),
                    client,
                    " ".join(scope),
                    allowed=" ".join(allowed),
                    made_here=True,
                )
            )
            may_have = allowed or PARTS
            given = [part for part in scope or whole if part in whole and part in held and part in may_have]
            if client != owner:
                assert found == Rotation("unknown")
            elif not set(scope) <= set(whole) or (not given and (scope or allowed or owner != FIRST_PARTY)):
                assert found == Rotation("beyond")
            else:
                assert found == Rotation("rotated", "alice", " ".join(given))
                generation = follower
                continue
            # Whatever is refused changes nothing.
            assert redis_server.ask("HGETALL", f"{prefix}family:one") == stored

    async def open_and_close() -> None:
        families = Families(RedisStore(redis_server.url, 5.0, 4), prefix, 5000, 5000, 1, policy, 10)
        await families.start()
        try:
            await work(families)
        finally:
            await families.stop()

    run(open_and_close())


def test_the_record_is_all_there_is(redis_server: RedisProcess) -> None:
    """No second key says whose it is: it could say something else, or live longer."""

    async def work() -> None:
        families = Families(RedisStore(redis_server.url, 5.0, 4), "one-record:", 100, 5000, 1)
        await families.start()
        try:
            mark = await families.mark("alice")
            assert await families.create("one", secret(0), "alice", "user", mark, "shop") is not None
            keys = {"family:one", "families-of:alice", "families-mark:alice"}
            assert set(redis_server.ask("KEYS", "one-record:*")) == {
                f"one-record:{key}".encode() for key in keys
            }
            assert await families.end("one", secret(0), "bank", made_here=True) == "another client's"
            assert await families.end("one", secret(0), FIRST_PARTY, made_here=True) == "another client's"
            assert len(await families.of_user("alice")) == 1
            assert await families.end("one", secret(0), "shop", made_here=True)
            assert await families.of_user("alice") == []
        finally:
            await families.stop()

    run(work())

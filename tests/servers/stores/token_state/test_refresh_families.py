"""What each refresh policy lets pass, held to a model of it: every order of presented secrets and times."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authbench.contracts.card import RefreshPolicy
from servers.stores.redis.client import RedisStore
from servers.stores.token_state import refresh_families as module
from servers.stores.token_state.refresh_families import Families, Rotation, RotationRequest
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import run

GRACE_S = 10
ABSOLUTE_S = 1000
PREFIXES = count()
ROTATED = Rotation("rotated", "alice", "user")


class Clock:
    """In place of the module `time`."""

    def __init__(self) -> None:
        self.now = 1_800_000_000

    def time(self) -> float:
        return self.now + 0.5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def secret(generation: int) -> bytes:
    """What is stored of the token of a generation; -1 for one never given out."""
    return hashlib.sha256(b"%d" % generation).digest()


@dataclass
class Model:
    """A family as its policy describes it, generation by generation."""

    policy: RefreshPolicy
    current: int = 0
    since: int = 0
    alive: bool = True

    def present(self, generation: int, now: int, expires: int) -> str:
        """The outcome, and what becomes of the family."""
        if not self.alive:
            return "unknown"
        if expires <= now:
            self.alive = False
            return "expired"
        if generation == self.current:
            if self.policy is not RefreshPolicy.STATIC:
                self.current, self.since = generation + 1, now
            return "rotated"
        if self.policy is RefreshPolicy.STATIC or generation < 0:
            return "unknown"
        parent = generation == self.current - 1 >= 0
        if parent and (
            self.policy is RefreshPolicy.CONFIRM_ON_USE
            or (self.policy is RefreshPolicy.GRACE and now - self.since < GRACE_S)
        ):
            return "rotated"
        self.alive = False
        return "reused"


Work = Callable[[Families, str], Awaitable[None]]


def with_families(redis: RedisProcess, policy: RefreshPolicy, work: Work) -> None:
    """Alice has a family named `one`, generation 0."""
    prefix = f"policies-{next(PREFIXES)}:"

    async def open_and_close() -> None:
        store = RedisStore(redis.url, 5.0, 16)
        families = Families(store, prefix, 2 * ABSOLUTE_S, ABSOLUTE_S, 1, policy, GRACE_S)
        await families.start()
        try:
            assert (
                await families.create("one", secret(0), "alice", "user", await families.mark("alice"))
                is not None
            )
            await work(families, prefix)
        finally:
            await families.stop()

    run(open_and_close())


STEPS = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 2, 99]), st.sampled_from([0, 0, 1, 4, GRACE_S - 1, GRACE_S, 300])),
    min_size=1,
    max_size=12,
)
"""How many generations back, and how many seconds later. 99: a secret nobody was ever given."""


@pytest.mark.parametrize("policy", RefreshPolicy)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_every_order(
    redis_server: RedisProcess, clock: Clock, policy: RefreshPolicy, steps: list[tuple[int, int]]
) -> None:
    async def work(families: Families, prefix: str) -> None:
        model, expires = Model(policy), clock.now + ABSOLUTE_S
        for back, later in steps:
            clock.now += later
            generation = -1 if back == 99 or back > model.current else model.current - back
            follower = generation if policy is RefreshPolicy.STATIC else generation + 1
            expected = model.present(generation, clock.now, expires)
            found = await families.rotate(
                RotationRequest("one", secret(generation), secret(follower), made_here=generation >= 0)
            )
            assert found == (ROTATED if expected == "rotated" else Rotation(expected))  # type: ignore[arg-type]
            stored = redis_server.ask("HGET", f"{prefix}family:one", "current")
            assert stored == (secret(model.current) if model.alive else None)
            assert redis_server.ask("ZCARD", f"{prefix}families-of:alice") == int(model.alive)

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("callers", [16, 64])
@pytest.mark.parametrize("policy", RefreshPolicy)
def test_many_at_once(redis_server: RedisProcess, policy: RefreshPolicy, callers: int) -> None:
    """One step in the store: any number of callers, and never two different successors."""

    async def work(families: Families, prefix: str) -> None:
        key = f"{prefix}family:one"
        follower = secret(0) if policy is RefreshPolicy.STATIC else secret(1)
        found = await asyncio.gather(
            *(
                families.rotate(RotationRequest("one", secret(0), follower, made_here=True))
                for _ in range(callers)
            )
        )
        outcomes = [rotation.outcome for rotation in found]
        if policy is RefreshPolicy.STRICT:
            # One wins; the first of the others is a reuse, and the rest finds nothing.
            assert sorted(outcomes) == ["reused", "rotated", *["unknown"] * (callers - 2)]
            assert redis_server.ask("EXISTS", key) == 0
        else:
            assert outcomes == ["rotated"] * callers
            assert redis_server.ask("HGET", key, "current") == follower
            assert redis_server.ask("HGET", key, "generation") in (b"0", b"1")

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", [RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE])
def test_parent_and_child_at_once(redis_server: RedisProcess, policy: RefreshPolicy) -> None:
    """A tab that is late and one that is ahead: whoever comes first, one chain is left."""

    async def work(families: Families, prefix: str) -> None:
        assert await families.rotate(RotationRequest("one", secret(0), secret(1), made_here=True)) == ROTATED
        calls = [
            families.rotate(
                RotationRequest("one", secret(number % 2), secret(number % 2 + 1), made_here=True)
            )
            for number in range(32)
        ]
        outcomes = {rotation.outcome for rotation in await asyncio.gather(*calls)}
        # Once the child was used its parent is two generations back: a reuse.
        assert outcomes == {"rotated", "reused", "unknown"}
        assert redis_server.ask("EXISTS", f"{prefix}family:one") == 0

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", [RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE])
def test_a_parent_whose_child_cannot_be_named_again(
    redis_server: RedisProcess, policy: RefreshPolicy
) -> None:
    """Successors are derived with a key. After a restart with another one the same child cannot be given out
    again, and another one must not be: as where there is no second use at all."""

    async def work(families: Families, prefix: str) -> None:
        assert await families.rotate(RotationRequest("one", secret(0), secret(1), made_here=True)) == ROTATED
        assert (
            await families.rotate(RotationRequest("one", secret(0), secret(-1), made_here=False))
        ).outcome == "reused"
        assert redis_server.ask("EXISTS", f"{prefix}family:one") == 0

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", RefreshPolicy)
def test_a_child_of_an_older_key_is_named_again(redis_server: RedisProcess, policy: RefreshPolicy) -> None:
    """Between two uses the servers took another key: the child is the one of the older one."""

    async def work(families: Families, prefix: str) -> None:
        assert await families.rotate(RotationRequest("one", secret(0), secret(1), made_here=True)) == ROTATED
        again = await families.rotate(
            RotationRequest(
                "one", secret(0), secret(-1), given_before=(secret(-2), secret(1)), made_here=True
            )
        )
        if policy in (RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE):
            assert again == replace(ROTATED, successor=2)
            assert redis_server.ask("HGET", f"{prefix}family:one", "current") == secret(1)
        elif policy is RefreshPolicy.STRICT:
            assert again.outcome == "reused"
        else:
            assert again == ROTATED

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", RefreshPolicy)
def test_a_changed_role_comes_with_the_next_token(redis_server: RedisProcess, policy: RefreshPolicy) -> None:
    async def work(families: Families, _: str) -> None:
        await families.rescope("alice", "user admin")
        follower = secret(0) if policy is RefreshPolicy.STATIC else secret(1)
        times = 1 if policy is RefreshPolicy.STRICT else 2
        scopes = [
            (await families.rotate(RotationRequest("one", secret(0), follower, made_here=True))).scope
            for _time in range(times)
        ]
        assert set(scopes) == {"user admin"}

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", RefreshPolicy)
def test_who_knows_no_secret_ends_nothing(redis_server: RedisProcess, policy: RefreshPolicy) -> None:
    """The name of a family is no secret: it is in the list of logins, and in some tokens."""

    async def work(families: Families, prefix: str) -> None:
        for _ in range(3):
            made_up = await families.rotate(RotationRequest("one", secret(-1), secret(9), made_here=False))
            assert made_up.outcome == "unknown"
            assert await families.end("one", secret(-1), made_here=False) == "made up"
            assert await families.end("nobody's", secret(0), made_here=False) == "made up"
        assert redis_server.ask("EXISTS", f"{prefix}family:one") == 1

    with_families(redis_server, policy, work)


@pytest.mark.parametrize("policy", [RefreshPolicy.STRICT, RefreshPolicy.GRACE, RefreshPolicy.CONFIRM_ON_USE])
@pytest.mark.parametrize(("generation", "made_here"), [(2, False), (1, False), (0, True)])
def test_any_secret_that_it_had_ends_it(
    redis_server: RedisProcess, policy: RefreshPolicy, generation: int, made_here: bool
) -> None:
    """The last two are known by their hashes also after a change of the key, older ones by their tag."""

    async def work(families: Families, prefix: str) -> None:
        for number in range(2):
            await families.rotate(RotationRequest("one", secret(number), secret(number + 1), made_here=True))
        assert await families.end("one", secret(generation), made_here=made_here) == "over"
        assert redis_server.ask("KEYS", f"{prefix}famil*:*") == [f"{prefix}families-mark:alice".encode()]
        assert await families.end("one", secret(generation), made_here=True) == "over"

    with_families(redis_server, policy, work)

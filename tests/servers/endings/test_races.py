"""Race every pair of operations under every scheme: what was ended stays ended.

Each pair is raced once in each order. `make test-all` races it twenty times under the first scheme of each
kind: schemes whose cards promise the same and ask the store the same are of one kind, because they differ
only in how a value is signed or found.

`python -m tests.servers.endings.test_races [SCHEME] [TRIALS]` does it for longer.
"""

import asyncio
import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.servers.cards import CARDS
from tests.servers.endings.jitter import jitter
from tests.servers.endings.races import TRIALS, offered, pairs, race
from tests.servers.endings.world import world
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import POSTGRES_URL, run

_TOLD_ONLY = {"name", "summary", "used_by", "reason", "travels", "crypto_operations"}


AUTHENTICATING = [name for name, card in CARDS.items() if card.authenticates]


def _first_of_each_kind() -> list[str]:
    kinds: dict[str, str] = {}
    for name in AUTHENTICATING:
        kinds.setdefault(CARDS[name].model_dump_json(exclude=_TOLD_ONLY), name)
    return list(kinds.values())


_PAIRS = 66
"""At most: of eleven operations."""


async def all_races(name: str, redis: RedisProcess, trials: int) -> Counter[str]:
    """What no order explains, and how often it was seen."""
    found: Counter[str] = Counter()
    chance = random.Random(name)
    # Every pair wants users of its own.
    # Sessions in SQL are in a private SQLite file, or where PostgreSQL can be tried, there.
    elsewhere = {"session_database_url": POSTGRES_URL} if POSTGRES_URL else {}
    async with world(name, redis, users=trials * _PAIRS, **elsewhere) as here:
        assert len(pairs(here)) <= _PAIRS
        with jitter():
            for number, pair in enumerate(pairs(here)):
                # A read changes nothing but where it writes its session back.
                often = max(2, trials // 5) if "read" in pair else trials
                users = [f"user-{number * trials + trial}" for trial in range(often)]
                for problems in await asyncio.gather(
                    *(race(here, pair, user, chance, turn) for turn, user in enumerate(users))
                ):
                    found.update(problems)
    return found


@pytest.mark.parametrize("name", AUTHENTICATING)
def test_no_order_leaves_what_was_ended(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        assert await all_races(name, redis_server, 2) == Counter()

    run(work())


@pytest.mark.long
@pytest.mark.parametrize("name", _first_of_each_kind())
def test_no_chance_leaves_what_was_ended(name: str, redis_server: RedisProcess) -> None:
    async def work() -> None:
        assert await all_races(name, redis_server, TRIALS) == Counter()

    run(work())


def test_every_operation_is_raced_somewhere(redis_server: RedisProcess) -> None:
    async def work() -> None:
        async with world("jwt-denylist", redis_server) as here:
            assert len(offered(here)) == 11
        async with world("session-redis", redis_server) as here:
            assert set(offered(here)) == {
                "login", "read", "logout", "end-one", "everywhere", "password", "role", "disable"
            }  # fmt: skip

    run(work())


def main(name: str = "", trials: str = "200") -> None:
    """Race for longer."""
    with TemporaryDirectory(prefix="races-") as folder:
        redis = RedisProcess(Path(folder))
        try:
            for each in [name] if name else AUTHENTICATING:
                sys.stdout.write(f"{each}: {dict(asyncio.run(all_races(each, redis, int(trials))))}\n")
                sys.stdout.flush()
        finally:
            redis.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A copy of the deny list, and what it is worth while nothing proves that news arrive."""

from servers.stores.redis.client import RedisStore
from servers.stores.token_state.denylist import denials
from servers.stores.token_state.local_denylist import LocalDenylist
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import fresh_prefix
from tests.servers.stores.session_stores import run


def test_what_the_copy_denies_is_denied_although_redis_has_forgotten_it(redis_server: RedisProcess) -> None:
    async def work() -> None:
        prefix = fresh_prefix()
        redis = RedisStore(redis_server.url, 5, 2)
        copy = LocalDenylist(redis, denials(prefix, 60), heartbeat_s=1, deadline_s=5)
        copy.note(["login"])
        redis_server.ask("SET", f"{prefix}denied:elsewhere", "1")
        # Nobody listens, so nothing proves that the copy is whole: for what it does not know, Redis is asked.
        assert not copy.trusted
        assert [await copy.is_denied([name]) for name in ("login", "elsewhere", "other")] == [
            True,
            True,
            False,
        ]
        await copy.stop()
        await redis.stop()

    run(work())

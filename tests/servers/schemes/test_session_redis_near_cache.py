"""Two servers on one Redis, over HTTP: what a user ends at one of them, the other refuses."""

import time

from servers.contract.settings import ServerSettings
from servers.schemes.session_redis_near_cache import NearCacheSessionScheme
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

SCHEME = "session-redis-near-cache"


def status(server: ServerProcess, credential: dict[str, str]) -> int:
    return server.request("GET", "/me", credential).status


def test_a_logout_at_one_server_reaches_the_other(serve: Serve, own_redis: RedisProcess) -> None:
    # An hour between heartbeats: what tells the other server can only be Redis.
    here, there = (
        serve(scheme=SCHEME, redis_url=own_redis.url, near_cache_heartbeat_s=3600) for _ in range(2)
    )
    (credential,) = here.seed()
    assert [status(server, credential) for server in (here, there, here, there)] == [200] * 4
    own_redis.reset_commands()
    assert [status(server, credential) for server in (here, there)] == [200] * 2
    assert own_redis.commands() == {}
    assert here.logout(credential).status == 204
    assert status(here, credential) == 401
    deadline = time.monotonic() + 30
    while status(there, credential) != 401:
        assert time.monotonic() < deadline, "the other server was never told"


def test_the_bound_is_a_heartbeat_and_its_deadline() -> None:
    settings = ServerSettings(scheme=SCHEME, near_cache_heartbeat_s=2, store_deadline_ms=500)
    card = NearCacheSessionScheme(settings).card
    assert {card.revocation_window_s, card.role_change_window_s, card.disabled_window_s} == {2.5}

"""The credential endpoints of a store that is frozen, gone or refuses scripts: 503, and nothing half done."""

import json
import time

import pytest

from servers.database.accounts import DEMO_PASSWORD
from tests.servers.conftest import Serve
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import Reply, ServerProcess
from tests.servers.test_store_failures import assert_unavailable


def every_operation(server: ServerProcess, credential: dict[str, str]) -> list[Reply]:
    """Everything that needs the store, each with a good body."""
    sent = {"Content-Type": "application/json", **server.changing(credential)}
    token = json.dumps({"refresh_token": f"{'A' * 22}.{'A' * 43}"})
    password = json.dumps({"current_password": DEMO_PASSWORD, "new_password": "another long phrase"})
    asked = [("POST", "/logout-everywhere", ""), ("GET", "/sessions", ""), ("DELETE", "/sessions/x", "")]
    asked += [("POST", "/account/password", password), ("POST", "/logout", token)]
    asked += [("POST", "/refresh", token)] if "Authorization" in credential else []
    return [server.request(method, path, sent, body or None) for method, path, body in asked]


@pytest.mark.parametrize("scheme", ["session-redis", "session-redis-lean", "jwt-hs256"])
def test_every_operation_says_so(scheme: str, serve: Serve, own_redis: RedisProcess) -> None:
    server = serve(scheme=scheme, redis_url=own_redis.url, store_deadline_ms=60)
    credential = server.credential(wait_for_login(server))

    def kill() -> None:
        own_redis.thaw()
        own_redis.kill()

    for break_it in (own_redis.freeze, kill):
        break_it()
        for reply in [*every_operation(server, credential), server.login()]:
            assert_unavailable(reply)
    own_redis.start()
    wait_for_login(server)
    own_redis.ask("ACL", "SETUSER", "default", "-evalsha")
    assert_unavailable(server.login())
    own_redis.ask("ACL", "SETUSER", "default", "+evalsha")
    wait_for_login(server)


def wait_for_login(server: ServerProcess) -> Reply:
    """A login, once the store answers in time: on a busy machine its deadline is short."""
    for _ in range(100):
        if (reply := server.login()).status == 200:
            return reply
        time.sleep(0.1)
    pytest.fail("nobody can log in")


def test_a_password_stays_when_the_sessions_cannot_be_ended(serve: Serve, own_redis: RedisProcess) -> None:
    server = serve(scheme="session-redis", redis_url=own_redis.url)
    credential = server.credential(server.login())
    own_redis.ask("ACL", "SETUSER", "default", "-evalsha")
    sent = {"Content-Type": "application/json", **server.changing(credential)}
    body = json.dumps({"current_password": DEMO_PASSWORD, "new_password": "another long phrase"})
    assert_unavailable(server.request("POST", "/account/password", sent, body))
    own_redis.ask("ACL", "SETUSER", "default", "+evalsha")
    assert server.login(password="another long phrase").status == 401
    assert server.login().status == 200

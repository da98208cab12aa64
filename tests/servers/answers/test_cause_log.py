"""Why a request was answered 503 stands in the log: once a second, without a secret."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from servers.answers.cause_log import CauseLog
from servers.contract.errors import StoreUnavailable
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

LOGGER = "authbench.store"


def test_one_line_a_second_and_how_many_it_stands_for(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 100.0
    log = CauseLog(lambda: now_s)
    with caplog.at_level(logging.WARNING, LOGGER):
        for _ in range(1000):
            log.log("The session store does not answer.", StoreUnavailable("READONLY a replica"))
        now_s += 1
        log.log("The session store does not answer.", StoreUnavailable("no answer within 50 ms"))
        now_s += 1
        log.log("Too many logins at once.", StoreUnavailable())
    assert [record.message for record in caplog.records] == [
        "503 The session store does not answer. Cause: READONLY a replica",
        "503 The session store does not answer. Cause: no answer within 50 ms "
        "(and 999 more since the last line)",
        "503 Too many logins at once. Cause: StoreUnavailable",
    ]


@pytest.mark.parametrize(
    "scheme", ["session-redis", "session-redis-lean", "session-redis-rewrite", "jwt-hs256"]
)
def test_a_503_of_a_real_server_has_its_cause_in_the_log(
    serve: Callable[..., ServerProcess],
    own_redis: RedisProcess,
    scheme: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    own_redis.ask("ACL", "SETUSER", "app", "on", ">s3cret", "~*", "&*", "+@all")
    url = own_redis.url.replace("unix://", "unix://app:s3cret@")
    server = serve(scheme=scheme, redis_url=url, store_deadline_ms=5000)
    credential = server.credential(server.login())
    assert "503" not in capfd.readouterr().err
    own_redis.ask("ACL", "SETUSER", "app", "-@write")
    assert server.login().status == 503
    told = capfd.readouterr().err
    assert "503 The session store does not answer. Cause: NOPERM" in told
    assert "s3cret" not in told
    assert not any(secret in told for secret in credential.values())


def test_a_database_that_is_away_is_told_too(
    serve: Callable[..., ServerProcess], folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = serve(
        scheme="jwt-hs256",
        database_url=f"sqlite+aiosqlite:///{folder}/accounts.sqlite",
        database_deadline_ms=5000,
    )
    assert server.login().status == 200
    for file in folder.glob("accounts.sqlite*"):
        file.write_bytes(b"no database" * 1000)
    assert server.login().status == 503
    assert "503 The database does not answer. Cause: " in capfd.readouterr().err

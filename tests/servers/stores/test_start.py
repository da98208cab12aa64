"""A store that answers PING and could keep no login is refused at the start, in one line with what to do."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes
from servers.stores.redis.client import RedisStore
from servers.stores.redis.needs import Needs
from servers.stores.redis.scripts import CREATE_SESSION, END_ALL
from tests.servers.redis_process import RedisProcess

NEEDS = Needs("start-test:", ("SET", "GET", "GETEX", "MGET"), (CREATE_SESSION, END_ALL))

Start = Callable[..., RedisProcess]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts a server with further options; it ends with the test."""
    started: list[RedisProcess] = []

    def make(*options: str) -> RedisProcess:
        started.append(RedisProcess(folder, *options))
        return started[-1]

    yield make
    for server in started:
        server.kill()


def open_store(redis: RedisProcess, user: str = "", needs: Needs = NEEDS) -> None:
    async def inside() -> None:
        store = RedisStore(redis.url.replace("unix://", f"unix://{user}"), 5.0, 2)
        try:
            await store.start(1, needs)
        finally:
            await store.stop()

    asyncio.run(inside())


def refused(redis: RedisProcess, user: str = "", needs: Needs = NEEDS) -> str:
    with pytest.raises(Failure) as failure:
        open_store(redis, user, needs)
    line = str(failure.value)
    assert "\n" not in line
    assert line.startswith("no usable Redis at unix://")
    return line


def test_a_good_one_is_left_as_it_was(start: Start) -> None:
    redis = start()
    open_store(redis)
    assert redis.ask("KEYS", "*") == []


@pytest.mark.parametrize("prepare", [[], [("CLUSTER", "ADDSLOTSRANGE", 0, 16383)]], ids=["empty", "whole"])
def test_cluster_mode(start: Start, prepare: list[tuple[str | int, ...]]) -> None:
    redis = start("--cluster-enabled", "yes")
    for command in prepare:
        redis.ask(*command)
    line = refused(redis)
    assert "cluster mode" in line
    assert "cluster-enabled no" in line


def test_cluster_mode_where_it_may_not_be_asked_for(start: Start) -> None:
    redis = start("--cluster-enabled", "yes")
    redis.ask("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    redis.ask("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-info")
    deadline = time.monotonic() + 60
    while "cluster_state:ok" not in str(redis.ask("CLUSTER", "INFO")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "cluster mode" in refused(redis, "app:secret@")


def test_a_replica(start: Start) -> None:
    redis = start("--replicaof", "127.0.0.1", "1")
    line = refused(redis)
    assert "it is a replica" in line
    assert "its primary, 127.0.0.1:1" in line


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        (("~*", "+@all", "-getex"), "getex"),
        (("~*", "+@all", "-zadd"), "zadd"),
        (("~*", "+@all", "-evalsha"), "evalsha"),
        (("~*", "+@all", "-eval"), "eval"),
        (("~*", "+@all", "-script"), "script"),
        (("~another:*", "+@all"), "key"),
    ],
)
def test_a_user_without_a_right(start: Start, rights: tuple[str, ...], says: str) -> None:
    redis = start()
    redis.ask("ACL", "SETUSER", "app", "on", ">secret", "&*", *rights)
    line = refused(redis, "app:secret@")
    assert "NOPERM" in line
    assert says in line
    assert "ACL SETUSER" in line
    assert "secret" not in line


def test_a_user_with_no_right_but_those_needed(start: Start) -> None:
    redis = start()
    redis.ask("ACL", "SETUSER", "app", "on", ">secret", "~start-test:*", "+ping", "+set")
    open_store(redis, "app:secret@", Needs("start-test:", ("SET",)))
    assert "NOPERM" in refused(redis, "app:secret@", Needs("start-test:", ("SET", "GET")))


@pytest.mark.parametrize(
    ("user", "says"), [("", "it wants a password"), (":wr0ng@", "it refuses these credentials")]
)
def test_a_password(start: Start, folder: Path, user: str, says: str) -> None:
    redis = start()
    redis.ask("ACL", "SETUSER", "default", "resetpass", ">right")
    line = refused(redis, user)
    assert says in line
    assert "wr0ng" not in line
    open_store(redis, ":right@")


def test_a_password_where_none_is_asked_for(start: Start) -> None:
    line = refused(start(), ":s3cret@")
    assert "leave the password out of the URL" in line
    assert "s3cret" not in line


def test_one_that_is_too_old(start: Start) -> None:
    line = refused(start("--rename-command", "GETEX", ""))
    assert "unknown command 'GETEX': Redis 6.2 or newer is needed" in line


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--maxmemory", "1mb"), "its memory is full"),
        (("--min-replicas-to-write", "1"), "too few replicas"),
    ],
)
def test_one_that_takes_no_writes(start: Start, options: tuple[str, ...], says: str) -> None:
    assert says in refused(start(*options))


def test_one_that_cannot_save(start: Start, folder: Path) -> None:
    redis = start("--dbfilename", "saved")
    redis.ask("CONFIG", "SET", "save", "3600 1")
    (folder / "saved").mkdir()  # where the snapshot would be renamed to
    redis.ask("SET", "some", "value")
    redis.ask("BGSAVE")
    deadline = time.monotonic() + 60
    while redis.ask("INFO", "persistence")["rdb_last_bgsave_status"] == "ok":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert "MISCONF" in (line := refused(redis))
    assert "cannot save and takes no writes" in line


def test_one_that_drops_keys_is_used_and_told(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    redis = start("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    with caplog.at_level(logging.WARNING, "authbench.store"):
        open_store(redis)
    assert "(allkeys-lru)" in caplog.text
    caplog.clear()
    redis.ask("CONFIG", "SET", "maxmemory", 0)
    open_store(redis)
    assert caplog.text == ""


WITH_REDIS = [
    name
    for name, kind in known_schemes().items()
    if "redis" in kind(ServerSettings(scheme=name, redis_url="unix:///x", dpop_replay_store=True)).card.store
]


def scheme_on(redis: RedisProcess, name: str) -> Scheme:
    return known_schemes()[name](
        ServerSettings(
            scheme=name,
            redis_url=redis.url,
            redis_key_prefix=f"start-{name}:",
            dpop_replay_store=True,
            store_deadline_ms=5000,
        )
    )


def test_every_scheme_with_a_store_refuses_a_cluster(start: Start) -> None:
    redis = start("--cluster-enabled", "yes")
    assert len(WITH_REDIS) > 15

    async def start_and_stop(name: str) -> None:
        scheme = scheme_on(redis, name)
        scheme.prepare()
        try:
            await scheme.start()
        finally:
            await scheme.stop()

    for name in WITH_REDIS:
        with pytest.raises(Failure, match="cluster mode"):
            asyncio.run(start_and_stop(name))


def commands_of(card: Card) -> set[str]:
    operations = [*card.store_commands.values(), *card.repeated_commands.values()]
    return {command for commands in operations for command in commands}


@pytest.mark.parametrize("name", WITH_REDIS)
def test_every_command_of_the_card_is_tried_at_the_start(redis_server: RedisProcess, name: str) -> None:
    async def inside() -> dict[str, int]:
        scheme = scheme_on(redis_server, name)
        scheme.prepare()
        redis_server.reset_commands()
        await scheme.start()
        try:
            return dict(redis_server.ask("INFO", "commandstats"))
        finally:
            await scheme.stop()

    tried = {re.sub(r"^cmdstat_|\|.*", "", command) for command in asyncio.run(inside())}
    assert commands_of(scheme_on(redis_server, name).card) <= tried

"""Connections through TLS and by way of a sentinel: every scheme works, and a failover is survived."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.contracts.failure import Failure
from authbench.system.certificate import make_certificate
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.redis_server import start_redis
from loadtests.harness.processes.store_proxy import StoreProxy
from servers.contract.claims import new_claims
from servers.contract.errors import StoreUnavailable
from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes
from servers.stores.redis.client import RedisStore
from servers.stores.redis.sessions import RedisSessions
from tests.loadtests.drills.watched import Watched, watched_store
from tests.servers.stores.session_stores import run

DEADLINE_S = 5.0
FAILOVER_S = 60.0
SCHEMES = [
    name
    for name, kind in known_schemes().items()
    if "redis" in kind(ServerSettings(scheme=name, redis_url="unix:///x", dpop_replay_store=True)).card.store
]


@pytest.fixture(scope="module")
def secured() -> Iterator[str]:
    """The URL of a Redis through TLS, without the authority that must be trusted."""
    with TemporaryDirectory(prefix="secured-") as name:
        folder = Path(name)
        store = start_redis(folder, available_processors())
        proxy = StoreProxy(store.url, 0, make_certificate(folder), available_processors(), folder, "proxy")
        yield proxy.url
        proxy.child.stop()
        store.stop()


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with TemporaryDirectory(prefix="watched-") as folder, watched_store(Path(folder)) as store:
        yield store


async def start_and_stop(name: str, url: str) -> None:
    settings = ServerSettings(
        scheme=name,
        redis_url=url,
        redis_key_prefix=f"pool-{name}:",
        dpop_replay_store=True,
        store_deadline_ms=round(DEADLINE_S * 1000),
        store_connections_warm=1,
    )
    scheme = known_schemes()[name](settings)
    scheme.prepare()
    try:
        await scheme.start()
        (credential,) = await scheme.seed([new_claims("user-1", "user", 600)])
        assert credential.claims.sub == "user-1"
        await scheme.delete_keys()
    finally:
        await scheme.stop()


@pytest.mark.parametrize("way", ["secured", "watched"])
def test_every_scheme_works(way: str, secured: str, watched: Watched) -> None:
    url = {"secured": secured, "watched": watched.url}[way]

    async def each() -> None:
        for name in SCHEMES:
            await start_and_stop(name, url)

    run(each())


async def start(url: str, deadline_s: float) -> None:
    store = RedisStore(url, deadline_s, 2)
    try:
        await store.start(1)
    finally:
        await store.stop()


def refused(url: str, deadline_s: float = DEADLINE_S) -> str:
    with pytest.raises(Failure) as failure:
        run(start(url, deadline_s))
    line = str(failure.value)
    assert "\n" not in line
    return line


def test_a_certificate_that_is_not_trusted(secured: str) -> None:
    line = refused(secured.partition("?")[0])
    assert line.startswith("no usable Redis at rediss://127.0.0.1:")
    assert "certificate verify failed" in line
    assert "--redis-ca-file FILE" in line


def test_tls_where_none_is_spoken(watched: Watched) -> None:
    """A Redis says nothing to the beginning of a handshake unless a byte of it happens to end a line."""
    line = refused(watched.store.url.replace("redis://", "rediss://"), 0.5)
    assert line.startswith("no usable Redis at rediss://127.0.0.1:")
    assert "redis:// in place of rediss://" in line


def test_an_authority_that_is_not_there(secured: str) -> None:
    line = refused(f"{secured.partition('?')[0]}?ssl_ca_certs=/nowhere.pem")
    assert line == "/nowhere.pem: cannot be read: No such file or directory"


def test_a_service_that_is_not_watched(watched: Watched) -> None:
    line = refused(watched.url_with("nothing"))
    assert "does not watch 'nothing', but 'drill': name one that it watches" in line
    assert watched.store.password not in line


def test_sentinels_that_do_not_answer() -> None:
    line = refused("redis+sentinel://127.0.0.1:1,127.0.0.1:2/service/0")
    where = "redis+sentinel://127.0.0.1:1,127.0.0.1:2/service/0"
    assert line.startswith(f"no usable Redis at {where}: no sentinel answers at 127.0.0.1:1 (")
    assert line.endswith("start the sentinels, or correct their addresses")


def test_a_sentinel_that_is_taken_for_a_server(watched: Watched) -> None:
    account = watched.url.partition("sentinel_password=")[2]
    url = f"redis://:{account}@127.0.0.1:{watched.sentinel.port}/0"

    async def require() -> None:
        store = RedisStore(url, DEADLINE_S, 2)
        try:
            await store.start(1, RedisSessions(store, "pool:", 60, 1).needs)
        finally:
            await store.stop()

    with pytest.raises(Failure, match=r"it is a sentinel, which keeps no data: give redis\+sentinel://"):
        run(require())


def test_a_failover_is_survived_by_the_connections_that_are_open(tmp_path: Path) -> None:
    async def work(watched: Watched) -> None:
        store = RedisStore(watched.url_with(before="127.0.0.1:1,"), DEADLINE_S, 4)
        await store.start(4)
        await store.put("kept", "value", 600)
        assert await store.execute("WAIT", 1, 5000) == 1
        await asyncio.to_thread(watched.store.kill)
        with pytest.raises(StoreUnavailable):
            await store.execute("GET", "kept")
        await asyncio.to_thread(watched.sentinel.wait_until_promoted, watched.store.port)
        values = await asyncio.gather(*(store.execute("GET", "kept") for _ in range(8)))
        assert values == [b"value"] * 8
        await store.put("new", "value", 600)
        assert watched.replica.client.get("new") == b"value"
        await store.stop()

    with watched_store(tmp_path) as watched:
        asyncio.run(work(watched))


def test_whoever_hears_of_another_primary_takes_all_connections_there(tmp_path: Path) -> None:
    """A failover that somebody ordered: the old primary answers still, and is told of it seconds later."""

    async def work(watched: Watched) -> None:
        store = RedisStore(f"{watched.url}&client_name=ours", DEADLINE_S, 4)
        await store.start(4)
        await asyncio.to_thread(watched.sentinel.client.sentinel_failover, "drill")
        await asyncio.to_thread(watched.sentinel.wait_until_promoted, watched.store.port)
        watched.replica.client.set("where", "the new one")
        watched.store.client.set("where", "the old one")
        one = next(each for each in watched.store.client.client_list() if each["name"] == "ours")
        watched.store.client.client_kill_filter(_id=one["id"])
        deadline = time.monotonic() + FAILOVER_S
        while set(await asyncio.gather(*(value(store) for _ in range(4)))) != {b"the new one"}:
            assert time.monotonic() < deadline
        await store.stop()

    async def value(store: RedisStore) -> bytes | None:
        try:
            found: bytes = await store.execute("GET", "where")
        except StoreUnavailable:
            return None
        return found

    with watched_store(tmp_path) as watched:
        asyncio.run(work(watched))


def test_replicas_are_waited_for(watched: Watched) -> None:
    claims = new_claims("user-1", "user", 600)

    async def work() -> None:
        store = RedisStore(watched.url, DEADLINE_S, 4, wait_replicas=1)
        hasty = RedisStore(watched.url, 1.0, 4, wait_replicas=1)
        sessions = RedisSessions(store, "waited:", 600, 1)
        await sessions.start()
        mark = await sessions.mark("user-1")
        assert await sessions.create("first", claims, mark)
        # A Redis that was started again does not know the script.
        await store.execute("SCRIPT", "FLUSH")
        assert await sessions.create("second", claims, mark)
        assert watched.replica.client.exists("waited:first", "waited:second") == 2
        assert await store.write("SET", "waited:proof", "1", "NX") is not None
        watched.link.hold(True)
        try:
            with pytest.raises(StoreUnavailable, match=r"have it after 500 ms: 0 of 1;|no answer"):
                await RedisSessions(hasty, "waited:", 600, 1).create("third", claims, mark)
        finally:
            watched.link.hold(False)
        assert (hasty.failures, await sessions.read("third")) == (1, claims)
        await hasty.stop()
        await store.stop()

    run(work())


def test_more_replicas_than_there_are_is_told_at_the_start(watched: Watched) -> None:
    async def work() -> None:
        store = RedisStore(watched.url, 2.0, 2, wait_replicas=2)
        try:
            await store.start(1, RedisSessions(store, "waited:", 600, 1).needs)
        finally:
            await store.stop()

    with pytest.raises(Failure, match="redis_wait_replicas is 2, and 1 replica answers there: start more"):
        run(work())


def test_the_card_says_how_often_replicas_are_waited_for() -> None:
    scripts = 0
    for name in SCHEMES:
        settings = {"scheme": name, "redis_url": "unix:///x", "dpop_replay_store": True}
        plain, waits = (
            known_schemes()[name](ServerSettings.model_validate({**settings, **waited_for})).card
            for waited_for in ({}, {"redis_wait_replicas": 1})
        )
        for operation, commands in plain.store_commands.items():
            # Each script, and each DPoP proof that is used up by SET.
            waited = commands.get("evalsha", 0) + (commands.get("set", 0) if name == "jwt-dpop" else 0)
            expected = {**commands, "wait": waited} if waited else commands
            assert waits.store_commands[operation] == expected, (name, operation)
            scripts += waited
    assert scripts > 0

"""The proxy in front of a real Redis, as a process of its own."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.failure import Failure
from authbench.system.certificate import make_certificate
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.redis_server import RunningRedis, start_redis
from loadtests.harness.processes.store_proxy import StoreProxies, StoreProxy

FAR = Condition(store_rtt_ms=3)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRedis]:
    running = start_redis(tmp_path_factory.mktemp("store"), available_processors())
    yield running
    running.stop()


@pytest.fixture
def proxies(store: RunningRedis, tmp_path: Path) -> Iterator[StoreProxies]:
    started = StoreProxies(store.url, available_processors(), tmp_path)
    yield started
    started.stop()


def test_only_a_distance_or_tls_needs_a_proxy(store: RunningRedis, proxies: StoreProxies) -> None:
    for near in (Condition(), Condition(live_sessions=1, workers=2)):
        assert proxies.url_for(near) == store.url
    assert proxies.pids == []
    assert proxies.url_for(FAR) == proxies.url_for(FAR.model_copy(update={"workers": 2})) != store.url
    assert len(proxies.pids) == 1


def test_what_passes_is_what_redis_says_and_never_early(proxies: StoreProxies) -> None:
    with redis.Redis.from_url(proxies.url_for(FAR)) as far:
        far.ping()
        start_ns = time.monotonic_ns()
        far.set("key", b"x" * 300_000)
        assert time.monotonic_ns() - start_ns >= 3_000_000
        assert far.get("key") == b"x" * 300_000


def test_pieces_keep_their_order_on_every_connection(proxies: StoreProxies) -> None:
    clients = [redis.Redis.from_url(proxies.url_for(FAR)) for _ in range(5)]
    for number, client in enumerate(clients):
        pipeline = client.pipeline(transaction=False)
        for value in range(50):
            pipeline.rpush(f"list-{number}", value)
        assert pipeline.execute() == list(range(1, 51))
        assert client.lrange(f"list-{number}", 0, -1) == [str(value).encode() for value in range(50)]
        client.close()


def test_what_it_adds_is_measured_and_told(proxies: StoreProxies) -> None:
    proxies.url_for(FAR)
    near, far = Arm(scheme="none"), Arm(scheme="none", name="far", condition=FAR)

    def adjusted_us() -> float:
        proxies.adjust()
        added_us = proxies.added_us([near, far])
        assert added_us.keys() == {"far"}
        return added_us["far"]

    # Of three: how near it comes is for a benchmark to say. On a busy machine a direct PING may take longer.
    assert any(adjusted_us() >= 1000 for _ in range(10))


def test_a_redis_that_is_gone_closes_the_connection(tmp_path: Path) -> None:
    other = start_redis(tmp_path, available_processors())
    proxy = StoreProxy(other.url, 0.5, None, available_processors(), tmp_path, "proxy")
    with redis.Redis.from_url(proxy.url) as far:
        far.ping()
        other.stop()
        for _ in range(2):  # the open connection, and then a new one
            with pytest.raises(redis.ConnectionError):
                far.execute_command("GET", "key")
    proxy.child.stop()


def test_it_ends_tls_for_who_trusts_its_authority(store: RunningRedis, tmp_path: Path) -> None:
    proxies = StoreProxies(store.url, available_processors(), tmp_path, make_certificate(tmp_path))
    url = proxies.url_for(Condition(store_tls=True))
    assert url.startswith("rediss://")
    with redis.Redis.from_url(url) as client:
        client.set("key", b"x" * 300_000)
        assert client.get("key") == b"x" * 300_000
    with redis.Redis.from_url(url.partition("?")[0]) as stranger, pytest.raises(redis.ConnectionError):
        stranger.ping()
    with redis.Redis.from_url(url) as client:  # whom a failed handshake does not disturb
        assert client.ping()
    proxies.stop()


def test_a_unix_socket_has_no_distance(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="over TCP"):
        StoreProxy("unix:///nowhere", 1, None, available_processors(), tmp_path, "proxy")


def proxied(store: RunningRedis, folder: Path) -> StoreProxy:
    return StoreProxy(store.url, 0, None, available_processors(), folder, "proxy")


def connect(client: "redis.Redis") -> None:
    """Let it have a connection, however short its patience is: a busy machine may be late."""
    for _ in range(100):
        with contextlib.suppress(redis.TimeoutError):
            client.ping()
            return
    pytest.fail("it never came to a reply")


def test_a_network_that_carries_nothing_keeps_what_was_sent(store: RunningRedis, tmp_path: Path) -> None:
    proxy = proxied(store, tmp_path)
    try:
        with (
            redis.Redis.from_url(proxy.url, socket_timeout=0.2, retry=None) as hasty,
            redis.Redis.from_url(proxy.url, socket_timeout=30) as client,
        ):
            client.set("held", "before")
            connect(hasty)
            proxy.hold(True)
            with pytest.raises(redis.TimeoutError):
                hasty.set("held", "meanwhile")
            assert store.client.get("held") == b"before"
            with pytest.raises(redis.TimeoutError):
                hasty.ping()  # over a new connection
            proxy.hold(False)
            assert client.ping()
        # Its sender has given up, and does not know that it was carried out after all.
        assert store.client.get("held") == b"meanwhile"
    finally:
        proxy.child.stop()


def test_a_proxy_leads_elsewhere(store: RunningRedis, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    password = store.url.partition("://:")[2].partition("@")[0]
    other = start_redis(tmp_path / "other", available_processors(), password=password)
    proxy = proxied(store, tmp_path)
    try:
        with redis.Redis.from_url(proxy.url, socket_timeout=5) as client:
            client.set("where", "here")
            other.client.set("where", "there")
            proxy.lead_to(int(other.url.rpartition(":")[2].partition("/")[0]))
            assert client.get("where") == b"there"
    finally:
        proxy.child.stop()
        other.stop()


def test_a_proxy_becomes_slow_and_quick_again(store: RunningRedis, tmp_path: Path) -> None:
    proxy = proxied(store, tmp_path)
    try:
        with redis.Redis.from_url(proxy.url) as client:
            client.ping()
            proxy.slow_down(50)
            start_ns = time.monotonic_ns()
            client.ping()
            assert time.monotonic_ns() - start_ns >= 50_000_000
            proxy.slow_down(0)
            assert client.ping()
    finally:
        proxy.child.stop()

"""The stores of a service that is not ours, as far as they count what they are asked."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import redis

from authbench.contracts.failure import Failure
from authbench.contracts.records import Store
from authbench.contracts.target.target_file import Target, Which
from authbench.contracts.target.whose_cpu import WhoseCpu
from loadtests.harness.hosts.host import Host
from loadtests.harness.processes.redis_server import RunningRedis, connect_redis
from loadtests.harness.run.generation import describe
from loadtests.harness.target.postgres import Postgres
from loadtests.harness.telemetry.cpu_clock import CpuOwner
from loadtests.harness.telemetry.store_counters import StoreCounts, StoreMeter

_PINGS = 200
_KEY = "processes.store"


class CountingStore(Protocol):
    """A store that counts what it is asked. It is read at the edges of slices, outside of their windows."""

    named: str
    """What its URL is called in failures."""

    @property
    def at(self) -> tuple[str, int] | None:
        """Host and port that it listens at; None: a Unix socket."""
        ...

    def describe(self) -> Store:
        """It as it states itself, with its median round trip from here. Failure if it does not answer."""
        ...

    def begin(self) -> Callable[[], StoreCounts]:
        """As `EdgeMeter.begin`."""
        ...

    def stop(self) -> None:
        """Close the connection to it; the store goes on."""
        ...


class CountingRedis:
    """A Redis counts its commands and bytes by itself."""

    def __init__(self, url: str, named: str) -> None:
        self.named = named
        try:
            self._running: RunningRedis = connect_redis(url)
        except Failure as failure:
            told = str(failure).replace("--redis-url", named, 1)
            raise Failure(told, failure.exit_code) from None
        self._meter: StoreMeter | None = None

    @property
    def at(self) -> tuple[str, int] | None:
        options = self._running.client.connection_pool.connection_kwargs
        return (options["host"], options.get("port", 6379)) if "host" in options else None

    def describe(self) -> Store:
        round_trips_us = []
        try:
            for _ in range(_PINGS):
                began_ns = time.perf_counter_ns()
                self._running.client.ping()
                round_trips_us.append((time.perf_counter_ns() - began_ns) / 1e3)
        except redis.RedisError as error:
            raise Failure(f"{self.named}: it stopped answering ({type(error).__name__})") from None
        return describe(self._running, round_trips_us)

    def begin(self) -> Callable[[], StoreCounts]:
        if self._meter is None:
            self._meter = StoreMeter(self._running.client)
        return self._meter.begin()

    def stop(self) -> None:
        self._running.stop()


@dataclass(frozen=True)
class StoreAddress:
    """A store that counts: its URL, and how it is reached."""

    named: str
    url: str = field(repr=False)
    open: Callable[[str, str], CountingStore]

    def connect(self) -> CountingStore:
        """Reach it. Failure in one line where it could count nothing."""
        return self.open(self.url, self.named)


def addresses(target: Target, redis_url: str | None, sql_url: str | None) -> list[StoreAddress]:
    """The stores that are asked what they counted. The URLs of options count instead of the file's."""
    given: list[tuple[str, str | None, str | None, Callable[[str, str], CountingStore]]] = [
        ("redis_url", redis_url, target.redis_url, CountingRedis),
        ("sql_url", sql_url, target.sql_url, Postgres),
    ]
    return [
        StoreAddress(f"--{key.replace('_', '-')}" if option else key, url, opens)
        for key, option, of_file, opens in given
        if (url := option or of_file)
    ]


def processes_of_stores(target: Target) -> Which | None:
    """Whose CPU is the stores', as the file says. None: it names nobody."""
    told = (target.processes_of(one).store for one in target.variants)
    return next((which for which in told if which), None)


def observe_stores(host: Host, target: Target, stores: Sequence[CountingStore]) -> CpuOwner | None:
    """Whose CPU is the stores', on the host that has their processes. None: the file names nobody.

    Failure in one line where it is not there, or cannot be known.
    """
    which = processes_of_stores(target)
    if which is None:
        return None
    listens_at = []
    for store in stores if which == "listening" else ():
        if store.at is None:
            raise Failure(f"{_KEY}: {store.named} has no port to listen on: give the store's process ids")
        listens_at.append(store.at)
    return host.observe(None, WhoseCpu(which=which, listens_at=listens_at, key=_KEY))

"""Start proxies in front of Redis: through one, Redis is farther away, or is reached through TLS.

Passing through a proxy takes time by itself, so the harness measures what a proxy adds to a round trip, and
sets its delay so that the sum is what the condition asks for. Proxies run on the generator's processors: no
scheme is charged for their CPU.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import redis

from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.failure import ExitCode, Failure
from authbench.system.certificate import Certificate
from loadtests.harness.processes.processes import Child

_START_S = 20.0
_PING_S = 5.0
_PINGS = 300
_ADJUSTMENTS = 4
_CLOSE_US = 15.0
"""Microseconds from the wanted round trip at which adjusting ends."""


class StoreProxy:
    """A running proxy. `url` is the store's through it."""

    def __init__(
        self,
        store_url: str,
        rtt_ms: float,
        tls: Certificate | None,
        cpus: Iterable[int],
        scratch: Path,
        name: str,
    ) -> None:
        """Start it in front of the Redis at `store_url`. Failure for a Unix socket, which has no distance."""
        parts = urlsplit(store_url)
        if parts.scheme != "redis" or parts.hostname is None:
            raise Failure("store_rtt_ms and store_tls need a Redis over TCP: redis://HOST:PORT")
        self._direct_url = store_url
        self._wanted_us = rtt_ms * 1000
        command = [sys.executable, "-m", "loadtests.store_proxy"]
        self.child = Child("the store's proxy", command, cpus, scratch / f"{name}.log")
        self._delay_ns = round(rtt_ms * 500_000)
        secured = {"certificate": str(tls.certificate), "key": str(tls.key)} if tls else {}
        order = {"host": parts.hostname, "port": parts.port or 6379, "delay_ns": self._delay_ns, **secured}
        self.port = port = int(self._ask(order)["port"])
        userinfo = parts.netloc.rpartition("@")[0]
        authority = f"{userinfo}@127.0.0.1:{port}" if userinfo else f"127.0.0.1:{port}"
        scheme, query = ("rediss", f"ssl_ca_certs={tls.authority}") if tls else ("redis", parts.query)
        self.url = urlunsplit((scheme, authority, parts.path, query, ""))
        self.added_us = 0.0

    def adjust(self) -> None:
        """Set the delay so that a PING through the proxy takes `rtt_ms` longer than a direct one.

        `added_us` is what the last measurement found; without a delay it is the price of passing through.
        """
        for _ in range(_ADJUSTMENTS):
            self.added_us = self._measure_added_us()
            if self._wanted_us == 0 or abs(self.added_us - self._wanted_us) < _CLOSE_US:
                return
            # Half of what is missing in each direction.
            self._delay_ns = max(self._delay_ns + round((self._wanted_us - self.added_us) * 500), 0)
            self._ask({"delay_ns": self._delay_ns})
        self.added_us = self._measure_added_us()

    def hold(self, holding: bool) -> None:
        """Be a network that carries nothing and tells nobody, until told otherwise."""
        self._ask({"holding": holding})

    def slow_down(self, added_ms: float) -> None:
        """Add so many milliseconds to each round trip, in place of what was added before."""
        self._ask({"delay_ns": round(added_ms * 500_000)})

    def lead_to(self, port: int) -> None:
        """Lead everybody to another port of the same host; open connections end."""
        self._ask({"target_port": port})

    def _ask(self, order: Mapping[str, object]) -> dict[str, Any]:
        self.child.send(json.dumps(order).encode() + b"\n")
        return self.child.read(_START_S)

    def _measure_added_us(self) -> float:
        """What the proxy adds to the median PING; both ways take turns, so drift hits both."""
        taken_ns: tuple[list[int], list[int]] = [], []
        try:
            with (
                redis.Redis.from_url(self.url, socket_timeout=_PING_S) as far,
                redis.Redis.from_url(self._direct_url, socket_timeout=_PING_S) as near,
            ):
                for _ in range(_PINGS + 1):
                    for client, taken in zip((far, near), taken_ns, strict=True):
                        start_ns = time.perf_counter_ns()
                        client.ping()
                        taken.append(time.perf_counter_ns() - start_ns)
        except redis.RedisError as error:
            raise Failure(f"Redis does not answer through its proxy: {error}", ExitCode.INVALID) from None
        far_ns, near_ns = (statistics.median(taken[1:]) for taken in taken_ns)  # the first PING connects
        return (far_ns - near_ns) / 1000


class StoreProxies:
    """The proxies of one generation: one for each distance and kind of connection that an arm asks for."""

    def __init__(
        self, store_url: str, cpus: Iterable[int], scratch: Path, tls: Certificate | None = None
    ) -> None:
        self._store_url = store_url
        self._cpus = tuple(cpus)
        self._scratch = scratch
        self._tls = tls
        self._running: dict[tuple[float, bool], StoreProxy] = {}

    @property
    def pids(self) -> list[int]:
        return [proxy.child.pid for proxy in self._running.values()]

    def url_for(self, condition: Condition) -> str:
        """The store's URL for an arm under this condition; starts a proxy if it needs one."""
        key = _key(condition)
        if not any(key):
            return self._store_url
        if key not in self._running:
            name = f"store-proxy-{len(self._running)}"
            tls = self._tls if condition.store_tls else None
            self._running[key] = StoreProxy(
                self._store_url, condition.store_rtt_ms, tls, self._cpus, self._scratch, name
            )
        return self._running[key].url

    def adjust(self) -> None:
        """Adjust every delay. Call it when the machine is quiet: after seeding."""
        for proxy in self._running.values():
            proxy.adjust()

    def added_us(self, arms: Iterable[Arm]) -> dict[str, float]:
        """What a proxy adds to a round trip, as measured, by arm; only arms that have one."""
        keys = {arm.label: _key(arm.condition) for arm in arms}
        return {label: self._running[key].added_us for label, key in keys.items() if key in self._running}

    def added_us_for(self, condition: Condition) -> float:
        """What a proxy adds under one condition; 0 where Redis is asked directly."""
        key = _key(condition)
        return self._running[key].added_us if key in self._running else 0.0

    def stop(self) -> None:
        for proxy in self._running.values():
            proxy.child.stop()


def _key(condition: Condition) -> tuple[float, bool]:
    return condition.store_rtt_ms, condition.store_tls

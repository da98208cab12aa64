"""What stores counted, Redis by itself: the proof that a scheme sends the commands its card names."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import redis

from authbench.contracts.failure import ExitCode, Failure

HARNESS_COMMANDS = frozenset(
    {
        *("info", "ping", "hello", "auth", "select", "client", "config", "command", "dbsize", "scan"),
        "unlink",
        *("pubsub", "subscribe", "unsubscribe", "replconf", "psync"),
    }
)
"""Commands of the harness, of setting up a connection, of replicas and of sentinels that watch (INFO
commandstats names a container command's subcommand after a bar: client|setinfo). None of them is one a scheme
may use on an operation."""
_HELLO = "__sentinel__:hello"
"""The channel on which each sentinel says every two seconds that it watches (redis.io, "Sentinels and
replicas auto discovery")."""
_TRIES = 5
_PATIENCE_S = 5.0
_Value = TypeVar("_Value")


def subtract(later: Mapping[str, int], earlier: Mapping[str, int]) -> dict[str, int]:
    """What was counted between two readings, by name; what was not is left out."""
    return {
        name: count - earlier.get(name, 0) for name, count in later.items() if count != earlier.get(name, 0)
    }


@dataclass(frozen=True)
class StoreCounts:
    """What was counted between the edges of a slice, in the fields of its record. None: it is not told."""

    store_commands: Mapping[str, int]
    store_usec: Mapping[str, int] | None
    harness_commands: Mapping[str, int]
    store_bytes_in: int | None
    store_bytes_out: int | None
    store_connections_opened: int | None


class EdgeMeter(Protocol):
    """A store that is asked at both edges of a slice, outside of its window, what it counted."""

    def begin(self) -> Callable[[], StoreCounts]:
        """Read its counters at the first edge. Call what is returned at the second one: the counts between.

        Failure, both times, if the store does not answer.
        """
        ...


def together(counts: Sequence[StoreCounts]) -> StoreCounts:
    """What several stores counted, added up. What one of them does not tell is None, and so it is of none."""
    return StoreCounts(
        _added([each.store_commands for each in counts]),
        _added(told) if (told := _all_known([each.store_usec for each in counts])) else None,
        _added([each.harness_commands for each in counts]),
        *(
            sum(known) if (known := _all_known([getattr(each, name) for each in counts])) else None
            for name in ("store_bytes_in", "store_bytes_out", "store_connections_opened")
        ),
    )


def _all_known(values: Sequence[_Value | None]) -> list[_Value]:
    """The values; empty if one of them is not known."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else []


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


@dataclass(frozen=True)
class StoreCounters:
    """One reading of INFO commandstats and INFO stats."""

    calls: Mapping[str, int]
    usec: Mapping[str, int]
    """Microseconds Redis itself spent in each command."""
    bytes_in: int
    bytes_out: int
    connections: int

    def since(self, earlier: "StoreCounters") -> "StoreCounters":
        """What was counted between the two readings; commands that were not called are left out."""
        calls = subtract(self.calls, earlier.calls)
        return StoreCounters(
            calls=calls,
            usec={name: self.usec[name] - earlier.usec.get(name, 0) for name in calls},
            bytes_in=self.bytes_in - earlier.bytes_in,
            bytes_out=self.bytes_out - earlier.bytes_out,
            connections=self.connections - earlier.connections,
        )

    @property
    def application(self) -> dict[str, int]:
        """Calls of the scheme."""
        return {name: count for name, count in self.calls.items() if name not in HARNESS_COMMANDS}

    @property
    def application_usec(self) -> dict[str, int]:
        """Microseconds Redis itself spent in them; commands inside a script count in both."""
        return {name: self.usec[name] for name in self.application}

    @property
    def harness(self) -> dict[str, int]:
        """Calls of the harness and of connecting."""
        return {name: count for name, count in self.calls.items() if name in HARNESS_COMMANDS}

    @property
    def counts(self) -> StoreCounts:
        """The counters in the fields of a slice's record."""
        return StoreCounts(
            store_commands=self.application,
            store_usec=self.application_usec,
            harness_commands=self.harness,
            store_bytes_in=self.bytes_in,
            store_bytes_out=self.bytes_out,
            store_connections_opened=self.connections,
        )


def parse_counters(commandstats: Mapping[str, Any], stats: Mapping[str, Any]) -> StoreCounters:
    """From the parsed replies of INFO commandstats and INFO stats (redis-py)."""
    calls: dict[str, int] = {}
    usec: dict[str, int] = {}
    for key, value in commandstats.items():
        name = key.removeprefix("cmdstat_").lower().split("|")[0]
        calls[name] = calls.get(name, 0) + int(value["calls"])
        usec[name] = usec.get(name, 0) + int(value["usec"])
    return StoreCounters(
        calls=calls,
        usec=usec,
        # What replicas are sent is in both (redis.io: INFO), where the server tells it apart.
        bytes_in=int(stats["total_net_input_bytes"]) - int(stats.get("total_net_repl_input_bytes", 0)),
        bytes_out=int(stats["total_net_output_bytes"]) - int(stats.get("total_net_repl_output_bytes", 0)),
        connections=int(stats["total_connections_received"]),
    )


class _Hellos:
    """Counts what sentinels publish at a server that they watch: PUBLISH may be the scheme's too."""

    def __init__(self, client: "redis.Redis") -> None:
        self._subscription = client.pubsub()  # type: ignore[no-untyped-call]
        self._subscription.subscribe(_HELLO)
        self._heard = 0
        self.heard()  # a refusal to subscribe is told here

    def heard(self) -> int:
        """How many since the start. What was published before the server answers PING has arrived by then."""
        self._subscription.ping()
        while True:
            message = self._subscription.get_message(timeout=_PATIENCE_S)
            if message is None:
                raise redis.TimeoutError("no answer to PING")
            if message["type"] == "pong":
                return self._heard
            self._heard += message["type"] == "message"


def _hellos(client: "redis.Redis") -> _Hellos | None:
    """None where no sentinel listens for others, or this client cannot see it."""
    try:
        ((_, listening),) = client.pubsub_numsub(_HELLO)
        return _Hellos(client) if listening else None
    except redis.RedisError:
        return None


class StoreMeter:
    """Reads the counters and takes its own traffic out of them, and that of sentinels."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client
        self._hellos = _hellos(client)
        first = self.read()
        own = self.read().since(first)
        self._own_bytes_in, self._own_bytes_out = own.bytes_in, own.bytes_out

    def begin(self) -> Callable[[], StoreCounts]:
        """As `EdgeMeter.begin`."""
        earlier = self.read()
        return lambda: self.since(earlier).counts

    def read(self) -> StoreCounters:
        """Failure if Redis does not answer."""
        try:
            return self._read()
        except redis.RedisError as error:
            raise Failure(
                f"Redis stopped answering ({error}). The run is marked as not complete: run it again",
                ExitCode.INVALID,
            ) from None

    def _read(self) -> StoreCounters:
        """The counters, at a moment at which it is known how many of PUBLISH were sentinels'."""
        for _ in range(_TRIES):
            before = self._hellos.heard() if self._hellos else 0
            counters = parse_counters(self._client.info("commandstats"), self._client.info("stats"))
            if self._hellos is None:
                return counters
            if self._hellos.heard() == before:
                published = counters.calls.get("publish", 0) - before
                return replace(counters, calls={**counters.calls, "publish": published})
        raise redis.RedisError("sentinels publish without a pause")

    def since(self, earlier: StoreCounters) -> StoreCounters:
        """What happened since an earlier reading, the bytes of reading left out (to a few digits' length)."""
        raw = self.read().since(earlier)
        return replace(
            raw,
            bytes_in=max(raw.bytes_in - self._own_bytes_in, 0),
            bytes_out=max(raw.bytes_out - self._own_bytes_out, 0),
        )

"""Fill the memory of a store, so that it must drop records or refuse writes."""

import contextlib

import redis

from loadtests.drills.site.store import DrillStore

_KEY = "drill:filler:"
_VALUE = "x" * 1024
_PORTION = 200


def fill(store: DrillStore, first: int, size_bytes: int) -> int:
    """Write about so many bytes in records without an end of life, as far as the store takes them.

    Returns the number of the next record.
    """
    after = first + size_bytes // len(_VALUE)
    for start in range(first, after, _PORTION):
        pipeline = store.client.pipeline(transaction=False)
        for number in range(start, min(start + _PORTION, after)):
            pipeline.set(f"{_KEY}{number}", _VALUE)
        with contextlib.suppress(redis.RedisError):
            pipeline.execute(raise_on_error=False)
    return after


def take_away(store: DrillStore, after: int) -> None:
    """Remove what `fill` wrote up to that record."""
    for start in range(0, after, _PORTION):
        store.client.unlink(*(f"{_KEY}{number}" for number in range(start, min(start + _PORTION, after))))


def limit(store: DrillStore, policy: str, share: float = 1.0) -> None:
    """Let the store have this share of the memory that it uses now, under that policy.

    All of it: buffers of connections count, come and go, and tens of kilobytes are free again a moment later.
    """
    used = store.number("memory", "used_memory")
    store.client.config_set("maxmemory-policy", policy)
    store.client.config_set("maxmemory", round(used * share))


def unlimit(store: DrillStore) -> None:
    """Let the store have all the memory there is."""
    store.client.config_set("maxmemory", 0)
    store.client.config_set("maxmemory-policy", "noeviction")

"""Read what a store holds: its memory at rest, and the kinds of keys in it."""

import time
from collections import defaultdict
from collections.abc import Iterator

import redis

from authbench.contracts.store_size.report import KeyKind

_REST_S = 0.15
"""Longer than a store's period of 0.1 s in which it moves hash tables and looks at clients (`hz 10`)."""
_REST_WITHIN_S = 10.0
"""A table that has just doubled is moved over in the background, a million entries in about a second."""
_SLACK_BYTES = 256
_SCANNED = 1000
_SAMPLED = 100


def memory_bytes(client: "redis.Redis") -> int:
    """Bytes in use without the buffers of clients, once they no longer change: while a hash table is moved
    to a larger one, both are there.
    """
    last, until = -1, time.monotonic() + _REST_WITHIN_S
    while time.monotonic() < until:
        told = client.info("memory")
        now = int(told["used_memory"]) - int(told.get("mem_clients_normal", 0))
        if abs(now - last) <= _SLACK_BYTES:
            return now
        last = now
        time.sleep(_REST_S)
    return last


def fragmentation(client: "redis.Redis") -> float | None:
    """What the process has, by what its allocator has given out; None: the store does not say."""
    told = client.info("memory").get("mem_fragmentation_ratio")
    return None if told is None else float(told)


def key_kinds(client: "redis.Redis", prefix: str) -> list[KeyKind]:
    """Every kind of key below the prefix, as far as a sample shows, with its mean size."""
    seen: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, key in enumerate(keys_of(client, prefix)):
        if number >= _SCANNED:
            break
        kind, _, _ = key.decode()[len(prefix) :].rpartition(":")
        with client.pipeline(transaction=False) as asked:
            asked.type(key)
            asked.object("encoding", key)
            asked.memory_usage(key)
            type_, encoding, size = asked.execute()
        if size is not None:  # it may have expired meanwhile
            seen[kind, _text(type_), _text(encoding)].append(int(size))
    return [
        KeyKind(
            kind=kind,
            type=type_,
            encoding=encoding,
            sampled=len(sizes[:_SAMPLED]),
            usage_bytes=sum(sizes[:_SAMPLED]) / len(sizes[:_SAMPLED]),
        )
        for (kind, type_, encoding), sizes in sorted(seen.items())
    ]


def index_keys(client: "redis.Redis", prefix: str, first: int, after: int) -> list[bytes]:
    """Keys of users number `first` to below `after`: those that end with a user's name."""
    found = []
    for key in keys_of(client, prefix):
        stem, _, number = key.rpartition(b":user-")
        if stem and number.isdigit() and first <= int(number) < after:
            found.append(key)
    return found


def keys_of(client: "redis.Redis", prefix: str) -> Iterator[bytes]:
    """All keys below a prefix."""
    yield from client.scan_iter(match=f"{prefix}*", count=5000)


def _text(told: object) -> str:
    return told.decode() if isinstance(told, bytes) else str(told)

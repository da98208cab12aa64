"""Add logins to a store, index entries and ended logins, and read its memory on the way."""

from collections.abc import Iterator, Sequence

from authbench.contracts.measuring_protocol import DisableOrder
from authbench.contracts.message import Reply
from authbench.contracts.store_size.report import Added, Series
from loadtests.store_size.bench import KEY_PREFIX, Bench
from loadtests.store_size.counts import FEWEST, steps_to
from loadtests.store_size.readings import index_keys, memory_bytes

FIRST_USER = 1_000_000
"""So that all names are equally long."""
_STEPS = 8
_ENDED_OF_A_USER = 100
"""Below 128: a longer index would be of another encoding (zset-max-listpack-entries)."""
_DELETED_AT_ONCE = 5000


def logins(bench: Bench, counts: Sequence[int]) -> Series:
    """Add logins, each of a user of its own, up to the last count; the one before it ends the fit."""
    sizes = []
    for before, count in zip([0, *counts], counts, strict=False):
        bench.add_logins(FIRST_USER + before, FIRST_USER + count)
        sizes.append(memory_bytes(bench.store.client))
    return Series(added=Added.LOGIN, counts=list(counts), sizes_bytes=sizes, control=True)


def two_logins(bench: Bench, counts: Sequence[int]) -> Series:
    """Log users in twice, up to the last count of them. The store must be empty at first."""
    sizes = []
    for before, count in zip([0, *counts], counts, strict=False):
        for _ in range(2):
            bench.add_logins(FIRST_USER + before, FIRST_USER + count)
        sizes.append(memory_bytes(bench.store.client))
    return Series(added=Added.TWO_LOGINS, counts=list(counts), sizes_bytes=sizes)


def indexes(bench: Bench, added: Added, users: int) -> Series | None:
    """Delete the indexes of the first so many users, in portions: what the store gets back.

    None: the scheme keeps no index. The slots of hash tables are not given back, and not in the figure.
    """
    client = bench.store.client
    keys = index_keys(client, KEY_PREFIX, FIRST_USER, FIRST_USER + users)
    if not keys:
        return None
    left = sorted(steps_to(len(keys), _STEPS), reverse=True)
    sizes = []
    for before, count in zip([len(keys), *left], left, strict=False):
        for portion in _portions(keys[count:before]):
            client.delete(*portion)
        sizes.append(memory_bytes(client))
    return Series(added=added, counts=left[::-1], sizes_bytes=sizes[::-1])


def ended_logins(bench: Bench, count: int) -> Series | None:
    """Log users in and end all their logins, again and again: what stays is what remembers the end.

    None: nothing stays, so the scheme has no list of ended logins. The store must be empty at first.
    """
    counts, sizes, user = [_held(bench)], [memory_bytes(bench.store.client)], FIRST_USER
    users_at_once = max(1, count // _STEPS // _ENDED_OF_A_USER)
    while counts[-1] < count:
        for _ in range(_ENDED_OF_A_USER):
            bench.add_logins(user, user + users_at_once)
        for number in range(user, user + users_at_once):
            bench.server.ask(DisableOrder(username=f"user-{number}"), Reply)
        user += users_at_once
        counts.append(_held(bench))
        sizes.append(memory_bytes(bench.store.client))
        if counts[-1] < counts[-2] + users_at_once * _ENDED_OF_A_USER:
            return None
    return Series(added=Added.ENDED, counts=counts, sizes_bytes=sizes)


def enough_for(ended: int) -> int:
    """How many ended logins to measure: no fewer than make a slope."""
    return max(FEWEST, ended)


def _held(bench: Bench) -> int:
    return int(bench.store.client.dbsize())


def _portions(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), _DELETED_AT_ONCE):
        yield keys[start : start + _DELETED_AT_ONCE]

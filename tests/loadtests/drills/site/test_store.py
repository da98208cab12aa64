"""A store that may be broken: every way of it, on a real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtests.drills.site.memory import fill, limit, take_away, unlimit
from loadtests.drills.site.process_state import GONE
from loadtests.drills.site.store import SILENT_S, DrillStore
from loadtests.harness.processes.placement import available_processors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DrillStore]:
    started = DrillStore(tmp_path, available_processors(), "store")
    yield started
    started.stop()


def test_what_was_acknowledged_outlives_a_kill_and_the_address_stays(store: DrillStore) -> None:
    store.client.set("key", "value")
    url, before = store.url, store.pid
    store.kill()
    assert (store.ping_ms(), store.state) == (None, GONE)
    store.start_again()
    assert store.ping_ms() is not None
    assert (store.url, store.client.get("key"), store.has_marker) == (url, b"value", True)
    assert store.pid != before


def test_an_empty_start_has_nothing_at_the_same_address(store: DrillStore) -> None:
    url = store.url
    store.kill()
    store.start_again(empty=True)
    assert (store.url, store.client.dbsize(), store.has_marker) == (url, 0, False)


def test_a_frozen_store_answers_nobody_and_then_goes_on(store: DrillStore) -> None:
    store.freeze()
    assert (store.ping_ms(within_s=SILENT_S), store.state) == (None, "T")
    store.thaw()
    assert store.ping_ms() is not None


def test_a_frozen_store_can_be_ended(store: DrillStore) -> None:
    store.freeze()
    store.stop()
    assert store.state == GONE


def test_full_memory_refuses_writes_or_drops_records(store: DrillStore) -> None:
    store.client.set("old", "x" * 1024)
    limit(store, "noeviction", 0.5)
    assert store.refusal_of_a_write() == "OutOfMemoryError"
    unlimit(store)
    limit(store, "allkeys-lru")
    after = fill(store, 0, 256 * 1024)
    assert store.number("stats", "evicted_keys") > 0
    unlimit(store)
    take_away(store, after)
    assert store.refusal_of_a_write() is None
    assert not store.client.keys("drill:filler:*")


def test_a_replica_has_what_its_primary_has_and_can_take_its_place(store: DrillStore, tmp_path: Path) -> None:
    store.client.set("key", "value")
    replica = DrillStore(tmp_path, available_processors(), "replica", like=store)
    try:
        replica.follow(store.port)
        assert (replica.role, replica.client.get("key")) == ("slave", b"value")
        assert replica.refusal_of_a_write() == "ReadOnlyError"
        store.kill()
        replica.promote()
        assert (replica.role, replica.refusal_of_a_write()) == ("master", None)
    finally:
        replica.stop()

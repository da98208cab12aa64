"""Redis's own counters, harness and application apart."""

import time
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.redis_server import start_redis
from loadtests.harness.telemetry.store_counters import StoreCounts, StoreMeter, parse_counters, together
from tests.loadtests.drills.watched import watched_store

_STATS = {"total_net_input_bytes": 1, "total_net_output_bytes": 2, "total_connections_received": 3}


def test_subcommands_belong_to_their_command() -> None:
    counters = parse_counters(
        {
            "cmdstat_client|setinfo": {"calls": 2, "usec": 3},
            "cmdstat_client|id": {"calls": 1, "usec": 4},
            "cmdstat_GETEX": {"calls": 5, "usec": 20},
        },
        _STATS,
    )
    assert counters.calls == {"client": 3, "getex": 5}
    assert counters.application == {"getex": 5}
    assert counters.harness == {"client": 3}
    assert counters.usec == {"client": 7, "getex": 20}
    assert counters.application_usec == {"getex": 20}


def test_a_real_redis_counts_exactly(tmp_path: Path) -> None:
    running = start_redis(tmp_path, available_processors())
    try:
        running.client.set("k", "v")
        running.client.getex("k", ex=60)
        meter = StoreMeter(running.client)
        before = meter.read()
        for _ in range(1234):
            running.client.getex("k", ex=60)
        counted = meter.since(before)
        assert counted.application == {"getex": 1234}
        assert counted.harness == {"info": 2}
        after = meter.read()
        assert counted.application_usec == {"getex": after.usec["getex"] - before.usec.get("getex", 0)}
        request = len(b"*4\r\n$5\r\nGETEX\r\n$1\r\nk\r\n$2\r\nEX\r\n$2\r\n60\r\n")
        assert abs(counted.bytes_in - 1234 * request) <= 16
        assert abs(counted.bytes_out - 1234 * len(b"$1\r\nv\r\n")) <= 64
        assert counted.connections == 0
        assert running.server.version
    finally:
        running.stop()
    with pytest.raises(Failure, match="Redis stopped answering"):
        meter.read()


def test_what_sentinels_and_replicas_ask_is_not_the_schemes(tmp_path: Path) -> None:
    with watched_store(tmp_path) as watched:
        client = watched.store.client
        client.publish("other", "what a scheme says")
        meter = StoreMeter(client)
        before, published = meter.read(), client.info("commandstats")["cmdstat_publish"]["calls"]
        deadline = time.monotonic() + 30
        # A sentinel publishes every two seconds, a replica tells every second how far it is.
        while client.info("commandstats")["cmdstat_publish"]["calls"] < published + 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        client.publish("other", "what a scheme says")
        client.set("key", "x" * 100_000)
        counted = meter.since(before)
        assert counted.application == {"publish": 1, "set": 1}
        assert counted.harness["replconf"] > 0
        # What a replica is sent is no answer to a scheme.
        before = meter.read()
        client.set("key", "x" * 100_000)
        counted = meter.since(before)
        assert counted.bytes_out < 50_000 < 100_000 < counted.bytes_in


def test_bytes_of_replicas_are_left_out_where_they_are_told() -> None:
    told = parse_counters({}, {**_STATS, "total_net_output_bytes": 9, "total_net_repl_output_bytes": 4})
    assert (told.bytes_in, told.bytes_out) == (1, 5)


def test_several_stores_add_up_and_what_one_does_not_tell_is_not_known() -> None:
    redis = StoreCounts({"getex": 3}, {"getex": 9}, {"info": 1}, 60, 90, 0)
    postgres = StoreCounts({"select": 3}, None, {"begin": 3}, None, None, None)
    assert together([redis]) == redis
    both = together([redis, postgres])
    assert both == StoreCounts({"getex": 3, "select": 3}, None, {"info": 1, "begin": 3}, None, None, None)
    assert together([]) == StoreCounts({}, None, {}, None, None, None)

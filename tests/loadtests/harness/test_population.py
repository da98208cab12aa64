"""Memory of one credential, from a slope; requests that wait for a store that is late."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.experiment import find_workload
from loadtests.harness.population import lay_out_reads, memory_of_one, seed_population
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.server import Server
from tests.servers.redis_process import RedisProcess


@given(st.integers(50, 5000), st.integers(0, 10_000_000))
def test_the_slope_of_a_straight_line_is_its_own_and_certain(each: int, base: int) -> None:
    counts = [0, 1000, 2000, 3000, 4000]
    memory = memory_of_one(counts, [base + each * count for count in counts])
    assert memory is not None
    assert memory.bytes_per_credential == pytest.approx(each)
    assert memory.low == pytest.approx(each, rel=1e-6)
    assert memory.high == pytest.approx(each, rel=1e-6)


def test_a_step_of_a_doubling_table_widens_the_interval() -> None:
    counts = list(range(0, 6000, 1000))
    sizes = [400 * count + (32768 if count > 2000 else 0) for count in counts]
    memory = memory_of_one(counts, sizes)
    assert memory is not None
    assert memory.high - memory.low > 10
    assert memory.counts == counts
    assert memory.bytes == sizes


@pytest.mark.parametrize(
    ("counts", "sizes"),
    [
        ([0, 1, 2, 3], [10, None, 12, 13]),  # not readable
        ([0, 1000, 2000, 3000], [5000, 5100, 5050, 5100]),  # nothing is stored
        ([0, 1000], [0, 400_000]),  # no line through two points has an interval
    ],
)
def test_what_cannot_be_known_is_not_guessed(counts: list[int], sizes: list[int | None]) -> None:
    assert memory_of_one(counts, sizes) is None


def test_requests_are_laid_out_once_the_store_answers_in_time(tmp_path: Path) -> None:
    redis = RedisProcess(tmp_path)
    settings = {"scheme": "session-redis", "redis_url": redis.url, "store_deadline_ms": 1000}
    server = Server("session-redis", "late", settings, available_processors(), tmp_path)
    try:
        server.wait_until_ready()
        workload = find_workload("read").model_copy(update={"credentials": 3})
        people = seed_population(server, server.card(), workload, None)
        redis.freeze()
        thawing = threading.Timer(1.5, redis.thaw)
        thawing.start()
        reads = lay_out_reads(server, people)
        thawing.join()
        assert ["user-00000" in (read.expect or "") for read in reads] == [True] * 3
    finally:
        server.stop()
        redis.kill()

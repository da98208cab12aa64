"""Several generators are one: counts add up, and percentiles are those of all rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from loadtests.harness.load.generators import Generators, LoadReading, merge_rows
from loadtests.harness.load.pipe import start_engines
from loadtests.harness.processes.placement import available_processors
from tests.loadtests.scripted_server import ScriptedServer, body_of

_COUNT = 3
_READS = [
    PlannedRequest(headers={"X-User": f"user{n}"}, expect=body_of(f"user{n}").decode()) for n in range(200)
]
_RATE_RPS, _DURATION_S = 600, 0.5


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def three(scratch: Path) -> Iterator[Generators]:
    generators = Generators(start_engines(_COUNT, sorted(available_processors()), scratch), scratch)
    generators.wait_until_ready()
    yield generators
    generators.stop()


def measure(
    generators: Generators, seed: int = 1, loop: Literal["open", "closed"] = "open"
) -> tuple[int, LoadReading]:
    load = SliceLoad(
        arm="arm",
        rate_rps=_RATE_RPS,
        duration_s=_DURATION_S,
        seed=seed,
        operations={Operation.READ: 1.0},
        loop=loop,
        closed_connections=7,
    )
    start_ns = generators.begin_slice(load)
    generators.wait_until_drained(30)
    return start_ns, generators.finish_slice()


def test_three_generators_merge_exactly(three: Generators, server: ScriptedServer, scratch: Path) -> None:
    three.arm("arm", "127.0.0.1", server.port, {Operation.READ: _READS}, connections=16)
    assert not list(scratch.glob("requests*")), "credentials are gone once they are read"
    start_ns, load = measure(three)
    told, columns = load.reply, load.columns
    rows = len(columns["due_ns"])
    assert told.started_ns >= start_ns  # later where the machine was busy at that moment
    assert rows == told.scheduled == told.sent == told.completed == told.accepted == server.requests > 0
    assert told.accepted_by_operation == {"read": rows}
    assert told.outcomes == {"ACCEPTED": rows}
    assert told.in_flight_cap == 3 * 1024
    assert (np.diff(columns["due_ns"]) >= 0).all()
    assert columns["due_ns"].max() < _DURATION_S * 1e9
    assert (columns["sent_ns"] >= columns["due_ns"]).all()
    assert told.drained_ns - told.started_ns >= columns["done_ns"].max()
    assert told.generator_cpu_ns >= load.busiest_ns > 0
    assert told.distinct_credentials == len(server.users), "no two of them have the same credential"


def test_the_same_seed_gives_the_same_load(three: Generators, server: ScriptedServer) -> None:
    three.arm("arm", "127.0.0.1", server.port, {Operation.READ: _READS}, connections=16)
    first, again, other = (measure(three, seed)[1].columns["due_ns"].tolist() for seed in (5, 5, 6))
    assert first == again != other


def test_a_closed_loop_shares_its_connections(three: Generators, server: ScriptedServer) -> None:
    three.arm("arm", "127.0.0.1", server.port, {Operation.READ: _READS}, connections=16)
    assert 0 < three.closed_loop_rps("arm", 0.2, connections=8, seed=1) <= server.requests / 0.2
    _, load = measure(three, loop="closed")
    assert load.reply.accepted == load.reply.scheduled > 0
    assert load.reply.in_flight_max <= 7
    three.forget("arm")


def test_too_few_credentials_to_share(three: Generators) -> None:
    with pytest.raises(Failure, match="3 generators cannot share 2 credentials of read"):
        three.arm("arm", "127.0.0.1", 9, {Operation.READ: _READS[:2]}, connections=16)


def test_rows_are_put_together_in_the_order_they_were_due() -> None:
    one = {"due_ns": np.array([1, 5, 9]), "status": np.array([1, 2, 3])}
    two = {"due_ns": np.array([2, 5]), "status": np.array([4, 5])}
    merged = merge_rows([one, two])
    assert merged["due_ns"].tolist() == [1, 2, 5, 5, 9]
    assert merged["status"].tolist() == [1, 4, 2, 5, 3]


def test_percentiles_are_those_of_all_rows() -> None:
    stream = np.random.default_rng(1)
    parts = [{"due_ns": np.arange(n), "took": stream.integers(0, 10**6, n)} for n in (100, 900, 3)]
    together = merge_rows(parts)["took"]
    everything = np.concatenate([part["took"] for part in parts])
    for share in (50, 95, 99):
        assert np.percentile(together, share) == np.percentile(everything, share)

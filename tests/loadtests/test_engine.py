"""The engine as the front door has it: a child process, orders in, replies out."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from loadtests.arrivals import poisson_schedule
from loadtests.generator_protocol import (
    ENGINE_MODULE,
    Armed,
    ArmReply,
    ClosedLoopReply,
    Credential,
    Drained,
    ForgetReply,
    GeneratorError,
    Message,
    Ready,
    SliceReply,
    parse_reply,
    write_credentials,
)
from loadtests.recorder import Columns, count_outcomes, longest_silence_ns
from tests.loadtests.null_server import NullServer, body_of

POPULATION = 500
_M = TypeVar("_M", bound=Message)


class Engine:
    """A client as thin as can be."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", ENGINE_MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.ready = self.hear(Ready)

    def tell(self, **order: Any) -> None:
        self.tell_raw(json.dumps(order).encode())

    def tell_raw(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def hear(self, expected: type[_M]) -> _M:
        assert self.process.stdout is not None
        return parse_reply(self.process.stdout.readline(), expected)

    def slice(self, **order: Any) -> SliceReply:
        self.tell(op="slice", **order)
        self.hear(Armed)
        self.hear(Drained)
        return self.hear(SliceReply)

    def end(self) -> int:
        """Close both pipes and wait: EOF ends it."""
        with self.process:
            pass
        return self.process.returncode


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    assert engine.end() == 0


@pytest.fixture
def server() -> Iterator[NullServer]:
    with NullServer() as server:
        yield server


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.json"
    users = [f"user{number}" for number in range(POPULATION)]
    write_credentials(path, [Credential(headers={"X-User": u}, body=body_of(u).decode()) for u in users])
    return path


def arm(engine: Engine, server: NullServer, credentials: Path, path: str, name: str = "arm") -> ArmReply:
    engine.tell(
        op="arm",
        arm=name,
        host="127.0.0.1",
        port=server.port,
        method="GET",
        path=path,
        credentials=str(credentials),
        connections=64,
    )
    return engine.hear(ArmReply)


def read(rows: Path) -> Columns:
    with np.load(rows) as saved:
        return {name: saved[name] for name in saved.files}


def test_it_says_what_it_is(engine: Engine) -> None:
    assert engine.ready.pid == engine.process.pid
    assert set(engine.ready.versions) == {"locust", "gevent", "python"}


def test_a_slice_from_order_to_rows(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    armed = arm(engine, server, credentials, "/two-segments")
    assert (armed.requests, armed.connections) == (POPULATION, 64)
    assert armed.request_bytes_median > 50
    before = time.monotonic_ns()
    rows = tmp_path / "rows.npz"
    engine.tell(
        op="slice", arm="arm", rate_rps=400, duration_s=0.5, seed=9, start_in_ns=20_000_000, rows=str(rows)
    )
    start_ns = engine.hear(Armed).start_ns
    drained_ns = engine.hear(Drained).drained_ns
    told = engine.hear(SliceReply)
    assert before + 20_000_000 <= start_ns == told.started_ns < drained_ns == told.drained_ns
    schedule = poisson_schedule(400, 0.5, seed=9)
    assert told.scheduled == told.sent == told.completed == told.accepted == len(schedule)
    assert told.outcomes == {"ACCEPTED": len(schedule)}
    assert (told.unsent, told.idle_closed, told.in_flight_cap) == (0, 0, 1024)
    assert told.distinct_credentials == len(server.users) == len(schedule)
    assert server.requests == len(schedule)
    assert told.connections_opened == server.connections - 64
    assert told.generator_cpu_ns > 0
    columns = read(rows)
    assert np.array_equal(columns["due_ns"], schedule)
    assert count_outcomes(columns) == told.outcomes
    assert longest_silence_ns(columns) == told.longest_silence_ns


def test_the_same_seed_is_the_same_load_on_every_arm(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    seen = []
    for name in ("a", "b"):
        server.users.clear()
        arm(engine, server, credentials, "/whole", name)
        engine.slice(arm=name, rate_rps=300, duration_s=0.2, seed=5, rows=str(tmp_path / f"{name}.npz"))
        seen.append((dict(server.users), read(tmp_path / f"{name}.npz")["due_ns"].tolist()))
    assert seen[0] == seen[1]


def test_outcomes_are_counted_by_name(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    arm(engine, server, credentials, "/401")
    told = engine.slice(arm="arm", rate_rps=200, duration_s=0.2, seed=1, rows=str(tmp_path / "rows.npz"))
    assert told.outcomes == {"REFUSED": told.scheduled}
    assert (told.completed, told.accepted) == (told.scheduled, 0)


def test_the_cap_and_the_drain_of_an_order_are_obeyed(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    arm(engine, server, credentials, "/never")
    order = {"rate_rps": 300, "duration_s": 0.2, "seed": 1, "in_flight_cap": 7, "drain_s": 0.05}
    told = engine.slice(arm="arm", rows=str(tmp_path / "rows.npz"), **order)
    assert told.outcomes == {"TIMED_OUT": 7, "UNSENT": told.scheduled - 7}
    assert (told.sent, told.completed, told.unsent) == (7, 0, told.scheduled - 7)
    assert (told.in_flight_max, told.in_flight_cap, server.requests) == (7, 7, 7)


def test_connections_the_server_closed_between_slices_are_made_anew_before_the_next(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    arm(engine, server, credentials, "/whole")
    order = {"rate_rps": 100, "duration_s": 0.1, "seed": 1, "rows": str(tmp_path / "rows.npz")}
    engine.slice(arm="arm", **order)
    server.hang_up()
    told = engine.slice(arm="arm", **order)
    assert told.outcomes == {"ACCEPTED": told.scheduled}


def test_closed_loop(engine: Engine, server: NullServer, credentials: Path) -> None:
    arm(engine, server, credentials, "/whole")
    engine.tell(op="closed-loop", arm="arm", duration_s=0.2, connections=8, seed=1)
    told = engine.hear(ClosedLoopReply)
    assert told.completed == told.accepted > 8
    assert told.failed == 0
    assert told.completed <= server.requests <= told.completed + 8


def test_a_forgotten_arm_is_closed_and_unknown(engine: Engine, server: NullServer, credentials: Path) -> None:
    arm(engine, server, credentials, "/whole", "short-lived")
    engine.tell(op="forget", arm="short-lived")
    engine.hear(ForgetReply)
    engine.tell(op="forget", arm="short-lived")
    with pytest.raises(GeneratorError, match="no arm 'short-lived'"):
        engine.hear(ForgetReply)


def test_errors_are_one_line_and_the_engine_goes_on(
    engine: Engine, server: NullServer, credentials: Path, tmp_path: Path
) -> None:
    engine.tell_raw(b"{nonsense")
    with pytest.raises(GeneratorError, match="not an order"):
        engine.hear(ForgetReply)
    engine.tell(op="slice", arm="never-armed", rate_rps=1, duration_s=1, seed=1, rows="rows.npz")
    with pytest.raises(GeneratorError, match="no arm 'never-armed'"):
        engine.hear(Armed)
    with NullServer() as gone:
        pass
    with pytest.raises(GeneratorError, match="refused"):
        arm(engine, gone, credentials, "/whole")
    arm(engine, server, credentials, "/whole")
    engine.tell(op="slice", arm="arm", rate_rps=9, duration_s=0.1, seed=1, rows=str(tmp_path / "no" / "rows"))
    engine.hear(Armed)
    engine.hear(Drained)
    with pytest.raises(GeneratorError, match="No such file"):
        engine.hear(SliceReply)
    told = engine.slice(arm="arm", rate_rps=99, duration_s=0.1, seed=1, rows=str(tmp_path / "rows"))
    assert told.accepted == told.scheduled


def test_a_server_that_dies_under_load_is_rows_not_an_error(
    engine: Engine, credentials: Path, tmp_path: Path
) -> None:
    with NullServer() as server:
        arm(engine, server, credentials, "/held")
        order = {"rate_rps": 200, "duration_s": 0.5, "seed": 1, "rows": str(tmp_path / "rows")}
        engine.tell(op="slice", arm="arm", **order)
        engine.hear(Armed)
        while server.requests < 5:
            time.sleep(0.001)
    engine.hear(Drained)
    told = engine.hear(SliceReply)
    assert set(told.outcomes) == {"CLOSED", "CONNECT_FAILED"}
    assert sum(told.outcomes.values()) == told.scheduled
    assert told.outcomes["CLOSED"] >= 5


@pytest.mark.parametrize("quits", [True, False], ids=["quit", "end of file"])
def test_it_ends_at_once_and_in_the_middle_of_an_order(
    server: NullServer, credentials: Path, tmp_path: Path, quits: bool
) -> None:
    engine = Engine()
    arm(engine, server, credentials, "/never")
    engine.tell(op="slice", arm="arm", rate_rps=100, duration_s=300, seed=1, rows=str(tmp_path / "rows"))
    engine.hear(Armed)
    if quits:
        engine.tell(op="quit")
        assert engine.process.wait(20) == 0
    assert engine.end() == 0

"""The engine as the front door has it: a child process, orders in, replies out."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.generator_protocol import (
    ENGINE_MODULE,
    Armed,
    ArmReply,
    Drained,
    PlannedRequest,
    Ready,
    SliceReply,
    write_requests,
)
from authbench.contracts.message import Message, OrderError, Reply, read_reply
from loadtests.generator.rows import Columns, count_outcomes, longest_silence_ns
from loadtests.schedule.mix import Mix, open_load
from tests.loadtests.scripted_server import ScriptedServer, body_of

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

    def tell_slice(self, **order: Any) -> None:
        self.tell(**{"op": "slice", "operations": {"read": 1.0}, **order})

    def hear(self, expected: type[_M]) -> _M:
        assert self.process.stdout is not None
        return read_reply(self.process.stdout.readline(), expected)

    def slice(self, **order: Any) -> SliceReply:
        self.tell_slice(**order)
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


def planned(first: int = 0, count: int = POPULATION, content: str | None = None) -> list[PlannedRequest]:
    users = [f"user{number}" for number in range(first, first + count)]
    return [PlannedRequest(headers={"X-User": u}, content=content, expect=body_of(u).decode()) for u in users]


@pytest.fixture
def reads(tmp_path: Path) -> Path:
    path = tmp_path / "requests.json"
    write_requests(path, {Operation.READ: planned()})
    return path


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Every kind of endpoint: with content and without, created, no body, used up."""
    path = tmp_path / "mixed.json"
    requests = {
        Operation.READ: planned(),
        Operation.ADD_ORDER: planned(content='{"item": "tea"}'),
        Operation.LOGIN: planned(count=20, content='{"username": "alice"}'),
        Operation.LOGOUT: [PlannedRequest(headers={"X-User": f"leaver{n}"}) for n in range(150)],
        Operation.REFRESH: [PlannedRequest(headers={"X-User": f"token{n}"}) for n in range(40)],
    }
    write_requests(path, requests)
    return path


MIX = {"operations": {"read": 0.4, "add-order": 0.2, "login": 0.1, "logout": 0.3}, "rate_rps": 300}


def arm(
    engine: Engine, server: ScriptedServer, requests: Path, path: str = "", name: str = "arm"
) -> ArmReply:
    """`path`: how the server is to answer; as the endpoint asked for unless given."""
    server.answers_all = path
    engine.tell(
        op="arm",
        arm=name,
        host="127.0.0.1",
        port=server.port,
        requests=str(requests),
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
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    armed = arm(engine, server, reads, "/two-segments")
    assert (armed.requests, armed.connections) == (POPULATION, 64)
    assert armed.request_bytes_median > 50
    before = time.monotonic_ns()
    rows = tmp_path / "rows.npz"
    engine.tell_slice(arm="arm", rate_rps=400, duration_s=0.5, seed=9, start_in_ns=20_000_000, rows=str(rows))
    start_ns = engine.hear(Armed).start_ns
    drained_ns = engine.hear(Drained).drained_ns
    told = engine.hear(SliceReply)
    assert before + 20_000_000 <= start_ns == told.started_ns < drained_ns == told.drained_ns
    schedule = open_load(Mix({Operation.READ: 1.0}), 400, 0.5, 9, {Operation.READ: POPULATION}).due_ns
    assert told.scheduled == told.sent == told.completed == told.accepted == len(schedule)
    assert told.outcomes == {"ACCEPTED": len(schedule)}
    assert told.accepted_by_operation == told.sent_by_operation == {"read": len(schedule)}
    assert told.user_completed == len(schedule)
    assert (told.unsent, told.idle_closed, told.in_flight_cap) == (0, 0, 1024)
    assert told.distinct_credentials == len(server.users) == len(schedule)
    assert server.requests == len(schedule)
    assert told.connections_opened == server.connections - 64
    assert told.generator_cpu_ns > 0
    columns = read(rows)
    assert np.array_equal(columns["due_ns"], schedule)
    assert count_outcomes(columns) == told.outcomes
    assert longest_silence_ns(columns) == told.longest_silence_ns


def test_a_mix_is_sent_as_its_endpoints_want_it(
    engine: Engine, server: ScriptedServer, mixed: Path, tmp_path: Path
) -> None:
    assert arm(engine, server, mixed).requests == 2 * POPULATION + 20 + 150 + 40
    rows = tmp_path / "rows.npz"
    order = {**MIX, "housekeeping": {"refresh": 0.1}, "duration_s": 0.5, "seed": 2, "rows": str(rows)}
    told = engine.slice(arm="arm", **order)
    assert told.outcomes == {"ACCEPTED": told.scheduled}
    arrived = Counter((asked.method, asked.path) for asked in server.asked)
    assert arrived == {
        ("GET", "/me"): told.sent_by_operation["read"],
        ("POST", "/orders"): told.sent_by_operation["add-order"],
        ("POST", "/login"): told.sent_by_operation["login"],
        ("POST", "/logout"): told.sent_by_operation["logout"],
        ("POST", "/refresh"): told.sent_by_operation["refresh"],
    }
    assert told.accepted_by_operation == told.sent_by_operation
    assert told.user_completed == told.completed - told.sent_by_operation["refresh"]
    pairs = {(asked.method, asked.path, asked.user) for asked in server.asked}
    assert told.distinct_credentials == len(pairs)
    for asked in server.asked:
        if asked.method == "POST":
            assert asked.headers["origin"] == f"http://127.0.0.1:{server.port}"
            assert asked.headers["content-length"] == str(len(asked.content))
            assert asked.headers.get("content-type") == ("application/json" if asked.content else None)
        else:
            assert not {"origin", "content-length", "content-type"} & asked.headers.keys()
    codes = Counter(read(rows)["operation"].tolist())
    assert codes == {Operation(name).code: count for name, count in told.sent_by_operation.items()}


def test_users_ask_the_same_of_an_arm_with_housekeeping_and_of_one_without(
    engine: Engine, server: ScriptedServer, mixed: Path, tmp_path: Path
) -> None:
    seen = []
    for housekeeping in ({}, {"refresh": 0.2}):
        server.asked.clear()
        arm(engine, server, mixed)
        rows = tmp_path / "rows.npz"
        engine.slice(arm="arm", **MIX, housekeeping=housekeeping, duration_s=0.2, seed=5, rows=str(rows))
        columns = read(rows)
        users = columns["operation"] != Operation.REFRESH.code
        asked = Counter((each.path, each.user) for each in server.asked if each.path != "/refresh")
        seen.append((columns["due_ns"][users].tolist(), columns["operation"][users].tolist(), asked))
        assert bool(housekeeping) is bool(np.any(~users))
    assert seen[0] == seen[1]


def test_a_used_up_credential_is_never_presented_again_and_the_last_one_is_told_before_the_window(
    engine: Engine, server: ScriptedServer, mixed: Path, tmp_path: Path
) -> None:
    arm(engine, server, mixed)
    order = {**MIX, "arm": "arm", "duration_s": 0.5, "rows": str(tmp_path / "rows.npz")}
    sent = sum(engine.slice(**order, seed=seed).sent_by_operation["logout"] for seed in range(2))
    leavers = [asked.user for asked in server.asked if asked.path == "/logout"]
    assert sorted(leavers) == sorted(f"leaver{number}" for number in range(sent))
    before = server.requests
    engine.tell_slice(**{**order, "rate_rps": 1000}, seed=3)
    with pytest.raises(OrderError, match=rf"needed and {150 - sent} of 150 left.*seed more"):
        engine.hear(Armed)
    assert server.requests == before
    assert engine.slice(**{**order, "duration_s": 0.1}, seed=4).accepted > 0


def test_a_zipf_draw_repeats_its_favourites(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, reads)
    order = {"rate_rps": 400, "duration_s": 0.5, "seed": 1, "rows": str(tmp_path / "rows.npz")}
    told = engine.slice(arm="arm", draw="zipf", zipf_exponent=1.2, **order)
    assert told.accepted == told.scheduled
    assert told.distinct_credentials == len(server.users) < told.scheduled
    assert server.users.most_common(1)[0][0] == "user0"


def test_a_closed_slice_keeps_its_connections_busy_over_the_mix(
    engine: Engine, server: ScriptedServer, mixed: Path, tmp_path: Path
) -> None:
    arm(engine, server, mixed, "/slow")
    rows = tmp_path / "rows.npz"
    order = {"loop": "closed", "closed_connections": 100, "duration_s": 0.3, "seed": 1, "rows": str(rows)}
    mix = {"operations": {"read": 0.9, "login": 0.1}, "housekeeping": {"refresh": 0.05}}
    told = engine.slice(arm="arm", **mix, **order)
    assert (told.in_flight_max, told.in_flight_cap, server.connections) == (100, 100, 100)
    assert told.scheduled == told.sent == told.completed == server.requests
    assert told.accepted > 0
    assert (told.unsent, told.connections_opened) == (0, 0)
    assert set(told.sent_by_operation) == {"read", "login", "refresh"}
    assert told.user_completed == told.completed - told.sent_by_operation["refresh"]
    columns = read(rows)
    assert np.array_equal(columns["due_ns"], columns["sent_ns"])
    assert len(columns["operation"]) == told.scheduled


def test_a_mix_the_arm_cannot_serve_is_told_before_the_window(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, reads)
    for loop in ("open", "closed"):
        engine.tell_slice(
            arm="arm", **MIX, loop=loop, duration_s=0.1, seed=1, rows=str(tmp_path / "rows.npz")
        )
        with pytest.raises(OrderError, match="asks for add-order, and the arm has no requests of it"):
            engine.hear(Armed)


def test_the_same_seed_is_the_same_load_on_every_arm(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    seen = []
    for name in ("a", "b"):
        server.users.clear()
        arm(engine, server, reads, "/whole", name)
        engine.slice(arm=name, rate_rps=300, duration_s=0.2, seed=5, rows=str(tmp_path / f"{name}.npz"))
        seen.append((dict(server.users), read(tmp_path / f"{name}.npz")["due_ns"].tolist()))
    assert seen[0] == seen[1]


def test_outcomes_are_counted_by_name(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, reads, "/401")
    told = engine.slice(arm="arm", rate_rps=200, duration_s=0.2, seed=1, rows=str(tmp_path / "rows.npz"))
    assert told.outcomes == {"REFUSED": told.scheduled}
    assert (told.completed, told.accepted) == (told.scheduled, 0)


def test_the_cap_and_the_drain_of_an_order_are_obeyed(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, reads, "/never")
    order = {"rate_rps": 300, "duration_s": 0.2, "seed": 1, "in_flight_cap": 7, "drain_s": 0.05}
    told = engine.slice(arm="arm", rows=str(tmp_path / "rows.npz"), **order)
    assert told.outcomes == {"TIMED_OUT": 7, "UNSENT": told.scheduled - 7}
    assert (told.sent, told.completed, told.unsent) == (7, 0, told.scheduled - 7)
    assert (told.in_flight_max, told.in_flight_cap, server.requests) == (7, 7, 7)


def test_connections_the_server_closed_between_slices_are_made_anew_before_the_next(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, reads, "/whole")
    order = {"rate_rps": 100, "duration_s": 0.1, "seed": 1, "rows": str(tmp_path / "rows.npz")}
    engine.slice(arm="arm", **order)
    server.hang_up()
    told = engine.slice(arm="arm", **order)
    assert told.outcomes == {"ACCEPTED": told.scheduled}


def test_a_forgotten_arm_is_closed_and_unknown(engine: Engine, server: ScriptedServer, reads: Path) -> None:
    arm(engine, server, reads, "/whole", "short-lived")
    engine.tell(op="forget", arm="short-lived")
    engine.hear(Reply)
    engine.tell(op="forget", arm="short-lived")
    with pytest.raises(OrderError, match="no arm 'short-lived'"):
        engine.hear(Reply)


def test_a_forgotten_arms_requests_are_kept_for_its_next_server(
    engine: Engine, server: ScriptedServer, mixed: Path, reads: Path, tmp_path: Path
) -> None:
    arm(engine, server, mixed, name="kept")
    engine.tell(op="forget", arm="kept")
    engine.hear(Reply)
    address = {"op": "arm", "arm": "kept", "host": "127.0.0.1", "port": server.port, "connections": 8}
    engine.tell(**address, kept=["read", "add-order"])
    assert engine.hear(ArmReply).requests == 2 * POPULATION
    rows = str(tmp_path / "rows.npz")
    both = {"operations": {"read": 0.5, "add-order": 0.5}, "rate_rps": 200}
    told = engine.slice(arm="kept", duration_s=0.2, seed=1, rows=rows, **both)
    assert told.outcomes == {"ACCEPTED": told.scheduled}
    # A file adds operations, or replaces those that are not named as kept.
    engine.tell(**address, kept=["add-order"], requests=str(reads))
    assert engine.hear(ArmReply).requests == 2 * POPULATION
    engine.tell(**address, kept=["read", "login"])
    with pytest.raises(OrderError, match="no requests of login are kept for arm 'kept'"):
        engine.hear(ArmReply)
    engine.tell(**{**address, "port": server.port - 1}, kept=["read"])
    with pytest.raises(OrderError, match="no requests of arm 'kept' are kept for 127"):
        engine.hear(ArmReply)


def test_errors_are_one_line_and_the_engine_goes_on(
    engine: Engine, server: ScriptedServer, reads: Path, tmp_path: Path
) -> None:
    engine.tell_raw(b"{nonsense")
    with pytest.raises(OrderError, match="not an order"):
        engine.hear(Reply)
    engine.tell_slice(arm="never-armed", rate_rps=1, duration_s=1, seed=1, rows="rows.npz")
    with pytest.raises(OrderError, match="no arm 'never-armed'"):
        engine.hear(Armed)
    with ScriptedServer() as gone:
        pass
    with pytest.raises(OrderError, match="refused"):
        arm(engine, gone, reads, "/whole")
    arm(engine, server, reads, "/whole")
    engine.tell_slice(arm="arm", rate_rps=9, duration_s=0.1, seed=1, rows=str(tmp_path / "no" / "rows"))
    engine.hear(Armed)
    engine.hear(Drained)
    with pytest.raises(OrderError, match="No such file"):
        engine.hear(SliceReply)
    told = engine.slice(arm="arm", rate_rps=99, duration_s=0.1, seed=1, rows=str(tmp_path / "rows"))
    assert told.accepted == told.scheduled


def test_a_server_that_dies_under_load_is_rows_not_an_error(
    engine: Engine, reads: Path, tmp_path: Path
) -> None:
    with ScriptedServer() as server:
        arm(engine, server, reads, "/held")
        order = {"rate_rps": 200, "duration_s": 0.5, "seed": 1, "rows": str(tmp_path / "rows")}
        engine.tell_slice(arm="arm", **order)
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
    server: ScriptedServer, reads: Path, tmp_path: Path, quits: bool
) -> None:
    engine = Engine()
    arm(engine, server, reads, "/never")
    engine.tell_slice(arm="arm", rate_rps=100, duration_s=300, seed=1, rows=str(tmp_path / "rows"))
    engine.hear(Armed)
    if quits:
        engine.tell(op="quit")
        assert engine.process.wait(60) == 0
    assert engine.end() == 0

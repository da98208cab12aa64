"""Whole slices against a real server: who was asked, what came back, what is in the rows."""

import time
from collections.abc import Iterator

import gevent
import numpy as np
import numpy.typing as npt
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome
from loadtests.generator.open_loop import OpenLoop
from loadtests.generator.rows import Columns, count_outcomes, longest_silence_ns
from loadtests.generator.window import Window
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest, lay_out_request
from loadtests.schedule.arrivals import draw_credentials, poisson_schedule
from tests.loadtests.scripted_server import ScriptedServer, body_of

USERS = [f"user{number}" for number in range(100)]


@pytest.fixture
def pool(server: ScriptedServer) -> Iterator[ConnectionPool]:
    pool = ConnectionPool("127.0.0.1", server.port, 8)
    pool.grow()
    yield pool
    pool.close()


def every(gap_ms: float, count: int) -> npt.NDArray[np.int64]:
    return (np.arange(count) * gap_ms * 1e6).astype(np.int64)


def open_loop(
    pool: ConnectionPool,
    path: str,
    schedule: npt.NDArray[np.int64],
    cap: int = 1024,
    drain_s: float = 60.0,
    expect_any: bool = False,
) -> OpenLoop:
    """The drain is for a machine that has more to do: it ends with the last reply."""
    requests = [
        LaidOutRequest(
            lay_out_request("GET", path, "127.0.0.1", 1, {"X-User": user}),
            200,
            None if expect_any else body_of(user),
            Operation.READ.code,
        )
        for user in USERS
    ]
    drawn = [requests[index] for index in draw_credentials(len(schedule), len(USERS), seed=1)]
    return OpenLoop(pool, drawn, schedule, duration_s=0.1, cap=cap, drain_s=drain_s)


def run(loop: OpenLoop) -> tuple[Window, Columns]:
    loop.begin(time.monotonic_ns() + 1_000_000)
    window = loop.wait()
    return window, loop.rows.columns()


@pytest.mark.parametrize("path", ["/whole", "/two-segments", "/mid-head", "/bytewise"])
def test_every_request_is_sent_once_and_its_own_reply_accepted(
    server: ScriptedServer, pool: ConnectionPool, path: str
) -> None:
    schedule = poisson_schedule(600, 0.1, seed=4)
    pool.grow(len(schedule))
    window, columns = run(open_loop(pool, path, schedule))
    assert count_outcomes(columns) == {"ACCEPTED": len(schedule)}
    assert server.requests == len(schedule)
    assert set(server.users.values()) == {1}
    assert np.array_equal(columns["due_ns"], schedule)
    assert np.all(columns["sent_ns"] >= columns["due_ns"])
    assert np.all(columns["done_ns"] >= columns["sent_ns"])
    assert np.all(np.diff(columns["sent_ns"]) >= 0)
    assert np.all(columns["status"] == 200)
    assert window.drained_ns - window.started_ns >= columns["done_ns"].max()
    assert 1 <= window.in_flight_max <= len(schedule)
    assert (window.connections_opened, window.idle_closed) == (0, 0)
    assert window.generator_cpu_ns > 0


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/401", Outcome.REFUSED),
        ("/503", Outcome.UNAVAILABLE),
        ("/500", Outcome.WRONG_STATUS),
        ("/204", Outcome.WRONG_STATUS),
        ("/another-user", Outcome.WRONG_BODY),
        ("/garbage", Outcome.MALFORMED),
        ("/close", Outcome.CLOSED),
        ("/half", Outcome.CLOSED),
    ],
)
def test_a_wrong_end_is_a_row_of_its_own_kind_and_never_a_second_request(
    server: ScriptedServer, pool: ConnectionPool, path: str, outcome: Outcome
) -> None:
    _, columns = run(open_loop(pool, path, every(1, 20)))
    assert count_outcomes(columns) == {outcome.name: 20}
    assert server.requests == 20
    assert np.all(columns["bytes_out"] > 0)
    assert np.all(columns["done_ns"] >= columns["sent_ns"])


def test_any_body_will_do_where_none_is_expected(server: ScriptedServer, pool: ConnectionPool) -> None:
    _, columns = run(open_loop(pool, "/another-user", every(1, 5), expect_any=True))
    assert count_outcomes(columns) == {"ACCEPTED": 5}


def test_at_the_cap_requests_are_recorded_unsent_and_not_queued(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    window, columns = run(open_loop(pool, "/slow", every(0.1, 60), cap=10))
    unsent = columns["outcome"] == Outcome.UNSENT
    assert window.in_flight_max == window.in_flight_cap == 10
    assert unsent.sum() > 0
    assert server.requests == 60 - unsent.sum()
    assert np.all(columns["sent_ns"][unsent] == -1)
    assert np.all(columns["done_ns"][unsent] == -1)
    assert np.all(columns["bytes_out"][unsent] == 0)
    assert set(count_outcomes(columns)) == {"ACCEPTED", "UNSENT"}


def test_a_frozen_server_does_not_stop_the_load_and_every_row_shows_the_freeze(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    """The test of coordinated omission: a loop that waited for replies would send one request and stop."""
    loop = open_loop(pool, "/held", every(2, 40))
    start = time.monotonic_ns() + 1_000_000
    loop.begin(start)
    while server.requests < 40:
        gevent.sleep(0.001)
    thawed = time.monotonic_ns() - start
    server.release()
    window = loop.wait()
    columns = loop.rows.columns()
    assert count_outcomes(columns) == {"ACCEPTED": 40}
    assert window.in_flight_max == 40
    assert window.connections_opened == 40 - 8
    assert np.all(columns["done_ns"] >= thawed)
    response = columns["done_ns"] - columns["due_ns"]
    assert np.all(response >= thawed - columns["due_ns"])
    assert longest_silence_ns(columns) >= thawed - columns["sent_ns"][0]


def test_a_dense_schedule_is_sent_once_each_in_order_and_never_early(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    """Dense enough that the loop rests between its turns, and keeps other greenlets waiting meanwhile."""
    schedule = poisson_schedule(12_000, 0.1, seed=7)
    pool.grow(len(schedule), 60)  # one that is connected on demand sends later than the next
    turns = 0

    def other() -> None:
        nonlocal turns
        while not loop.ended:
            turns += 1
            gevent.sleep(0.001)  # without a pause this thread would hardly let the server's have the GIL

    loop = open_loop(pool, "/whole", schedule, cap=2000)
    greenlet = gevent.spawn(other)
    window, columns = run(loop)
    greenlet.join()
    assert count_outcomes(columns) == {"ACCEPTED": len(schedule)}
    assert server.requests == len(schedule)
    assert np.all(columns["sent_ns"] >= columns["due_ns"])
    assert np.all(np.diff(columns["sent_ns"]) >= 0)
    assert np.all(columns["done_ns"] >= columns["sent_ns"])
    assert window.drained_ns - window.started_ns >= columns["done_ns"].max()
    assert turns > 2  # the hub was given back in the middle


def test_a_dense_schedule_that_breaks_ends(server: ScriptedServer, pool: ConnectionPool) -> None:
    loop = open_loop(pool, "/whole", poisson_schedule(12_000, 0.1, seed=7), cap=2000)
    loop.rows.bytes_in = loop.rows.bytes_in[:3]
    loop.begin(time.monotonic_ns())
    with pytest.raises(IndexError):
        loop.wait()
    assert server.requests < 1000


def test_what_is_not_answered_in_the_drain_is_timed_out_at_its_end(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    window, columns = run(open_loop(pool, "/never", every(1, 10), drain_s=0.05))
    assert count_outcomes(columns) == {"TIMED_OUT": 10}
    assert np.all(columns["done_ns"] >= 150_000_000)  # the duration and the drain
    assert len(set(columns["done_ns"].tolist())) == 1
    assert np.all(columns["status"] == 0)
    assert window.drained_ns - window.started_ns >= 150_000_000
    assert pool.in_flight == 0


def test_a_slice_after_a_timed_out_one_is_not_touched_by_it(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    run(open_loop(pool, "/never", every(1, 10), drain_s=0.01))
    pool.grow(10)  # one for each: a busy machine answers none in time for the next
    window, columns = run(open_loop(pool, "/whole", every(1, 10)))
    assert count_outcomes(columns) == {"ACCEPTED": 10}
    assert (window.connections_opened, window.idle_closed) == (0, 0)


def test_idle_connections_the_server_closes_are_counted_in_their_window(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    window, columns = run(open_loop(pool, "/saying-close", every(1, 6)))
    assert count_outcomes(columns) == {"ACCEPTED": 6}
    assert (window.idle_closed, server.requests) == (6, 6)
    assert window.connections_opened >= 5
    window, _ = run(open_loop(pool, "/whole", every(1, 6)))
    assert window.idle_closed == 0


def test_no_server_is_an_outcome_too() -> None:
    with ScriptedServer() as gone:
        pool = ConnectionPool("127.0.0.1", gone.port, 1)
    _, columns = run(open_loop(pool, "/whole", every(1, 5)))
    assert count_outcomes(columns) == {"CONNECT_FAILED": 5}
    assert np.all(columns["sent_ns"] == -1)
    assert np.all(columns["done_ns"] >= columns["due_ns"])


def test_an_empty_schedule_ends_at_once(pool: ConnectionPool) -> None:
    window, columns = run(open_loop(pool, "/whole", every(1, 0)))
    assert len(columns["due_ns"]) == 0
    assert window.in_flight_max == 0


def test_two_overlapping_slices_share_the_pool_and_keep_their_rows_apart(
    server: ScriptedServer, pool: ConnectionPool
) -> None:
    held, after = open_loop(pool, "/held", every(1, 5)), open_loop(pool, "/whole", every(1, 30))
    held.begin(time.monotonic_ns())
    _, columns = run(after)
    assert count_outcomes(columns) == {"ACCEPTED": 30}
    assert not held.ended
    server.release()
    held.wait()
    assert held.ended
    assert count_outcomes(held.rows.columns()) == {"ACCEPTED": 5}


def test_an_exception_in_a_callback_is_raised_by_wait(server: ScriptedServer, pool: ConnectionPool) -> None:
    loop = open_loop(pool, "/whole", every(1, 20))
    loop.rows.bytes_in = loop.rows.bytes_in[:3]  # too short: storing row 3 raises
    loop.begin(time.monotonic_ns())
    with pytest.raises(IndexError):
        loop.wait()


def test_a_schedule_and_an_order_of_different_length_are_refused(pool: ConnectionPool) -> None:
    request = LaidOutRequest(b"", 200, None, 0)
    with pytest.raises(ValueError, match="3 due times but 2 requests"):
        OpenLoop(pool, [request] * 2, every(1, 3), 1.0)

"""The prober as a process, against a server that answers as asked: no time is asserted, only an order."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.security.timeline import Verdict
from loadtests.harness.processes.placement import available_processors
from loadtests.revocation.prober_process import Prober
from tests.loadtests.scripted_server import ScriptedServer

EVERY_NS = 5_000_000
SETTLED_NS = 50_000_000


@pytest.fixture(scope="module")
def prober(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prober]:
    prober = Prober(available_processors(), tmp_path_factory.mktemp("prober"))
    yield prober
    prober.stop()


@pytest.fixture
def server(prober: Prober) -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        prober.turn_to("127.0.0.1", server.port)
        yield server
        prober.turn_to("127.0.0.1", 9)


def later(seconds: float) -> int:
    return time.monotonic_ns() + round(seconds * 1e9)


def until(condition: Callable[[], bool]) -> None:
    limit_ns = later(30)
    while not condition():
        assert time.monotonic_ns() < limit_ns, "never came true"
        time.sleep(0.005)


def test_it_finds_the_moment_from_which_a_credential_is_refused(
    prober: Prober, server: ScriptedServer
) -> None:
    assert len(set(prober.connect(0, 1, 0))) == 1
    watch = prober.watch(0, "/me", {"X-User": "one"}, EVERY_NS)
    assert prober.accepted(watch, 10)
    server.answers_all = "/401"
    revoked_ns = time.monotonic_ns()
    seen = prober.end(watch, revoked_ns, SETTLED_NS, later(20))
    (probes,) = seen.probes
    first_refused = next(each for each in probes if each.verdict is Verdict.REFUSED)
    last_accepted = [each for each in probes if each.verdict is Verdict.ACCEPTED][-1]
    assert last_accepted.sent_ns < first_refused.sent_ns <= first_refused.done_ns
    assert first_refused.done_ns >= revoked_ns
    assert seen.watched_until_ns - revoked_ns >= SETTLED_NS
    assert all(each.sent_ns <= each.done_ns for each in probes)
    assert server.users["one"] - len(probes) in (0, 1)


def test_every_connection_is_asked_in_turn_and_a_salvo_uses_its_own(
    prober: Prober, server: ScriptedServer
) -> None:
    for worker in range(2):
        assert len(prober.connect(worker, 2, 3)) == 5
    connections = server.connections
    watch = prober.watch(1, "/me", {"X-User": "two"}, EVERY_NS)
    assert prober.accepted(watch, 10)
    prober.salvo(watch, [later(0.01)] * 4)
    asked = server.requests
    until(lambda: server.requests > asked + 24)  # two connections in turn, beside the four of the salvo
    server.answers_all = "/401"
    seen = prober.end(watch, time.monotonic_ns(), SETTLED_NS, later(20))
    one, other = (len(probes) for probes in seen.probes)
    assert min(one, other) > 5
    assert server.connections == connections == 10


@pytest.mark.parametrize("path", ["/503", "/500"])
def test_what_is_neither_accepted_nor_refused_is_unknown(
    prober: Prober, server: ScriptedServer, path: str
) -> None:
    prober.connect(0, 1, 0)
    watch = prober.watch(0, path, {}, EVERY_NS)
    until(lambda: server.requests > 1)  # the one connection is free again: a reply has come
    assert not prober.accepted(watch, 0.01)
    now_ns = time.monotonic_ns()
    (probes,) = prober.end(watch, now_ns, 0, now_ns).probes
    assert {each.verdict for each in probes} == {Verdict.UNKNOWN}


@pytest.mark.parametrize("path", ["/close", "/half", "/garbage", "/chunked"])
def test_a_connection_that_breaks_is_not_opened_again(
    prober: Prober, server: ScriptedServer, path: str
) -> None:
    """Another one might belong to another worker process."""
    prober.connect(0, 1, 0)
    watch = prober.watch(0, path, {}, EVERY_NS)
    until(lambda: server.requests > 0)
    assert not prober.accepted(watch, 0.01)
    (probes,) = prober.end(watch, time.monotonic_ns(), 0, later(0.5)).probes
    assert [each.verdict for each in probes] == [Verdict.UNKNOWN]
    assert server.connections == 1


def test_watches_of_several_threads_do_not_mix(prober: Prober, server: ScriptedServer) -> None:
    prober.connect(0, 4, 0)
    found: dict[str, int] = {}

    def probe(slot: int, user: str) -> None:
        watch = prober.watch(slot, "/me", {"X-User": user}, EVERY_NS)
        assert prober.accepted(watch, 10)
        now_ns = time.monotonic_ns()
        found[user] = len(prober.end(watch, now_ns, 0, now_ns + 50_000_000 * (slot + 1)).probes[0])

    threads = [threading.Thread(target=probe, args=(slot, f"user{slot}")) for slot in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for user, count in found.items():
        assert server.users[user] - count in (0, 1), "at most one was under way when the watch ended"


def test_nobody_to_connect_to_is_told_in_one_line(prober: Prober) -> None:
    prober.turn_to("127.0.0.1", 9)
    with pytest.raises(Failure, match=r"the prober failed: worker 0 of 127.0.0.1:9 does not answer"):
        prober.connect(0, 1, 0)


def test_whoever_waits_is_told_when_the_prober_dies(tmp_path_factory: pytest.TempPathFactory) -> None:
    mine = Prober(available_processors(), tmp_path_factory.mktemp("prober"))
    with ScriptedServer() as server:
        mine.turn_to("127.0.0.1", server.port)
        mine.connect(0, 1, 0)
        watch = mine.watch(0, "/me", {}, EVERY_NS)
        assert mine.accepted(watch, 10)
        threading.Timer(0.2, mine.child.ask_to_stop).start()
        with pytest.raises(Failure, match="the prober"):
            mine.end(watch, time.monotonic_ns(), 0, later(60))
        with pytest.raises(Failure, match="the prober"):
            mine.watch(0, "/me", {}, EVERY_NS)
    mine.stop()

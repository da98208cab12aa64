"""How a worker joins, and who does not."""

import pytest
from cryptography.fernet import Fernet

from loadtests.distributed.conversation import ALIVE_S, SILENCE_S
from loadtests.distributed.ends import HubEnd, WorkerEnd
from loadtests.distributed.messages import Kind, Refused, Seal
from tests.loadtests.distributed.wire import SEAL, Clock


def exchange(hub: HubEnd, **workers: WorkerEnd) -> tuple[list[tuple[str, Kind, str]], list[tuple[Kind, str]]]:
    """Carry everything to and fro until nothing is sent; what the hub heard, and what workers heard."""
    at_hub: list[tuple[str, Kind, str]] = []
    at_workers: list[tuple[Kind, str]] = []
    for _ in range(5):
        for address, worker in workers.items():
            for token in worker.outgoing():
                at_hub += hub.hear(address, token)
        for address, token in hub.outgoing():
            at_workers += workers[address].hear(token)
    return at_hub, at_workers


def join(hub: HubEnd, address: str, worker: WorkerEnd) -> None:
    _, heard = exchange(hub, **{address: worker})
    assert heard == [("welcome", "")]
    worker.say("line", "ready")
    exchange(hub, **{address: worker})


def test_a_worker_joins_and_both_are_heard() -> None:
    clock = Clock()
    hub, worker = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock)
    join(hub, "x", worker)
    assert hub.joined == ["w1"]
    hub.say("w1", "line", "order")
    assert exchange(hub, x=worker)[1] == [("line", "order")]
    worker.say("line", "reply")
    assert exchange(hub, x=worker)[0] == [("w1", "line", "reply")]
    assert hub.settled
    assert worker.settled


def test_a_recorded_hello_makes_no_worker() -> None:
    clock = Clock()
    (hello,) = WorkerEnd(SEAL, "w1", clock).outgoing()
    hub = HubEnd(SEAL, 1, clock)
    assert hub.hear("thief", hello) == []
    hub.outgoing()  # a welcome that the thief cannot read
    assert hub.joined == []
    with pytest.raises(Refused, match="replay"):
        hub.hear("thief", hello)


def test_a_late_worker_is_turned_away() -> None:
    clock = Clock()
    hub, worker, late = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock), WorkerEnd(SEAL, "w2", clock)
    join(hub, "x", worker)
    assert exchange(hub, x=worker, y=late)[1] == [
        ("turned-away", "the run has its 1 worker already: this one is too late")
    ]
    assert hub.joined == ["w1"]


def test_of_two_that_were_welcome_the_first_to_speak_has_joined() -> None:
    clock = Clock()
    hub, one, two = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock), WorkerEnd(SEAL, "w2", clock)
    exchange(hub, x=one, y=two)
    two.say("line", "ready")
    exchange(hub, x=one, y=two)
    one.say("line", "ready")
    heard, told = exchange(hub, x=one, y=two)
    assert hub.joined == ["w2"]
    assert heard == []
    assert [kind for kind, _ in told] == ["turned-away"]


def test_a_worker_with_another_key_is_refused() -> None:
    clock = Clock()
    (hello,) = WorkerEnd(Seal(Fernet.generate_key()), "w1", clock).outgoing()
    with pytest.raises(Refused, match="join key"):
        HubEnd(SEAL, 1, clock).hear("x", hello)


def test_a_worker_of_an_earlier_run_is_refused() -> None:
    clock = Clock()
    worker = WorkerEnd(SEAL, "w1", clock)
    join(HubEnd(SEAL, 1, clock), "x", worker)
    worker.say("line", "reply")
    with pytest.raises(Refused, match="has not said hello"):
        HubEnd(SEAL, 1, clock).hear("x", worker.outgoing()[0])


def test_silence_is_a_loss_at_both_ends() -> None:
    clock = Clock()
    hub, worker = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock)
    join(hub, "x", worker)
    for _ in range(20):  # it says by itself that it is there
        clock.now_s += 1.0
        exchange(hub, x=worker)
        assert not hub.lost()
        assert not worker.lost
    clock.now_s += SILENCE_S + 1
    assert hub.lost() == ["w1"]
    assert worker.lost


def test_the_hub_knows_what_both_ends_counted() -> None:
    clock = Clock()
    hub, worker = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock)
    join(hub, "x", worker)
    clock.now_s += ALIVE_S
    assert len(worker.outgoing()) == 1  # it is lost
    clock.now_s += ALIVE_S
    exchange(hub, x=worker)
    counted = hub.traffic()["w1"]
    assert counted.worker is not None
    assert counted.worker.heard > 0
    assert counted.worker.missing == 0
    assert counted.worker.resent == 0
    assert counted.hub.missing == 1
    assert counted.hub.heard > 0


def test_a_worker_that_counts_nothing_is_none_the_worse() -> None:
    clock = Clock()
    hub, worker = HubEnd(SEAL, 1, clock), WorkerEnd(SEAL, "w1", clock)
    join(hub, "x", worker)
    told = hub.traffic()["w1"].worker
    worker.say("alive", "")
    exchange(hub, x=worker)
    assert hub.joined == ["w1"]
    assert hub.traffic()["w1"].worker == told

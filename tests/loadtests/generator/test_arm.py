"""What is handed out, in which order, and what happens when none is left."""

from itertools import islice

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.message import OrderError
from loadtests.generator.arm import Arm
from loadtests.http.pool import ConnectionPool
from loadtests.http.request import LaidOutRequest
from loadtests.schedule.mix import Mix, open_load

READ, LOGIN, LOGOUT = Operation.READ, Operation.LOGIN, Operation.LOGOUT
HALF_AND_HALF = Mix({READ: 0.5, LOGOUT: 0.5})


def arm(**counts: int) -> Arm:
    requests = {
        Operation(name): [
            LaidOutRequest(f"{name} {number}".encode(), 200, None, Operation(name).code)
            for number in range(count)
        ]
        for name, count in counts.items()
    }
    return Arm("an arm", ConnectionPool("127.0.0.1", 1, 1), requests)


def wires(requests: list[LaidOutRequest], operation: Operation) -> list[str]:
    return [each.wire.decode() for each in requests if each.operation_code == operation.code]


def test_a_load_becomes_the_requests_it_names() -> None:
    one = arm(read=30, logout=100)
    load = open_load(HALF_AND_HALF, 50, 1, 3, one.population)
    taken = one.take(load)
    assert [request.operation_code for request in taken] == load.operation.tolist()
    drawn = load.credential[load.operation == READ.code]
    assert wires(taken, READ) == [f"read {number}" for number in drawn]


def test_what_is_used_up_is_handed_out_once_across_slices() -> None:
    one = arm(read=30, logout=200)
    handed = []
    for seed in range(3):
        handed += wires(one.take(open_load(HALF_AND_HALF, 50, 1, seed, one.population)), LOGOUT)
    assert handed == [f"logout {number}" for number in range(len(handed))]
    assert len(handed) > 40


def test_too_few_are_refused_and_nothing_is_used_up_by_it() -> None:
    one = arm(read=30, logout=20)
    with pytest.raises(OrderError, match=r"requests of logout needed and 20 of 20 left.*seed more"):
        one.take(open_load(HALF_AND_HALF, 100, 1, 1, one.population))
    assert wires(one.take(open_load(HALF_AND_HALF, 20, 1, 1, one.population)), LOGOUT)[0] == "logout 0"


def test_a_closed_loop_goes_on_beyond_a_block_and_repeats_with_its_seed() -> None:
    one, other = arm(read=30, login=4), arm(read=30, login=4)
    mix = Mix({READ: 0.9, LOGIN: 0.1})
    long = list(islice(one.endless(mix, seed=5), 40_000))
    assert len(long) == 40_000
    assert long == list(islice(other.endless(mix, seed=5), 40_000))
    assert long[:1000] != list(islice(other.endless(mix, seed=6), 1000))


def test_a_closed_loop_uses_up_only_what_it_takes() -> None:
    one = arm(read=30, logout=12)
    taken = list(islice(one.endless(HALF_AND_HALF, 1), 10))
    source = one.endless(HALF_AND_HALF, 2)

    def take_the_rest() -> None:
        for request in source:
            taken.append(request)

    with pytest.raises(OrderError, match="1 requests of logout needed and 0 of 12 left"):
        take_the_rest()
    assert wires(taken, LOGOUT) == [f"logout {number}" for number in range(12)]

"""Slices of a real server, sent by the real generator."""

import numpy as np

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Arm, find_workload
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.run.generation import fresh_generation, start_bench
from loadtests.harness.run.slice import SliceSetting


def test_a_saturated_slice_serves_what_it_can_and_is_watched_by_nobody_else() -> None:
    workload = find_workload("read").model_copy(update={"credentials": 100})
    with (
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:saturated") as bench,
        fresh_generation(
            [Arm(scheme="none")], workload, bench, measure_memory=False, whole_life=False
        ) as generation,
    ):
        generation.warm_up()
        setting = SliceSetting(0, 3, 0, 0, "none", 0.0, 0.1, 7, "saturated")
        record, columns = generation.meter.measure(setting, generation.arms["none"])
    assert (record.purpose, record.offered_rate_rps, record.probe) == ("saturated", 0.0, None)
    assert record.in_flight_max == 32, (
        "more than the workload's 16: a core must be full behind a delay of 2 ms"
    )
    assert record.connections_opened == 0
    assert record.scheduled == record.completed == record.accepted == record.server_requests
    assert record.scheduled > 32
    assert record.window_ns >= 100_000_000, "the drain is in the window"
    assert np.array_equal(columns["due_ns"], columns["sent_ns"]), "nothing was due at a time of its own"


ALONE = [Operation.ADD_ORDER, Operation.LOGIN, Operation.REFRESH, Operation.LOGOUT]


def test_an_arm_is_asked_its_one_operation_and_nothing_else() -> None:
    """From a second generation on as well: what a login and a logout need is laid out anew."""
    workload = find_workload("read").model_copy(update={"credentials": 100})
    arms = [
        Arm(scheme="jwt-hs256", name=str(each), operation=each, settings={"store_deadline_ms": 5000})
        for each in ALONE
    ]
    with (
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:alone") as bench,
    ):
        for number in range(2):
            with fresh_generation(
                arms, workload, bench, measure_memory=False, whole_life=False
            ) as generation:
                generation.warm_up()
                generation.supply(200)
                for arm in arms:
                    setting = SliceSetting(number, 0, 0, 0, arm.label, 50.0, 0.2, 7)
                    record, _ = generation.meter.measure(setting, generation.arms[arm.label])
                    assert record.scheduled == record.accepted == record.user_completed > 0, arm.label
                    assert set(record.sent_by_operation) == {arm.label}

"""Offered rates: shares of the slowest arm's ceiling."""

from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.records import Rate
from loadtests.harness.run.rate import ladder_rates, requests_expected

_RATE = Rate(offered_rps=400, closed_loop_rps={"a": 1000.0, "b": 2000.0}, share=0.4)


def test_ladder_rates_are_shares_of_the_slowest_arm_and_rise() -> None:
    experiment = find_experiment("quick").model_copy(update={"ladder_shares": [0.6, 0.15]})
    assert ladder_rates(experiment, _RATE) == [150.0, 600.0]


def test_a_given_rate_has_no_ceiling_and_so_no_ladder() -> None:
    given = Rate(offered_rps=400, closed_loop_rps={}, share=None)
    assert ladder_rates(find_experiment("quick"), given) == []


def test_requests_of_a_generation_count_both_rates() -> None:
    experiment = find_experiment("quick").model_copy(
        update={"cycles": 10, "slice_s": 0.5, "ladder_cycles": 2, "saturated_cycles": 0}
    )
    workload = find_workload("read")
    assert requests_expected(experiment, workload, _RATE, []) == 10 * 0.5 * 400
    assert requests_expected(experiment, workload, _RATE, [100, 600]) == 0.5 * (10 * 400 + 2 * 700)


def test_a_closed_loop_may_send_as_much_as_the_fastest_arm_can() -> None:
    changes = {"cycles": 10, "slice_s": 0.5, "saturated_cycles": 0}
    experiment = find_experiment("quick").model_copy(update=changes)
    closed = find_workload("read").model_copy(update={"loop": "closed"})
    assert requests_expected(experiment, closed, _RATE, []) == 2000 * 0.5 * 10


def test_saturated_slices_send_as_much_as_the_fastest_arm_can() -> None:
    changes = {"cycles": 10, "slice_s": 0.5, "saturated_cycles": 2, "saturated_s": 0.2}
    experiment = find_experiment("quick").model_copy(update=changes)
    expected = 10 * 0.5 * 400 + 2 * 0.2 * 2000
    assert requests_expected(experiment, find_workload("read"), _RATE, []) == expected

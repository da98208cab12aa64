"""Offered rates: shares of the median arm's ceiling, and a lower one for arms that cannot carry it."""

from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.experiment import Arm, Experiment, find_experiment, find_workload
from authbench.contracts.records import Rate
from loadtests.harness.run.rate import Trial, choose_rate, full_at_rps, ladder_rates, requests_expected

_RATE = Rate(offered_rps=400, closed_loop_rps={"a": 900.0, "b": 1000.0, "c": 2000.0}, share=0.4)
_ARMS = ("none", "session-redis", "session-redis (twin)", "jwt-hs256", "session-sql", "opaque-sql")


def _experiment(**changes: object) -> Experiment:
    arms = [
        Arm(scheme="none", role="control"),
        Arm(scheme="session-redis"),
        Arm(scheme="session-redis", role="twin"),
        *(Arm(scheme=name) for name in _ARMS[3:]),
    ]
    values = {"arms": arms, "compare": [("session-redis", "jwt-hs256")], "rate_share": 0.4}
    return find_experiment("quick").model_copy(update={**values, **changes})


def _ceilings(*rps: float) -> dict[str, float]:
    return dict(zip(_ARMS, rps, strict=True))


def test_a_request_that_costs_more_in_open_loop_lowers_what_an_arm_can_do() -> None:
    closed = {"a": Trial(4000, 200_000), "b": Trial(500, 200_000), "c": Trial(3000, 300_000)}
    tried = {"a": Trial(1000, 250_000), "b": Trial(500, 190_000), "c": Trial(0, 0)}
    assert full_at_rps(closed, tried) == {"a": 3200, "b": 500, "c": 3000}


@given(st.floats(1, 1e5), st.floats(0, 1e9), st.floats(0, 1e9))
def test_no_trial_makes_an_arm_faster(rps: float, closed_ns: float, open_ns: float) -> None:
    (found,) = full_at_rps({"a": Trial(rps, closed_ns)}, {"a": Trial(rps, open_ns)}).values()
    assert 0 <= found <= round(rps, 1)


def test_the_median_arm_sets_the_rate_where_all_can_carry_it() -> None:
    rate = choose_rate(_experiment(), _ceilings(4000, 2400, 2300, 2600, 1800, 2000))
    assert (rate.offered_rps, rate.own_rps, rate.own_arms) == (0.4 * 2350, None, [])


def test_arms_that_would_be_busier_than_the_limit_have_a_rate_of_their_own() -> None:
    rate = choose_rate(_experiment(), _ceilings(4000, 2400, 2300, 2600, 900, 1000))
    assert rate.offered_rps == 940
    assert rate.own_arms == ["session-sql", "opaque-sql"]
    assert rate.own_rps == 0.4 * 900, "of the slowest of them"
    edge = choose_rate(_experiment(slowest_share=0.94), _ceilings(4000, 2400, 2300, 2600, 900, 1000))
    assert edge.own_arms == ["session-sql"], "the other is just as busy as it may be"


def test_what_all_are_compared_with_must_carry_the_rate() -> None:
    for slow in range(4):
        ceilings = [4000.0, 2400.0, 2300.0, 2600.0, 3000.0, 3000.0]
        ceilings[slow] = 500.0
        rate = choose_rate(_experiment(), _ceilings(*ceilings))
        assert (rate.offered_rps, rate.own_arms) == (350, [])


@given(st.lists(st.floats(1, 1e5), min_size=6, max_size=6))
def test_no_arm_is_offered_more_than_it_carries(rps: list[float]) -> None:
    experiment = _experiment()
    rate = choose_rate(experiment, _ceilings(*rps))
    slowest = min(rps)
    assert (rate.own_rps is None) == (rate.own_arms == [])
    assert {experiment.control, *experiment.twin, "jwt-hs256"}.isdisjoint(rate.own_arms)
    for arm, ceiling in rate.closed_loop_rps.items():
        offered = rate.own_rps if arm in rate.own_arms else rate.offered_rps
        assert offered is not None
        assert offered <= max(1.0, experiment.slowest_share * ceiling) + 0.5, "rounding apart"
    assert rate.offered_rps >= min(1.0, slowest)


def test_ladder_rates_are_shares_of_the_median_arm_and_rise() -> None:
    experiment = find_experiment("quick").model_copy(update={"ladder_shares": [0.6, 0.15]})
    assert ladder_rates(experiment, _RATE) == [150.0, 600.0]


def test_no_ladder_rate_is_more_than_the_slowest_arm_carries() -> None:
    experiment = find_experiment("quick").model_copy(update={"ladder_shares": [0.15, 0.9]})
    assert ladder_rates(experiment, _RATE) == [150.0, 0.85 * 900]
    own = _RATE.model_copy(update={"own_arms": ["a"], "own_rps": 360.0})
    assert ladder_rates(experiment, own) == [150.0, 0.85 * 1000], (
        "the ladder leaves out what has its own rate"
    )


def test_a_given_rate_has_no_ceiling_and_so_no_ladder() -> None:
    given_rate = Rate(offered_rps=400, closed_loop_rps={}, share=None)
    assert ladder_rates(find_experiment("quick"), given_rate) == []


_PLAIN = {"slice_s": 0.5, "ladder_cycles": 2, "saturated_cycles": 0}


def test_requests_of_a_generation_count_every_rate() -> None:
    experiment = find_experiment("quick").model_copy(update=_PLAIN)
    workload = find_workload("read")
    assert requests_expected(experiment, workload, _RATE, [], 10) == 10 * 0.5 * 400
    assert requests_expected(experiment, workload, _RATE, [100, 600], 10) == 0.5 * (10 * 400 + 2 * 700)
    own = _RATE.model_copy(update={"own_arms": ["a"], "own_rps": 360.0})
    assert requests_expected(experiment, workload, own, [], 10) == 10 * 0.5 * (400 + 360), "the control's"
    saturated = experiment.model_copy(update={"saturated_cycles": 2, "saturated_s": 0.5})
    assert requests_expected(saturated, workload, _RATE, [], 10) == 10 * 0.5 * 400 + 2000


def test_a_closed_loop_may_send_as_much_as_the_fastest_arm_can() -> None:
    experiment = find_experiment("quick").model_copy(update=_PLAIN)
    closed = find_workload("read").model_copy(update={"loop": "closed"})
    assert requests_expected(experiment, closed, _RATE, [], 10) == 2000 * 0.5 * 10

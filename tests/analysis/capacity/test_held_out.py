import pytest

from analysis.capacity.held_out import held_out, in_words, loads, logins, workers
from analysis.capacity.plan_record import HeldOut
from analysis.records.summary import ArmSummary, RungSummary
from analysis.statistics.estimate import Estimate
from authbench.contracts.experiment import Condition
from authbench.contracts.records import StoreMemory
from tests.analysis.capacity.runs import mini, reference


def _rung(rate: float, cores: float, half: float = 0.01) -> RungSummary:
    def cost(value: float) -> Estimate:
        each = value / rate * 1e6
        return Estimate(value=each, low=each - half / rate * 1e6, high=each + half / rate * 1e6)

    return RungSummary(
        offered_rps=rate,
        achieved_rps=rate,
        app_utilisation=cores,
        cpu_total_us=cost(cores),
        cpu_app_us=cost(cores),
        cpu_store_us=cost(0.01),
    )


def _arm(*rungs: RungSummary) -> ArmSummary:
    arm = reference()[0].arms[1]
    return arm.model_copy(update={"ladder": arm.ladder.model_copy(update={"rungs": list(rungs)})})


def test_a_straight_line_predicts_the_rate_that_it_never_saw() -> None:
    checks = list(loads(_arm(*(_rung(rate, 0.1 + rate * 300e-6) for rate in (500, 1000, 1500, 2000)))))
    assert len(checks) == 4
    assert all(check.inside and check.predicted == pytest.approx(check.measured) for check in checks)
    far, between = checks[0], checks[1]
    assert far.high - far.low > between.high - between.low, "less sure outside than between"


def test_a_bend_is_no_prediction_come_true() -> None:
    bent = _arm(_rung(500, 0.25), _rung(1000, 0.4), _rung(1500, 0.75))
    assert [check.inside for check in loads(bent)] == [False, False, False]


def test_two_rates_predict_nothing() -> None:
    assert list(loads(_arm(_rung(500, 0.25), _rung(1000, 0.4)))) == []


def test_memory_is_predicted_for_twice_the_logins() -> None:
    counts = list(range(0, 9000, 1000))
    noise = [0, 900, -700, 500, -800, 300, 700, -200, 400]
    straight = StoreMemory(
        bytes_per_credential=400, low=390, high=410, counts=counts,
        bytes=[400 * n + extra for n, extra in zip(counts, noise, strict=True)],
    )  # fmt: skip
    (check,) = logins("a", straight)
    assert check.inside
    assert (check.fitted_on, check.predicted_for) == ("up to 4,000 logins", "8,000 logins")
    jump = straight.model_copy(update={"bytes": [*straight.bytes[:-1], straight.bytes[-1] + 500_000]})
    (check,) = logins("a", jump)
    assert not check.inside, "a hash table that doubled"


def test_workers_are_predicted_from_one() -> None:
    summary, manifest = mini()
    one = next(arm for arm in summary.arms if arm.arm == "session-redis")
    assert one.throughput is not None
    assert one.throughput.rps.value is not None
    rps = Estimate(
        **{end: 2 * value for end, value in one.throughput.rps.model_dump(exclude={"reason"}).items()}
    )
    both = one.throughput.model_copy(update={"rps": rps, "cores": 2})
    two = one.model_copy(update={"arm": "two", "throughput": both})
    arm = next(arm for arm in manifest.experiment.arms if arm.label == "session-redis")
    second = arm.model_copy(update={"name": "two", "condition": Condition(workers=2)})
    arms = [*manifest.experiment.arms, second]
    known = manifest.model_copy(update={"experiment": manifest.experiment.model_copy(update={"arms": arms})})
    measured = summary.model_copy(update={"arms": [*summary.arms, two]})
    (check,) = workers(measured, known)
    assert check.inside
    assert check.predicted == pytest.approx(2 * one.throughput.rps.value)
    assert list(workers(summary, manifest)) == [], "this run has one worker everywhere"


def test_the_reference_run_has_three_schemes_and_two_loads_at_least() -> None:
    checks = held_out(*reference())
    at = {(check.arm, check.predicted_for) for check in checks if check.unit == "cores"}
    assert len({arm for arm, _ in at}) >= 3
    assert all(sum(arm == one for one, _ in at) >= 2 for arm, _ in at)
    assert in_words(checks).endswith("predictions lie inside their 95 % interval")
    assert _share(checks) >= 0.9


def _share(checks: list[HeldOut]) -> float:
    return sum(check.inside for check in checks) / len(checks)

"""Figures of claims are read from summaries and from readings, with intervals or with a reason."""

from functools import cache
from typing import Any

import pytest

from analysis.readme.__main__ import reference_run
from analysis.records.summary import Comparison, Summary
from analysis.replication.figures import Measurements, crossover, read_figure
from authbench.contracts.replication.claim import Figure
from authbench.contracts.replication.report import FillReading, SetUpReading
from tests.analysis.replication.made_claims import PROPERLY, PUBLISHED, reading


@cache
def _reference() -> Summary:
    return Summary.model_validate_json((reference_run() / "summary.json").read_text("utf-8"))


def _run(status: str = "VALID", **changes: Any) -> Measurements:
    """A run whose first comparison is of session-redis and jwt-hs256 in p50."""
    fields: dict[str, Any] = {
        "a": "session-redis",
        "b": "jwt-hs256",
        "metric": "service_p50_ms",
        "primary": False,
        "ratio": 1.4,
        "low": 1.3,
        "high": 1.5,
        "difference": 0.4,
        "difference_low": 0.3,
        "difference_high": 0.5,
        "noise_floor": 0.02,
        "verdict": "slower",
    }
    one = Comparison.model_validate(fields | changes)
    summary = _reference().model_copy(update={"comparisons": [one], "status": status, "reasons": ["V11"]})
    return Measurements(runs={"published-read": summary})


def test_a_ratio_has_the_interval_of_its_comparison() -> None:
    found = read_figure(PROPERLY, "any", _run())
    assert (found.value, found.low, found.high) == (1.4, 1.3, 1.5)


def test_its_interval_is_never_narrower_than_the_noise_floor() -> None:
    found = read_figure(PROPERLY, "any", _run(low=1.39, high=1.41, noise_floor=0.1))
    assert found.low == pytest.approx(1.4 / 1.1)
    assert found.high == pytest.approx(1.54)


def test_a_difference_is_divided_by_what_it_is_compared_with() -> None:
    figure = PROPERLY.model_copy(update={"kind": "difference", "per": 0.1})
    found = read_figure(figure, "any", _run())
    assert (found.value, found.low, found.high) == pytest.approx((4, 3, 5))


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (Measurements(), "published-read was not run"),
        (_run("INVALID"), "the run is INVALID: V11"),
        (_run(ratio=None, refused_because="V21 refused it"), "V21 refused it"),
        (
            _run(metric="cpu_total_us"),
            "the run does not compare 'session-redis' with 'jwt-hs256' in service_p50_ms",
        ),
    ],
)
def test_what_a_run_does_not_say_has_its_reason(measured: Measurements, reason: str) -> None:
    found = read_figure(PROPERLY, "any", measured)
    assert (found.value, found.reason) == (None, reason)


def test_bytes_are_exact_and_a_tail_takes_the_widest_interval() -> None:
    arms = {arm.arm: arm for arm in _reference().arms}
    size = read_figure(PROPERLY.model_copy(update={"kind": "bytes-ratio"}), "any", _run())
    assert size.value == size.low == size.high
    assert size.value == arms["session-redis"].request_bytes / arms["jwt-hs256"].request_bytes  # type: ignore[operator]
    tail = read_figure(Figure(kind="tail", run="published-read", a="session-redis"), "any", _run())
    times = arms["session-redis"].service_ms
    assert tail.value == times["p95"].value / times["p50"].value  # type: ignore[operator]
    assert tail.low == times["p95"].low / times["p50"].high  # type: ignore[operator]


def _rounds(*ratios: float, **changes: Any) -> Measurements:
    """A session that takes so many times 2 ms in each round."""
    readings = []
    for number, ratio in enumerate(ratios):
        readings += [
            reading("session-redis", number, mean_ms=2 * ratio, rate_rps=500 / ratio, **changes),
            reading("jwt-hs256", number),
        ]
    return Measurements(readings=readings)


def test_the_round_is_the_replicate_of_a_set_up() -> None:
    found = read_figure(PUBLISHED, "five-times", _rounds(5, 5, 5, 5))
    assert (found.value, found.low, found.high) == pytest.approx((5, 5, 5))
    spread = read_figure(PUBLISHED, "five-times", _rounds(4, 5, 6.25))
    assert spread.value == pytest.approx(5)
    assert (spread.low or 5) < 4
    rate = read_figure(PUBLISHED.model_copy(update={"kind": "rate-ratio"}), "five-times", _rounds(4, 4, 4))
    assert rate.value == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        (Measurements(), "the set-up was not measured"),
        (_rounds(5, 5), "2 rounds: 3 are needed for an interval"),
        (_rounds(5, 5, 5, errors=1), "3 of 3 rounds have no such figure"),
    ],
)
def test_what_a_set_up_does_not_say_has_its_reason(measured: Measurements, reason: str) -> None:
    assert read_figure(PUBLISHED, "five-times", measured).reason == reason


def test_readings_of_another_claim_do_not_count() -> None:
    assert read_figure(PUBLISHED, "other", _rounds(5, 5, 5)).reason == "the set-up was not measured"


def _curve(arm: str, delay_ms: float, cost_ms: float) -> list[SetUpReading]:
    """A closed loop: X = min(N / (delay + cost), 1 / cost)."""
    return [
        reading(arm, connections=count, rate_rps=1000 * min(count / (delay_ms + cost_ms), 1 / cost_ms))
        for count in (2, 5, 10, 20, 40, 80)
    ]


def test_curves_cross_where_a_delay_is_hidden() -> None:
    """The slow arm catches up with 1 / 0.25 ms when N = (10 + 0.1) / 0.25."""
    curves = [*_curve("slow", 10, 0.1), *_curve("fast", 0, 0.25)]
    assert crossover(curves, "slow", "fast") == pytest.approx(40.4, rel=0.02)
    assert crossover([*_curve("slow", 100, 0.1), *_curve("fast", 0, 0.25)], "slow", "fast") is None
    assert crossover([*_curve("slow", 0, 0.1), *_curve("fast", 0, 0.25)], "slow", "fast") is None


def test_the_crossing_moves_with_the_delay() -> None:
    readings = [
        one.model_copy(update={"round": number})
        for number in range(3)
        for one in [*_curve("far", 10, 0.1), *_curve("near", 2, 0.1), *_curve("fast", 0, 0.25)]
    ]
    figure = Figure(kind="crossover-growth", set_up="in turn", a="far", b="fast", nearer="near")
    found = read_figure(figure, "five-times", Measurements(readings=readings))
    assert found.value == pytest.approx(10.1 / 2.1, rel=0.05)


def test_a_million_sessions_from_the_slope_of_the_stores_memory() -> None:
    counts = [0, 100_000, 200_000, 300_000]
    fill = FillReading(
        claim="c",
        set_up="a million",
        arm="session-redis",
        counts=counts,
        bytes=[5_000_000 + 400 * n for n in counts],
    )
    figure = Figure(kind="million-megabytes", set_up="a million", a="session-redis")
    found = read_figure(figure, "c", Measurements(fills=[fill]))
    assert found.value == pytest.approx(400)
    assert found.low == pytest.approx(400)
    assert read_figure(figure, "other", Measurements(fills=[fill])).reason == "the store was not filled"

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.saturation.page import figures_of, render_saturation_page
from analysis.saturation.report import Measured, ratios, scheme_found
from analysis.saturation.terminal import print_saturation
from analysis.saturation.words import reservations, soak_words
from authbench.contracts.failure import Failure
from authbench.contracts.saturation.folder import TrialWriter, read_report, write_report
from authbench.contracts.saturation.report import SaturationReport
from authbench.contracts.saturation.trial import Trial
from tests.analysis.saturation.made_trials import EFFORT, LATE, OBJECTIVES, PLACEMENT, report_of, trial

LIMITS = {("jwt-hs256", 0, 1): ("machine", "4 trials at 990 requests/s were invalid")}


def _trials(scheme: str, lower: float, upper: float) -> list[Trial]:
    found = [
        trial(rate, bad, scheme=scheme) for rate, bad in ((lower, (0, 0)), (upper, (0.5, 0))) for _ in "ab"
    ]
    found += [trial(1.4 * upper, (0.6, 0.6), scheme=scheme) for _ in "ab"]
    found += [
        trial(share * lower, scheme=scheme, purpose="curve", mean_ms=1 / (1 - share))
        for share in (0.1, 0.5, 0.9)
    ]
    return [*found, trial(0.9 * lower, (0.03, 0.0), scheme=scheme, purpose="soak", seconds=15.0)]


@pytest.fixture(scope="module")
def report() -> SaturationReport:
    trials = [*_trials("session-redis", 1000, 1100), *_trials("jwt-hs256", 1200, 1300)]
    trials.append(trial(990, (1, 1), scheme="jwt-hs256", faults=[LATE]))
    measured = Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, LIMITS)
    schemes = [scheme_found(measured, name) for name in ("session-redis", "jwt-hs256")]
    return report_of(schemes, ratios=ratios(schemes))


def test_each_objective_has_its_bracket_and_an_invalid_trial_counts_for_nothing(
    report: SaturationReport,
) -> None:
    session, token = report.schemes
    assert [(one.bracket.lower_rps, one.bracket.upper_rps) for one in session.found] == [
        (1000, 1100),
        (1100, 1540),
    ]
    assert (token.trials, token.invalid_trials) == (11, 1)
    assert [one.bracket.status for one in token.found] == ["bracket", "undetermined"]
    assert session.found[0].cpu_us == pytest.approx(700)
    assert session.bottleneck.what == "application core"
    assert session.knee is not None
    assert session.knee.rate_rps == 500


def test_a_soak_that_misses_its_objective_is_told_and_one_that_was_not_measured_is_not(
    report: SaturationReport,
) -> None:
    strict, loose = report.schemes[0].found
    assert strict.soak is not None
    assert (strict.soak.rate_rps, strict.soak.kept) == (900, False)
    assert loose.soak is None
    assert any("soak at 900" in line for line in report.undetermined)
    assert any("were invalid" in line for line in report.undetermined)


def test_a_soak_that_is_kept_the_second_time_confirms_the_bound_as_half_of_its_trials_may_miss() -> None:
    trials = _trials("session-redis", 1000, 1100)
    for bad, kept in ((0.0, True), (0.02, False)):
        again = trial(900, (bad, 0.0), scheme="session-redis", purpose="soak", seconds=15.0)
        measured = Measured(OBJECTIVES, EFFORT, PLACEMENT, [*trials, again], {})
        soak = scheme_found(measured, "session-redis").found[0].soak
        assert soak is not None
        assert (soak.kept, soak.missed, soak.bad_share) == (kept, 1 if kept else 2, bad)
        assert soak_words(soak) == ("kept, one of 2" if kept else "MISSED: 2.0% bad")


def test_schemes_are_compared_by_their_brackets(report: SaturationReport) -> None:
    (ratio,) = report.ratios[:1]
    assert (ratio.low, ratio.high) == pytest.approx((1000 / 1300, 1100 / 1200))
    assert ratio.paired is None


def test_rounds_give_a_paired_ratio_with_its_interval() -> None:
    trials = [
        each.model_copy(update={"record": each.record.model_copy(update={"generation": number})})
        for number, factor in enumerate((1.0, 1.05, 0.98))
        for name, rate in (("session-redis", 1000), ("jwt-hs256", 1250))
        for each in _trials(name, rate * factor, 1.1 * rate * factor)
    ]
    effort = EFFORT.model_copy(update={"rounds": 3})
    measured = Measured(OBJECTIVES, effort, PLACEMENT, trials, {})
    schemes = [scheme_found(measured, name) for name in ("session-redis", "jwt-hs256")]
    ratio = ratios(schemes)[0]
    assert ratio.paired == ratio.paired_low == ratio.paired_high == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("upper", "limit", "status"),
    [
        (1100, "machine", "bracket"),
        (1100, "time", "bracket"),
        (1300, "machine", "undetermined"),
        (1100, "generator", "lower-bound"),
    ],
)
def test_a_bracket_is_one_whatever_ended_its_search(upper: float, limit: str, status: str) -> None:
    trials = [trial(rate, (bad, bad)) for rate, bad in ((1000, 0), (upper, 0.5)) for _ in "ab"]
    limits = {("session-redis", 0, 1): (limit, "why")}
    found = scheme_found(Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, limits), "session-redis")
    assert found.found[1].bracket.status == status


def test_where_the_bench_was_full_the_result_is_a_lower_bound() -> None:
    full: dict[str, Any] = {"generator_cpu_ns": 4_500_000_000}
    trials = [*_trials("session-redis", 1000, 1100)[:2], *[trial(1100, (0.5, 0.5), **full) for _ in "ab"]]
    found = scheme_found(Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, {}), "session-redis")
    assert found.bottleneck.what == "generator"
    bracket = found.found[0].bracket
    assert (bracket.status, bracket.lower_rps, bracket.upper_rps) == ("lower-bound", 1000, None)
    assert "lower bound" in bracket.why


def test_the_terminal_tells_brackets_bottlenecks_and_every_reservation(report: SaturationReport) -> None:
    out = io.StringIO()
    print_saturation(report, Console(file=out))
    text = out.getvalue()
    for words in (
        "1,000 to 1,100",
        "MISSED: 3.0% bad",
        "bottleneck application core",
        "knee 500/s",
        "0.77 to 0.92 (less)",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 200


def test_the_page_has_every_bracket_and_its_figure_and_loads_nothing(report: SaturationReport) -> None:
    page = render_saturation_page(report)
    for words in ("1,000 to 1,100", "application core", "soak at 900", 'data-figure="latency-throughput"'):
        assert words in page
    assert not re.search(r'(?:src|href)="https?:', page)
    assert "p99 by requests a second" in figures_of(report)["latency-throughput"].alt


def test_a_search_on_a_machine_that_did_other_things_says_so(report: SaturationReport) -> None:
    assert not [line for line in reservations(report) if "the machine did other things" in line]
    schemes = [one.model_copy(update={"trials": 10, "invalid_trials": 4}) for one in report.schemes]
    disturbed = report.model_copy(update={"schemes": schemes})
    assert "8 of 20 trials were invalid: the machine did other things" in list(reservations(disturbed))[-1]


def test_without_a_curve_there_is_no_figure(report: SaturationReport) -> None:
    bare = report.model_copy(
        update={"schemes": [one.model_copy(update={"curve": [], "knee": None}) for one in report.schemes]}
    )
    assert figures_of(bare) == {}
    assert "1,000 to 1,100" in render_saturation_page(bare)


def test_rates_are_of_as_many_processes_as_there_were(report: SaturationReport) -> None:
    several = report.model_copy(update={"workers": 2, "workload": "mixed"})
    out = io.StringIO()
    print_saturation(several, Console(file=out))
    assert "Highest rate of 2 server processes, workload mixed, 1 round" in out.getvalue()
    assert "requests/s of 2 server processes with p99" in render_saturation_page(several)
    assert "requests/s of one server process with p99" in render_saturation_page(report)


def test_only_a_run_with_its_report_is_whole(tmp_path: Path, report: SaturationReport) -> None:
    with TrialWriter(tmp_path, report.run_id) as writer:
        writer.append(trial(500))
    with pytest.raises(Failure, match="interrupted, so it is not whole"):
        read_report(writer.folder)
    path = write_report(writer.folder, report)
    assert read_report(path) == read_report(writer.folder) == report
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 9'))
    with pytest.raises(Failure, match="update authbench"):
        read_report(path)
    path.write_text('{"schema_version": 1}')
    with pytest.raises(Failure, match="damaged at"):
        read_report(path)

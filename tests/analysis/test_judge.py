from pathlib import Path

import pytest

from analysis.comparison.stopping import primary_ratio
from analysis.data.run import load_run, log_ratios
from analysis.judge import enough, judge, progress
from analysis.statistics.intervals import nested_ratio
from tests.analysis.build_run import MIXED, MiniRun, experiment, slice_record


def test_a_good_slice_is_neither_void_nor_tagged() -> None:
    _, samples = MiniRun().samples[0, 0, "session-redis"]
    assert judge(slice_record(), samples, experiment()) == ([], [])


def test_a_slice_is_void_once_per_rule_and_tagged_apart() -> None:
    _, samples = MiniRun().samples[0, 0, "session-redis"]
    record = slice_record(in_flight_max=1000, server_requests=39, longest_silence_ns=1_020_000_000)
    assert judge(record, samples, experiment()) == (["V01", "V03"], ["STALL"])


def test_where_only_correctness_is_asked_only_reconciling_voids() -> None:
    _, samples = MiniRun().samples[0, 0, "session-redis"]
    plan = experiment(judged_by="correctness")
    assert judge(slice_record(in_flight_max=1000), samples, plan) == ([], ["V03"])
    assert judge(slice_record(server_requests=39), samples, plan) == (["V01"], [])


def test_the_figure_so_far_is_the_one_the_report_will_give(tmp_path: Path) -> None:
    mini = MiniRun(generations=3)
    mini.replace("none", 0, 1)
    mini.give_up("jwt-hs256", 1, 2)
    run = load_run(mini.write(tmp_path))
    final = nested_ratio(log_ratios(run.slices, "cpu_total_us", "session-redis", "jwt-hs256"))
    so_far = primary_ratio(mini.slices, run.manifest.experiment)
    assert so_far is not None
    assert so_far.ratio == pytest.approx(final.ratio)
    assert so_far.log.half_width == pytest.approx(final.log.half_width)
    assert so_far.cycles == final.cycles == 11


def test_it_is_not_enough_before_the_least_number_of_generations() -> None:
    assert enough(MiniRun(generations=2, noise=1e-6).slices, experiment(generations_min=3)) is None


def test_a_narrow_interval_is_enough_wherever_it_lies() -> None:
    for factor in (1.0, 700 / 600):  # a difference, and none
        mini = MiniRun(generations=3, noise=0.002, factor={"jwt-hs256": factor})
        reason = enough(mini.slices, experiment())
        assert reason is not None
        assert "no wider than the +-5.0% asked for" in reason


def test_twins_that_differ_get_one_more_generation_while_there_is_one() -> None:
    slices = MiniRun(generations=3, noise=0.002, factor={"session-redis (twin)": 1.1}).slices
    assert enough(slices, experiment()) is None
    assert enough(slices, experiment(generations_max=3)) is not None


def test_a_wide_interval_goes_on_until_the_most_generations() -> None:
    slices = MiniRun(generations=3, noise=0.5).slices
    assert enough(slices, experiment()) is None
    reason = enough(slices, experiment(generations_max=3))
    assert reason is not None
    assert "the most that was asked for" in reason


def test_correctness_stops_after_the_planned_generations_whatever_the_interval() -> None:
    slices = MiniRun(generations=2, noise=1e-6).slices
    plan = experiment(judged_by="correctness", generations_max=2)
    assert enough(slices, plan) == "all 2 planned generations were measured"
    assert enough(slices, plan.model_copy(update={"generations_max": 3})) is None


def test_a_run_in_which_nothing_is_comparable_still_ends() -> None:
    mini = MiniRun(generations=2)
    mini.slices = [j.model_copy(update={"void_because": ["V03"]}) for j in mini.slices]
    assert enough(mini.slices, experiment()) is None
    assert enough(mini.slices, experiment(generations_max=2)) is not None


def _budget(budget_s: float, *, generations: int = 3, noise: float = 0.5) -> str | None:
    """Why a run ends whose generations take 6.2 s each."""
    mini = MiniRun(generations=generations, noise=noise)
    plan = experiment(time_budget_s=budget_s)
    return enough(mini.slices, plan, mini.manifest["times"])


def test_no_generation_is_begun_that_does_not_fit_into_the_time() -> None:
    mini = MiniRun(generations=3)
    each_s = mini.manifest["times"][-1].elapsed_s / 3
    assert _budget(4 * each_s + 0.01) is None
    reason = _budget(4 * each_s - 0.01)
    assert reason is not None
    assert "does not fit into" in reason
    assert "where +-5.0% was asked for" in reason


def test_the_half_width_ends_a_run_before_its_time() -> None:
    reason = _budget(1000.0, noise=0.002)
    assert reason is not None
    assert "no wider than the +-5.0% asked for" in reason


def test_the_least_generations_are_measured_whatever_the_time() -> None:
    assert _budget(1.0, generations=1) is None
    assert _budget(1.0, generations=2) is not None


def test_progress_is_one_short_line_from_the_first_slice_on() -> None:
    mini = MiniRun()
    assert progress(mini.slices[:1], experiment()) == "1 slice"
    assert progress([], experiment()) == "0 slices"
    mini.replace("none")
    line = progress(mini.slices, experiment())
    assert line.startswith("CPU session-redis / jwt-hs256 = 1.2")
    assert line.endswith("after 8 cycles, 1 void")


def test_without_the_stores_cpu_the_applications_decides() -> None:
    mini = MiniRun(noise=1e-6)
    mini.change_every("jwt-hs256", store_cpu_ns=None)
    mini.change_every("session-redis", store_cpu_ns=None)
    ratio = primary_ratio(mini.slices, experiment())
    assert ratio is not None
    assert ratio.ratio == pytest.approx(700 / 600, rel=0.001)


def test_an_experiment_that_compares_nothing_has_no_primary_ratio() -> None:
    assert primary_ratio(MiniRun().slices, experiment(compare=[])) is None


def test_a_closed_loop_waits_for_the_server_by_design() -> None:
    _, samples = MiniRun().samples[0, 0, "session-redis"]
    record = slice_record(in_flight_max=1000, generator_cpu_ns=300_000_000)
    assert judge(record, samples, experiment()) == (["V03"], ["V07"])
    assert judge(record, samples, experiment(), "closed") == ([], [])


def test_other_rates_do_not_move_the_figure_so_far() -> None:
    mini = MiniRun(generations=3, ladder=(100.0, 400.0))
    with_ladder = primary_ratio(mini.slices, experiment())
    without = primary_ratio([j for j in mini.slices if j.measured.purpose == "main"], experiment())
    assert with_ladder == without
    assert enough(mini.slices, experiment()) is not None


def test_hashing_passwords_does_not_dilute_the_figure_so_far(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, workload=MIXED)
    run = load_run(mini.write(tmp_path))
    final = nested_ratio(log_ratios(run.slices, "cpu_total_us", "session-redis", "jwt-hs256"))
    so_far = primary_ratio(mini.slices, run.manifest.experiment)
    assert so_far is not None
    assert so_far.ratio == pytest.approx(final.ratio)


def test_a_slice_in_which_nothing_happened_is_void_and_nothing_else() -> None:
    _, samples = MiniRun().samples[0, 0, "session-redis"]
    silent = slice_record(completed=0, accepted=0, user_completed=0, server_requests=0)
    assert judge(silent, samples, experiment())[0] == ["V01"]
    empty = slice_record(requests=0, in_flight_max=0)
    nobody = {name: rows[:0] for name, rows in samples.items()}
    for plan in (experiment(), experiment(judged_by="correctness")):
        assert judge(empty, nobody, plan) == (["V01"], [])


def test_nine_cycles_are_not_enough_however_narrow_the_interval() -> None:
    slices = MiniRun(generations=3, cycles=3, noise=1e-6).slices
    assert enough(slices, experiment(cycles=3)) is None
    assert enough(MiniRun(generations=4, cycles=3, noise=1e-6).slices, experiment(cycles=3)) is not None
    reason = enough(slices, experiment(cycles=3, generations_max=3))
    assert reason is not None
    assert "the most that was asked for" in reason

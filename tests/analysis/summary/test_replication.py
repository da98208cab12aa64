from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.report.conditions import conditions
from analysis.summary.between_arms import summarize_replication
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun


def _noisy_restarts(spread: float) -> MiniRun:
    """A run in which every second generation of session-redis costs so much more."""
    mini = MiniRun(generations=6, cycles=8, noise=0.01)
    for place, judged in enumerate(mini.slices):
        record = judged.measured
        if record.arm == "session-redis" and record.generation % 2:
            more = {"app_cpu_ns": round((record.app_cpu_ns or 0) * (1 + spread))}
            mini.slices[place] = judged.model_copy(update={"measured": record.model_copy(update=more)})
    return mini


def test_noise_between_generations_asks_for_more_of_them(tmp_path: Path) -> None:
    summary = summarize(judge_run(load_run(_noisy_restarts(0.10).write(tmp_path))))
    found = summary.replication
    assert found is not None
    assert found.between_log == pytest.approx(0.10 / 2 * (6 / 5) ** 0.5, rel=0.15)
    assert found.within_log == pytest.approx(0.01 * 2**0.5, rel=0.3)
    assert found.between_share > 0.9
    told = dict(conditions(summary))["noise"]
    assert told.endswith("comes with its start: shorter generations, and more of them, narrow the interval")


def test_noise_within_generations_asks_for_more_cycles(tmp_path: Path) -> None:
    found = summarize_replication(judge_run(load_run(_noisy_restarts(0.0).write(tmp_path))))
    assert found is not None
    assert found.between_share < 0.5
    assert found.advice.startswith("more cycles")


@pytest.mark.parametrize(("generations", "cycles"), [(1, 4), (3, 1)])
def test_too_few_generations_or_cycles_tell_nothing(tmp_path: Path, generations: int, cycles: int) -> None:
    run = load_run(MiniRun(generations=generations, cycles=cycles).write(tmp_path))
    assert summarize_replication(judge_run(run)) is None
    assert summarize(judge_run(run)).replication is None

from pathlib import Path

import pytest

from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from authbench.contracts.records import GenerationTimes
from tests.analysis.build_run import ARMS, READ, MiniRun


def test_every_arm_has_a_point_in_every_cycle(tmp_path: Path) -> None:
    mini = MiniRun(generations=2)
    mini.manifest["times"] = []
    mini.change("none", generation=1, cycle=1, steal={0: 0.02, 1: 0.4})
    points = timeline(load_run(mini.write(tmp_path)))
    cycles = len(points) // len(ARMS)
    assert [point.number for point in points] == [n for n in range(1, cycles + 1) for _ in ARMS]
    for arm in ARMS:
        ratios = [point.cost_ratio for point in points if point.arm == arm and point.cost_ratio]
        assert sum(ratios) / len(ratios) == pytest.approx(1)
    assert max(points, key=lambda point: point.steal).arm == "none"
    assert all(point.lateness_p99_ms == pytest.approx(0.02) for point in points)
    assert {point.at_s for point in points} == {None}  # this run did not record its times


def test_what_was_void_or_disturbed_says_by_which_rule(tmp_path: Path) -> None:
    mini = MiniRun(generations=2)
    mini.tag("jwt-hs256", "V06 median", every=100)
    mini.replace("none", generation=1, cycle=0, because="V10")
    mini.give_up("session-redis", generation=1, cycle=1, because="V03")
    points = {(p.generation, p.cycle, p.arm): p for p in timeline(load_run(mini.write(tmp_path)))}
    assert points[0, 0, "jwt-hs256"].tags == "V06 median"
    replaced, given_up = points[1, 0, "none"], points[1, 1, "session-redis"]
    assert (replaced.void, replaced.cost_us is None) == ("V10", False)
    assert (given_up.void, given_up.cost_us, given_up.lateness_p99_ms) == ("V03", None, None)


def test_cycles_are_placed_in_the_runs_time(tmp_path: Path) -> None:
    mini = MiniRun(generations=2, cycles=2)
    mini.manifest["times"] = [
        GenerationTimes(
            generation=generation,
            arms=4,
            start_s={"processes": 2.0, "seeding": 1.0},
            cycles_s=4.0,
            elapsed_s=10.0 * (generation + 1),
        )
        for generation in range(2)
    ]
    points = timeline(load_run(mini.write(tmp_path)))
    assert list(dict.fromkeys(point.at_s for point in points)) == [4.0, 6.0, 14.0, 16.0]


def test_a_closed_loop_is_never_late(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    points = timeline(load_run(MiniRun(workload=closed).write(tmp_path)))
    assert {point.lateness_p99_ms for point in points} == {None}

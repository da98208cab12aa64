from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.rules.v22_order import SliceOrder, position_effect
from tests.analysis.build_run import ARMS, MiniRun


def _slowed_by_place(mini: MiniRun, factors: list[float]) -> None:
    mini.slices = [
        judged.model_copy(
            update={
                "measured": judged.measured.model_copy(
                    update={
                        "app_cpu_ns": int(
                            (judged.measured.app_cpu_ns or 0) * factors[judged.measured.position]
                        )
                    }
                )
            }
        )
        for judged in mini.slices
    ]


def test_a_run_in_random_order_shows_no_effect(tmp_path: Path) -> None:
    effect = position_effect(load_run(MiniRun(generations=4, cycles=8).write(tmp_path)), "cpu_total_us")
    assert effect is not None
    assert effect.p_value > 0.01
    assert SliceOrder().check(effect, 0.0) is None


def test_a_place_that_costs_more_is_told_loudly_and_refuses_nothing(tmp_path: Path) -> None:
    mini = MiniRun(generations=4, cycles=8)
    _slowed_by_place(mini, [1.2, 1.0, 1.0, 1.0])
    effect = position_effect(load_run(mini.write(tmp_path)), "cpu_total_us")
    assert effect is not None
    assert effect.span == pytest.approx(0.2, abs=0.04)
    assert effect.drift < 0
    finding = SliceOrder().check(effect, 0.02)
    assert finding is not None
    assert finding.loud
    assert (finding.severity, finding.refuses) == ("tag", "none")
    assert SliceOrder().check(effect, 0.3) is None  # identical arms differ by more


def test_saturated_cycles_in_one_order_refuse_throughput_alone(tmp_path: Path) -> None:
    mini = MiniRun(generations=4, cycles=8, saturated_cycles=2)
    assert list(SliceOrder().check_run(load_run(mini.write(tmp_path / "sound")))) == []
    for place, arm in enumerate(ARMS):
        mini.change_saturated(arm, lambda _, place=place: {"position": place})  # type: ignore[misc]
    (found,) = SliceOrder().check_run(load_run(mini.write(tmp_path)))
    assert (found.severity, found.refuses) == ("refuse-figure", "throughput")
    assert "8 saturated cycles" in found.sentence


def test_too_few_cycles_show_nothing_and_equal_ones_no_effect(tmp_path: Path) -> None:
    run = load_run(MiniRun(run_id="a", generations=1, cycles=1).write(tmp_path))
    assert position_effect(run, "cpu_total_us") is None
    mini = MiniRun(run_id="b", noise=0.0)
    mini.slices = [
        judged.model_copy(
            update={
                "measured": judged.measured.model_copy(update={"app_cpu_ns": 40_000_000, "store_cpu_ns": 0})
            }
        )
        for judged in mini.slices
    ]
    effect = position_effect(load_run(mini.write(tmp_path)), "cpu_total_us")
    assert effect is not None
    assert effect.p_value == 1.0
    assert effect.span == pytest.approx(0, abs=1e-12)


def _in_one_order(mini: MiniRun) -> None:
    order = [arm.label for arm in mini.manifest["experiment"].arms]
    mini.slices = [
        judged.model_copy(
            update={
                "measured": judged.measured.model_copy(update={"position": order.index(judged.measured.arm)})
            }
        )
        for judged in mini.slices
    ]


def test_every_cycle_in_one_order_refuses_every_figure(tmp_path: Path) -> None:
    mini = MiniRun()
    _in_one_order(mini)
    (finding,) = SliceOrder().check_run(load_run(mini.write(tmp_path)))
    assert (finding.severity, finding.refuses, finding.subject) == ("refuse-figure", "all", "the run")
    assert "none had the same place in all of 8 cycles" in finding.sentence


def test_a_random_order_is_one(tmp_path: Path) -> None:
    assert list(SliceOrder().check_run(load_run(MiniRun().write(tmp_path)))) == []


def test_too_few_cycles_may_agree_by_chance(tmp_path: Path) -> None:
    mini = MiniRun(generations=1, generations_min=1, cycles=5)
    _in_one_order(mini)
    assert list(SliceOrder().check_run(load_run(mini.write(tmp_path)))) == []

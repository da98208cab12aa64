"""What a manifest says of its generations."""

import pytest

from authbench.contracts.records import Manifest, Rate, RunPlan, processors_in_words
from tests.analysis.build_run import ARMS, MiniRun

_PLAN = RunPlan(
    cycles=9,
    after_generations=2,
    within_log=0.1,
    between_log=0.0,
    start_s=5.0,
    cycle_s=1.0,
    unclamped=None,
)


def _manifest(**changes: object) -> Manifest:
    return Manifest(**{**MiniRun().manifest, **changes})


def test_the_plan_holds_from_the_generation_after_those_it_rests_on() -> None:
    assert [_manifest().cycles_of(number) for number in range(4)] == [4, 4, 4, 4]
    planned = _manifest(plan=_PLAN, generations_done=4)
    assert [planned.cycles_of(number) for number in range(4)] == [4, 4, 9, 9]
    assert planned.whole_generations == [0, 1, 2, 3]


def test_an_abandoned_generation_is_none_of_those_the_plan_rests_on() -> None:
    planned = _manifest(plan=_PLAN, abandoned_generations=[1], generations_done=3)
    assert planned.whole_generations == [0, 2, 3]
    assert [planned.cycles_of(number) for number in planned.whole_generations] == [4, 4, 9]
    later = _manifest(plan=_PLAN, abandoned_generations=[2], generations_done=3)
    assert [later.cycles_of(number) for number in range(4)] == [4, 4, 9, 9]


@pytest.mark.parametrize("own", [[], ["jwt-hs256"]])
def test_arms_with_a_rate_of_their_own_are_measured_beside_the_control(own: list[str]) -> None:
    rate = Rate(
        offered_rps=200.0, closed_loop_rps={}, share=None, own_rps=90.0 if own else None, own_arms=own
    )
    manifest = _manifest(rate=rate)
    assert manifest.main_arms == [arm for arm in ARMS if arm not in own]
    assert manifest.own_block == (["none", *own] if own else [])


@pytest.mark.parametrize(
    ("cpus", "words"),
    [
        ([], ""),
        ([0, 1], "0,1"),
        ([1001], "1 of host 1"),
        ([0, 1000, 1001, 2007], "0; 0,1 of host 1; 7 of host 2"),
    ],
)
def test_processors_are_told_with_their_host(cpus: list[int], words: str) -> None:
    assert processors_in_words(cpus) == words

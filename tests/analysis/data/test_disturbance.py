"""Which cycles are clean: by how late the generator was, in milliseconds, and by stolen time."""

from pathlib import Path

import pytest

from analysis.data.run import load_run
from tests.analysis.build_run import ARMS, MiniRun


def _late(mini: MiniRun, arm: str, cycle: int, late_ns: int) -> None:
    for generation in (0, 1):
        _, rows = mini.samples[generation, cycle, arm]
        rows["sent_ns"] += late_ns
        rows["done_ns"] += late_ns


def test_a_quiet_run_has_no_clean_part_of_its_own(tmp_path: Path) -> None:
    assert load_run(MiniRun().write(tmp_path)).clean_cycles is None


@pytest.mark.parametrize("arm", ARMS)
def test_a_cycle_is_left_out_whole_whichever_arm_was_disturbed(tmp_path: Path, arm: str) -> None:
    mini = MiniRun(generations=2, cycles=3)
    _late(mini, arm, 1, 700_000)
    mini.change(arm, 0, 2, steal={0: 0.0, 1: 0.06})
    assert load_run(mini.write(tmp_path)).clean_cycles == frozenset({(0, 0), (1, 0), (1, 2)})


def test_how_fast_the_server_answered_leaves_no_cycle_out(tmp_path: Path) -> None:
    mini = MiniRun(generations=2, cycles=3)
    for (_, cycle, _), (_, rows) in mini.samples.items():
        rows["done_ns"] += 20_000_000 * cycle
    assert load_run(mini.write(tmp_path)).clean_cycles is None


def test_a_server_that_waits_for_its_own_processor_leaves_no_cycle_out(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", 0, 1, app_run_queue_wait_ns=200_000_000)
    assert load_run(mini.write(tmp_path)).clean_cycles is None


def test_where_every_cycle_was_disturbed_none_is_clean(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change_every("none", steal={0: 0.3})
    assert load_run(mini.write(tmp_path)).clean_cycles == frozenset()

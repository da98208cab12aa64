from pathlib import Path

import pytest

from analysis.data.run import RunData, load_run
from analysis.data.saturation import saturation, valid_saturated
from authbench.contracts.experiment import Arm, Condition
from tests.analysis.build_run import MiniRun

ARM = "session-redis"


def _run(mini: MiniRun, folder: Path) -> RunData:
    return load_run(mini.write(folder))


def test_saturated_slices_are_in_no_table_of_the_main_rate(tmp_path: Path) -> None:
    plain = _run(MiniRun(run_id="plain"), tmp_path)
    run = _run(MiniRun(saturated_cycles=3), tmp_path)
    assert len(run.slices) == len(plain.slices)
    assert len(run.main) == len(plain.main)
    assert {record.purpose for record in run.valid} == {"main"}
    assert (run.whole_cycles, run.generations) == (plain.whole_cycles, plain.generations)
    assert len(run.rows.table) == len(plain.rows.table)
    assert len(run.ladder_rows.table) == 0


def test_saturated_cycles_have_a_table_of_their_own(tmp_path: Path) -> None:
    run = _run(MiniRun(saturated_cycles=3, noise=0.0), tmp_path)
    table = run.saturated_slices
    assert len(table) == 2 * 3 * 4
    assert table["whole_cycle"].all()
    assert run.by_saturated_slice(ARM, "throughput_rps").mean() == pytest.approx(0.99e6 / 700, rel=0.01)
    assert run.by_saturated_slice(ARM, "cpu_app_us").mean() == pytest.approx(700, rel=0.01)


def test_what_was_full_is_read_from_clocks(tmp_path: Path) -> None:
    found = saturation(_run(MiniRun(saturated_cycles=2, noise=0.0), tmp_path), ARM)
    assert found is not None
    assert (found.slices, found.cores, found.failed_share) == (4, 1, 0)
    assert found.app_busy == pytest.approx(0.99, abs=0.01)
    assert found.generator_busy == pytest.approx(0.25, abs=0.01)
    assert found.store_busy == pytest.approx(0.99 * 30 / 700, rel=0.05)
    assert found.app_processors_busy == pytest.approx(found.app_busy)
    assert found.outside_rps == pytest.approx(0.99 * found.inside_rps, rel=0.01)


def test_stolen_time_is_not_the_servers_to_use(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2, noise=0.0)
    mini.change_saturated(
        ARM, lambda own: {"steal": {0: 0.0, 1: 0.5}, "app_cpu_ns": (own.app_cpu_ns or 0) // 2}
    )
    found = saturation(_run(mini, tmp_path), ARM)
    assert found is not None
    assert found.app_busy == pytest.approx(0.99, abs=0.01)


def test_several_workers_are_held_against_the_processors_they_have(tmp_path: Path) -> None:
    two = Condition(workers=2)
    arms = [
        Arm(scheme="none", role="control"),
        Arm(scheme=ARM, condition=two),
        Arm(scheme=ARM, role="twin", condition=two),
        Arm(scheme="jwt-hs256"),
    ]
    mini = MiniRun(saturated_cycles=2, noise=0.0, arms=arms)
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(update={"app": [1, 2]})
    mini.change_saturated(ARM, lambda own: {"app_cpu_ns": (own.app_cpu_ns or 0) * 2})
    found = saturation(_run(mini, tmp_path), ARM)
    assert found is not None
    assert found.cores == 2
    assert found.app_busy == pytest.approx(0.99, abs=0.01)


def test_readings_that_a_machine_does_not_give_are_not_invented(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=1)
    mini.change_saturated(
        ARM, lambda _: {"busy_ns": None, "store_cpu_ns": None, "generator_busiest_ns": None}
    )
    mini.manifest["placement"] = None
    found = saturation(_run(mini, tmp_path), ARM)
    assert found is not None
    assert found.store_busy is None
    assert found.app_processors_busy is None
    assert found.generator_busy == pytest.approx(0.25, abs=0.01)


def test_void_slices_and_abandoned_generations_do_not_count(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.replace(ARM, 0, 4)
    assert len(valid_saturated(_run(mini, tmp_path), ARM)) == 4
    mini = MiniRun(saturated_cycles=2, run_id="abandoned")
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 1}
    assert len(valid_saturated(_run(mini, tmp_path), ARM)) == 2


def test_no_saturated_slice_tells_nothing(tmp_path: Path) -> None:
    run = _run(MiniRun(), tmp_path)
    assert saturation(run, ARM) is None
    assert run.saturated_slices.empty

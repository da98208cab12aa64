import math
from pathlib import Path

import numpy as np
import pytest

from analysis.data.run import cpu_us_per_request, load_run, log_ratios
from authbench.contracts.failure import Failure
from authbench.contracts.records import Outcome
from tests.analysis.build_run import ARMS, MIXED, MiniRun, slice_record


def test_one_row_per_valid_slice_and_per_request(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=2, requests=40).write(tmp_path))
    assert len(run.slices) == 2 * 4 * len(ARMS)
    assert len(run.rows.table) == len(run.slices) * 40
    assert run.arms == list(ARMS)
    assert run.generations == [0, 1]
    assert len(run.service_ms("none", 0)) == 160


def test_cpu_is_per_completed_user_request() -> None:
    record = slice_record("session-redis", 10, app_cpu_ns=7_000_000, store_cpu_ns=300_000)
    assert cpu_us_per_request(record, has_store=True) == pytest.approx((730, 700, 30, 0))
    lost = slice_record("session-redis", 10, user_completed=5, app_cpu_ns=7_000_000)
    assert cpu_us_per_request(lost, has_store=True).app == pytest.approx(1400)
    none = slice_record("session-redis", 10, user_completed=0)
    assert all(math.isnan(value) for value in cpu_us_per_request(none, has_store=True))


def test_hashing_passwords_is_told_apart() -> None:
    record = slice_record("none", 10, app_cpu_ns=37_000_000, password_cpu_ns=30_000_000, store_cpu_ns=0)
    cpu = cpu_us_per_request(record, has_store=False)
    assert (cpu.total, cpu.app, cpu.password) == pytest.approx((700, 700, 3000))


def test_housekeeping_is_paid_for_by_the_users_requests_and_is_none_of_them(tmp_path: Path) -> None:
    run = load_run(MiniRun(workload=MIXED).write(tmp_path))
    tokens = run.valid_of("jwt-hs256")
    assert {record.completed for record in tokens} == {44}
    assert {record.user_completed for record in tokens} == {40}
    assert len(run.service_ms("jwt-hs256", 0)) == 160


def test_other_rates_and_abandoned_generations_are_compared_with_nothing(tmp_path: Path) -> None:
    mini = MiniRun(generations=3, ladder=(100.0, 400.0))
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 2}
    run = load_run(mini.write(tmp_path))
    assert run.generations == [0, 2]
    assert set(run.slices["cycle"]) == {0, 1, 2, 3}
    assert set(run.ladder_rows.table["cycle"]) == {4, 5}
    assert len(run.main) == len(run.slices) == 2 * 4 * len(ARMS)
    assert len(run.records) == 2 * 6 * len(ARMS)
    assert run.lines == 3 * 6 * len(ARMS)
    assert len(run.service_ms("none", 2)) == 160


def test_damage_in_an_abandoned_generation_is_no_damage(tmp_path: Path) -> None:
    mini = MiniRun(generations=3)
    mini.manifest |= {"abandoned_generations": [2], "generations_done": 2}
    path = mini.write(tmp_path)
    (path / "samples" / "g002-c001.parquet").write_bytes(b"PAR1")
    assert load_run(path).damage == ()


def test_an_unread_store_makes_the_total_unknown_only_for_an_arm_with_one() -> None:
    record = slice_record("session-redis", 10, store_cpu_ns=None)
    total, app, store, _ = cpu_us_per_request(record, has_store=True)
    assert math.isnan(total)
    assert math.isnan(store)
    assert app == 700
    assert cpu_us_per_request(record, has_store=False)[0] == 700


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.ACCEPTED])
def test_whatever_is_not_accepted_counts_as_infinitely_slow(tmp_path: Path, outcome: Outcome) -> None:
    mini = MiniRun()
    _, rows = mini.samples[0, 0, "none"]
    rows["outcome"][0] = outcome
    times = load_run(mini.write(tmp_path)).response_ms("none", 0)
    assert np.isinf(times).sum() == 1
    assert len(times) == 160


def test_a_cycle_without_one_arm_is_compared_for_none(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.give_up("none", 0, 1)
    run = load_run(mini.write(tmp_path))
    ratios = log_ratios(run.slices, "cpu_total_us", "session-redis", "jwt-hs256")
    assert {generation: len(values) for generation, values in ratios.items()} == {0: 3, 1: 4}


def test_a_replaced_slice_counts_once(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.replace("none", 0, 1)
    run = load_run(mini.write(tmp_path))
    assert len(run.records) == len(run.slices) + 1
    assert run.slices["whole_cycle"].all()


def test_damage_is_recorded_and_not_raised(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path)
    (path / "samples" / "g000-c001.parquet").write_bytes(b"PAR1")
    slices = (path / "slices.jsonl").read_text()
    (path / "slices.jsonl").write_text(slices[:-30])
    run = load_run(path)
    assert len(run.damage) == 2
    assert "g000-c001.parquet" in run.damage[1]


def test_a_missing_manifest_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure):
        load_run(tmp_path)


def test_an_arm_with_a_rate_of_its_own_has_its_figures_there(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=2, requests=40, own=["jwt-hs256"]).write(tmp_path))
    assert {record.offered_rate_rps for record in run.valid_of("jwt-hs256")} == {100.0}
    assert {record.offered_rate_rps for record in run.valid_of("none")} == {200.0}
    assert set(run.slices.loc[run.slices["arm"] == "jwt-hs256", "cycle"]) == {4, 5, 6, 7}
    assert run.whole_cycles == 8, "a cycle is whole without it"
    assert len(run.service_ms("jwt-hs256", 0)) == 4 * 20
    assert len(run.service_ms("none", 0)) == 4 * 40


def test_it_is_compared_with_the_control_at_that_rate_and_with_no_other_arm(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=2, noise=1e-6, own=["jwt-hs256"]).write(tmp_path))
    block = run.side_by_side("jwt-hs256", "none")
    assert not isinstance(block, str)
    assert block.whole_cycles == 8
    assert {record.offered_rate_rps for record in block.valid} == {100.0}
    assert len(block.service_ms("none", 0)) == 4 * 20
    logs = log_ratios(block.slices, "cpu_total_us", "jwt-hs256", "none")
    assert np.concatenate(list(logs.values())) == pytest.approx(math.log(602 / 402), abs=1e-3)
    refused = run.side_by_side("session-redis", "jwt-hs256")
    assert refused == "jwt-hs256 was measured at its own rate of 100 requests/s: never compared across rates"
    assert run.side_by_side("session-redis", "none") is run

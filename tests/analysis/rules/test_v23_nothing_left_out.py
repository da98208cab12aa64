from pathlib import Path

import pytest

from analysis.data.run import RunData, load_run
from analysis.rules.v23_nothing_left_out import NothingLeftOut
from authbench.contracts.records import RunPlan
from tests.analysis.build_run import ARMS, MiniRun
from tests.analysis.rules.one import only


def _loaded(mini: MiniRun, tmp_path: Path) -> RunData:
    return load_run(mini.write(tmp_path))


@pytest.mark.parametrize("status", ["running", "interrupted", "aborted"])
def test_v23_voids_a_run_that_is_not_complete(tmp_path: Path, status: str) -> None:
    mini = MiniRun()
    mini.manifest |= {"status": status, "status_reason": "disk full"}
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert "(disk full): its figures are not used" in finding.sentence


def test_v23_misses_a_deleted_line(tmp_path: Path) -> None:
    mini = MiniRun()
    path = mini.write(tmp_path)
    lines = (path / "slices.jsonl").read_text().splitlines(keepends=True)
    (path / "slices.jsonl").write_text("".join(lines[1:]))
    findings = list(NothingLeftOut().check_run(load_run(path)))
    assert {finding.severity for finding in findings} == {"void-run"}
    assert (findings[0].number, findings[0].limit) == (31, 32)


def _plan(cycles: int, after: int = 1) -> RunPlan:
    return RunPlan(
        cycles=cycles,
        after_generations=after,
        within_log=0.1,
        between_log=0.0,
        start_s=5.0,
        cycle_s=1.0,
        unclamped=None,
    )


def test_v23_follows_the_plan_of_the_run(tmp_path: Path) -> None:
    assert list(NothingLeftOut().check_run(_loaded(MiniRun(run_id="a", planned=_plan(7)), tmp_path))) == []
    for run_id, claimed, words in (
        ("b", 8, "4 planned slices were never measured"),
        ("c", 5, "8 measured slices were never planned"),
    ):
        mini = MiniRun(run_id=run_id, planned=_plan(7))
        mini.manifest["plan"] = _plan(claimed)
        finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
        assert finding.sentence == words


def test_v23_looks_at_the_cycles_at_an_own_rate(tmp_path: Path) -> None:
    own = ["jwt-hs256"]
    assert list(NothingLeftOut().check_run(_loaded(MiniRun(run_id="a", own=own), tmp_path))) == []
    mini = MiniRun(run_id="b", own=own)
    del mini.slices[mini.find("none", 1, 6)]
    del mini.samples[1, 6, "none"]
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.sentence == "1 planned slice was never measured"
    mini = MiniRun(run_id="c", own=own)
    del mini.samples[1, 6, "none"]
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert "0 of 20 rows are there" in finding.sentence


def test_v23_misses_a_slice_that_was_never_written(tmp_path: Path) -> None:
    mini = MiniRun()
    del mini.slices[mini.find("none", 1, 3)]
    del mini.samples[1, 3, "none"]
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.subject == "none in generation 1, cycle 3"


def test_v23_finds_a_slice_nobody_planned(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["generations_done"] = 1
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert finding.number == 16


def test_v23_counts_only_one_attempt(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.replace("none")
    place = mini.find("none")
    mini.slices[place] = mini.slices[place].model_copy(update={"void_because": []})
    findings = list(NothingLeftOut().check_run(_loaded(mini, tmp_path)))
    assert "2 attempts" in findings[0].sentence


def test_v23_misses_a_deleted_samples_file(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path)
    (path / "samples" / "g001-c002.parquet").unlink()
    finding = only(NothingLeftOut().check_run(load_run(path)), "void-run")
    assert finding.sentence == "its samples file is missing"


def test_v23_misses_a_damaged_samples_file(tmp_path: Path) -> None:
    path = MiniRun().write(tmp_path)
    (path / "samples" / "g001-c002.parquet").write_bytes(b"PAR1")
    assert "damaged" in only(NothingLeftOut().check_run(load_run(path)), "void-run").sentence


def test_v23_misses_rows(tmp_path: Path) -> None:
    mini = MiniRun()
    position, rows = mini.samples[0, 0, "none"]
    mini.samples[0, 0, "none"] = (position, {name: column[1:] for name, column in rows.items()})
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
    assert (finding.number, finding.limit) == (39, 40)


def test_v23_finds_rows_of_a_slice_that_does_not_count(tmp_path: Path) -> None:
    mini = MiniRun()
    rows = mini.samples[0, 0, "none"]
    mini.give_up("none")
    mini.samples[0, 0, "none"] = rows
    only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")


def test_v23_accepts_a_replaced_slice_and_a_cycle_given_up(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.replace("none", 0, 0)
    mini.give_up("jwt-hs256", 1, 1)
    assert list(NothingLeftOut().check_run(_loaded(mini, tmp_path))) == []


def test_v23_refuses_figures_when_voiding_selects(tmp_path: Path) -> None:
    mini = MiniRun(cycles=6)
    for cycle in range(5):
        mini.replace("session-redis", 0, cycle)
    finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "refuse-figure")
    assert finding.refuses == "all"


def test_v23_lets_voids_pass_that_fall_on_every_arm(tmp_path: Path) -> None:
    mini = MiniRun(cycles=6)
    for arm in ARMS:
        for cycle in range(5):
            mini.replace(arm, 0, cycle)
    assert list(NothingLeftOut().check_run(_loaded(mini, tmp_path))) == []


def test_v23_knows_an_interrupted_run_that_went_on(tmp_path: Path) -> None:
    mini = MiniRun(generations=3)
    del mini.slices[mini.find("none", 1, 3)]
    del mini.samples[1, 3, "none"]
    mini.manifest |= {"abandoned_generations": [1], "generations_done": 2}
    assert list(NothingLeftOut().check_run(_loaded(mini, tmp_path))) == []


def test_v23_accepts_a_whole_ladder_and_misses_a_rung(tmp_path: Path) -> None:
    mini = MiniRun(ladder=(100.0, 400.0))
    assert list(NothingLeftOut().check_run(_loaded(mini, tmp_path))) == []
    for name, arms in (("one", ["none"]), ("all", list(ARMS))):
        mini = MiniRun(run_id=name, ladder=(100.0, 400.0))
        for arm in arms:
            del mini.slices[mini.find(arm, 1, 5)]
            del mini.samples[1, 5, arm]
        finding = only(NothingLeftOut().check_run(_loaded(mini, tmp_path)), "void-run")
        assert finding.subject == "400 requests/s in generation 1"

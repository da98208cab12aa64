from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.data.run import load_run
from analysis.judge import judge
from analysis.rules.discovery import run_findings
from analysis.rules.rule import Loop, MeasuredSlice
from analysis.rules.v34_clock import Clock
from analysis.validity.finding import Finding
from tests.analysis.build_run import Columns, MiniRun, columns, experiment, slice_record
from tests.analysis.rules.one import one


def _disorder(rows: Columns, loop: Loop = "open") -> Finding | None:
    return one(Clock().check_integrity(MeasuredSlice(slice_record(), rows, loop)))


def _rows() -> Columns:
    return columns(40, 2.0, np.random.default_rng(2))


def _swap(rows: Columns) -> None:
    rows["due_ns"][[3, 30]] = rows["due_ns"][[30, 3]]
    rows["sent_ns"] = rows["due_ns"] + 1
    rows["done_ns"] = rows["sent_ns"] + 1


def _set(name: str, value: int) -> Callable[[Columns], None]:
    def change(rows: Columns) -> None:
        rows[name][-1] = value

    return change


def _late(rows: Columns) -> None:
    for name in ("due_ns", "sent_ns", "done_ns"):
        rows[name][-1] = 305_000_000


def test_a_clock_that_runs_forward_passes() -> None:
    assert _disorder(_rows()) is None
    never = _rows()
    never["sent_ns"][4] = never["done_ns"][4] = -1
    never["done_ns"][7] = -1
    assert _disorder(never) is None
    coarse = _rows()
    coarse["done_ns"][-1] = 310_900_000
    assert _disorder(coarse) is None
    assert _disorder({name: rows[:0] for name, rows in never.items()}) is None


@pytest.mark.parametrize(
    ("jump", "words"),
    [
        (_swap, "due before the one above them"),
        (_late, "due outside of the slice"),
        (_set("done_ns", -5_000_000_000), "a time before the slice began"),
        (_set("sent_ns", 0), "sent before they were due"),
        (_set("done_ns", 0), "answered before they were sent"),
        (_set("sent_ns", -1), "answered before they were sent"),
        (_set("done_ns", 400_000_000), "answered after the slice was over"),
    ],
)
def test_a_clock_that_jumped_voids_the_slice(jump: Callable[[Columns], None], words: str) -> None:
    rows = _rows()
    jump(rows)
    finding = _disorder(rows)
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V34", "void-slice")
    assert words in finding.sentence


def test_a_closed_loop_has_no_schedule_to_keep() -> None:
    rows = _rows()
    _swap(rows)
    assert _disorder(rows, "closed") is None
    rows["done_ns"][0] = 0
    assert _disorder(rows, "closed") is not None


def test_it_decides_while_measuring_and_where_only_correctness_is_asked() -> None:
    rows = _rows()
    rows["done_ns"][-1] = 0
    for plan in (experiment(), experiment(judged_by="correctness")):
        assert "V34" in judge(slice_record(), rows, plan)[0]


def test_a_slice_that_counts_all_the_same_voids_the_run(tmp_path: Path) -> None:
    mini = MiniRun(cycles=5)
    _, rows = mini.samples[1, 2, "none"]
    rows["sent_ns"][5] = rows["due_ns"][5] - 1
    findings = run_findings(load_run(mini.write(tmp_path)))
    assert [f.rule for f in findings if f.severity == "void-run"] == ["V34"]


@pytest.mark.parametrize(("step_ns", "told"), [(None, 0), (1_000_000, 0), (1_000_001, 1), (-5_000_000, 1)])
def test_a_wall_clock_that_was_set_is_told(tmp_path: Path, step_ns: int | None, told: int) -> None:
    finding = one(Clock().check_slice(MeasuredSlice(slice_record(clock_step_ns=step_ns), {})))
    assert (finding is not None) == told
    assert finding is None or (finding.severity, finding.refuses) == ("tag", "none")
    mini = MiniRun()
    mini.change("none", 0, 1, clock_step_ns=step_ns)
    assert len(list(Clock().check_run(load_run(mini.write(tmp_path))))) == told


def test_the_longest_step_is_told_for_all(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.change("none", 0, 1, clock_step_ns=2_000_000)
    mini.change("none", 0, 2, clock_step_ns=-9_000_000)
    (finding,) = Clock().check_run(load_run(mini.write(tmp_path)))
    assert finding.sentence.startswith("the wall clock was set by -9.0 ms, and in 1 more slice:")

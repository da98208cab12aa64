from pathlib import Path

import pytest

from analysis.comparison.arms import marks, refused
from analysis.data.run import load_run
from analysis.rules.v28_attribution import Attribution, attributed_ns
from authbench.contracts.records import ProbeReading, SliceRecord
from tests.analysis.build_run import MiniRun, slice_record
from tests.analysis.rules.one import one
from tests.analysis.watched_run import watch

RULE = Attribution()


def _slice(busy_ns: int) -> SliceRecord:
    return slice_record(
        app_cpu_ns=50,
        store_cpu_ns=20,
        generator_cpu_ns=10,
        harness_cpu_ns=6,
        probe=ProbeReading(sent=0, accepted=0, service_ns=[], cpu_ns=4),
        busy_ns={0: busy_ns // 2, 1: busy_ns - busy_ns // 2},
    )


def test_every_process_of_the_run_counts() -> None:
    assert attributed_ns(_slice(100)) == 90
    assert attributed_ns(slice_record(store_cpu_ns=None, app_cpu_ns=5, generator_cpu_ns=1)) == 6


@pytest.mark.parametrize(("busy_ns", "refused"), [(100, False), (101, True), (80, False)])
def test_nine_tenths_of_the_busy_time_are_the_runs(busy_ns: int, refused: bool) -> None:
    finding = one(RULE.check([_slice(busy_ns)]))
    assert (finding is not None) == refused
    assert finding is None or (finding.subject, finding.refuses) == ("the run", "latency")


def test_steps_of_ten_milliseconds_cancel_over_the_run() -> None:
    assert one(RULE.check([_slice(180), _slice(20)])) is None


def test_what_was_not_read_is_not_judged() -> None:
    assert one(RULE.check([slice_record()])) is None
    assert one(RULE.check([])) is None


def test_an_unpinned_hog_marks_latency_and_not_cpu(tmp_path: Path) -> None:
    mini = watch(MiniRun(cycles=5))
    assert list(RULE.check_run(load_run(mini.write(tmp_path / "a")))) == []
    mini.change_every("none", busy_ns={0: 300_000_000, 1: 300_000_000})
    findings = list(RULE.check_run(load_run(mini.write(tmp_path / "b"))))
    assert marks(findings, "jwt-hs256") == {"response": ["V28"], "latency": ["V28"]}
    assert refused(findings, "latency", ["jwt-hs256"]) is None

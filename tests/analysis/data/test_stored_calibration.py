from pathlib import Path

import pytest

from analysis.data.stored_calibration import calibration_path, read_calibration, store_calibration
from analysis.summary.summarize import summarize_run
from authbench.contracts.failure import Failure
from tests.analysis.build_run import MiniRun
from tests.analysis.calibration.make_calibration import make_calibration


def test_it_is_kept_by_machine_and_replaced_as_a_whole(tmp_path: Path) -> None:
    assert read_calibration(tmp_path, "h1") is None
    store_calibration(tmp_path, make_calibration(cpu_us=3.0))
    path = store_calibration(tmp_path, make_calibration(cpu_us=5.0))
    assert path == calibration_path(tmp_path, "h1")
    assert read_calibration(tmp_path, "h1") == make_calibration(cpu_us=5.0)
    assert read_calibration(tmp_path, "h2") is None
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 2}'])
def test_a_damaged_one_is_one_line_that_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = store_calibration(tmp_path, make_calibration())
    path.write_text(content)
    with pytest.raises(Failure, match="delete it and run make calibrate"):
        read_calibration(tmp_path, "h1")


def test_every_report_of_the_machine_has_it(tmp_path: Path) -> None:
    run = MiniRun(generations=5).write(tmp_path / "raw")
    assert summarize_run(run, tmp_path).summary.calibration is None
    store_calibration(tmp_path, make_calibration())
    assert summarize_run(run, tmp_path).summary.calibration == make_calibration()


def test_no_finding_below_what_the_calibration_saw(tmp_path: Path) -> None:
    """The arms differ by about 128 us and 0.5 ms."""
    run = MiniRun(generations=5, noise=0.005).write(tmp_path / "raw")

    def verdicts() -> dict[str, tuple[str, str | None]]:
        first = summarize_run(run, tmp_path).summary.comparisons[:5]
        return {c.metric: (c.verdict, c.refused_because) for c in first}

    assert verdicts()["cpu_total_us"] == ("slower", None)
    store_calibration(tmp_path, make_calibration(cpu_us=100.0, latency_ms=0.1))
    assert verdicts()["cpu_total_us"] == ("slower", None)
    assert verdicts()["service_p50_ms"] == ("slower", None)
    store_calibration(tmp_path, make_calibration(cpu_us=200.0, latency_ms=0.1))
    assert verdicts()["cpu_total_us"] == ("below-noise-floor", None)
    assert verdicts()["cpu_app_us"] == ("below-noise-floor", None)
    assert verdicts()["service_p50_ms"] == ("slower", None)
    store_calibration(tmp_path, make_calibration(cpu_us=None, latency_ms=9.0))
    verdict, reason = verdicts()["cpu_total_us"]
    assert verdict == "inconclusive"
    assert "saw no planted effect" in (reason or "")
    assert verdicts()["service_p50_ms"] == ("below-noise-floor", None)

from pathlib import Path

import pytest

from authbench.contracts.calibration import (
    READINGS,
    ClosedRound,
    NullReadings,
    OpenRound,
    read_readings,
    write_readings,
)
from authbench.contracts.failure import ExitCode, Failure

NULL = NullReadings(
    open_rounds=[OpenRound(rate_rps=100.0, duration_s=1.0, service_ns=[60_000], lateness_ns=[20_000])],
    closed_rounds=[ClosedRound(connections=64, duration_s=1.0, completed=100, generator_cpu_ns=2_000_000)],
)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_readings(tmp_path, NULL)
    assert read_readings(tmp_path) == NULL
    assert [path.name for path in tmp_path.iterdir()] == [READINGS]


def test_a_run_without_readings_is_no_calibration(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is no calibration, or was interrupted") as caught:
        read_readings(tmp_path)
    assert caught.value.exit_code is ExitCode.INVALID


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": 2}', '{"open_rounds": 3}'])
def test_damaged_readings_are_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / READINGS).write_text(content)
    with pytest.raises(Failure, match="damaged at"):
        read_readings(tmp_path)

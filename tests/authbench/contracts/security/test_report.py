import gzip
import stat
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.attack import AttackOutcome, AttackReport
from authbench.contracts.security.report import (
    Kind,
    new_run_id,
    read_security_report,
    report_path,
    security_reports,
    write_security_report,
)
from tests.loadtests.attacks.reports import HEADER, cell, report

REPORT = report(cell("session-redis", AttackOutcome.REJECTED))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = write_security_report(tmp_path, REPORT)
    assert path == tmp_path / "security" / "20261126T150000Z-attack-1a2b3c" / "attack.json"
    assert path == report_path(tmp_path, HEADER)
    assert read_security_report(path, AttackReport) == REPORT
    assert security_reports(tmp_path, Kind.ATTACK) == [path]
    assert security_reports(tmp_path, Kind.DRILL) == []


def test_a_packed_report_is_the_same_report(tmp_path: Path) -> None:
    path = write_security_report(tmp_path, REPORT)
    packed = path.with_name("attack.json.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert security_reports(tmp_path, Kind.ATTACK) == [path]
    path.unlink()
    assert security_reports(tmp_path, Kind.ATTACK) == [packed]
    assert read_security_report(packed, AttackReport) == REPORT


def test_nobody_else_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_security_report(tmp_path, REPORT)
    write_security_report(tmp_path, REPORT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "security").touch()
    with pytest.raises(Failure, match=r"cannot be written: .*--results") as caught:
        write_security_report(tmp_path, REPORT)
    assert caught.value.exit_code is ExitCode.INVALID


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "damaged at"),
        (b"{}", "damaged at header"),
        (b"\xff", "not text"),
        (b'{"header": {"schema_version": 99}}', "reads up to 1: update authbench"),
    ],
)
def test_damage_is_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "attack.json"
    path.write_bytes(content)
    with pytest.raises(Failure, match=told):
        read_security_report(path, AttackReport)


def test_a_report_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        read_security_report(tmp_path / "attack.json", AttackReport)


def test_ids_of_runs_differ_and_say_what_was_done() -> None:
    one, other = new_run_id(Kind.DRILL), new_run_id(Kind.DRILL)
    assert one != other
    assert one.split("-")[1] == "drill"

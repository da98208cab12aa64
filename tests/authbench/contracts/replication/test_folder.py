"""Reports of published claims are found again, and damage is told in one line."""

from pathlib import Path

import pytest

from analysis.replication.verdict import judge_claim
from authbench.contracts.failure import Failure
from authbench.contracts.replication.folder import read_replication, replications, write_replication
from authbench.contracts.replication.report import Measured
from tests.analysis.replication.made_claims import claim, report


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert replications(tmp_path) == []
    found = report([judge_claim(claim(), lambda _: Measured(reason="V21"))])
    path = write_replication(tmp_path, found)
    assert read_replication(path) == read_replication(path.parent) == found
    assert replications(tmp_path) == [found]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "cannot be read"),
        ("[]", "damaged at"),
        ('{"schema_version": 99}', "written with schema 99"),
        ('{"schema_version": 1}', "damaged at"),
    ],
)
def test_damage_is_told_in_one_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "replication.json"
    path.write_text(content)
    with pytest.raises(Failure, match=told):
        read_replication(path)


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="name a folder of results/replication"):
        read_replication(tmp_path / "nothing")

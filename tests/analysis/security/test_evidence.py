"""Reports are found by name or as the newest; what is missing or damaged is told in one line."""

import subprocess
from pathlib import Path

import pytest

from analysis.security.evidence import evidence_in, find_evidence
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.security.report import write_security_report
from tests.analysis.security.reports import (
    attack_report,
    drill_report,
    drilled,
    every_outcome,
    revocation_report,
    revoked,
    windows,
)


def test_the_newest_of_each_kind_and_every_drill(tmp_path: Path) -> None:
    for number in (1, 2):
        write_security_report(tmp_path, attack_report(number=number))
    write_security_report(tmp_path, revocation_report())
    for number, name in enumerate(("store-killed", "store-slow"), 1):
        write_security_report(tmp_path, drill_report(name, Effect.UNREACHABLE, number=number))
    found = find_evidence(tmp_path)
    assert found.attack is not None
    assert found.attack.header.run_id == "20261126T150002Z-attack-1a2b3c"
    assert [drill.drill for report in found.drills for drill in report.drills] == [
        "store-killed",
        "store-slow",
    ]
    assert len(found.headers) == 4
    assert evidence_in(tmp_path) == found


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["id", "folder", "file"])
def test_a_report_can_be_named(tmp_path: Path, form: str, packed: bool) -> None:
    for number in (1, 2):
        written = write_security_report(tmp_path, attack_report(number=number))
    first = written.parent.parent / "20261126T150001Z-attack-1a2b3c"
    if packed:
        subprocess.run(["gzip", first / "attack.json"], check=True)
    named = {"id": first.name, "folder": str(first), "file": str(first / "attack.json")}[form]
    found = find_evidence(tmp_path, attack=named)
    assert found.attack is not None
    assert found.attack.header.run_id == first.name


def test_a_report_of_judges_alone_is_no_evidence(tmp_path: Path) -> None:
    """Pages of runs are drawn from evidence_in: make judges before any attack must not end them."""
    report = tmp_path / "security" / "20261126T150000Z-judges-1a2b3c" / "judges.json"
    report.parent.mkdir(parents=True)
    report.write_text("{}", "utf-8")
    assert evidence_in(tmp_path) is None


def test_what_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no report of attacks, revocations or drills yet: authbench attack"):
        find_evidence(tmp_path)
    assert evidence_in(tmp_path) is None
    write_security_report(tmp_path, attack_report())
    with pytest.raises(Failure, match=r"no revocation report 'x' under .*authbench revoke printed"):
        find_evidence(tmp_path, revocation="x")


def test_what_shows_nothing_and_what_cards_deny_is_told(tmp_path: Path) -> None:
    write_security_report(tmp_path, every_outcome())
    late = revoked("session-redis", 0, 0, windows(1, 2), "longer than declared")
    write_security_report(tmp_path, revocation_report(late, red=False))
    broken = drill_report(
        "store-killed", Effect.UNREACHABLE, drilled("session-redis", held=False), not_shown=("it went on",)
    )
    write_security_report(tmp_path, broken)
    found = find_evidence(tmp_path)
    assert found.void == [
        "E2: it did not succeed on VulnerableLogout",
        "servers.vulnerable.ends.revocation:VulnerableRevocation, logout: it was not longer than declared",
        "store-killed: it went on",
    ]
    assert found.denied == [
        "session-redis, logout: longer than declared",
        "store-killed, session-redis: not refuses",
    ]

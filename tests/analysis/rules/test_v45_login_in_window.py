"""A service that is not part of authbench: what its run is held to, and what cannot be judged."""

from pathlib import Path

from analysis.data.run import load_run
from analysis.rules.discovery import run_findings
from analysis.validity.finding import Finding
from authbench.contracts.records import CanaryResult
from tests.analysis.build_run import MiniRun
from tests.analysis.foreign_run import SESSION, TOKEN, foreign_run


def findings(mini: MiniRun, folder: Path) -> list[Finding]:
    return run_findings(load_run(mini.write(folder)))


def voids(mini: MiniRun, folder: Path) -> list[tuple[str, str]]:
    return [(one.rule, one.subject) for one in findings(mini, folder) if one.severity == "void-run"]


def test_a_sound_run_is_not_voided_and_says_what_could_not_be_judged(tmp_path: Path) -> None:
    found = findings(foreign_run(), tmp_path)
    assert not [one for one in found if one.severity == "void-run"]
    (told,) = [one for one in found if one.rule == "V11/V13/V32/V33"]
    assert "nothing is subtracted" in told.sentence
    assert not [one for one in findings(MiniRun(), tmp_path / "own") if one.rule == told.rule]


def test_a_request_as_dear_as_a_login_voids_the_run(tmp_path: Path) -> None:
    mini = foreign_run(token={"login_cpu_us": 5_000.0})
    mini.change_every(TOKEN, app_cpu_ns=4_000_000 * 40)
    assert voids(mini, tmp_path) == [("V45", TOKEN)]


def test_without_cpu_the_time_decides(tmp_path: Path) -> None:
    assert voids(foreign_run(cpu=False), tmp_path / "fast") == []
    slow = foreign_run(cpu=False, token={"login_ms": 6.0})
    for _, rows in (slow.samples[key] for key in slow.samples if key[2] == TOKEN):
        rows["done_ns"] = rows["sent_ns"] + 5_000_000
    assert voids(slow, tmp_path / "slow") == [("V45", TOKEN)]


def test_nothing_is_told_from_a_fast_login_or_of_a_resource_that_is_so_dear(tmp_path: Path) -> None:
    for name, changes in (
        ("fast", {"login_cpu_us": 700.0}),
        ("slow", {"guarded": False, "login_cpu_us": 5e3}),
    ):
        mini = foreign_run(token=changes)
        mini.change_every(TOKEN, app_cpu_ns=4_000_000 * 40)
        assert voids(mini, tmp_path / name) == []


def test_a_variant_that_lets_anybody_in(tmp_path: Path) -> None:
    mini = foreign_run()
    for place, status in ((0, 302), (1, 200)):
        canaries = [
            CanaryResult(kind="good", expected_status=200, status=200),
            CanaryResult(kind="none", expected_status=302, status=status),
        ]
        mini.change_every((SESSION, TOKEN)[place], canaries=canaries)
    assert voids(mini, tmp_path) == [("V12", TOKEN)]
    nobody = foreign_run()
    nobody.change_every(TOKEN, canaries=[CanaryResult(kind="good", expected_status=200, status=200)])
    assert voids(nobody, tmp_path / "nobody") == [("V12", TOKEN)]


def test_few_users_are_said_and_refuse_nothing(tmp_path: Path) -> None:
    mini = foreign_run()
    workload = mini.manifest["workload"].model_copy(update={"credentials": 100})
    mini.manifest["workload"] = workload
    found = [one for one in findings(mini, tmp_path) if one.rule == "V14"]
    assert [(one.severity, one.refuses) for one in found] == [("tag", "none")]
    assert "100 pairs of user and endpoint" in found[0].sentence

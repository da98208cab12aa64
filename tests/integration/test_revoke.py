"""`authbench revoke` as a user starts it: real servers with two worker processes, a real Redis."""

import json
import signal
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.security.revocation import RevocationReport, RevocationRow
from authbench.contracts.security.timeline import Revocation
from tests.integration.front_door import front_door

pytestmark = [pytest.mark.integration, pytest.mark.long]

USERS = set(Revocation) - {Revocation.KEY_ROTATION}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RevocationReport:
    folder = tmp_path_factory.mktemp("r")
    schemes = ["session-redis", "jwt-hs256", "opaque-redis-cached", "session-redis-rewrite"]
    with front_door(folder, "revoke", *schemes, "--events", "1", "--seed", "1", "--json") as command:
        code, out, err = command.end(within_s=900)
        assert code == ExitCode.DONE, err
        assert not command.family()
    (path,) = folder.glob("results/security/*/revocation.json")
    assert json.loads(path.read_text()) == json.loads(out)
    return RevocationReport.model_validate_json(out)


def rows(report: RevocationReport, scheme: str) -> dict[Revocation, RevocationRow]:
    return {row.kind: row for row in report.rows if row.scheme == scheme}


def test_every_scheme_keeps_its_card_and_every_control_was_found(report: RevocationReport) -> None:
    assert not report.failed
    assert {control.kind for control in report.controls} == set(Revocation)
    assert all(control.red for control in report.controls)
    assert any(control.must == "came back" for control in report.controls)


def test_a_redis_session_ends_at_once_in_every_worker_process(report: RevocationReport) -> None:
    found = rows(report, "session-redis")
    assert found.keys() == USERS
    for row in found.values():
        assert (row.declared_s, row.windows.longest_at_least_s, row.windows.late) == (0, 0, 0)
        assert (row.windows.came_back, row.windows.still_accepted) == (0, 0)
        assert {one.workers for one in row.conditions} == {1, 2}
        assert {one.store_rtt_ms for one in row.conditions} == {0, 2}


def test_a_token_is_good_for_the_rest_of_its_life(report: RevocationReport) -> None:
    found = rows(report, "jwt-hs256")
    assert found.keys() == set(Revocation)
    assert any(found[kind].windows.longest_at_least_s > 0 for kind in USERS)
    for kind in USERS:
        assert found[kind].windows.longest_at_least_s <= 2 == found[kind].declared_s
        assert found[kind].declared_usually_s == 900
    assert found[Revocation.KEY_ROTATION].declared_s < 1
    assert report.scaling is not None
    assert report.scaling.holds, report.scaling


def test_a_cache_is_believed_by_the_process_that_was_not_told(report: RevocationReport) -> None:
    conditions = []
    for row in rows(report, "opaque-redis-cached").values():
        assert row.windows.longest_at_least_s <= 1 == row.declared_s
        conditions += row.conditions
    alone = [one.windows.longest_at_least_s for one in conditions if one.workers == 1]
    two = [one.windows.longest_at_least_s for one in conditions if one.workers == 2]
    assert max(alone) == 0, "the process that is told forgets at once"
    assert max(two) > 0, "the other process had it in its cache"


def test_only_the_scheme_that_says_so_brings_a_session_back(report: RevocationReport) -> None:
    revived = {row.scheme for row in report.rows if row.windows.came_back or row.windows.still_accepted}
    assert revived <= {"session-redis-rewrite"}
    rewrite = rows(report, "session-redis-rewrite").values()
    # It is mostly back before anybody is refused: then nobody sees that it had gone, only that it is there.
    assert sum(row.windows.late for row in rewrite) > 0
    assert all(row.declares_revival for row in rewrite)


LATE = '''
from servers.vulnerable.ends import revocation


class Late(revocation.VulnerableRevocation):
    """The control, as a scheme of the user's own."""

    name = "late"

    def prepare(self):
        super(revocation.Vulnerable, self).prepare()
'''


def test_a_scheme_of_ones_own_that_ends_too_late_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(LATE)
    with front_door(tmp_path, "revoke", "mine:Late", "--events", "1") as command:
        code, out, err = command.end()
    assert code == ExitCode.VERIFICATION, err
    assert "FAILED: mine:Late, logout: longer than declared" in out


def test_an_interruption_leaves_nothing_running(tmp_path: Path) -> None:
    with front_door(tmp_path, "revoke", "session-redis") as command:
        command.wait_for("3 of")
        command.process.send_signal(signal.SIGINT)
        code, _, err = command.end()
        assert code == ExitCode.INTERRUPTED, err
        assert not command.family()
        assert not list(tmp_path.glob("results/security/*/*"))

"""Failure drills as a user runs them: real servers, a real store that is broken, and nothing left behind."""

import signal
from pathlib import Path
from typing import Any

import pytest

from analysis.drills.outcome import exit_code, outcome_of
from authbench.cli.shared.failure_drills import cards_of
from authbench.contracts.failure import ExitCode
from authbench.contracts.security.drill import DrillOutcome, DrillReport
from authbench.contracts.security.report import Kind, read_security_report, security_reports
from loadtests.drills.drill import FailureDrill, find_drills
from loadtests.drills.run_failure import run_failure
from loadtests.drills.site.site import Site
from loadtests.drills.store_killed import StoreKilled
from tests.integration.front_door import front_door

pytestmark = pytest.mark.integration

SLO_MS = 10_000
"""Nothing here depends on how quick the machine is."""
TIMED = {"hang", "resumption"}
"""What an objection is about that a busy machine can cause."""
FAILURES = {name: kind for name, kind in find_drills().items() if issubclass(kind, FailureDrill)}


def test_a_killed_store_stops_sessions_and_not_tokens_and_both_come_back(tmp_path: Path) -> None:
    schemes = ("--scheme", "session-redis", "--scheme", "jwt-hs256")
    with front_door(tmp_path, "drill", "store-killed", *schemes, "--json", "--slo-ms", str(SLO_MS)) as door:
        code, out, err = door.end()
        assert code in (ExitCode.DONE, ExitCode.FOUND), err
        assert not door.family()
    (path,) = security_reports(tmp_path / "results", Kind.DRILL)
    report = read_security_report(path, DrillReport)
    assert report == DrillReport.model_validate_json(out)
    assert report.header.command.startswith("authbench drill store-killed")
    (drill,) = report.drills
    assert all(proof.acted for proof in drill.proofs)
    session, token = drill.schemes
    assert (session.scheme, session.promised, session.card_held) == ("session-redis", "refuses", True)
    assert (token.scheme, token.promised, token.card_held) == ("jwt-hs256", "keeps serving", True)
    during = [each for each in session.timeline if 300 <= each.start_ms < 1800]
    assert sum(each.unavailable for each in during) > 0
    assert session.failed > token.failed
    for each in drill.schemes:
        assert {objection.about for objection in each.objections} <= TIMED, each.objections
        assert (each.wrongly_accepted, each.wrongly_rejected, each.lost.total) == (0, 0, 0)
        assert each.recover_s is not None
        assert each.public is not None
        assert each.public.failed == 0


def test_a_signal_in_the_middle_of_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with front_door(tmp_path, "drill", "store-frozen", "--scheme", "session-redis") as door:
        door.wait_for("under load")
        # The store may be stopped by now, or will never be.
        door.process.send_signal(signal.SIGTERM)
        code, _, err = door.end()
        assert code == ExitCode.INTERRUPTED, err
        assert "Traceback" not in err
        assert not door.family()
    assert not security_reports(tmp_path / "results", Kind.DRILL)


def run(drill: FailureDrill, *schemes: str, seed: int = 1) -> DrillOutcome:
    drilled = run_failure(drill, cards_of(schemes), 60, SLO_MS, seed, lambda _: None)
    return outcome_of(
        drill.name,
        drill.summary,
        drill.effect,
        seed=seed,
        rate_rps=60,
        failure_s=drilled.failure_s,
        load_late_p99_ms=drilled.late_p99_ms,
        proofs=drilled.proofs,
        histories=drilled.histories,
        not_run=drilled.not_run,
    )


EXPECTED: dict[str, dict[str, dict[str, Any]]] = {
    "store-frozen": {
        "session-redis": {"card_held": True, "wrongly_accepted": 0, "wrongly_rejected": 0},
        "opaque-redis-cached": {"card_held": True, "wrongly_accepted": 0, "wrongly_rejected": 0},
    },
    "store-black-holed": {
        "session-redis-near-cache": {"card_held": True},
        "jwt-denylist-local": {"card_held": True},
    },
    "store-restarted-empty": {"session-redis": {"card_held": True}, "jwt-hs256": {"card_held": True}},
    "store-flushed": {"jwt-denylist": {"card_held": True}, "session-cookie-cache": {"card_held": True}},
    "store-slow": {"session-redis": {"logged_out": 0}, "jwt-not-before": {"wrongly_rejected": 0}},
    "store-read-only": {"session-redis": {"logged_out": 0}, "opaque-redis": {"logged_out": 0}},
    "store-evicting-allkeys-lru": {"jwt-denylist": {}, "session-redis": {}},
    "store-evicting-volatile-lru": {"session-redis": {}},
    "store-full-noeviction": {"session-redis": {"logged_out": 0, "wrongly_rejected": 0}},
    "store-failed-over": {"session-redis": {}},
    "store-failed-over-behind": {"session-redis": {}},
    "store-sentinel": {"session-redis": {}, "jwt-denylist-local": {}},
    "store-sentinel-wait": {
        "session-redis": {"card_held": True, "wrongly_accepted": 0, "wrongly_rejected": 0, "logged_out": 0},
        "session-redis-near-cache": {"card_held": True, "wrongly_rejected": 0},
        "jwt-es256": {"wrongly_accepted": 0, "wrongly_rejected": 0},
    },
    "worker-killed": {"session-redis": {"logged_out": 0}, "session-sql": {"logged_out": 0}},
    "server-killed": {"session-memory": {"card_held": True}, "jwt-rs256": {"logged_out": 0}},
    "sql-locked": {"session-sql": {"logged_out": 0, "wrongly_rejected": 0}},
    "sql-read-only": {"session-sql": {"logged_out": 0, "wrongly_rejected": 0}},
    "sql-emptied": {"session-sql": {"card_held": True}},
    "signing-key-rotated": {"jwt-rs256": {"logged_out": 0, "wrongly_rejected": 0}},
}  # fmt: skip
"""Drill -> scheme -> what must be seen of it, beside: no objection."""


def test_every_failure_is_expected_to_show_something() -> None:
    assert {*EXPECTED, "store-killed"} == set(FAILURES)


@pytest.mark.long
@pytest.mark.parametrize("name", EXPECTED)
def test_each_failure_takes_place_and_schemes_do_what_their_cards_say(name: str) -> None:
    outcome = run(FAILURES[name](), *EXPECTED[name])
    assert outcome.not_shown == ()
    for each in outcome.schemes:
        assert {objection.about for objection in each.objections} <= TIMED, each.objections
        told = each.model_dump()
        # Whoever is refreshing when the failure begins loses the answer: chance, and the policy's doing.
        told["logged_out"] -= told["after_lost_refresh"]
        assert {key: told[key] for key in EXPECTED[name][each.scheme]} == EXPECTED[name][each.scheme]


@pytest.mark.long
def test_a_flushed_deny_list_lets_ended_logins_in_again() -> None:
    (outcome,) = run(FAILURES["store-flushed"](), "jwt-denylist").schemes
    assert outcome.wrongly_accepted > 0
    assert outcome.lost.logouts > 0


@pytest.mark.long
def test_a_failover_by_a_sentinel_loses_what_the_replica_has_not_heard_unless_it_is_waited_for() -> None:
    schemes = ("session-redis", "opaque-redis")
    lost, kept = (run(FAILURES[name](), *schemes) for name in ("store-sentinel", "store-sentinel-wait"))
    for outcome in (lost, kept):
        assert outcome.not_shown == ()
        assert all(each.reads_after > 0 for each in outcome.schemes)
        assert all(each.acknowledged.total > 0 for each in outcome.schemes)
    assert sum(each.lost.total for each in lost.schemes) > 0
    assert [each.lost.total for each in kept.schemes] == [0, 0]


@pytest.mark.long
def test_a_scheme_that_fails_open_is_found() -> None:
    outcome = run(StoreKilled(), "tests.integration.failing_open:FailingOpen")
    about = {objection.about for each in outcome.schemes for objection in each.objections}
    assert {"card", "fail open"} <= about
    assert exit_code([outcome]) == ExitCode.VERIFICATION


class NothingHappens(StoreKilled):
    """A drill that kills nothing."""

    name = "nothing-happens"

    def begin(self, site: Site) -> None:
        """Do nothing."""

    def end(self, site: Site) -> None:
        """Nothing to end."""


@pytest.mark.long
def test_a_drill_that_breaks_nothing_shows_nothing() -> None:
    outcome = run(NothingHappens(), "session-redis")
    assert any("PING during the failure" in each for each in outcome.not_shown)
    assert exit_code([outcome]) == ExitCode.FOUND


def test_a_name_and_all_exclude_each_other(tmp_path: Path) -> None:
    with front_door(tmp_path, "drill", "store-killed", "--all") as door:
        code, _, err = door.end()
    assert (code, "leave the name out" in err) == (ExitCode.USAGE, True)


def test_the_help_says_whose_store_it_is(tmp_path: Path) -> None:
    with front_door(tmp_path, "drill", "--help") as door:
        code, out, _ = door.end()
    assert (code, "never a store or server of yours" in " ".join(out.split())) == (ExitCode.DONE, True)

"""What a command concludes of drills, and what it prints."""

import io

import pytest
from rich.console import Console

from analysis.drills.outcome import exit_code, outcome_of
from analysis.drills.terminal import print_drill
from authbench.contracts.failure import ExitCode
from authbench.contracts.security.drill import DrillOutcome, Proof
from authbench.contracts.security.drill_history import Act, Answer, Effect, Event
from tests.analysis.drills.histories import check, event, history

GOOD = [event(Act.READ, at * 0.05, login=1) for at in range(10, 120)]
HELD = Proof(what="PING during the failure", seen="no answer", acted=True)
FAILED = Proof(what="PING during the failure", seen="answered in 1.0 ms", acted=False)
REFUSED = event(Act.READ, 2, Answer.UNAVAILABLE)


def outcome(
    *events: Event, proofs: tuple[Proof, ...] = (HELD,), effect: Effect = Effect.IMPAIRED
) -> DrillOutcome:
    return outcome_of(
        "store-broken",
        "break the store",
        effect,
        seed=1,
        rate_rps=40,
        failure_s=2,
        load_late_p99_ms=3,
        proofs=proofs,
        histories=[history(*events, *GOOD, effect=effect)] if events else [],
        not_run={"session-sql": "its store is a database"},
    )


def printed(shown: DrillOutcome) -> str:
    out = io.StringIO()
    print_drill(shown, Console(file=out, width=100))
    assert all(len(line) <= 100 for line in out.getvalue().splitlines())
    return " ".join(out.getvalue().split())


@pytest.mark.parametrize(
    ("events", "proofs", "effect", "code"),
    [
        ((REFUSED,), (HELD,), Effect.IMPAIRED, ExitCode.DONE),
        ((event(Act.READ, 2, Answer.NO),), (HELD,), Effect.IMPAIRED, ExitCode.VERIFICATION),
        ((event(Act.PUBLIC, 2, Answer.UNKNOWN),), (HELD,), Effect.IMPAIRED, ExitCode.FOUND),
        ((REFUSED,), (HELD, FAILED), Effect.IMPAIRED, ExitCode.FOUND),
        ((REFUSED,), (), Effect.IMPAIRED, ExitCode.FOUND),
        # Nothing is concluded from what did not take place.
        ((event(Act.READ, 2, Answer.NO),), (FAILED,), Effect.IMPAIRED, ExitCode.FOUND),
        ((), (), Effect.IMPAIRED, ExitCode.DONE),
    ],
)
def test_the_exit_code(
    events: tuple[Event, ...], proofs: tuple[Proof, ...], effect: Effect, code: ExitCode
) -> None:
    assert exit_code([outcome(*events, proofs=proofs, effect=effect)]) == code


def test_a_broken_card_weighs_more_than_anything_else() -> None:
    broken = outcome(event(Act.READ, 2, Answer.NO))
    harmed = outcome(event(Act.PUBLIC, 2, Answer.UNKNOWN))
    assert exit_code([harmed, broken, outcome()]) == ExitCode.VERIFICATION


def test_the_table_fits_and_says_everything() -> None:
    login, gone = event(Act.LOGIN, 0.6, login=2), check(Act.READ, Answer.NO, login=2)
    told = printed(outcome(event(Act.READ, 2, Answer.NO), login, gone))
    assert "store-broken: break the store" in told
    assert "session-sql: not run: its store is a database" in told
    assert "acknowledged and lost: 1 of 1 login, 0 of 0 logouts" in told
    assert "! some: card: 1 requests with a live login were refused" in told
    assert "PING during the failure: no answer" in told


def test_a_promise_that_is_broken_is_called_so() -> None:
    unreachable = outcome(event(Act.READ, 2, login=1), effect=Effect.UNREACHABLE)
    assert "BROKEN: refuses" in printed(unreachable)


def test_a_drill_without_proof_shows_nothing_else() -> None:
    told = printed(outcome(event(Act.READ, 2, Answer.NO), proofs=(FAILED,)))
    assert "NOTHING SHOWN: V36: PING during the failure: answered in 1.0 ms" in told
    assert "! some:" not in told


def test_a_drill_that_no_scheme_is_for_says_why() -> None:
    assert "not run: its store is a database" in printed(outcome())


def test_a_failover_is_summed_up_in_one_line() -> None:
    late = [event(Act.READ, 3.5, Answer.UNAVAILABLE)] * 3
    over = history(*late, *GOOD, effect=Effect.LOSES_SOME, over_by_itself=True)
    told = printed(
        outcome_of(
            "store-broken", "break the store", Effect.LOSES_SOME, seed=1, rate_rps=40, failure_s=2,
            load_late_p99_ms=3, proofs=[HELD], histories=[over], not_run={},
        )
    )  # fmt: skip
    assert "sent more than 275 ms after the promotion: 3 of " in told
    assert "acknowledged and lost: 0 of 0 writes" in told
    assert "some: resumption: 3 of " in told
    assert "some: 3 of its " in told

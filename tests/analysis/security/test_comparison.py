"""The comparison says what cards declare and what was measured, each apart."""

import pytest

from analysis.security.comparison import CRITERIA, all_facts, cost_words, read_commands, scheme_facts
from analysis.security.evidence import Evidence
from analysis.security.trade import trade_points
from authbench.contracts.card import Card, Operation
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.security.timeline import Revocation
from tests.analysis.security.reports import (
    CARDS,
    REJECTED,
    SESSION,
    SUCCEEDED,
    TOKEN,
    attack_report,
    card,
    cell,
    drill_report,
    drilled,
    every_outcome,
    revocation_report,
    revoked,
    row,
    windows,
)

WHOLE = Evidence(
    every_outcome(),
    revocation_report(),
    (
        drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis", failed=90)),
        drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"), number=2),
        drill_report("store-flushed", Effect.EMPTIED, drilled("jwt-hs256", held=False, logged_out=3)),
    ),
)


def test_what_fell_and_what_was_tried_leaves_void_rows_out() -> None:
    session, token = all_facts(WHOLE)
    assert [one.id for one in session.fell_to] == []
    assert (session.tried, session.resisted) == (2, 2)
    assert [one.id for one in token.fell_to] == ["E1"]
    assert token.tried == 2


def test_declared_and_measured_windows_stand_beside_each_other() -> None:
    session, token = all_facts(WHOLE)
    logout = dict(CRITERIA)["accepted after logout"]
    assert logout(session) == "declared 0 s; measured up to 0.006 s in 8"
    assert logout(token) == (
        "declared 900 s, until it expires; measured up to 1.8 s in 8, of 2 s declared in this measurement"
    )
    assert token.windows[Revocation.LOGOUT].longest_s == pytest.approx(810)


def test_a_window_that_was_not_kept_is_loud() -> None:
    late = revoked("session-redis", 0, 0, windows(0.5, None, came_back=2), "came back")
    facts = scheme_facts(Evidence(None, revocation_report(late)), "session-redis", SESSION)
    measured = facts.windows[Revocation.LOGOUT].measured
    assert measured == "longer than 0.500 s, its end was not seen in 8; came back 2 times: CAME BACK"


def test_a_store_failure_is_what_the_newest_drill_showed() -> None:
    session, token = all_facts(WHOLE)
    assert session.store_failure == ("is answered 503 (declared; held in store-killed)")
    assert "NOT HELD by drills: " in token.store_emptied
    assert "3 of 20 users logged out" in token.store_emptied
    assert token.store_failure == "is accepted as ever (declared)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (SESSION, "1 (GETEX)"),
        (TOKEN, "none"),
        (card("a", read={"get": 1, "set": 2}), "3 (GET, 2 SET)"),
        (card("a", read={"get": 1}, repeated_commands={Operation.READ: {}}), "0 or 1 (GET)"),
    ],
)
def test_commands_of_a_read(given: Card, words: str) -> None:
    assert read_commands(given) == words
    assert read_commands(given, Operation.REFRESH) == "not offered"


def test_where_a_credential_lives_is_what_script_could_take() -> None:
    rows = row("C1", cell("session-redis", REJECTED, "C1"), cell("jwt-hs256", SUCCEEDED, "C1"))
    session, token = all_facts(Evidence(attack_report(rows)))
    assert session.lives == "the browser's cookie jar, HttpOnly; script could not use it elsewhere (C1)"
    assert token.lives.endswith("; script took it away (C1)")


def test_nothing_measured_says_so() -> None:
    facts = scheme_facts(Evidence(), "session-redis", SESSION)
    words = {label: say(facts) for label, say in CRITERIA}
    assert words["attacks that succeeded"] == "no attack was run"
    assert words["accepted after logout"] == "declared 0 s; measured not measured"
    assert words["cost of a read"] == "no cost run was given"
    assert cost_words(None) == ""


def test_points_without_a_run_have_no_cost() -> None:
    session, token = trade_points(WHOLE, None)
    assert (session.scheme, session.commands, session.p50_ms, session.cpu_us) == (
        "session-redis",
        1,
        None,
        None,
    )
    assert (token.declared_s, token.commands) == (900, 0)
    assert set(CARDS) == {session.scheme, token.scheme}

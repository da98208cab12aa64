"""An outcome in a word, and the scheme whose outcome counts for another one."""

from analysis.security.outcomes import cell_of, short_word
from tests.analysis.security.reports import NOT_RUN, REJECTED, cell, row


def test_the_outcome_of_a_stand_in_counts() -> None:
    tried = cell("session-redis", REJECTED)
    left = cell("session-sql", NOT_RUN, same_as="session-redis")
    assert cell_of(row("E1", tried, left), "session-sql") == tried
    assert cell_of(row("E1", tried, left), "session-redis") == tried
    assert cell_of(row("E1", tried, left), "bff") is None


def test_a_stand_in_that_was_not_asked_for_changes_nothing() -> None:
    left = cell("session-sql", NOT_RUN, same_as="session-redis")
    assert cell_of(row("E1", left), "session-sql") == left


def test_nothing_to_attack_is_not_the_same_as_not_tried() -> None:
    assert short_word(cell("session-redis", NOT_RUN, nothing_there=True)) == "n/a"
    assert short_word(cell("session-redis", NOT_RUN)) == "not run"
    assert short_word(cell("session-redis", REJECTED)) == "rejected"

"""One revocation judged by its probes: hand-written histories first, then any history there can be."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.revocation.windows import judge_window, longest_silence_s
from authbench.contracts.security.timeline import Probe, Verdict
from tests.analysis.revocation.histories import MS, every, probe, revoked

BEFORE = every("+++")
"""Sent at -60, -40, -20: accepted, the last one while the call is about to be made."""


def test_a_credential_that_is_refused_at_once_has_a_window_of_one_probe_at_most() -> None:
    window = judge_window(revoked(BEFORE + every("---", start=5)))
    assert (window.ending, window.at_least_s, window.at_most_s) == ("refused", 0, 0.005)
    assert (window.probes, window.accepted, window.resurrected) == (3, 0, False)


def test_a_refusal_that_was_sent_before_the_call_returned_leaves_no_window() -> None:
    window = judge_window(revoked([*BEFORE, probe(-2, "-"), probe(18, "-")]))
    assert (window.at_least_s, window.at_most_s) == (0, 0)


def test_the_window_lies_between_the_last_accepted_and_the_next_refused() -> None:
    window = judge_window(revoked(BEFORE + every("+++--", start=10)))
    assert (window.at_least_s, window.at_most_s) == (0.05, 0.07)
    assert (window.probes, window.accepted) == (5, 3)
    assert window.life_s == pytest.approx(0.15)


def test_the_slowest_worker_process_decides() -> None:
    quick, slow = BEFORE + every("----", start=10), BEFORE + every("++--", start=15)
    window = judge_window(revoked(quick, slow))
    assert (window.ending, window.at_least_s, window.at_most_s) == ("refused", 0.035, 0.055)
    assert [worker.at_most_s for worker in window.workers] == [0.01, 0.055]


def test_a_refusal_here_and_an_acceptance_there_is_no_resurrection() -> None:
    assert not judge_window(revoked(BEFORE + every("----", 10), BEFORE + every("++--", 15))).resurrected


def test_an_unknown_probe_widens_the_interval_and_proves_nothing() -> None:
    window = judge_window(revoked(BEFORE + every("+??-", start=10)))
    assert (window.at_least_s, window.at_most_s, window.unknown) == (0.01, 0.07, 2)
    assert window.ending == "refused"


def test_what_is_accepted_to_the_end_has_a_window_without_one() -> None:
    window = judge_window(revoked(BEFORE + every("++++", start=10)))
    assert (window.ending, window.at_least_s) == ("accepted", 0.07)
    assert math.isinf(window.at_most_s)


def test_a_credential_that_never_worked_shows_nothing() -> None:
    assert judge_window(revoked(every("???") + every("---", 10))).ending == "unknown"
    assert judge_window(revoked([])).ending == "unknown"


def test_a_server_that_stops_answering_shows_nothing() -> None:
    assert judge_window(revoked(BEFORE + every("????", 10))).ending == "unknown"


def test_a_worker_process_that_shows_nothing_makes_the_rest_unknown_but_keeps_its_bounds() -> None:
    window = judge_window(revoked(BEFORE + every("++--", 10), every("????")))
    assert (window.ending, window.at_least_s) == ("unknown", 0.03)


def test_refused_and_then_accepted_is_a_resurrection() -> None:
    window = judge_window(revoked(BEFORE + every("--+++", start=10)))
    assert window.resurrected
    assert (window.ending, window.at_least_s) == ("accepted", 0.09)


def test_a_resurrection_that_ends_again_is_one_too() -> None:
    window = judge_window(revoked(BEFORE + every("--+--", start=10)))
    assert window.resurrected
    assert (window.ending, window.at_most_s) == ("refused", 0.07)


def test_two_probes_under_way_at_once_have_no_order() -> None:
    """The refusal arrives after the other one was sent: the server may have dealt with that one first."""
    history = [*BEFORE, probe(5, "-", took=20), probe(10, "+", took=3), probe(30, "-")]
    assert not judge_window(revoked(history)).resurrected


def test_one_under_way_with_the_logout_is_an_acceptance_and_no_resurrection() -> None:
    history = [*BEFORE, probe(-5, "+", took=30), *every("---", start=10)]
    window = judge_window(revoked(history))
    assert (window.resurrected, window.at_least_s, window.at_most_s) == (False, 0, 0.01)


def test_a_refusal_before_the_call_is_no_effect_of_it() -> None:
    history = [probe(-60, "+"), probe(-40, "-"), probe(-20, "+"), *every("---", start=10)]
    assert not judge_window(revoked(history)).resurrected


def test_a_renewed_credential_is_another_one() -> None:
    """A request in flight got a fresh snapshot: the stale one was refused, the fresh one never."""
    fresh = [probe(30, "+", renewal=1), probe(50, "+", renewal=1), probe(70, "-", renewal=1)]
    window = judge_window(revoked([*BEFORE, probe(10, "-"), *fresh]))
    assert not window.resurrected
    assert (window.at_least_s, window.at_most_s) == (0.05, 0.07)
    again = judge_window(revoked([*BEFORE, probe(10, "-"), *fresh, probe(90, "+", renewal=1)]))
    assert again.resurrected


def test_a_prober_that_stopped_early_is_seen_in_the_longest_silence() -> None:
    assert longest_silence_s(revoked(BEFORE + every("-" * 20, 10), until=400)) == pytest.approx(0.02)
    assert longest_silence_s(revoked(BEFORE + every("---", 10), until=400)) == pytest.approx(0.35)
    assert longest_silence_s(revoked(BEFORE + every("-??-", 10), until=80)) == pytest.approx(0.06)


PROBES = st.lists(
    st.builds(
        lambda sent, took, verdict: Probe(sent * MS, (sent + took) * MS, verdict),
        st.integers(-100, 300),
        st.integers(1, 60),
        st.sampled_from(Verdict),
    ),
    max_size=30,
)


@given(PROBES, PROBES)
def test_any_history_is_judged_the_same_in_any_order(one: list[Probe], other: list[Probe]) -> None:
    window = judge_window(revoked(one, other))
    assert judge_window(revoked(other[::-1], one[::-1])).at_least_s == window.at_least_s
    assert 0 <= window.at_least_s <= window.at_most_s
    assert (window.ending == "refused") <= math.isfinite(window.at_most_s)
    assert window.accepted + window.unknown <= window.probes


@given(PROBES, st.integers(1, 300))
def test_a_later_acceptance_never_makes_a_window_shorter(probes: list[Probe], sent: int) -> None:
    before = judge_window(revoked(BEFORE + probes))
    later = judge_window(revoked([*BEFORE, *probes, probe(sent, "+")]))
    assert later.at_least_s >= max(before.at_least_s, sent / 1000)
    assert later.resurrected >= before.resurrected


@given(PROBES)
def test_unknown_probes_change_no_verdict(probes: list[Probe]) -> None:
    known = [each for each in probes if each.verdict is not Verdict.UNKNOWN]
    one, other = judge_window(revoked(BEFORE + probes)), judge_window(revoked(BEFORE + known))
    assert (one.ending, one.at_least_s, one.at_most_s) == (other.ending, other.at_least_s, other.at_most_s)
    assert one.resurrected == other.resurrected


@given(st.integers(0, 300), st.integers(1, 20))
def test_a_credential_that_ends_at_some_moment_is_found_to_within_a_period(end: int, period: int) -> None:
    """Whatever the phase: the true end lies inside the interval, which is one period long at most."""
    probes = [probe(sent, "+" if sent < end else "-", took=0.5) for sent in range(-60, 400, period)]
    window = judge_window(revoked(probes))
    assert window.at_least_s * 1000 <= end <= window.at_most_s * 1000 + 1e-6 or end <= 0
    assert (window.at_most_s - window.at_least_s) * 1000 <= period + 1e-6
    assert not window.resurrected

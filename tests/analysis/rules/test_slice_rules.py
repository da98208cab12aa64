"""V01, V03, V06 and STALL: one slice that passes, and one for each thing that may be wrong with it."""

from typing import Any

import numpy as np
import pytest

from analysis.rules.rule import MeasuredSlice, SliceRule
from analysis.rules.stall import Stall
from analysis.rules.v01_offered_rate import OfferedRate
from analysis.rules.v03_open_loop import OpenLoop
from analysis.rules.v06_generator_lateness import GeneratorLateness
from analysis.rules.v07_generator_load import GeneratorLoad
from analysis.rules.v10_quiet_machine import QuietMachine
from analysis.validity.finding import Finding
from authbench.contracts.records import Outcome, SliceRecord
from tests.analysis.build_run import Columns, columns, slice_record
from tests.analysis.rules.one import one


def _check(rule: SliceRule, record: SliceRecord, rows: Columns | None = None) -> Finding | None:
    return one(rule.check_slice(MeasuredSlice(record, rows or {})))


def _reconcile(record: SliceRecord, rows: Columns) -> Finding | None:
    return one(OfferedRate().check_integrity(MeasuredSlice(record, rows)))


def _samples(service_ms: float = 2.0) -> Columns:
    return columns(40, service_ms, np.random.default_rng(2))


def test_v01_passes_a_slice_whose_counts_agree() -> None:
    assert _reconcile(slice_record(), _samples()) is None
    assert _check(OfferedRate(), slice_record()) is None


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"scheduled": 41}, "scheduled is not sent + unsent"),
        ({"scheduled": 41, "sent": 41}, "rows are not as many as scheduled"),
        ({"accepted": 39}, "accepted rows are not as many as counted"),
        ({"sent": 39, "unsent": 1}, "unsent rows are not as many as counted"),
        ({"completed": 39, "server_requests": 40}, "more was accepted than completed"),
        ({"completed": 41, "server_requests": 41}, "more was completed than sent"),
        ({"server_requests": 39}, "the server counted other requests"),
        ({"server_requests": 41}, "the server counted other requests"),
    ],
)
def test_v01_voids_a_slice_whose_counts_do_not(changes: dict[str, Any], what: str) -> None:
    finding = _reconcile(slice_record(**changes), _samples())
    assert finding is not None
    assert finding.severity == "void-slice"
    assert what in finding.sentence


def test_v01_knows_that_the_server_may_have_served_what_nobody_read() -> None:
    rows = _samples()
    rows["outcome"][:2] = Outcome.TIMED_OUT
    for served in (38, 39, 40):
        record = slice_record(completed=38, accepted=38, server_requests=served)
        assert _reconcile(record, rows) is None
    record = slice_record(completed=38, accepted=38, server_requests=37)
    assert _reconcile(record, rows) is not None


def test_v01_voids_a_slice_that_sent_too_little() -> None:
    assert _check(OfferedRate(), slice_record(scheduled=1000, sent=995)) is None
    finding = _check(OfferedRate(), slice_record(scheduled=1000, sent=994))
    assert finding is not None
    assert (finding.number, finding.limit) == (0.994, 0.995)
    empty = OfferedRate().check_integrity(MeasuredSlice(slice_record(scheduled=0, sent=0), _samples()))
    assert next(empty).sentence.startswith("no request was due")


def test_v03_passes_below_the_cap_and_voids_at_it_or_with_anything_unsent() -> None:
    assert _check(OpenLoop(), slice_record(in_flight_max=999, in_flight_cap=1000)) is None
    for record in (slice_record(in_flight_max=1000, in_flight_cap=1000), slice_record(unsent=1)):
        finding = _check(OpenLoop(), record)
        assert finding is not None
        assert finding.severity == "void-slice"


def test_v06_passes_a_punctual_generator() -> None:
    assert _check(GeneratorLateness(), slice_record(), _samples()) is None


def test_v06_tags_a_late_tail() -> None:
    rows = _samples()
    rows["sent_ns"][:2] += 30_000_000
    rows["done_ns"][:2] += 30_000_000
    finding = _check(GeneratorLateness(), slice_record(), rows)
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V06", "tag")
    assert "p99 of lateness" in finding.sentence


def test_v06_tags_a_late_median() -> None:
    rows = _samples()
    rows["sent_ns"] += 700_000
    rows["done_ns"] += 700_000
    finding = _check(GeneratorLateness(), slice_record(), rows)
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V06", "tag")
    assert "p50 of lateness" in finding.sentence
    assert finding.number == pytest.approx(0.72, abs=0.01)


@pytest.mark.parametrize("service_ms", [0.1, 2.0, 50.0])
def test_v06_does_not_look_at_how_long_the_server_took(service_ms: float) -> None:
    """A limit that grows with the service time would keep the slow slices and tag the fast ones."""
    for late_ns, tagged in ((300_000, False), (600_000, True)):
        rows = _samples(service_ms)
        rows["sent_ns"] += late_ns
        rows["done_ns"] += late_ns
        assert (_check(GeneratorLateness(), slice_record(), rows) is not None) == tagged


def test_v06_does_not_blame_the_generator_for_requests_that_were_never_sent() -> None:
    rows = _samples()
    rows["sent_ns"][:] = -1
    rows["done_ns"][:] = -1
    rows["outcome"][:] = Outcome.UNSENT
    assert _check(GeneratorLateness(), slice_record(), rows) is None


def test_a_stall_is_tagged_from_two_tenths_of_a_second_on() -> None:
    assert _check(Stall(), slice_record(longest_silence_ns=199_999_999)) is None
    finding = _check(Stall(), slice_record(longest_silence_ns=1_020_000_000))
    assert finding is not None
    assert finding.severity == "tag"
    assert finding.sentence == "the server answered nothing for 1.02 s while requests waited"


def test_v07_tags_a_generator_that_is_busy_for_more_than_half_of_the_window() -> None:
    assert _check(GeneratorLoad(), slice_record(generator_cpu_ns=155_000_000)) is None
    finding = _check(GeneratorLoad(), slice_record(generator_cpu_ns=156_000_000))
    assert finding is not None
    assert (finding.severity, finding.refuses) == ("tag", "none")
    busiest = _check(GeneratorLoad(), slice_record(generator_cpu_ns=300_000_000))
    assert busiest is not None
    assert busiest.severity == "tag"  # CPU figures are void only when the twin says so


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steal": {0: 0.05, 1: 0.05}, "app_run_queue_wait_ns": 31_000_000}, None),
        ({"app_run_queue_wait_ns": None}, None),
        ({"steal": {0: 0.0, 1: 0.06}}, "6% of processor 1's time was stolen by the host"),
        ({"app_run_queue_wait_ns": 62_000_000}, "the server waited 20% of the time for its processor"),
    ],
)
def test_v10_tags_stolen_time_and_waiting_for_a_processor(changes: dict[str, Any], words: str | None) -> None:
    finding = _check(QuietMachine(), slice_record(**changes))
    assert (finding.sentence if finding else None) == words
    assert finding is None or finding.severity == "tag"

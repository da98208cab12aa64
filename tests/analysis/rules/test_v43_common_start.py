import numpy as np
import pytest

from analysis.rules.rule import MeasuredSlice
from analysis.rules.v43_common_start import CommonStart
from analysis.validity.finding import Finding
from authbench.contracts.records import EngineClock
from tests.analysis.build_run import columns, slice_record
from tests.analysis.rules.one import one

_WAKE_NS = 2_000_000
_SLICE_NS = round(slice_record().duration_s * 1e9)


def _found(*clocks: tuple[float, float]) -> Finding | None:
    """What is found of workers, each given by its bound and its lateness as shares of the slice.

    Late is what is later than a process that wakes up and sends.
    """
    known = {
        f"worker {number}": EngineClock(
            offset_ns=10**12, bound_ns=round(bound * _SLICE_NS), late_ns=_WAKE_NS + round(late * _SLICE_NS)
        )
        for number, (bound, late) in enumerate(clocks)
    }
    record = slice_record().model_copy(update={"clocks": known})
    return one(CommonStart().check_slice(MeasuredSlice(record, columns(40, 2.0, np.random.default_rng(2)))))


def test_generators_of_one_clock_and_clocks_that_are_known_well_pass() -> None:
    assert _found() is None
    assert _found((0.005, 0), (0.01, 0)) is None


def test_a_clock_that_is_known_badly_voids_the_slice() -> None:
    finding = _found((0.005, 0), (0.02, 0))
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V43", "void-slice")
    assert finding.number == pytest.approx(0.02)
    assert "the clock of worker 1 is known to" in finding.sentence


def test_a_worker_that_began_late_voids_the_slice() -> None:
    assert _found((0.001, 0.002), (0.001, 0.009)) is None
    finding = _found((0.005, 0), (0.001, 0.05))
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V43", "void-slice")
    assert finding.number == pytest.approx(0.051)
    assert "worker 1 began" in finding.sentence
    assert "ms after the common start" in finding.sentence


def test_lateness_and_what_is_not_known_of_the_clock_add_up() -> None:
    assert _found((0.007, 0)) is None
    assert _found((0, 0.007)) is None
    assert _found((0.007, 0.007)) is not None

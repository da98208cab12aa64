from typing import Any

import numpy as np
import pytest

from analysis.rules.rule import MeasuredSlice
from analysis.rules.v43_common_start import CommonStart
from analysis.validity.finding import Finding
from authbench.contracts.records import EngineClock
from tests.analysis.build_run import columns, slice_record
from tests.analysis.rules.one import one

_SLICE_NS = round(slice_record().duration_s * 1e9)


def _found(**bounds_ns: int) -> Finding | None:
    clocks: Any = {
        name: EngineClock(offset_ns=10**12, bound_ns=bound_ns) for name, bound_ns in bounds_ns.items()
    }
    record = slice_record().model_copy(update={"clocks": clocks})
    return one(CommonStart().check_slice(MeasuredSlice(record, columns(40, 2.0, np.random.default_rng(2)))))


def test_generators_of_one_clock_and_clocks_that_are_known_well_pass() -> None:
    assert _found() is None
    assert _found(near=_SLICE_NS // 200, far=_SLICE_NS // 100) is None


def test_a_clock_that_is_known_badly_voids_the_slice() -> None:
    finding = _found(near=_SLICE_NS // 200, far=_SLICE_NS // 50)
    assert finding is not None
    assert (finding.rule, finding.severity) == ("V43", "void-slice")
    assert finding.number == pytest.approx(0.02)
    assert "the clock of far is known to" in finding.sentence

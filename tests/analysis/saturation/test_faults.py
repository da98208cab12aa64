from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from analysis.saturation.faults import find_faults
from authbench.contracts.records import Outcome, SliceRecord
from tests.analysis.build_run import columns, slice_record


def _samples(late_ms: float = 0.02, **changes: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.int64]]:
    found = columns(40, 2.0, np.random.default_rng(1))
    shift = round(late_ms * 1e6) - 20_000
    return {**found, "sent_ns": found["sent_ns"] + shift, "done_ns": found["done_ns"] + shift, **changes}


def _record(**changes: Any) -> SliceRecord:
    return slice_record(**{"window_ns": 330_000_000, **changes})


def test_a_sound_trial_has_none() -> None:
    assert find_faults(_record(), _samples()) == []


@pytest.mark.parametrize(
    ("record", "late_ms", "rule", "whose"),
    [
        (_record(), 8.0, "V06", "machine"),
        (_record(generator_cpu_ns=180_000_000), 8.0, "V06", "generator"),
        (_record(generator_cpu_ns=300_000_000), 0.02, "V07", "generator"),
        (_record(steal={0: 0.0, 1: 0.2}), 0.02, "V10", "machine"),
        (_record(app_run_queue_wait_ns=60_000_000), 0.02, "V10", "machine"),
        (_record(server_requests=90), 0.02, "V01", "machine"),
        (_record(busy_ns={0: 330_000_000, 1: 200_000_000}), 0.02, "V28", "machine"),
    ],
)
def test_faults_of_generator_and_machine_are_told_apart(
    record: SliceRecord, late_ms: float, rule: str, whose: str
) -> None:
    (fault,) = find_faults(record, _samples(late_ms))
    assert (fault.rule, fault.whose) == (rule, whose)


def test_what_the_server_does_is_no_fault() -> None:
    """Slow, failing, and so many requests in flight that some were not sent: that is what a search is for."""
    samples = _samples()
    unsent = np.arange(40) >= 30
    samples["outcome"] = np.where(unsent, int(Outcome.UNSENT), int(Outcome.UNAVAILABLE))
    samples["sent_ns"] = np.where(unsent, -1, samples["sent_ns"])
    samples["done_ns"] = np.where(unsent, -1, samples["done_ns"])
    counts = dict.fromkeys(("sent", "completed", "user_completed", "server_requests"), 30)
    record = _record(accepted=0, unsent=10, in_flight_max=1000, **counts)
    assert find_faults(record, samples) == []

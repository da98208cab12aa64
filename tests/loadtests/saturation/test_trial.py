import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.records import Outcome
from authbench.contracts.saturation.trial import Objective
from loadtests.saturation.trial import as_trial, count_bad, response_ms
from tests.analysis.build_run import columns, slice_record

OBJECTIVES = [Objective(limit_ms=limit, bad_share=0.01) for limit in (1, 25)]


@given(st.lists(st.tuples(st.floats(0, 60_000), st.sampled_from(list(Outcome))), min_size=1, max_size=50))
def test_bad_is_late_from_when_it_was_due_or_anything_but_accepted(
    requests: list[tuple[float, Outcome]],
) -> None:
    """Whatever the generator did in between: a request that waited for it waited for its user as well."""
    due = np.arange(len(requests)) * 1_000_000
    done = np.array([-1 if kind is Outcome.UNSENT else 0 for _, kind in requests])
    took = np.array([round(ms * 1e6) for ms, _ in requests])
    found = response_ms(
        {
            "due_ns": due,
            "sent_ns": due + took // 2,
            "done_ns": np.where(done < 0, -1, due + took),
            "outcome": np.array([int(kind) for _, kind in requests]),
        }
    )
    expected = [
        sum(kind is not Outcome.ACCEPTED or round(ms * 1e6) > one.limit_ms * 1e6 for ms, kind in requests)
        for one in OBJECTIVES
    ]
    assert count_bad(found, OBJECTIVES) == expected


def test_a_trial_has_its_counts_and_percentiles() -> None:
    samples = columns(40, 2.0, np.random.default_rng(1))
    samples["outcome"][:1] = int(Outcome.TIMED_OUT)
    one = as_trial("search", slice_record(), samples, OBJECTIVES, lambda record, columns: [])
    assert one.bad == [40, 1]
    assert one.bad_share(1) == pytest.approx(1 / 40)
    assert one.p99_ms is None, "the request of that rank had no answer"
    assert one.p50_ms == pytest.approx(2.0, abs=0.4)

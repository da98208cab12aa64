"""V06, against the lie 'the server was slow' when it was the generator that was late."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.data.environment import tagged_share
from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import LATENESS_P99_MS, LATENESS_SHARE, TAGGED_SHARE
from authbench.contracts.records import SliceRecord

MEDIAN = "V06 median"
"""The rule's second half, tagged apart: it touches response times only."""


def check(record: SliceRecord, samples: Mapping[str, npt.NDArray[np.int64]]) -> list[Finding]:
    """Lateness is small against the service time: a tag for each half of the rule that does not hold.

    V06: p99 of lateness is at most 2 ms or a tenth of the service p99; else the generator was busy, and all
    its latency is in doubt. V06 median: the p50 of the response time lies at most a tenth of the service p50
    above it; else the response time of a fast server is made of waking up, while its service time, which
    begins with the sending, is not. Requests without a reply say nothing about the generator.
    """
    replied = samples["done_ns"] >= 0
    if not replied.any():
        return []
    due, sent, done = (samples[name][replied] / 1e6 for name in ("due_ns", "sent_ns", "done_ns"))
    service, response = done - sent, done - due
    lateness_p99 = float(np.percentile(sent - due, 99))
    p99_limit = max(LATENESS_P99_MS.value, LATENESS_SHARE.value * float(np.percentile(service, 99)))
    gap_p50 = float(np.median(response) - np.median(service))
    p50_limit = LATENESS_SHARE.value * float(np.median(service))
    return [
        Finding(
            rule=rule,
            severity="tag",
            subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
            number=number,
            limit=limit,
            unit="ms",
            sentence=f"the generator was late: {what} is {number:.2f} ms, more than {limit:.2f} ms",
            next_action="leave the generator's processor to it alone",
        )
        for rule, what, number, limit in (
            ("V06", "lateness p99", lateness_p99, p99_limit),
            (MEDIAN, "p50 of response time - p50 of service time", gap_p50, p50_limit),
        )
        if number > limit
    ]


def check_run(run: RunData) -> list[Finding]:
    """Refuses an arm's response times where more than a third of its slices carry the tag of the median.

    The rule's other half is judged with the rest of the environment (`analysis.data.environment`).
    """
    return [
        Finding(
            rule=MEDIAN,
            severity="refuse-figure",
            subject=arm,
            number=share,
            limit=TAGGED_SHARE.value,
            unit="share of slices",
            sentence=(
                "the generator was late by more than a tenth of the service time at the median: "
                "see the service time instead"
            ),
            next_action="",
            refuses="response",
        )
        for arm in run.arms
        if (share := tagged_share(run, arm, MEDIAN)) > TAGGED_SHARE.value
    ]

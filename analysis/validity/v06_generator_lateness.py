"""V06, against the lie 'the server was slow' when it was the generator that was late."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.dataset import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import LATENESS_P99_MS, LATENESS_SHARE, TAGGED_SHARE
from authbench.records import SliceRecord


def check(record: SliceRecord, samples: Mapping[str, npt.NDArray[np.int64]]) -> Finding | None:
    """Lateness is small against the service time, at p99 and at p50. A tag where it is not.

    p99 of lateness at most 2 ms or a tenth of the service p99; p50 of the response time at most a tenth of
    the service p50 above it. Requests without a reply say nothing about the generator and are left out.
    """
    replied = samples["done_ns"] >= 0
    if not replied.any():
        return None
    due, sent, done = (samples[name][replied] / 1e6 for name in ("due_ns", "sent_ns", "done_ns"))
    service, response = done - sent, done - due
    lateness_p99 = float(np.percentile(sent - due, 99))
    p99_limit = max(LATENESS_P99_MS.value, LATENESS_SHARE.value * float(np.percentile(service, 99)))
    gap_p50 = float(np.median(response) - np.median(service))
    p50_limit = LATENESS_SHARE.value * float(np.median(service))
    for what, number, limit in (
        ("lateness p99", lateness_p99, p99_limit),
        ("p50 of response time - p50 of service time", gap_p50, p50_limit),
    ):
        if number > limit:
            return Finding(
                rule="V06",
                severity="tag",
                subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
                number=number,
                limit=limit,
                unit="ms",
                sentence=f"the generator was late: {what} is {number:.2f} ms, more than {limit:.2f} ms",
                next_action="leave the generator's processor to it alone",
            )
    return None


def tagged_share(run: RunData, arm: str) -> float:
    """Share of an arm's valid slices in which the generator was late."""
    tags = run.slices.loc[run.slices["arm"] == arm, "tags"]
    return sum("V06" in slice_tags for slice_tags in tags) / len(tags) if len(tags) else 0.0


def check_run(run: RunData) -> list[Finding]:
    """Refuses the latency of every arm with more than a third of its slices tagged; names the share else."""
    findings = []
    for arm in run.arms:
        share = tagged_share(run, arm)
        if share == 0:
            continue
        refused = share > TAGGED_SHARE.value
        findings.append(
            Finding(
                rule="V06",
                severity="refuse-figure" if refused else "tag",
                subject=arm,
                number=share,
                limit=TAGGED_SHARE.value,
                unit="share of slices",
                sentence=f"the generator was late in {share:.0%} of the slices"
                + (": latency says more about it than about the server" if refused else ""),
                next_action="close what else runs on this machine, or use one with more processors"
                if refused
                else "",
                refuses="latency" if refused else "none",
            )
        )
    return findings

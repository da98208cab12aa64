"""V17, against percentiles that are none: an average of percentiles is not the percentile of the whole."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.data.run import RunData
from analysis.records.summary import ArmSummary
from analysis.statistics.estimate import Estimate
from analysis.statistics.percentiles import PERCENTILES
from analysis.validity.finding import Finding
from authbench.contracts.records import Outcome

_RANK = 1e-9
"""Of a share: n * share may fall on either side of a whole rank by rounding alone."""


def check(
    arm: str, what: str, claimed: Mapping[str, Estimate], pooled_ms: npt.NDArray[np.float64]
) -> Finding | None:
    """Every percentile that is given is the one of the pooled requests. Refuses the arm's latency otherwise.

    Computed anew by numpy's inverted_cdf (Hyndman & Fan 1996, definition 1), which shares no code with
    `analysis.statistics.percentiles`. A request that was not accepted is +infinity in `pooled_ms`.
    """
    for name, estimate in claimed.items():
        if estimate.value is None:
            continue
        share = PERCENTILES[name]
        if not len(pooled_ms):
            low = high = math.nan
        else:
            edges = [max(share - _RANK, 0.0), min(share + _RANK, 1.0)]
            low, high = (float(value) for value in np.quantile(pooled_ms, edges, method="inverted_cdf"))
        if low <= estimate.value <= high:
            continue
        return Finding(
            rule="V17",
            severity="refuse-figure",
            subject=arm,
            number=estimate.value,
            limit=low if math.isfinite(low) else None,
            unit="ms",
            sentence=(
                f"its {name} of {what} is given as {estimate.value:.3f} ms; the {len(pooled_ms)} requests "
                f"together have {low:.3f} ms"
            ),
            next_action="percentiles must come from all requests, not from percentiles of parts of them",
            refuses="latency",
        )
    return None


def check_arms(run: RunData, arms: list[ArmSummary]) -> list[Finding]:
    """Service and response times of every arm, against the rows themselves."""
    codes = [operation.code for operation in run.user_operations]
    findings = []
    for summary in arms:
        rows = run.rows.of_arm(summary.arm)
        own = rows[rows["operation"].isin(codes)]
        accepted = (own["outcome"] == int(Outcome.ACCEPTED)).to_numpy()
        done, sent, due = (own[name].to_numpy(dtype=float) for name in ("done_ns", "sent_ns", "due_ns"))
        found = [
            check(summary.arm, what, claimed, np.where(accepted, (done - since) / 1e6, np.inf))
            for what, claimed, since in (
                ("service times", summary.service_ms, sent),
                ("response times", summary.response_ms, due),
            )
        ]
        findings += [finding for finding in found if finding]
    return findings

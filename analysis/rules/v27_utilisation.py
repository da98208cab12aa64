"""V27, the utilisation law: what a processor did at one rate follows from what it did at its neighbours'."""

import math

import numpy as np

from analysis.data import rates
from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import UTILISATION_SHARE


def check_utilisation(arm: str, cores: float, line_cores: float) -> Finding | None:
    """U = X D: utilisation at the main rate is on the line between its neighbours, but for a tenth. A tag.

    Denning & Buzen 1978. Both in CPU-seconds a second; `line_cores` from the rates below and above.
    Whether all of it is one line is V25's.
    """
    off = cores / line_cores - 1 if line_cores > 0 else math.inf
    if abs(off) <= UTILISATION_SHARE.value:
        return None
    return Finding(
        rule="V27",
        severity="tag",
        subject=arm,
        number=off,
        limit=math.copysign(UTILISATION_SHARE.value, off),
        unit="share",
        sentence=(
            f"its utilisation at the main rate lies {off:+.0%} off the line between the rates below and above"
        ),
        next_action="",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm's application, its generations averaged, where the ladder has a rate on either side."""
    rate = run.manifest.rate
    if rate is None:
        return []
    findings = []
    for arm in run.arms:
        pairs = []
        for points in rates.points(run, arm).values():
            below = [point for point in points if point.offered_rps < rate.offered_rps]
            above = [point for point in points if point.offered_rps > rate.offered_rps]
            main = [point for point in points if point.offered_rps == rate.offered_rps]
            if below and above and main:
                ends = [below[-1], above[0]]
                line = np.interp(
                    main[0].achieved_rps,
                    [point.achieved_rps for point in ends],
                    [point.cores["app"] for point in ends],
                )
                pairs.append((main[0].cores["app"], float(line)))
        if pairs:
            cores, line_cores = (float(np.mean(values)) for values in zip(*pairs, strict=True))
            findings += [finding for finding in (check_utilisation(arm, cores, line_cores),) if finding]
    return findings

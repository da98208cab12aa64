"""V05, against the lie 'latency resolution': times in steps as coarse as what they are to tell apart."""

import numpy as np
import numpy.typing as npt

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import DISTINCT_TIMES, TIME_UNIT_US
from authbench.contracts.records import Outcome

_SOME = 10_000
"""Times looked at first: as a rule they have enough distinct values, and millions need not be counted."""


def recorded_unit_us(service_ns: npt.NDArray[np.int64]) -> float:
    """The largest step every recorded time is a whole number of, in microseconds; 0 of no times."""
    return float(np.gcd.reduce(np.abs(service_ns))) / 1000 if len(service_ns) else 0.0


def check(arm: str, service_ns: npt.NDArray[np.int64]) -> Finding | None:
    """Refuses an arm's latency where its times come in steps above 10 us, or take too few values.

    Fewer requests than the values asked for must at least all differ.
    """
    unit_us, distinct = recorded_unit_us(service_ns), len(np.unique(service_ns[:_SOME]))
    enough = min(DISTINCT_TIMES.value, len(service_ns))
    if distinct < enough:
        distinct = len(np.unique(service_ns))
    if unit_us > TIME_UNIT_US.value:
        number, limit, unit = unit_us, TIME_UNIT_US.value, "us"
        sentence = f"its times were recorded in steps of {unit_us:g} us"
    elif distinct < enough:
        number, limit, unit = distinct, enough, "distinct values"
        sentence = f"its {len(service_ns)} service times take only {distinct} distinct values"
    else:
        return None
    return Finding(
        rule="V05",
        severity="refuse-figure",
        subject=arm,
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action="find what rounds the clock",
        refuses="latency",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm's accepted requests."""
    findings = []
    for arm in run.arms:
        rows = run.rows.of_arm(arm)
        service_ns = (rows["done_ns"] - rows["sent_ns"]).to_numpy()[rows["outcome"] == int(Outcome.ACCEPTED)]
        finding = check(arm, service_ns) if len(service_ns) else None
        findings += [finding] if finding else []
    return findings

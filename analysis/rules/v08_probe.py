"""V08, against the lie 'the server was slow' when the generator's clock or callbacks were.

Another client in another process, which shares no code with the generator, asks for the same resource a few
times in every slice (Kogias et al., Lancet, ATC 2019: latency agents apart from throughput agents).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.data.rows import service_ms
from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import PROBE_MS, PROBE_READINGS, PROBE_SHARE
from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome, SliceRecord


def check(arm: str, generator_ms: npt.NDArray[np.float64], probe_ms: Sequence[float]) -> Finding | None:
    """The two medians of an arm's service times differ by at most 20 %, or 0.5 ms. Refuses its latency.

    Judged over the whole run: two readings of the probe client cannot void one slice of 0.25 s. With fewer
    than twenty of them, or no read of the generator's, there is nothing to compare: that is told.
    """
    if len(probe_ms) < PROBE_READINGS.value or not len(generator_ms):
        return Finding(
            rule="V08",
            severity="tag",
            subject=arm,
            number=len(probe_ms),
            limit=PROBE_READINGS.value,
            unit="readings",
            sentence=(
                f"the second client has {len(probe_ms)} times to hold against {len(generator_ms)} reads of "
                "the generator: too few to judge its clock by"
            ),
            next_action="measure more cycles",
        )
    own, other = float(np.median(generator_ms)), float(np.median(probe_ms))
    limit = max(PROBE_SHARE.value * other, PROBE_MS.value)
    if abs(own - other) <= limit:
        return None
    return Finding(
        rule="V08",
        severity="refuse-figure",
        subject=arm,
        number=abs(own - other),
        limit=limit,
        unit="ms",
        sentence=(
            f"the generator's median service time is {own:.2f} ms, a second client's is {other:.2f} ms: "
            "one of them does not measure the server"
        ),
        next_action="leave the generator's processor to it alone; it is also where the second client runs",
        refuses="latency",
    )


def check_answers(record: SliceRecord) -> Finding | None:
    """The probe client got the right answer to all it sent. Refuses the arm's latency where it did not."""
    probe = record.probe
    if probe is None or probe.accepted >= probe.sent:
        return None
    return Finding(
        rule="V08",
        severity="refuse-figure",
        subject=record.arm,
        number=probe.accepted,
        limit=probe.sent,
        unit="answers",
        sentence=(
            f"a second client got {probe.accepted} right answers to {probe.sent} requests in "
            f"{slice_name(record.generation, record.cycle, record.arm, record.attempt)}"
        ),
        next_action="find why the server answers one client and not the other",
        refuses="latency",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm the probe client asked. Where it asked none, `analysis.rules.shared.witnesses` says so."""
    if run.manifest.workload.loop == "closed":
        return []  # it has no latency, see V03
    findings: list[Finding] = []
    valid = [judged.measured for judged in run.main if not judged.void_because]
    for arm in run.arms:
        watched = [record for record in valid if record.arm == arm and record.probe]
        readings = [one / 1e6 for record in watched if record.probe for one in record.probe.service_ns]
        found = check(arm, _reads_ms(run, arm), readings) if watched else None
        wrong = next((finding for finding in map(check_answers, watched) if finding), None)
        findings += [finding for finding in (found, wrong) if finding]
    return findings


def _reads_ms(run: RunData, arm: str) -> npt.NDArray[np.float64]:
    """Service times of the accepted reads, which is what the probe client asks for as well."""
    rows = run.rows.of_arm(arm)
    reads = rows[(rows["operation"] == Operation.READ.code) & (rows["outcome"] == int(Outcome.ACCEPTED))]
    return service_ms(reads)

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from analysis.data.rows import times_ms
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import nested_interval
from analysis.validity.finding import Severity, slice_name
from analysis.validity.limits import PROBE_MS, PROBE_READINGS, PROBE_SHARE
from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome, SliceRecord
from authbench.words.counting import counted


class SecondClient(RunRule):
    """V08 refuses to compare an arm's latency where the median of the generator's reads differs from a second
    client's by more than 20% or 0.5 ms, over the run, or where that client got a wrong answer; says so where
    it has fewer than 20 readings. Marks it where the other arms' medians differ as much.

    What one arm alone has, no twin of another arm shows: it is in the ratio. What all arms have (requests
    that come in bursts wait longer on a busy processor than a client that asks one at a time) leaves their
    difference as it is and draws ratios towards 1: it invents none.

    The second client asks for the same resource a few times in every slice, in another process, with no code
    of the generator (Kogias et al., Lancet, ATC 2019: latency agents apart from throughput agents).
    """

    code = "V08"
    lie = "the generator's clock tells the truth"
    limits = (PROBE_SHARE, PROBE_MS, PROBE_READINGS)
    unit = "ms"
    advice = "leave the generator's processor to it alone; it is also where the second client runs"

    def check_run(self, run: RunData) -> Findings:
        if run.manifest.workload.loop == "closed":
            return  # it has no latency, see V03
        own = {arm: _reads_ms(run, arm) for arm in run.arms}
        others = {arm: _readings_ms(run.valid_of(arm)) for arm in run.arms}
        gaps = {
            arm: float(np.median(own[arm]) - np.median(others[arm]))
            for arm in run.arms
            if len(own[arm]) and others[arm]
        }
        for arm in run.arms:
            asked = run.valid_of(arm)
            if not any(record.probe for record in asked):
                continue
            beside = [gap for other, gap in gaps.items() if other != arm]
            shared_ms = float(np.median(beside)) if beside else 0.0
            yield from self.check_medians(arm, own[arm], others[arm], _gaps_ms(run, arm), shared_ms)
            wrong = (finding for record in asked for finding in self.check_answers(record))
            yield from itertools.islice(wrong, 1)

    def check_medians(
        self,
        arm: str,
        generator_ms: npt.NDArray[np.float64],
        probe_ms: Sequence[float],
        gaps_ms: Sequence[float] = (),
        shared_ms: float = 0.0,
    ) -> Findings:
        """The two medians of an arm's service times, over the whole run.

        Two readings of the second client cannot void one slice of 0.25 s. `gaps_ms`: generator - second
        client of the medians of each generation. Where several generations disagree so much that their mean
        might be 0 (95 % interval), the few readings of the second client differ by chance. `shared_ms`: the
        median of the other arms' gaps.
        """
        if len(probe_ms) < PROBE_READINGS.value or not len(generator_ms):
            sentence = (
                f"the second client has {counted(len(probe_ms), 'time')} to hold against "
                f"{counted(len(generator_ms), 'read')} of "
                "the generator: too few to judge its clock by"
            )
            unit, advice = "readings", "measure more cycles"
            yield self.finding("tag", arm, sentence, len(probe_ms), PROBE_READINGS, unit=unit, advice=advice)
            return
        own, other = float(np.median(generator_ms)), float(np.median(probe_ms))
        gap, limit = own - other, max(PROBE_SHARE.value * other, PROBE_MS.value)
        gaps = {number: [one] for number, one in enumerate(gaps_ms)}
        by_chance = len(gaps) > 1 and nested_interval(gaps).contains(0.0)
        if abs(gap) > limit and not by_chance:
            alone = abs(gap - shared_ms) > limit
            what = "one of them does not measure the server" if alone else "so it is for the other arms"
            sentence = (
                f"the generator's median service time is {own:.2f} ms, a second client's is {other:.2f} ms: "
                f"{what}"
            )
            severity: Severity = "refuse-figure" if alone else "mark"
            yield self.finding(severity, arm, sentence, abs(gap), limit, refuses="latency")

    def check_answers(self, record: SliceRecord) -> Findings:
        probe = record.probe
        if probe and probe.accepted < probe.sent:
            yield self.finding(
                "refuse-figure",
                record.arm,
                f"a second client got {counted(probe.accepted, 'right answer')} to {probe.sent} requests in "
                f"{slice_name(record.generation, record.cycle, record.arm, record.attempt)}",
                probe.accepted,
                probe.sent,
                unit="answers",
                advice="find why the server answers one client and not the other",
                refuses="latency",
            )


def _gaps_ms(run: RunData, arm: str) -> list[float]:
    """Generator - second client, of the medians of each generation that has both."""
    gaps = []
    for generation in run.generations:
        readings = _readings_ms([one for one in run.valid_of(arm) if one.generation == generation])
        reads = _reads_ms(run, arm, generation)
        if readings and len(reads):
            gaps.append(float(np.median(reads) - np.median(readings)))
    return gaps


def _readings_ms(records: Iterable[SliceRecord]) -> list[float]:
    """Service times that the second client took."""
    return [one / 1e6 for record in records if record.probe for one in record.probe.service_ns]


def _reads_ms(run: RunData, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
    """Service times of the accepted reads, which is what the second client asks for as well."""
    rows = run.rows.of_arm(arm, generation)
    reads = rows[(rows["operation"] == Operation.READ.code) & (rows["outcome"] == int(Outcome.ACCEPTED))]
    return times_ms(reads, "sent_ns")

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.data.rows import times_ms
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import nested_interval
from analysis.validity.finding import slice_name
from analysis.validity.limits import PROBE_MS, PROBE_READINGS, PROBE_SHARE
from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome, SliceRecord


class SecondClient(RunRule):
    """V08 refuses to compare an arm's latency where the median of the generator's reads differs from a second
    client's by more than 20% or 0.5 ms, over the run, or where that client got a wrong answer; says so where
    it has fewer than 20 readings.

    A generator that takes its times late adds the same to every arm: ratios are drawn towards 1, and the
    twin agrees with its original. So the twin cannot decide this.

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
        for arm in run.arms:
            asked = run.valid_of(arm)
            probes = [record.probe for record in asked if record.probe]
            if not probes:
                continue
            readings = [one / 1e6 for probe in probes for one in probe.service_ns]
            yield from self.check_medians(arm, _reads_ms(run, arm), readings, _gaps_ms(run, arm))
            wrong = (finding for record in asked for finding in self.check_answers(record))
            yield from itertools.islice(wrong, 1)

    def check_medians(
        self,
        arm: str,
        generator_ms: npt.NDArray[np.float64],
        probe_ms: Sequence[float],
        gaps_ms: Sequence[float] = (),
    ) -> Findings:
        """The two medians of an arm's service times, over the whole run.

        Two readings of the second client cannot void one slice of 0.25 s. `gaps_ms`: generator - second
        client of the medians of each generation. Where several generations disagree so much that their mean
        might be 0 (95 % interval), the few readings of the second client differ by chance.
        """
        if len(probe_ms) < PROBE_READINGS.value or not len(generator_ms):
            sentence = (
                f"the second client has {len(probe_ms)} times to hold against {len(generator_ms)} reads of "
                "the generator: too few to judge its clock by"
            )
            unit, advice = "readings", "measure more cycles"
            yield self.finding("tag", arm, sentence, len(probe_ms), PROBE_READINGS, unit=unit, advice=advice)
            return
        own, other = float(np.median(generator_ms)), float(np.median(probe_ms))
        apart, limit = abs(own - other), max(PROBE_SHARE.value * other, PROBE_MS.value)
        gaps = {number: [gap] for number, gap in enumerate(gaps_ms)}
        by_chance = len(gaps) > 1 and nested_interval(gaps).contains(0.0)
        if apart > limit and not by_chance:
            sentence = (
                f"the generator's median service time is {own:.2f} ms, a second client's is {other:.2f} ms: "
                "one of them does not measure the server"
            )
            yield self.finding("refuse-figure", arm, sentence, apart, limit, refuses="latency")

    def check_answers(self, record: SliceRecord) -> Findings:
        probe = record.probe
        if probe and probe.accepted < probe.sent:
            yield self.finding(
                "refuse-figure",
                record.arm,
                f"a second client got {probe.accepted} right answers to {probe.sent} requests in "
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
        probes = [one.probe for one in run.valid_of(arm) if one.generation == generation and one.probe]
        readings = [one / 1e6 for probe in probes for one in probe.service_ns]
        reads = _reads_ms(run, arm, generation)
        if readings and len(reads):
            gaps.append(float(np.median(reads)) - float(np.median(readings)))
    return gaps


def _reads_ms(run: RunData, arm: str, generation: int | None = None) -> npt.NDArray[np.float64]:
    """Service times of the accepted reads, which is what the second client asks for as well."""
    rows = run.rows.of_arm(arm, generation)
    reads = rows[(rows["operation"] == Operation.READ.code) & (rows["outcome"] == int(Outcome.ACCEPTED))]
    return times_ms(reads, "sent_ns")

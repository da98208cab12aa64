import numpy as np

from analysis.data.disturbance import lateness
from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule
from analysis.validity.limits import LATENESS_P50_MS, LATENESS_P99_MS, LATENESS_SHARE
from authbench.contracts.records import Outcome


class GeneratorLateness(SliceRule, RunRule):
    """V06 tags a slice in which the generator was late (p50 above 0.5 ms or p99 above 5 ms, whatever the
    server did); the cycle is left out of the clean reading, for all arms. Marks the response times of an arm
    where the generator's median lateness is more than a tenth of its median service time.

    Refuses nothing: a service time begins when the request is sent, and arms are compared in the same cycles.
    """

    code = "V06"
    lie = "the server was slow (it was the generator's lateness)"
    limits = (LATENESS_P50_MS, LATENESS_P99_MS, LATENESS_SHARE)
    unit = "ms"
    advice = "leave the generator's processor to it alone"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        """By limits in milliseconds: one that grows with the service time would tag by outcome."""
        late = lateness(measured.samples) if measured.loop == "open" else None
        if late is None or not late.too_late:
            return
        for what, number, limit in (
            ("p50", late.p50_ms, LATENESS_P50_MS),
            ("p99", late.p99_ms, LATENESS_P99_MS),
        ):
            if number > limit.value:
                sentence = (
                    f"the generator was late: {what} of lateness is {number:.2f} ms, above {limit.value:g} ms"
                )
                yield self.finding("tag", measured.record, sentence, number, limit)
                return

    def check_run(self, run: RunData) -> Findings:
        """Response times begin when a request is due, so they contain the lateness."""
        if run.manifest.workload.loop == "closed":
            return
        for arm in run.arms:
            rows = run.rows.of_arm(arm)
            rows = rows[rows["outcome"] == int(Outcome.ACCEPTED)]
            if rows.empty:
                continue
            late_ms = float(np.median(rows["sent_ns"] - rows["due_ns"])) / 1e6
            limit_ms = LATENESS_SHARE.value * float(np.median(rows["done_ns"] - rows["sent_ns"])) / 1e6
            if late_ms > limit_ms:
                sentence = (
                    "the generator was late by more than a tenth of the service time at the median: response "
                    "times contain it, service times do not"
                )
                yield self.finding("mark", arm, sentence, late_ms, limit_ms, refuses="response")

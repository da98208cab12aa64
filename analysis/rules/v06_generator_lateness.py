import numpy as np

from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule
from analysis.rules.v06_disturbed_slices import tagged_share
from analysis.validity.limits import LATENESS_P99_MS, LATENESS_SHARE, TAGGED_SHARE

MEDIAN = "V06 median"
"""The rule's second half, tagged apart: it touches response times only."""


class GeneratorLateness(SliceRule, RunRule):
    """V06 tags a slice in which the generator was late; where the median is late in more than a third of an
    arm's slices, refuses the arm's response times.
    """

    code = "V06"
    lie = "the server was slow (it was the generator's lateness)"
    limits = (LATENESS_P99_MS, LATENESS_SHARE)
    unit = "ms"
    advice = "leave the generator's processor to it alone"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        """Tag each half of the rule that does not hold.

        V06: p99 of lateness is at most 2 ms or a tenth of the service p99; else all latency is in doubt. V06
        median: the p50 of the response time lies at most a tenth of the service p50 above it; else response
        times are made of the generator's waking up. Requests without a reply say nothing of the generator.
        """
        samples = measured.samples
        replied = samples["done_ns"] >= 0
        if measured.loop == "closed" or not replied.any():
            return
        due, sent, done = (samples[name][replied] / 1e6 for name in ("due_ns", "sent_ns", "done_ns"))
        service, response = done - sent, done - due
        lateness_p99 = float(np.percentile(sent - due, 99))
        p99_limit = max(LATENESS_P99_MS.value, LATENESS_SHARE.value * float(np.percentile(service, 99)))
        gap_p50 = float(np.median(response) - np.median(service))
        p50_limit = LATENESS_SHARE.value * float(np.median(service))
        for code, what, number, limit in (
            ("V06", "lateness p99", lateness_p99, p99_limit),
            (MEDIAN, "p50 of response time - p50 of service time", gap_p50, p50_limit),
        ):
            if number > limit:
                sentence = f"the generator was late: {what} is {number:.2f} ms, more than {limit:.2f} ms"
                yield self.finding("tag", measured.record, sentence, number, limit, code=code)

    def check_run(self, run: RunData) -> Findings:
        for arm in run.arms:
            share = tagged_share(run, arm, MEDIAN)
            if share > TAGGED_SHARE.value:
                yield self.finding(
                    "refuse-figure",
                    arm,
                    "the generator was late by more than a tenth of the service time at the median: "
                    "see the service time instead",
                    share,
                    TAGGED_SHARE.value,
                    unit="share of slices",
                    advice="",
                    refuses="response",
                    code=MEDIAN,
                )

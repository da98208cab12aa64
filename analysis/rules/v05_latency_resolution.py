import numpy as np

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import DISTINCT_TIMES, TIME_UNIT_US
from authbench.contracts.records import Outcome
from authbench.words.counting import counted

_SOME = 10_000
"""Times looked at first: as a rule they have enough distinct values, and millions need not be counted."""


class LatencyResolution(RunRule):
    """V05 refuses to compare latency recorded in steps above 10 us, or of too few distinct values.

    The clock is wrong, for all arms alike: identical arms would agree in the rounded times, so the twin
    cannot object.
    """

    code = "V05"
    lie = "times are as fine as printed"
    limits = (TIME_UNIT_US, DISTINCT_TIMES)
    advice = "find what rounds the clock"

    def check_run(self, run: RunData) -> Findings:
        """Every arm's accepted requests. Where they are fewer than the distinct values asked, all differ."""
        for arm in run.arms:
            rows = run.rows.of_arm(arm)
            service_ns = (rows["done_ns"] - rows["sent_ns"]).to_numpy()
            service_ns = service_ns[rows["outcome"] == int(Outcome.ACCEPTED)]
            # The largest step of which every time is a multiple; gcd of no times is 0.
            step_us = float(np.gcd.reduce(np.abs(service_ns))) / 1000
            distinct = len(np.unique(service_ns[:_SOME]))
            enough = min(DISTINCT_TIMES.value, len(service_ns))
            if distinct < enough:
                distinct = len(np.unique(service_ns))
            if step_us > TIME_UNIT_US.value:
                number, limit, unit = step_us, TIME_UNIT_US.value, "us"
                sentence = f"its times were recorded in steps of {step_us:g} us"
            elif distinct < enough:
                number, limit, unit = distinct, enough, "distinct values"
                sentence = (
                    f"its {counted(len(service_ns), 'service time takes', 'service times take')} "
                    f"only {counted(distinct, 'distinct value')}"
                )
            else:
                continue
            yield self.finding("refuse-figure", arm, sentence, number, limit, unit=unit, refuses="latency")

import numpy as np

from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule
from analysis.validity.limits import CLOCK_STEP_MS
from authbench.contracts.records import SliceRecord
from authbench.words.counting import counted


class Clock(SliceRule, RunRule):
    """V34 voids a slice with times out of order or outside of it; says where the wall clock was set by more
    than 1 ms.
    """

    code = "V34"
    lie = "the clock ran evenly"
    limits = (CLOCK_STEP_MS,)

    def check_integrity(self, measured: MeasuredSlice) -> Findings:
        """Due, sent, done: in this order, within the slice. The first disorder is told.

        Rows are written in the order they were due; -1 stands for never. A reply may lie 1 ms beyond the end:
        a clock that coarse is V05's. A closed loop has no schedule to keep.
        """
        record, samples, scheduled = measured.record, measured.samples, measured.loop == "open"
        due, sent, done = (samples[name] for name in ("due_ns", "sent_ns", "done_ns"))
        flown, answered = sent >= 0, done >= 0
        latest_ns = record.window_ns + CLOCK_STEP_MS.value * 1e6
        impossible = {
            "requests were due before the one above them": scheduled & (np.diff(due) < 0),
            "requests were due outside of the slice": scheduled
            & ((due < 0) | (due > record.duration_s * 1e9)),
            "requests have a time before the slice began": (sent < -1) | (done < -1),
            "requests were sent before they were due": flown & (sent < due),
            "requests were answered before they were sent": answered & (~flown | (done < sent)),
            "requests were answered after the slice was over": answered & (done > latest_ns),
        }
        for what, rows in impossible.items():
            count = int(np.count_nonzero(rows))
            if count:
                sentence = f"{count} of {len(due)} {what}: the clock jumped"
                advice = "find what sets this machine's monotonic clock back: a virtual machine moved?"
                yield self.finding("void-slice", record, sentence, count, 0, unit="requests", advice=advice)
                return

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        yield from self._longest_step([measured.record])

    def check_run(self, run: RunData) -> Findings:
        """One finding, with the longest step, for all slices in which the clock was set, void ones too."""
        yield from self._longest_step([judged.measured for judged in run.main])

    def _longest_step(self, records: list[SliceRecord]) -> Findings:
        steps_ms = [(record.clock_step_ns or 0) / 1e6 for record in records]
        stepped = sum(abs(step_ms) > CLOCK_STEP_MS.value for step_ms in steps_ms)
        if not stepped:
            return
        step_ms, record = max(zip(steps_ms, records, strict=True), key=lambda step: abs(step[0]))
        more = f", and in {counted(stepped - 1, 'more slice')}" if stepped > 1 else ""
        sentence = (
            f"the wall clock was set by {step_ms:+z.1f} ms{more}: times are taken from a monotonic "
            "clock, so figures stand; tokens that expire in seconds would not"
        )
        yield self.finding("tag", record, sentence, step_ms, CLOCK_STEP_MS, unit="ms")

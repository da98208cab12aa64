from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule
from analysis.validity.limits import STALL_S
from authbench.contracts.records import SliceRecord


class Stall(SliceRule, RunRule):
    """STALL reports silences of 0.2 s or more while requests wait: one finding per arm, with the longest. No
    request is left out because of it.
    """

    code = "STALL"
    lie = "averages hide nothing"
    limits = (STALL_S,)
    unit = "s"
    advice = "it is in the response times; look for what stopped the server"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        yield from self._longest([measured.record])

    def check_run(self, run: RunData) -> Findings:
        """Look at every slice of each arm, the void ones too."""
        for arm in run.arms:
            yield from self._longest([one.measured for one in run.main if one.measured.arm == arm])

    def _longest(self, records: list[SliceRecord]) -> Findings:
        stalled = [record for record in records if record.longest_silence_ns >= STALL_S.value * 1e9]
        if not stalled:
            return
        longest = max(stalled, key=lambda record: record.longest_silence_ns)
        silence_s = longest.longest_silence_ns / 1e9
        more = f"; {len(stalled)} slices of this arm had such a silence" if len(stalled) > 1 else ""
        sentence = f"the server answered nothing for {silence_s:.2f} s while requests waited{more}"
        yield self.finding("tag", longest, sentence, silence_s, STALL_S)

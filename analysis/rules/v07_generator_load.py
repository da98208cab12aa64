from analysis.rules.rule import Findings, MeasuredSlice, SliceRule
from analysis.validity.limits import GENERATOR_SHARE


class GeneratorLoad(SliceRule):
    """V07 tags a slice in which the generator was busy for more than half of the window.

    Times are in doubt then, so they get a mark (V06/V07/V10); pairs in the same cycles are judged by the
    twin. The server's CPU is not in doubt: it is read from the server's own clock.
    """

    code = "V07"
    lie = "the server was slow (it was the generator's load)"
    limits = (GENERATOR_SHARE,)
    unit = "share of the window"
    advice = "offer a lower rate, or use a machine with more processors"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        record = measured.record
        busiest_ns = record.generator_busiest_ns
        busy_ns = record.generator_cpu_ns if busiest_ns is None else busiest_ns
        share = busy_ns / record.window_ns if record.window_ns > 0 else 0.0
        if measured.loop == "open" and share > GENERATOR_SHARE.value:
            sentence = f"the generator was busy for {share:.0%} of the window"
            yield self.finding("tag", record, sentence, share, GENERATOR_SHARE)

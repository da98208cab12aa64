from analysis.rules.rule import Findings, MeasuredSlice, SliceRule
from analysis.validity.limits import START_BOUND
from authbench.contracts.records import EngineClock

_WAKE_NS = 2_000_000
"""From its start to the first request that it sent, which is when a closed loop is known to have begun, a
load generator on a shared processor needed 0.6 to 1.5 ms: more than 1% of 0.1 s, and no lateness."""


class CommonStart(SliceRule):
    """V43 voids a slice whose generators have clocks of their own, where one may have begun more than 1% of
    the slice before or after the others: it began late by its own clock, or this clock is known too badly.

    Half of the least round trip of a message bounds what is not known of a clock; the generator tells when it
    began, and is late where the order to begin was sent again, or its host stood still
    (`authbench.contracts.records.EngineClock`). No latency is computed across two clocks.
    """

    code = "V43"
    lie = "all generators began at once"
    limits = (START_BOUND,)
    unit = "share of the slice"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        record = measured.record
        if not record.clocks:
            return
        name, clock = max(record.clocks.items(), key=lambda item: _off_ns(item[1]))
        share = _off_ns(clock) / (record.duration_s * 1e9)
        if share <= START_BOUND.value:
            return
        if clock.late_ns > clock.bound_ns:
            sentence = f"{name} began {clock.late_ns / 1e6:.1f} ms after the common start"
            advice = "find what kept it: a message was lost on the way, or its host stood still"
        else:
            sentence = f"the clock of {name} is known to {clock.bound_ns / 1e6:.1f} ms only"
            advice = "measure longer slices, or bring the workers nearer: messages to one take too long"
        yield self.finding("void-slice", record, sentence, share, START_BOUND, advice=advice)


def _off_ns(clock: EngineClock) -> int:
    """The most by which a generator may have begun before or after the others."""
    return clock.bound_ns + max(0, clock.late_ns - _WAKE_NS)

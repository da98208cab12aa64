"""V07, against the lie 'the server was slow' when the generator's own processor was busy."""

from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import GENERATOR_SHARE
from authbench.contracts.records import SliceRecord


def check(record: SliceRecord) -> Finding | None:
    """The generator used at most half of its processor. A tag where it used more: times are in doubt.

    The server's CPU is not: it is read from the server's own clock, and the twin tells when it wobbles.
    """
    busy_ns = record.generator_cpu_ns if record.generator_busiest_ns is None else record.generator_busiest_ns
    share = busy_ns / record.window_ns if record.window_ns > 0 else 0.0
    if share <= GENERATOR_SHARE.value:
        return None
    return Finding(
        rule="V07",
        severity="tag",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=share,
        limit=GENERATOR_SHARE.value,
        unit="share of the window",
        sentence=f"the generator was busy for {share:.0%} of the window",
        next_action="offer a lower rate, or use a machine with more processors",
    )

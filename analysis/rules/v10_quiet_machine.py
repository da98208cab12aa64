"""V10, against the lie 'the machine was quiet': time stolen by the host, or spent waiting for a processor."""

from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import RUN_QUEUE_SHARE, STEAL_SHARE
from authbench.contracts.records import SliceRecord


def check(record: SliceRecord) -> Finding | None:
    """A tag where a processor of the placement was stolen from, or the server waited to be run.

    An unreadable run-queue wait is not held against the slice.
    """
    cpu, steal = max(record.steal.items(), key=lambda item: item[1], default=(0, 0.0))
    waited = (record.app_run_queue_wait_ns or 0) / record.window_ns if record.window_ns > 0 else 0.0
    if steal > STEAL_SHARE.value:
        number, limit = steal, STEAL_SHARE.value
        sentence = f"{steal:.0%} of processor {cpu}'s time was stolen by the host"
    elif waited > RUN_QUEUE_SHARE.value:
        number, limit = waited, RUN_QUEUE_SHARE.value
        sentence = f"the server waited {waited:.0%} of the time for its processor"
    else:
        return None
    return Finding(
        rule="V10",
        severity="tag",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=number,
        limit=limit,
        unit="share of wall time",
        sentence=sentence,
        next_action="close what else runs on this machine, or use a quieter one",
    )

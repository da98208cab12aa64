"""V28, against CPU attributed to nobody: the run's own processes are what kept its processors busy."""

from collections.abc import Iterable

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import ATTRIBUTED_SHARE
from authbench.contracts.records import SliceRecord


def attributed_ns(record: SliceRecord) -> int:
    """CPU time of every process of the run in a slice; a store that is not ours has none to read."""
    probe_ns = record.probe.cpu_ns if record.probe else 0
    own = record.app_cpu_ns + record.generator_cpu_ns + probe_ns
    return own + (record.store_cpu_ns or 0) + (record.harness_cpu_ns or 0)


def check(records: Iterable[SliceRecord]) -> Finding | None:
    """Nine tenths of the busy time is accounted for, over all slices together. Refuses latency otherwise.

    The kernel counts busy time in steps of 10 ms, so one slice says nothing. What a process cost is read from
    its own clock: CPU figures stay, but requests waited for whoever else was busy.
    """
    read = [record for record in records if record.busy_ns is not None]
    busy_ns = sum(sum(record.busy_ns.values()) for record in read if record.busy_ns is not None)
    if busy_ns <= 0:
        return None
    share = sum(attributed_ns(record) for record in read) / busy_ns
    if share >= ATTRIBUTED_SHARE.value:
        return None
    return Finding(
        rule="V28",
        severity="refuse-figure",
        subject="the run",
        number=share,
        limit=ATTRIBUTED_SHARE.value,
        unit="share of busy time",
        sentence=(
            f"only {share:.0%} of what the processors did belongs to this run: "
            "requests waited for something else"
        ),
        next_action="close what else runs on this machine",
        refuses="latency",
    )


def check_run(run: RunData) -> list[Finding]:
    """All valid slices of the main rate. Where nothing was read, `rules.shared.witnesses` says so."""
    found = check(judged.measured for judged in run.main if not judged.void_because)
    return [found] if found else []

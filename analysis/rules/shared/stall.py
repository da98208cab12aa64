"""STALL: the server went silent while requests waited. Told loudly; nothing is left out because of it."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import STALL_S
from authbench.contracts.records import SliceRecord


def check(record: SliceRecord) -> Finding | None:
    """A tag on a slice with a silence of 200 ms or more."""
    if not _stalled(record):
        return None
    return _finding(record, 1)


def check_run(run: RunData) -> list[Finding]:
    """One finding per arm that stalled, with its longest silence; void slices count as well."""
    findings = []
    for arm in run.arms:
        stalled = [
            judged.measured for judged in run.main if judged.measured.arm == arm and _stalled(judged.measured)
        ]
        if stalled:
            findings.append(
                _finding(max(stalled, key=lambda record: record.longest_silence_ns), len(stalled))
            )
    return findings


def _stalled(record: SliceRecord) -> bool:
    return record.longest_silence_ns >= STALL_S.value * 1e9


def _finding(record: SliceRecord, slices: int) -> Finding:
    silence_s = record.longest_silence_ns / 1e9
    more = f"; {slices} slices of this arm had such a silence" if slices > 1 else ""
    return Finding(
        rule="STALL",
        severity="tag",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=silence_s,
        limit=STALL_S.value,
        unit="s",
        sentence=f"the server answered nothing for {silence_s:.2f} s while requests waited{more}",
        next_action="it is in the response times; look for what stopped the server",
    )

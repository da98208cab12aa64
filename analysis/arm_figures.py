"""What one arm's valid slices add up to: figures of an arm by itself, not compared with another."""

from collections.abc import Sequence

import pandas as pd

from analysis.compare import finite, refused
from analysis.dataset import RunData, by_generation, differences
from analysis.statistics import ByGeneration, nested_interval, percentile
from analysis.summary import ArmSummary, Estimate, StoreCommand
from analysis.validity.finding import Finding
from analysis.validity.limits import CONFIDENCE, SAMPLES_BEYOND
from analysis.validity.v06_generator_lateness import tagged_share
from authbench.experiment import Arm
from authbench.records import Outcome

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}


def summarize_arm(run: RunData, arm: Arm, findings: Sequence[Finding]) -> ArmSummary:
    """All figures of one arm. One that a rule refuses, or that has too few data, carries the reason."""
    label = arm.label
    card = run.manifest.cards.get(label)
    slices = run.slices[run.slices["arm"] == label]
    requests = run.requests[run.requests["arm"] == label]
    measured = [judged for judged in run.records if judged.measured.arm == label]
    void = sum(bool(judged.void_because) for judged in measured)
    counts = requests["outcome"].value_counts()
    completed = int(slices["completed"].sum())
    sent = requests[requests["sent_ns"] >= 0]
    replied = requests[requests["done_ns"] >= 0]

    def per_completed(column: str) -> float | None:
        return (
            float(slices[column].sum()) / completed if completed and card and card.store != "none" else None
        )

    return ArmSummary(
        arm=label,
        scheme=arm.scheme,
        role=arm.role,
        travels=card.travels if card else "",
        slices=len(slices),
        slices_void=void,
        void_share=void / len(measured) if measured else 0.0,
        late_share=tagged_share(run, label),
        longest_silence_s=max((j.measured.longest_silence_ns for j in measured), default=0) / 1e9,
        requests=len(requests),
        errors=int((requests["outcome"] != int(Outcome.ACCEPTED)).sum()),
        outcomes={
            outcome.name.lower(): int(counts[outcome.value]) for outcome in Outcome if outcome.value in counts
        },
        service_ms=_percentiles(run, label, "service", findings),
        response_ms=_percentiles(run, label, "response", findings),
        cpu_total_us=_cpu(slices, "cpu_total_us", findings, label),
        cpu_app_us=_cpu(slices, "cpu_app_us", findings, label),
        cpu_store_us=_cpu(slices, "cpu_store_us", findings, label)
        if card and card.store != "none"
        else Estimate(reason="it has no store"),
        cpu_minus_control_us=_minus_control(run, label, findings),
        store_commands=_store_commands(run, label),
        store_bytes_in=per_completed("store_bytes_in"),
        store_bytes_out=per_completed("store_bytes_out"),
        request_bytes=float(sent["bytes_out"].mean()) if len(sent) else None,
        reply_bytes=float(replied["bytes_in"].mean()) if len(replied) else None,
    )


def _percentiles(run: RunData, arm: str, kind: str, findings: Sequence[Finding]) -> dict[str, Estimate]:
    """Over all slices pooled. The interval takes requests as independent: it describes this sample."""
    refusal = refused(findings, "latency" if kind == "service" else "response", [arm])
    if refusal:
        return {name: Estimate(reason=refusal) for name in PERCENTILES}
    values = run.service_ms(arm) if kind == "service" else run.response_ms(arm)
    found = {name: percentile(values, share, SAMPLES_BEYOND.value) for name, share in PERCENTILES.items()}
    return {
        name: Estimate(value=one.value, low=one.low, high=one.high, reason=one.reason)
        for name, one in found.items()
    }


def _interval(values: ByGeneration) -> Estimate:
    interval = nested_interval(values, CONFIDENCE.value)
    return Estimate(value=interval.estimate, low=finite(interval.low), high=finite(interval.high))


def _cpu(slices: pd.DataFrame, metric: str, findings: Sequence[Finding], arm: str) -> Estimate:
    """Mean over slices with the interval of cycles nested in generations."""
    refusal = refused(findings, "none", [arm])
    if refusal:
        return Estimate(reason=refusal)
    known = slices.set_index(["generation", "cycle"])[metric].astype(float).dropna()
    if known.empty:
        return Estimate(reason="it could not be read, or nothing was completed")
    return _interval(by_generation(known))


def _minus_control(run: RunData, arm: str, findings: Sequence[Finding]) -> Estimate:
    control = run.manifest.experiment.control
    if arm == control:
        return Estimate(reason="it is the control")
    refusal = refused(findings, "none", [arm, control])
    if refusal:
        return Estimate(reason=refusal)
    gaps = differences(run.slices, "cpu_total_us", arm, control)
    return _interval(gaps) if gaps else Estimate(reason="no cycle has the figure for both arms")


def _store_commands(run: RunData, arm: str) -> dict[str, StoreCommand]:
    """Exact totals by command, over the valid slices in which every request sent was accepted.

    One that failed may or may not have reached the store, so a slice with one cannot tell to the integer.
    """
    valid = [j.measured for j in run.records if j.measured.arm == arm and not j.void_because]
    exact = [record for record in valid if record.accepted == record.sent]
    accepted = sum(record.accepted for record in exact)
    names = sorted({name for record in exact for name, count in record.store_commands.items() if count})
    totals = {name: sum(record.store_commands.get(name, 0) for record in exact) for name in names}
    return {
        name: StoreCommand(
            commands=total, requests=accepted, per_request=total / accepted if accepted else 0.0
        )
        for name, total in totals.items()
    }

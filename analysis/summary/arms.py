"""What one arm's valid slices add up to: figures of an arm by itself, not compared with another."""

from collections.abc import Sequence

import pandas as pd

from analysis.comparison.arms import refused
from analysis.comparison.ladder import summarize_ladder
from analysis.data.run import RunData, by_generation, differences
from analysis.records.summary import ArmSummary, ArrivalsSummary, StoreCommand
from analysis.rules.v02_poisson_arrivals import Arrivals
from analysis.rules.v06_disturbed_slices import CODES, tagged_share
from analysis.rules.v37_memory_slope import MemorySlope
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.statistics.percentiles import described
from analysis.summary.operations import summarize_operations
from analysis.validity.finding import Finding
from authbench.contracts.experiment import Arm
from authbench.contracts.records import Outcome, StoreMemory


def summarize_arm(
    run: RunData, arm: Arm, findings: Sequence[Finding], arrivals: Arrivals | None = None
) -> ArmSummary:
    """All figures of one arm. One that a rule refuses, or that has too few data, carries the reason."""
    label, control = arm.label, run.manifest.experiment.control
    card = run.manifest.cards.get(label)
    slices = run.slices[run.slices["arm"] == label]
    requests = run.rows.of_arm(label)
    measured = [judged for judged in run.main if judged.measured.arm == label]
    valid = [judged.measured for judged in measured if not judged.void_because]
    void = len(measured) - len(valid)
    counts = requests["outcome"].value_counts()
    user_requests = int(slices["user_completed"].sum())
    served = int(slices["served"].sum())
    window_ns = sum(record.window_ns for record in valid)
    stored = run.manifest.store_memory.get(label)
    stores = run.asks_store(label)

    def per_user_request(total: float, count: int = user_requests) -> float | None:
        return total / count if count else None

    return ArmSummary(
        arm=label,
        scheme=arm.scheme,
        role=arm.role,
        summary=card.summary if card else "",
        travels=card.travels if card else "",
        authenticates=card.authenticates if card else arm.role != "control",
        store=card.store if card else "unknown",
        logout_ends_credential=card.logout_ends_credential if card else False,
        revocation_window_s=card.revocation_window_s if card else 0.0,
        role_change_window_s=card.role_change_window_s if card else 0.0,
        slices=len(slices),
        slices_void=void,
        void_share=void / len(measured) if measured else 0.0,
        tag_shares={code: tagged_share(run, label, code) for code in CODES},
        longest_silence_s=max((j.measured.longest_silence_ns for j in measured), default=0) / 1e9,
        app_utilisation=sum(r.app_cpu_ns for r in valid) / window_ns if window_ns else None,
        requests=len(requests),
        user_requests=user_requests,
        errors=int((requests["outcome"] != int(Outcome.ACCEPTED)).sum()),
        outcomes={
            outcome.name.lower(): int(counts[outcome.value]) for outcome in Outcome if outcome.value in counts
        },
        arrivals=ArrivalsSummary(dispersion=arrivals.dispersion, anderson_darling=arrivals.anderson_darling)
        if arrivals
        else None,
        service_ms=described(run.service_ms(label), refused(findings, "latency", [label])),
        response_ms=described(run.response_ms(label), refused(findings, "response", [label])),
        cpu_total_us=_cpu(slices, "cpu_total_us", findings, label),
        cpu_app_us=_cpu(slices, "cpu_app_us", findings, label),
        cpu_store_us=_cpu(slices, "cpu_store_us", findings, label)
        if stores
        else Estimate(reason="it has no store"),
        cpu_password_us=_cpu(slices, "cpu_password_us", findings, label),
        cpu_minus_control_us=cpu_gap(run, label, control, findings),
        cpu_app_minus_control_us=cpu_gap(run, label, control, findings, "cpu_app_us"),
        cpu_store_minus_control_us=cpu_gap(run, label, control, findings, "cpu_store_us")
        if stores
        else Estimate(reason="it has no store"),
        operations=summarize_operations(run, label, findings),
        store_commands=_store_commands(run, label),
        store_bytes_in=per_user_request(float(slices["store_bytes_in"].sum()), served if stores else 0),
        store_bytes_out=per_user_request(float(slices["store_bytes_out"].sum()), served if stores else 0),
        store_memory_bytes=_store_memory(stored, stores),
        store_memory_counts=stored.counts if stored else [],
        request_bytes=per_user_request(float(requests.loc[requests["sent_ns"] >= 0, "bytes_out"].sum())),
        reply_bytes=per_user_request(float(requests.loc[requests["done_ns"] >= 0, "bytes_in"].sum())),
        ladder=summarize_ladder(run, label, findings),
    )


def _cpu(slices: pd.DataFrame, metric: str, findings: Sequence[Finding], arm: str) -> Estimate:
    """Mean over slices with the interval of cycles nested in generations."""
    refusal = refused(findings, "none", [arm])
    if refusal:
        return Estimate(reason=refusal)
    known = slices.set_index(["generation", "cycle"])[metric].astype(float).dropna()
    if known.empty:
        return Estimate(reason="it could not be read, or nothing was completed")
    return from_replicates(by_generation(known))


def cpu_gap(
    run: RunData, a: str, b: str, findings: Sequence[Finding], metric: str = "cpu_total_us"
) -> Estimate:
    """A's CPU per request minus B's, paired by cycle: with the control as B, what authenticating costs."""
    if a == b:
        return Estimate(reason="it is the control")
    refusal = refused(findings, "none", [a, b])
    if refusal:
        return Estimate(reason=refusal)
    gaps = differences(run.slices, metric, a, b)
    return from_replicates(gaps) if gaps else Estimate(reason="no cycle has the figure for both arms")


def _store_memory(stored: StoreMemory | None, stores: bool) -> Estimate:
    if stored is None:
        return Estimate(reason="not measured" if stores else "it has no store")
    if refusal := MemorySlope().check(stored):
        return Estimate(reason=refusal)
    return Estimate(value=stored.bytes_per_credential, low=stored.low, high=stored.high)


def _store_commands(run: RunData, arm: str) -> dict[str, StoreCommand]:
    """Exact totals by command, over the valid slices in which every request sent was accepted.

    One that failed may or may not have reached the store, so a slice with one cannot tell to the integer.
    """
    valid = [j.measured for j in run.main if j.measured.arm == arm and not j.void_because]
    exact = [
        record
        for record in valid
        if record.accepted == record.sent and (not record.probe or record.probe.accepted == record.probe.sent)
    ]
    requests = sum(record.served for record in exact)
    names = sorted({name for record in exact for name, count in record.store_commands.items() if count})
    totals = {name: sum(record.store_commands.get(name, 0) for record in exact) for name in names}
    return {
        name: StoreCommand(
            commands=total, requests=requests, per_request=total / requests if requests else 0.0
        )
        for name, total in totals.items()
    }

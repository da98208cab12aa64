"""What one arm's valid slices add up to: figures of an arm by itself, not compared with another."""

import statistics
from collections.abc import Sequence

from analysis.comparison.described import MEMORY
from analysis.records.summary import ArmSummary, ArrivalsSummary, RenewalSummary, StoreCommand
from analysis.rules.v06_disturbed_slices import CODES, tagged_share
from analysis.rules.v37_memory_slope import MemorySlope
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import JudgedRun
from analysis.summary.ladder import summarize_ladder
from analysis.summary.operations import summarize_operations
from analysis.summary.throughput import store_busy, summarize_throughput
from authbench.contracts.card import STATEMENTS
from authbench.contracts.experiment import Arm
from authbench.contracts.records import ForeignService, Outcome, SliceRecord


def summarize_arm(run: JudgedRun, arm: Arm) -> ArmSummary:
    """All figures of one arm. One with too few data carries the reason. One that a rule objects to stands,
    and `marks` has the rule.
    """
    data, label, control = run.data, arm.label, run.experiment.control
    card = data.manifest.default_cards.get(label) or data.manifest.cards.get(label)
    requests = data.rows.of_arm(label)
    measured = [judged.measured for judged in data.main if judged.measured.arm == label]
    valid = data.valid_of(label)
    void = len(measured) - len(valid)
    outcomes = requests["outcome"].value_counts()
    arrivals = run.arrivals.get(label)
    user_requests = sum(record.user_completed for record in valid)
    served = sum(record.served for record in valid)
    window_ns = sum(record.window_ns for record in valid)
    stored = data.manifest.store_memory.get(label)
    stores = label in data.with_store
    service = data.manifest.service
    no_store = None if stores or (service and service.reads_store_cpu) else _no_store(service)
    other = Estimate(reason="the control is asked something else") if arm.operation else None
    if service:
        other = Estimate(reason="the service is not part of authbench: there is no control")
    variant = service.variants.get(arm.scheme) if service else None

    def per_request(total: float, count: int = user_requests) -> float | None:
        return total / count if count else None

    return ArmSummary(
        arm=label,
        scheme=arm.scheme,
        role="arm" if service and arm.role == "control" else arm.role,
        summary=card.summary if card else "",
        travels=card.travels if card else variant.carrier if variant else "",
        authenticates=card.authenticates if card else arm.role != "control" or service is not None,
        store=card.store if card else _stores_of(service, measured),
        logout_ends_credential=card.logout_ends_credential if card else False,
        revocation_window_s=card.revocation_window_s if card else 0.0,
        role_change_window_s=card.role_change_window_s if card else 0.0,
        slices=len(valid),
        slices_void=void,
        void_share=void / len(measured) if measured else 0.0,
        tag_shares={code: tagged_share(data, label, code) for code in CODES},
        longest_silence_s=max((record.longest_silence_ns for record in measured), default=0) / 1e9,
        app_utilisation=_utilisation(valid, window_ns),
        offered_rps=data.manifest.rate.own_rps
        if data.manifest.rate and label in data.manifest.own_arms
        else None,
        requests=len(requests),
        user_requests=user_requests,
        errors=int((requests["outcome"] != int(Outcome.ACCEPTED)).sum()),
        outcomes={one.name.lower(): int(outcomes[one.value]) for one in Outcome if one.value in outcomes},
        arrivals=ArrivalsSummary(dispersion=arrivals.dispersion, anderson_darling=arrivals.anderson_darling)
        if arrivals
        else None,
        marks=run.marks(label),
        service_ms=dict(run.described("sent_ns").arms[label]),
        response_ms=dict(run.described("due_ns").arms[label]),
        clean_cycles=None if run.clean is None else len(run.clean),
        clean_service_ms=dict(run.described("sent_ns", clean=True).arms[label]) if run.clean else {},
        clean_response_ms=dict(run.described("due_ns", clean=True).arms[label]) if run.clean else {},
        throughput=summarize_throughput(run, label),
        store_busy=store_busy(run, label, valid),
        cpu_total_us=run.cost(label, "cpu_total_us"),
        cpu_app_us=run.cost(label, "cpu_app_us"),
        cpu_store_us=no_store or run.cost(label, "cpu_store_us"),
        cpu_password_us=run.cost(label, "cpu_password_us"),
        cpu_minus_control_us=other or run.gap(label, control, "cpu_total_us"),
        cpu_app_minus_control_us=other or run.gap(label, control, "cpu_app_us"),
        cpu_store_minus_control_us=no_store or other or run.gap(label, control, "cpu_store_us"),
        operations=summarize_operations(run, label),
        store_commands=_store_commands(valid),
        store_bytes_in=_bytes([one.store_bytes_in for one in valid], served if stores else 0),
        store_bytes_out=_bytes([one.store_bytes_out for one in valid], served if stores else 0),
        store_memory_bytes=_store_memory(run, label, stores),
        store_memory_counts=stored.counts if stored else [],
        request_bytes=per_request(float(requests.loc[requests["sent_ns"] >= 0, "bytes_out"].sum())),
        reply_bytes=per_request(float(requests.loc[requests["done_ns"] >= 0, "bytes_in"].sum())),
        counters=_counters(valid, served),
        declared=service is None,
        store_counted=service is None or service.counts,
        renewals=_renewals(measured),
        ladder=summarize_ladder(run, label),
    )


def _no_store(service: ForeignService | None) -> Estimate:
    """Why there is no figure of an arm's store: it has none, or that of somebody else cannot be read."""
    return Estimate(reason="its store was not read" if service else "it has no store")


def _stores_of(service: ForeignService | None, measured: Sequence[SliceRecord]) -> str:
    """Where state lives that no card speaks of: 'redis', 'sql' or both, by what was asked; else 'unknown'."""
    asked = {name for record in measured for name, count in record.store_commands.items() if count}
    of_sql = asked & STATEMENTS if service and service.counts_statements else set()
    if service and not service.counts_commands:
        of_sql = asked
    found = {"redis": asked - of_sql, "sql": of_sql}
    return " and ".join(store for store, names in found.items() if names) or "unknown"


def _bytes(counted: Sequence[int | None], served: int) -> float | None:
    """Bytes per request; None where nothing was served, or a slice does not tell."""
    known = [count for count in counted if count is not None]
    return sum(known) / served if served and len(known) == len(counted) else None


def _utilisation(valid: Sequence[SliceRecord], window_ns: int) -> float | None:
    """Share of a processor; None where there is no slice, or the processes are not known."""
    known = [record.app_cpu_ns for record in valid if record.app_cpu_ns is not None]
    return sum(known) / window_ns if window_ns and len(known) == len(valid) else None


def _renewals(measured: Sequence[SliceRecord]) -> RenewalSummary | None:
    """Renewals before all of an arm's slices, void ones too; None: nothing was renewed."""
    found = [record.renewal for record in measured if record.renewal]
    took_ms = [took_ns / 1e6 for one in found for took_ns in one.took_ns]
    if not took_ms:
        return None
    sent = sum(one.sent for one in found)
    return RenewalSummary(
        by=found[0].by, sent=sent, p50_ms=statistics.median(took_ms), slowest_ms=max(took_ms)
    )


def _store_memory(run: JudgedRun, arm: str, stores: bool) -> Estimate:
    stored = run.data.manifest.store_memory.get(arm)
    if stored is None:
        return Estimate(reason="not measured" if stores or run.data.manifest.service else "it has no store")
    if refusal := MemorySlope().check(stored):
        return Estimate(reason=refusal)
    return run.store_memory.arms[arm][MEMORY]


def _store_commands(valid: Sequence[SliceRecord]) -> dict[str, StoreCommand]:
    """Exact totals by command, over the valid slices in which every request sent was accepted.

    One that failed may or may not have reached the store, so a slice with one cannot tell to the integer.
    """
    exact = [
        record
        for record in valid
        if record.accepted == record.sent and (not record.probe or record.probe.accepted == record.probe.sent)
    ]
    requests = sum(record.served for record in exact)
    names = sorted({name for record in exact for name, count in record.store_commands.items() if count})
    totals = {name: sum(record.store_commands.get(name, 0) for record in exact) for name in names}
    each = {name: total / requests if requests else 0.0 for name, total in totals.items()}
    return {
        name: StoreCommand(commands=total, requests=requests, per_request=each[name])
        for name, total in totals.items()
    }


def _counters(valid: Sequence[SliceRecord], served: int) -> dict[str, float]:
    """Fields of a slice that are marked as counters; not those that some slice did not count."""
    found = {}
    for name, field in type(valid[0]).model_fields.items() if served else ():
        counts = [getattr(record, name) for record in valid]
        marked = isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("counter")
        if marked and None not in counts:
            found[name] = sum(counts) / served
    return found

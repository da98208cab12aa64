"""One arm by operation: where a mixed workload spends its time, and what each operation sends."""

from analysis.data.run import RunData
from analysis.records.summary import OperationSummary
from analysis.summary.judged_run import JudgedRun
from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome


def summarize_operations(run: JudgedRun, arm: str) -> dict[str, OperationSummary]:
    """Figures of every operation that was scheduled, users' first, in the workload's order."""
    data = run.data
    card = data.manifest.cards.get(arm)
    requests = _requests(data, arm)
    rows_of_arm = data.rows.of_arm(arm)
    housekeeping = [part.operation for part in data.manifest.workload.housekeeping]
    found = {}
    for operation in [*data.user_operations, *housekeeping]:
        chosen = rows_of_arm["operation"] == operation.code
        rows = rows_of_arm if chosen.all() else rows_of_arm[chosen]
        if rows.empty:
            continue
        sent = rows.loc[rows["sent_ns"] >= 0, "bytes_out"]
        replied = rows.loc[rows["done_ns"] >= 0, "bytes_in"]
        found[str(operation)] = OperationSummary(
            request=requests or Operation(operation).request,
            housekeeping=operation in housekeeping,
            requests=len(rows),
            errors=int((rows["outcome"] != int(Outcome.ACCEPTED)).sum()),
            service_ms=dict(run.described_operation(operation).arms[arm]),
            request_bytes=float(sent.mean()) if len(sent) else None,
            reply_bytes=float(replied.mean()) if len(replied) else None,
            store_commands=card.store_commands.get(operation, {}) if card else {},
        )
    return found


def _requests(data: RunData, arm: str) -> str:
    """What a variant of a service that is not part of authbench is asked; empty for every other arm."""
    if data.manifest.service is None:
        return ""
    scheme = next(one.scheme for one in data.manifest.experiment.arms if one.label == arm)
    variant = data.manifest.service.variants.get(scheme)
    return ", ".join(variant.requests) if variant else ""

"""One arm by operation: where a mixed workload spends its time, and what each operation sends."""

from analysis.records.summary import OperationSummary
from analysis.summary.judged_run import JudgedRun
from authbench.contracts.card import Operation
from authbench.contracts.records import Outcome


def summarize_operations(run: JudgedRun, arm: str) -> dict[str, OperationSummary]:
    """Figures of every operation that was scheduled, users' first, in the workload's order."""
    data = run.data
    card = data.manifest.cards.get(arm)
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
            request=Operation(operation).request,
            housekeeping=operation in housekeeping,
            requests=len(rows),
            errors=int((rows["outcome"] != int(Outcome.ACCEPTED)).sum()),
            service_ms=dict(run.described_operation(operation).arms[arm]),
            request_bytes=float(sent.mean()) if len(sent) else None,
            reply_bytes=float(replied.mean()) if len(replied) else None,
            store_commands=card.store_commands.get(operation, {}) if card else {},
        )
    return found

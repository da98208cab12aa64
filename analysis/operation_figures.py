"""One arm by operation: where a mixed workload spends its time, and what each operation sends."""

from collections.abc import Sequence

from analysis.compare import refused
from analysis.dataset import RunData
from analysis.percentiles import described
from analysis.summary import OperationSummary
from analysis.validity.finding import Finding
from analysis.workload_words import REQUESTS
from authbench.card import Operation
from authbench.records import Outcome


def summarize_operations(run: RunData, arm: str, findings: Sequence[Finding]) -> dict[str, OperationSummary]:
    """Figures of every operation that was scheduled, users' first, in the workload's order."""
    card = run.manifest.cards.get(arm)
    rows_of_arm = run.requests[run.requests["arm"] == arm]
    housekeeping = [part.operation for part in run.manifest.workload.housekeeping]
    found = {}
    for operation in [*run.user_operations, *housekeeping]:
        rows = rows_of_arm[rows_of_arm["operation"] == operation.code]
        if rows.empty:
            continue
        sent, replied = rows[rows["sent_ns"] >= 0], rows[rows["done_ns"] >= 0]
        found[str(operation)] = OperationSummary(
            request=REQUESTS[Operation(operation)],
            housekeeping=operation in housekeeping,
            requests=len(rows),
            errors=int((rows["outcome"] != int(Outcome.ACCEPTED)).sum()),
            service_ms=described(
                rows["service_ms"].to_numpy(dtype=float), refused(findings, "latency", [arm])
            ),
            request_bytes=float(sent["bytes_out"].mean()) if len(sent) else None,
            reply_bytes=float(replied["bytes_in"].mean()) if len(replied) else None,
            store_commands=card.store_commands.get(operation, {}) if card else {},
        )
    return found

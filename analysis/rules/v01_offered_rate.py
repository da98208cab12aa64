"""V01, against the lie 'we offered that rate': what was scheduled, sent, read and served reconciles."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import SENT_SHARE
from authbench.contracts.records import Outcome, SliceRecord


def reconcile(record: SliceRecord, samples: Mapping[str, npt.NDArray[np.int64]]) -> Finding | None:
    """Counts of the generator, of its rows and of the server itself agree. Void slice where they do not.

    The server may have served a request whose reply was never read, so its count lies between what was
    completed and what was sent: equal to both wherever every reply was read. The probe client's few
    requests are the server's too.
    """
    outcomes = samples["outcome"]
    watched = record.probe.sent if record.probe else 0
    accepted, unsent = (int(np.sum(outcomes == kind)) for kind in (Outcome.ACCEPTED, Outcome.UNSENT))
    checks = {
        "scheduled is not sent + unsent": (record.scheduled, record.sent + record.unsent),
        "rows are not as many as scheduled": (len(outcomes), record.scheduled),
        "accepted rows are not as many as counted": (accepted, record.accepted),
        "unsent rows are not as many as counted": (unsent, record.unsent),
        "more was accepted than completed": (max(record.accepted, record.completed), record.completed),
        "more was completed than sent": (max(record.completed, record.sent), record.sent),
        "the server counted other requests than were sent to it": (
            record.server_requests,
            min(max(record.server_requests, record.completed + watched), record.sent + watched),
        ),
    }
    for what, (number, limit) in checks.items():
        if number != limit:
            return Finding(
                rule="V01",
                severity="void-slice",
                subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
                number=number,
                limit=limit,
                unit="requests",
                sentence=f"the counts do not reconcile: {what} ({number} against {limit})",
                next_action="find what else talks to the server, or what loses requests, and run again",
            )
    return None


def offered(record: SliceRecord) -> Finding | None:
    """Nearly all that was scheduled was sent. Void slice where it was not."""
    share = record.sent / record.scheduled if record.scheduled else 0.0
    if share >= SENT_SHARE.value:
        return None
    return Finding(
        rule="V01",
        severity="void-slice",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=share,
        limit=SENT_SHARE.value,
        unit="share",
        sentence=f"only {record.sent} of {record.scheduled} scheduled requests were sent",
        next_action="offer a lower rate: the server, or the generator, does not keep up",
    )

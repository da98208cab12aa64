"""V03, against the lie 'open loop': the server never slowed the generator down."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from authbench.contracts.records import SliceRecord


def check(record: SliceRecord) -> Finding | None:
    """The cap of requests in flight was not reached and everything was sent. Void slice where it was."""
    if record.in_flight_max < record.in_flight_cap and record.unsent == 0:
        return None
    return Finding(
        rule="V03",
        severity="void-slice",
        subject=slice_name(record.generation, record.cycle, record.arm, record.attempt),
        number=record.in_flight_max,
        limit=record.in_flight_cap,
        unit="requests in flight",
        sentence=(
            f"{record.in_flight_max} requests were in flight at a cap of {record.in_flight_cap} and "
            f"{record.unsent} were not sent: the load waited for the server"
        ),
        next_action="offer a lower rate, or find what held the server up",
    )


def check_run(run: RunData) -> list[Finding]:
    """A closed loop is no fault, but it has no latency: the server slows its own load down."""
    if run.manifest.workload.loop == "open":
        return []
    return [
        Finding(
            rule="V03",
            severity="refuse-figure",
            subject="the run",
            sentence="closed loop: the server slows its own load, so its times say nothing of a user's",
            next_action="for latency use a workload with loop = 'open'",
            refuses="latency",
        )
    ]

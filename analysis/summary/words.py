"""A workload in words a stranger understands: requests by method and path."""

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Experiment, Workload


def asked(workload: Workload, experiment: Experiment) -> str:
    """The workload, and the operations that some arms are asked instead: 'GET /me; alone POST /login'."""
    alone = list(dict.fromkeys(arm.operation for arm in experiment.arms if arm.operation is not None))
    more = f"; alone {', '.join(one.request for one in alone)}" if alone else ""
    return requested(workload) + more


def requested(workload: Workload) -> str:
    """'GET /me', or '90% GET /me, 10% POST /login'."""
    if len(workload.operations) == 1:
        return workload.operations[0].operation.request
    parts = sorted(workload.operations, key=lambda part: -part.share)
    return ", ".join(_part(part.share, part.operation) for part in parts)


def _part(share: float, operation: Operation) -> str:
    return f"{share * 100:.3g}% {operation.request}"


def load(workload: Workload) -> str:
    """How requests arrive and whose credentials they carry, in words."""
    arrive = (
        "Poisson arrivals, whatever the server does"
        if workload.loop == "open"
        else f"a closed loop of {workload.connections} connections: the server slows its own load"
    )
    draw = (
        "uniform without repeats"
        if workload.draw == "uniform"
        else f"Zipf with exponent {workload.zipf_exponent:g}"
    )
    extra = ", ".join(_part(part.share, part.operation) for part in workload.housekeeping)
    housekeeping = f"; on top, where the scheme needs it, {extra}" if extra else ""
    return f"{arrive}; {workload.credentials} credentials, drawn {draw}{housekeeping}"

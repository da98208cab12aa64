"""A run in words a stranger understands: requests by method and path, and what it says nothing about."""

from typing import TYPE_CHECKING

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.records import ForeignService, Manifest
from authbench.words.counting import counted

if TYPE_CHECKING:  # it brings pandas, which `list` does without
    from analysis.data.run import RunData

_CREDENTIAL_OPERATIONS = {
    Operation.LOGIN: "login",
    Operation.REFRESH: "renewal",
    Operation.LOGOUT: "logout",
    Operation.LOGOUT_EVERYWHERE: "logout everywhere",
}


def asked_in(manifest: Manifest) -> str:
    """What a run asked; of a service that is not part of authbench, what its variants were asked."""
    if manifest.service:
        every = (request for one in manifest.service.variants.values() for request in one.requests)
        return ", ".join(dict.fromkeys(every))
    return asked(manifest.workload, manifest.experiment)


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
        else f"a closed loop of {counted(workload.connections, 'connection')}: the server slows its own load"
    )
    draw = (
        "uniform without repeats"
        if workload.draw == "uniform"
        else f"Zipf with exponent {workload.zipf_exponent:g}"
    )
    extra = ", ".join(_part(part.share, part.operation) for part in workload.housekeeping)
    housekeeping = f"; on top, where the scheme needs it, {extra}" if extra else ""
    return f"{arrive}; {counted(workload.credentials, 'credential')}, drawn {draw}{housekeeping}"


def not_measured(run: "RunData") -> list[str]:
    """List what a run says nothing about, so that nobody reads it into the figures."""
    if run.manifest.service:
        return _of_service(run.manifest.service)
    manifest = run.manifest
    measured = {*run.user_operations, *(part.operation for part in manifest.workload.housekeeping)}
    missing = [words for operation, words in _CREDENTIAL_OPERATIONS.items() if operation not in measured]
    store, conditions = manifest.store, [arm.condition for arm in manifest.experiment.arms]
    near = store is not None and store.source != "url" and not manifest.store_added_us
    gaps = {
        f"the cost of {', '.join(missing)}": bool(missing),
        "memory per live session": not manifest.store_memory,
        "other rates, and so the slope": not manifest.ladder_rps,
        "latency": manifest.workload.loop == "closed",
        "throughput": not manifest.experiment.saturated_cycles,
        "a store beyond a network": near,
        "TLS": not any(condition.tls for condition in conditions),
        "more than one application process": all(condition.workers == 1 for condition in conditions),
    }
    always = [
        "throughput under a service level objective",
        "more than one node",
        "a reverse proxy and real user agents",
        "how long a revoked credential really lives: the windows are what the schemes declare",
    ]
    return [words for words, true in gaps.items() if true] + always


def _of_service(service: ForeignService) -> list[str]:
    """What of a service that is not part of authbench was not read, or cannot be."""
    variants, commands, statements = service.variants, service.counts_commands, service.counts_statements
    unread = [name for name, one in variants.items() if one.processes is None]
    unchecked = [name for name, one in variants.items() if one.bodies == "any"]
    fast = [name for name, one in variants.items() if not one.guarded]
    gaps = {
        f"CPU of {', '.join(unread)}: the target file names no process": bool(unread),
        "store commands and bytes: the target file names no Redis and no PostgreSQL": not service.counts,
        "bytes to and from the store: PostgreSQL does not count them": statements,
        "CPU of the store": not service.reads_store_cpu,
        "SQL statements: the target file names no PostgreSQL": commands and not statements,
        "commands to a Redis: the target file names none": statements and not commands,
        f"bodies of {', '.join(unchecked)}, beyond the first reply": bool(unchecked),
        f"whether {', '.join(fast)} hash{'es' if len(fast) == 1 else ''} a password with every request": bool(
            fast
        ),
    }
    always = [
        "what a request costs without authentication: there is no control, so nothing is subtracted",
        "the cost of login, renewal and logout",
        "what a restart changes: every generation met the same processes",
        "what happens inside the service: its own count of requests, its code, build, algorithms and keys",
        "memory per live session",
        "other rates, throughput",
        "how long a revoked credential lives",
    ]
    return [words for words, true in gaps.items() if true] + always

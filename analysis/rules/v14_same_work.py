"""V14, against the lie 'every arm did the same work': as many requests of a kind, for as many users."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import CREDENTIALS, DISTINCT_SHARE
from authbench.contracts.card import Operation
from authbench.contracts.experiment import Workload
from authbench.contracts.records import SliceRecord

_USED_UP = {Operation.LOGOUT, Operation.REFRESH, Operation.LOGOUT_EVERYWHERE}
"""Each request has a credential of its own: the last one was good once."""


@lru_cache(maxsize=4096)
def expected_distinct(count: int, population: int, zipf_exponent: float | None) -> float:
    """Different credentials that `count` requests are expected to carry.

    Uniform without repeats (None): min(count, population). Zipf with replacement: credential k is missed by
    all of them with probability (1 - p_k)^count, p_k ~ 1 / (k + 1)^exponent; the expectation is exact.
    """
    if zipf_exponent is None:
        return float(min(count, population))
    weights = np.arange(1, population + 1, dtype=np.float64) ** -zipf_exponent
    missed = np.exp(count * np.log1p(-np.minimum(weights / weights.sum(), 1 - 1e-12)))
    return float((1 - missed).sum())


def expected_of_slice(sent: Mapping[str, int], workload: Workload, generators: int = 1) -> float:
    """Different pairs of operation and credential that a slice's requests are expected to be.

    Generators share the population and the requests equally. Accounts that log in are few, and how many is
    not recorded: of them one is expected.
    """
    exponent = workload.zipf_exponent if workload.draw == "zipf" else None
    total = 0.0
    for name, count in sent.items():
        if count == 0:
            continue
        if Operation(name) in _USED_UP:
            total += count
        elif Operation(name) is Operation.LOGIN:
            total += 1
        else:
            each, rest = divmod(count, generators)
            own = max(1, workload.credentials // generators)
            total += (generators - rest) * expected_distinct(each, own, exponent)
            total += rest * expected_distinct(each + 1, own, exponent)
    return total


def check_distinct(
    arm: str, records: Sequence[SliceRecord], workload: Workload, generators: int = 1
) -> Finding | None:
    """An arm's requests carried at least nine tenths of the credentials expected. Void run otherwise.

    Over all slices: a Zipf draw of one slice may lie below its expectation by chance.
    """
    found = sum(record.distinct_credentials for record in records)
    expected = sum(expected_of_slice(record.sent_by_operation, workload, generators) for record in records)
    if found >= DISTINCT_SHARE.value * expected:
        return None
    return _void(
        arm,
        found,
        DISTINCT_SHARE.value * expected,
        "credentials",
        f"its requests carried {found} different credentials, the {workload.draw} draw makes that "
        f"{expected:.0f}: a cache would look like a fast scheme",
    )


def check_cycle(records: Sequence[SliceRecord], workload: Workload) -> Finding | None:
    """The arms of a cycle had the same schedule, operations and number of credentials. Void run otherwise.

    Housekeeping is left out: an arm whose clients need it sends it on top, each with its own credential. In
    a closed loop a fast arm gets more requests by design, so only the schedule is compared; so it is where
    something was not sent, which is V03's.
    """
    users = [part.operation.value for part in workload.operations]
    first, *others = records
    same_load = workload.loop == "open" and not any(record.unsent for record in records)
    for record in others:
        for what, number, limit in _compared(record, first, users, same_load):
            if number != limit:
                where = slice_name(record.generation, record.cycle, record.arm, record.attempt)
                sentence = f"{what} {number}, and {limit} for {first.arm} in the same cycle"
                return _void(where, number, limit, "", sentence)
    return None


def _compared(
    record: SliceRecord, first: SliceRecord, users: Sequence[str], same_load: bool
) -> list[tuple[str, float, float]]:
    compared: list[tuple[str, float, float]] = [
        ("its schedule has seed", record.schedule_seed, first.schedule_seed),
        ("it was offered requests/s:", record.offered_rate_rps, first.offered_rate_rps),
    ]
    if not same_load:
        return compared
    for name in users:
        own, other = (one.sent_by_operation.get(name, 0) for one in (record, first))
        compared.append((f"its requests of {name} are", own, other))
    own, other = (_users_credentials(one, users) for one in (record, first))
    return [*compared, ("its users' different credentials are", own, other)]


def _users_credentials(record: SliceRecord, users: Sequence[str]) -> int:
    extra = sum(count for name, count in record.sent_by_operation.items() if name not in users)
    return record.distinct_credentials - extra


def _void(subject: str, number: float, limit: float, unit: str, sentence: str) -> Finding:
    return Finding(
        rule="V14",
        severity="void-run",
        subject=subject,
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action="find what gave this arm other requests than the workload says",
    )


def check_population(workload: Workload) -> Finding | None:
    """A population that no cache holds by accident. Refuses every figure of a smaller one."""
    if workload.credentials >= CREDENTIALS.value:
        return None
    return Finding(
        rule="V14",
        severity="refuse-figure",
        subject="the run",
        number=workload.credentials,
        limit=CREDENTIALS.value,
        unit="credentials",
        sentence=f"{workload.credentials} credentials live in every cache: no application is like that",
        next_action="give the workload, or the experiment, more credentials",
        refuses="all",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every valid slice of the main rate. One finding of each kind, per arm where it is of an arm."""
    workload, generators = run.manifest.workload, run.manifest.generators
    valid = [judged.measured for judged in run.main if not judged.void_because]
    cycles: dict[tuple[int, int], list[SliceRecord]] = {}
    for record in valid:
        cycles.setdefault((record.generation, record.cycle), []).append(record)
    unequal = (check_cycle(records, workload) for records in cycles.values())
    own = [
        check_distinct(arm, [record for record in valid if record.arm == arm], workload, generators)
        for arm in run.arms
    ]
    found = [next((finding for finding in unequal if finding), None), *own, check_population(workload)]
    return [finding for finding in found if finding]

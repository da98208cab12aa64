import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
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


class SameWork(RunRule):
    """V14 voids a run in which the arms of a cycle had other schedules, operations or numbers of credentials,
    or an arm fewer than 0.9 of the different credentials its draw makes expected; refuses every figure of
    fewer than 1000 credentials; says so where the service is not ours.
    """

    code = "V14"
    lie = "every arm did the same work"
    limits = (DISTINCT_SHARE, CREDENTIALS)
    unit = "credentials"
    advice = "find what gave this arm other requests than the workload says"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        workload = run.manifest.workload
        cycles: dict[tuple[int, int], list[SliceRecord]] = {}
        for record in run.valid:
            cycles.setdefault((record.generation, record.cycle), []).append(record)
        alone = any(arm.operation is not None for arm in run.manifest.experiment.arms)
        unequal = (
            finding
            for records in cycles.values()
            for finding in self._check_cycle(records, workload, alone=alone)
        )
        yield from itertools.islice(unequal, 1)
        for arm in run.arms:
            yield from self.check_distinct(arm, run.valid_of(arm), workload, run.manifest.generators)
        yield from self.check_population(workload, own=run.manifest.service is None)

    def _check_cycle(
        self, records: Sequence[SliceRecord], workload: Workload, *, alone: bool = False
    ) -> Findings:
        """The arms of a cycle had the same schedule, operations and number of credentials.

        `alone`: arms have operations of their own; then only the number of requests is the same.

        Housekeeping is left out: an arm whose clients need it sends it on top, each with its own credential.
        In a closed loop a fast arm gets more requests by design, so only the schedule is compared; so it is
        where something was not sent, which is V03's.
        """
        users = [] if alone else [part.operation.value for part in workload.operations]
        first, *others = records
        same_load = workload.loop == "open" and not any(record.unsent for record in records)
        for record in others:
            for what, number, limit in _compared(record, first, users, same_load):
                if number != limit:
                    sentence = f"{what} {number}, and {limit} for {first.arm} in the same cycle"
                    yield self.finding("void-run", record, sentence, number, limit, unit="")

    def check_distinct(
        self, arm: str, records: Sequence[SliceRecord], workload: Workload, generators: int = 1
    ) -> Findings:
        """An arm's requests carried at least nine tenths of the credentials expected.

        Over all slices: a Zipf draw of one slice may lie below its expectation by chance.
        """
        found = sum(record.distinct_credentials for record in records)
        expected = sum(expected_of_slice(one.sent_by_operation, workload, generators) for one in records)
        limit = DISTINCT_SHARE.value * expected
        if found < limit:
            sentence = (
                f"its requests carried {found} different credentials, the {workload.draw} draw makes that "
                f"{expected:.0f}: a cache would look like a fast scheme"
            )
            yield self.finding("void-run", arm, sentence, found, limit)

    def check_population(self, workload: Workload, *, own: bool = True) -> Findings:
        """`own`: of a scheme of ours. A service that is not ours has the users that it has: that is said."""
        count = workload.credentials
        if count < CREDENTIALS.value and not own:
            sentence = f"{count} pairs of user and endpoint live in every cache"
            more = "add users to the file, or read the figures as those of so few"
            yield self.finding("tag", "the run", sentence, count, CREDENTIALS, advice=more)
        elif count < CREDENTIALS.value:
            sentence = f"{count} credentials live in every cache: no application is like that"
            more = "give the workload, or the experiment, more credentials"
            yield self.finding(
                "refuse-figure", "the run", sentence, count, CREDENTIALS, advice=more, refuses="all"
            )


def _compared(
    record: SliceRecord, first: SliceRecord, users: Sequence[str], same_load: bool
) -> Iterator[tuple[str, float, float]]:
    """What is compared, of the record, and of the first of its cycle."""
    yield "its schedule has seed", record.schedule_seed, first.schedule_seed
    yield "it was offered requests/s:", record.offered_rate_rps, first.offered_rate_rps
    if same_load and not users:
        yield "its requests are", record.sent, first.sent
    elif same_load:
        for name in users:
            own, other = (one.sent_by_operation.get(name, 0) for one in (record, first))
            yield f"its requests of {name} are", own, other
        own, other = (_users_credentials(one, users) for one in (record, first))
        yield "its users' different credentials are", own, other


def _users_credentials(record: SliceRecord, users: Sequence[str]) -> int:
    extra = sum(count for name, count in record.sent_by_operation.items() if name not in users)
    return record.distinct_credentials - extra

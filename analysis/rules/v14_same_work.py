import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import CREDENTIALS, DISTINCT_CHANCE, DISTINCT_SHARE
from authbench.contracts.card import Operation
from authbench.contracts.experiment import Workload
from authbench.contracts.records import SliceRecord

_USED_UP = {Operation.LOGOUT, Operation.REFRESH, Operation.LOGOUT_EVERYWHERE}
"""Each request has a credential of its own: the last one was good once."""


class Distinct(NamedTuple):
    """How many different credentials requests carry."""

    mean: float
    variance: float
    """An upper bound of it."""


@lru_cache(maxsize=4096)
def expected_distinct(
    count: int, population: int, zipf_exponent: float | None, generators: int = 1
) -> Distinct:
    """Different credentials that `count` requests of all generators are expected to carry.

    Each generator has its own part of the population and its own Poisson stream. So each of the `count`
    requests is one generator's with probability 1 / generators (Ross, Introduction to Probability Models,
    theorem 5.2). A generator without repeats (None) carries min(its requests, its part). Zipf with
    replacement: credential k is missed by all with probability (1 - p_k / generators)^count,
    p_k ~ 1 / (k + 1)^exponent. Both means are exact. What the generators carry is negatively associated, and
    so are the credentials of one: the sum of the variances is a bound (Joag-Dev & Proschan 1983, Annals of
    Statistics 11, 286-295).
    """
    parts = [max(1, len(range(number, population, generators))) for number in range(generators)]
    each = [_of_one(count, part, zipf_exponent, generators) for part in parts]
    return Distinct(sum(one.mean for one in each), sum(one.variance for one in each))


@lru_cache(maxsize=4096)
def _of_one(count: int, part: int, zipf_exponent: float | None, generators: int) -> Distinct:
    """What one of the generators carries, which has `part` credentials."""
    if zipf_exponent is None:
        own = np.arange(count + 1)
        probability = stats.binom.pmf(own, count, 1 / generators)
        carried = np.minimum(own, part)
        mean = float(probability @ carried)
        return Distinct(mean, float(probability @ (carried - mean) ** 2))
    weights = np.arange(1, part + 1, dtype=np.float64) ** -zipf_exponent
    asked = np.minimum(weights / weights.sum() / generators, 1 - 1e-12)
    missed = np.exp(count * np.log1p(-asked))
    return Distinct(float((1 - missed).sum()), float((missed * (1 - missed)).sum()))


def expected_of_slice(sent: Mapping[str, int], workload: Workload, generators: int = 1) -> Distinct:
    """Different pairs of operation and credential that a slice's requests are expected to be.

    Accounts that log in are few, and how many is not recorded: of them one is expected.
    """
    exponent = workload.zipf_exponent if workload.draw == "zipf" else None
    mean = variance = 0.0
    for name, count in sent.items():
        if count == 0:
            continue
        if Operation(name) in _USED_UP:
            mean += count
        elif Operation(name) is Operation.LOGIN:
            mean += 1
        else:
            found = expected_distinct(count, workload.credentials, exponent, generators)
            mean, variance = mean + found.mean, variance + found.variance
    return Distinct(mean, variance)


class SameWork(RunRule):
    """V14 voids a run in which the arms of a cycle had other schedules, operations or numbers of credentials,
    or an arm fewer than 0.9 of the different credentials its draw makes expected, and fewer than chance
    leaves; refuses every figure of fewer than 1000 credentials; says so where the service is not ours.
    """

    code = "V14"
    lie = "every arm did the same work"
    limits = (DISTINCT_SHARE, DISTINCT_CHANCE, CREDENTIALS)
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

    def _check_cycle(self, records: Sequence[SliceRecord], workload: Workload, *, alone: bool) -> Findings:
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
        """An arm's requests carried nine tenths of the credentials expected, or as many as chance leaves.

        Over all slices: one slice may lie below its expectation by chance.
        """
        found = sum(record.distinct_credentials for record in records)
        slices = [expected_of_slice(one.sent_by_operation, workload, generators) for one in records]
        expected = sum(one.mean for one in slices)
        by_chance = -stats.norm.ppf(DISTINCT_CHANCE.value) * sum(one.variance for one in slices) ** 0.5
        limit = min(DISTINCT_SHARE.value * expected, expected - by_chance)
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

"""The three loads of published set-ups, with their mistakes: nothing else is measured like this."""

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Share, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from authbench.contracts.records import Outcome
from authbench.contracts.replication.claim import Mistake, SetUp
from loadtests.clients.blocking_client import BlockingClient
from loadtests.harness.population import fill, lay_out_reads, lay_out_workload
from loadtests.harness.run.generation import Generation
from loadtests.harness.run.slice import ArmUnderTest

_WARM_UP_S = 0.5
_PATIENCE_S = 60.0
"""How long a user of a chain waits: the queue before the hash is what the set-up measures."""
_FILL_STEPS = 10
"""Readings of the store's memory while it is filled: a slope needs several."""


@dataclass(frozen=True)
class Served:
    """What one arm did under one load."""

    requests: int
    errors: int
    rate_rps: float
    """Accepted requests a second, of those that were answered in time."""
    times_ms: npt.NDArray[np.float64]
    """Of the accepted requests, done - sent."""


def loop(generation: Generation, label: str, set_up: SetUp, connections: int) -> Served:
    """Keep so many connections busy with reads."""
    arm, generators = generation.arms[label], generation.bench.generators
    reads = lay_out_reads(arm.server, arm.population)
    if Mistake.ONE_CREDENTIAL in set_up.mistakes:
        reads = reads[:1]
    server = arm.server
    generators.arm(label, server.host, server.port, {Operation.READ: reads}, connections, server.authority)
    if Mistake.NO_WARM_UP not in set_up.mistakes:
        generators.closed_loop_rps(label, _WARM_UP_S, connections, seed=0)
    load = SliceLoad(
        arm=label,
        duration_s=set_up.seconds,
        seed=1,
        operations={Operation.READ: 1.0},
        loop="closed",
        closed_connections=connections,
    )
    columns = generators.offer(load).columns
    generators.forget(label)
    accepted = columns["outcome"] == Outcome.ACCEPTED
    times_ms = (columns["done_ns"] - columns["sent_ns"])[accepted] / 1e6
    in_time = accepted & (columns["done_ns"] < set_up.seconds * 1e9)
    rate_rps = int(np.count_nonzero(in_time)) / set_up.seconds
    return Served(len(accepted), int(np.count_nonzero(~accepted)), rate_rps, times_ms)


def chain(generation: Generation, labels: Sequence[str], set_up: SetUp) -> dict[str, Served]:
    """Let users arrive evenly, each of whom logs in at every arm, one after another."""
    logins = {label: _logins(generation.arms[label], set_up.users) for label in labels}
    times: dict[str, list[float]] = {label: [] for label in labels}
    errors = dict.fromkeys(labels, 0)
    lock = threading.Lock()
    begin_s = time.monotonic() + 0.1

    def user(number: int) -> None:
        time.sleep(max(0.0, begin_s + number * set_up.arrive_s / set_up.users - time.monotonic()))
        for label in labels:
            planned = logins[label][number]
            server = generation.arms[label].server
            with BlockingClient(server.host, server.port, server.authority, _PATIENCE_S) as connection:
                sent_s = time.monotonic()
                reply = connection.request(
                    Operation.LOGIN.method,
                    Operation.LOGIN.path,
                    planned.headers,
                    json.loads(planned.content or "null"),
                )
                took_ms = (time.monotonic() - sent_s) * 1e3
            with lock:
                if reply.status == Operation.LOGIN.status:
                    times[label].append(took_ms)
                else:
                    errors[label] += 1

    users = [threading.Thread(target=user, args=(number,), daemon=True) for number in range(set_up.users)]
    for each in users:
        each.start()
    for each in users:
        each.join()
    seconds = time.monotonic() - begin_s
    return {
        label: Served(
            set_up.users, errors[label], len(times[label]) / seconds, np.array(times[label], dtype=float)
        )
        for label in labels
    }


def _logins(arm: ArmUnderTest, users: int) -> list[PlannedRequest]:
    """A login of a different account for each user. Failure where there are not so many accounts."""
    workload = Workload(
        name="logins", operations=[Share(operation=Operation.LOGIN, share=1.0)], credentials=users
    )
    laid_out = lay_out_workload(arm.server, arm.card, workload, arm.population, users)[Operation.LOGIN]
    if len(laid_out) < users:
        raise Failure(f"a chain has at most {len(laid_out)} users here, not {users}")
    return laid_out


def fill_store(generation: Generation, label: str, credentials: int) -> tuple[list[int], list[int]]:
    """Add credentials in steps. Returns how many were added and the store's memory, at each reading."""
    server, client = generation.arms[label].server, generation.store.client
    counts, sizes = [0], [int(client.info("memory")["used_memory"])]
    step = max(1, credentials // _FILL_STEPS)
    while counts[-1] < credentials:
        portion = min(step, credentials - counts[-1])
        fill(server, portion, after=counts[-1])
        counts.append(counts[-1] + portion)
        sizes.append(int(client.info("memory")["used_memory"]))
    return counts, sizes

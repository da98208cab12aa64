"""What each operation costs a store that holds all logins: commands, and CPU time of its process."""

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Share, Workload
from authbench.contracts.generator_protocol import SliceLoad
from authbench.contracts.measuring_protocol import Credential
from authbench.contracts.store_size.report import OperationCost
from loadtests.clients.client import Client
from loadtests.harness.load.generators import Generators
from loadtests.harness.population import Population, lay_out_workload
from loadtests.harness.processes.placement import Layout
from loadtests.harness.telemetry.cpu_clock import process_cpu_ns
from loadtests.harness.telemetry.store_counters import StoreMeter
from loadtests.store_size.bench import LIFETIME_S, Bench

_USERS = 1000
_CONNECTIONS = 16
_SECONDS = 0.5
_SUPPLY = 6000
"""Credentials for an operation that uses one up: more than a core answers in that time."""
_LABEL = "store-size"


def operation_costs(bench: Bench, generators: Generators, layout: Layout) -> list[OperationCost]:
    """Read, refresh where there is one, and logout: each alone, in closed loop, for half a second."""
    operations = [Operation.READ, Operation.LOGOUT]
    if bench.card.refreshes:
        operations.insert(1, Operation.REFRESH)
    shares = [Share(operation=each, share=1 / len(operations)) for each in operations]
    workload = Workload(name=_LABEL, operations=shares, credentials=_USERS)
    client = Client(bench.card, bench.server.origin)
    seeded: list[Credential] = bench.server.seed(0, _USERS, LIFETIME_S, jkt=client.key_thumbprint)
    people = Population(client, [item.headers for item in seeded])
    bench.server.pin(layout.app)
    generators.arm(
        _LABEL,
        bench.server.host,
        bench.server.port,
        lay_out_workload(bench.server, bench.card, workload, people, _SUPPLY * len(operations) / 1.3),
    )
    meter = StoreMeter(bench.store.client)
    costs = [_cost(bench, generators, meter, operation) for operation in operations]
    generators.forget(_LABEL)
    return costs


def _cost(bench: Bench, generators: Generators, meter: StoreMeter, operation: Operation) -> OperationCost:
    child = bench.store.child
    assert child is not None  # noqa: S101 - the command starts its stores itself
    before, began_ns = meter.read(), process_cpu_ns(child.pid)
    reply = generators.offer(
        SliceLoad(
            arm=_LABEL,
            duration_s=_SECONDS,
            seed=1,
            operations={operation: 1.0},
            loop="closed",
            closed_connections=_CONNECTIONS,
        )
    ).reply
    spent_ns = process_cpu_ns(child.pid) - began_ns
    counted = meter.since(before)
    return OperationCost(
        operation=operation,
        requests=reply.user_completed,
        failed=reply.user_completed - reply.accepted,
        calls=counted.application,
        usec=counted.application_usec,
        cpu_ns=spent_ns,
    )

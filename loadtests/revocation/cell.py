"""Revoke credentials of one scheme under one condition, several at once, under load."""

import contextlib
import queue
import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Condition
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.timeline import Revocation, RevokedCredential
from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Client
from loadtests.harness.processes.generators import Generators
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.prober import Prober
from loadtests.harness.processes.server import Server
from loadtests.harness.processes.workers import only_worker, owners
from loadtests.revocation.endings import ENDINGS
from loadtests.revocation.event import SPARE, Revoker
from loadtests.revocation.load import Load, LoadSeen
from loadtests.revocation.site import NotRevoked, Site, Slot

_SLOTS_MAX = 8


@dataclass(frozen=True)
class Cell:
    """One scheme under one condition."""

    scheme: str
    settings: Mapping[str, Any]
    condition: Condition
    declared: Mapping[Revocation, float]
    """What is to be measured, and the window in seconds that the scheme declares for it."""
    events: int
    """Revocations of each kind."""
    seed: int
    attacked: bool = False
    """Its server is broken on purpose, and starts only where the environment says that it is attacked."""


@dataclass
class CellResult:
    """What was seen in one cell."""

    cell: Cell
    load: LoadSeen
    revoked: list[RevokedCredential] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Revocations that could not be carried out, in words."""


@dataclass(frozen=True)
class Tools:
    """What outlives a cell."""

    generators: Generators
    prober: Prober
    layout: Layout
    every_ns: int
    """Period of the prober for each credential and worker process."""
    probes_rps: float
    """Probes a second that the machine can spare: they decide how many credentials are watched at once."""
    load_rps: float
    replace_keys: Callable[[Path], None]
    """Adds fresh keys to a directory, and removes all that were there."""


def measure_cell(cell: Cell, server: Server, keys: Path, tools: Tools) -> CellResult:
    """Revoke `cell.events` credentials of each kind. Nobody else uses the server, which is ready.

    `keys` is its directory of keys. They are rotated at the end: that ends the credentials of the load too.
    """
    server.pin(tools.layout.app)
    card = server.card()
    site = Site(server, card, Client(card, server.origin))
    rng = random.Random(cell.seed)  # noqa: S311 - a schedule, no secret
    kinds = [kind for kind in cell.declared if kind in ENDINGS for _ in range(cell.events)]
    rng.shuffle(kinds)
    names = site.make_accounts(len(kinds) + cell.events)
    revoker = Revoker(site, tools.prober, tools.every_ns, cell.declared)
    with contextlib.ExitStack() as stack:
        load = Load(server, tools.generators, tools.load_rps, cell.seed)
        stack.callback(load.close)
        result = CellResult(cell, load.seen)
        slots = _connect(server, tools, stack)
        idle: queue.Queue[Slot] = queue.Queue()
        for slot in slots:
            idle.put(slot)

        def revoke(number: int, kind: Revocation) -> None:
            slot, own = idle.get(), random.Random(cell.seed + number)  # noqa: S311 - a schedule, no secret
            with contextlib.ExitStack() as after:
                after.callback(idle.put, slot)
                told = number % len(slot.clients)
                _note(result, kind, lambda: revoker.revoke(kind, names[number], slot, told, own))

        with load.running():
            _in_parallel([(number, kind) for number, kind in enumerate(kinds)], revoke, len(slots))
            if Revocation.KEY_ROTATION in cell.declared:
                for name in names[len(kinds) :]:
                    _note(
                        result,
                        Revocation.KEY_ROTATION,
                        lambda: revoker.rotate_keys(name, slots[0], rng, lambda: tools.replace_keys(keys)),  # noqa: B023 - called at once
                    )
    return result


def _note(result: CellResult, kind: Revocation, revoke: Callable[[], RevokedCredential]) -> None:
    """Keep what came of one revocation."""
    try:
        result.revoked.append(revoke())
    except NotRevoked as error:
        result.failed.append(f"{kind}: {error}")


def _in_parallel(
    tasks: list[tuple[int, Revocation]], run: Callable[[int, Revocation], None], at_once: int
) -> None:
    """Run all; the first exception of one of them is raised."""
    executor = ThreadPoolExecutor(at_once)
    try:
        for future in [executor.submit(run, *task) for task in tasks]:
            future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # an interruption must not wait for a window


def _connect(server: Server, tools: Tools, stack: contextlib.ExitStack) -> list[Slot]:
    """Connect prober and slots to every worker process. Failure if a connection belongs to another one."""
    workers = len(server.pids)
    count = max(1, min(_SLOTS_MAX, int(tools.probes_rps * tools.every_ns / 1e9 / workers)))
    tools.prober.turn_to(server.host, server.port)
    clients: list[list[BlockingClient]] = [[] for _ in range(count)]
    for worker in range(workers):
        with only_worker(server.pids, worker):
            ports = tools.prober.connect(worker, count, SPARE)
            for own in clients:
                client = stack.enter_context(server.connect())
                client.request("GET", Operation.PUBLIC.path)
                own.append(client)
        ports += [own[worker].local_port for own in clients]
        if (found := set(owners(server.port, ports, server.pids))) != {worker}:
            raise Failure(
                f"{server.arm}: connections of worker process {worker} belong to {found}: run it again",
                ExitCode.INVALID,
            )
    return [Slot(number, own) for number, own in enumerate(clients)]

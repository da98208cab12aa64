"""Revoke credentials of one scheme under one condition, several at once, under load."""

import contextlib
import queue
import random
from collections.abc import Callable, Mapping, Sequence
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
from loadtests.harness.load.generators import Generators
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.server import Server
from loadtests.revocation.endings import ENDINGS
from loadtests.revocation.event import SPARE, Revoker
from loadtests.revocation.load import Load, LoadSeen
from loadtests.revocation.patience import Patience
from loadtests.revocation.prober_process import Prober
from loadtests.revocation.site import NotRevoked, Site, Slot
from loadtests.revocation.workers import only_worker, owners

COSTS_ONE_CELL = (ExitCode.INTERNAL, ExitCode.VERIFICATION)
"""The server refused an order of the measuring interface, or a read: its store was too slow, for instance."""
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
    repeated: list[str] = field(default_factory=list)
    """Why a revocation was repeated, for each time."""
    broken: str | None = None
    """Why nothing was measured; None: it was."""


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
    revoker = Revoker(site, tools.prober, tools.every_ns, cell.declared)
    patience = Patience()
    with contextlib.ExitStack() as stack:
        load = _prepare_load(cell, server, tools, patience)
        stack.callback(load.close)
        slots = _connect(server, tools, stack)
        result = CellResult(cell, load.seen, repeated=patience.repeated)
        with load.running():
            _revoke_users(cell, revoker, slots, patience, result)
            if Revocation.KEY_ROTATION in cell.declared:
                _rotate_keys(cell, revoker, slots[0], patience, lambda: tools.replace_keys(keys), result)
    return result


def _prepare_load(cell: Cell, server: Server, tools: Tools, patience: Patience) -> Load:
    """The load, with credentials in the store. Failure if they cannot be put there, not even later."""

    def once(_: int) -> Load:
        try:
            return Load(server, tools.generators, tools.load_rps, cell.seed)
        except Failure as failure:
            if failure.exit_code not in COSTS_ONE_CELL:
                raise
            raise NotRevoked(str(failure), ask_again=True) from None

    try:
        return patience.until_carried_out(once)
    except NotRevoked as error:
        raise Failure(str(error), ExitCode.INTERNAL) from None


def _revoke_users(
    cell: Cell, revoker: Revoker, slots: Sequence[Slot], patience: Patience, result: CellResult
) -> None:
    """Revoke credentials of one user after another, all kinds mixed, as many at once as there are slots."""
    kinds = [kind for kind in cell.declared if kind in ENDINGS for _ in range(cell.events)]
    random.Random(cell.seed).shuffle(kinds)  # noqa: S311 - a schedule, no secret
    names = revoker.site.make_accounts(0, len(kinds))
    idle: queue.Queue[Slot] = queue.Queue()
    for slot in slots:
        idle.put(slot)

    def revoke(number: int, kind: Revocation) -> None:
        slot, rng = idle.get(), random.Random(cell.seed + number)  # noqa: S311 - a schedule, no secret
        told = number % len(slot.clients)  # each call goes to the next worker process

        def once(tried: int) -> RevokedCredential:
            name = revoker.site.make_spare_account() if tried else names[number]
            return revoker.revoke(kind, name, slot, told, rng)

        try:
            result.revoked.append(patience.until_carried_out(once))
        except NotRevoked as error:
            result.failed.append(f"{kind}: {error}")
        finally:
            idle.put(slot)

    executor = ThreadPoolExecutor(len(slots), thread_name_prefix="revoke")
    try:
        for future in [executor.submit(revoke, number, kind) for number, kind in enumerate(kinds)]:
            future.result()
    except Failure:
        # Nobody may still revoke when the prober turns to the next server.
        executor.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # an interruption must not wait for a window


def _rotate_keys(
    cell: Cell,
    revoker: Revoker,
    slot: Slot,
    patience: Patience,
    replace_keys: Callable[[], None],
    result: CellResult,
) -> None:
    """Rotate the keys, once for each login: a rotation ends all that there are."""
    kinds = [kind for kind in cell.declared if kind in ENDINGS]
    rng = random.Random(cell.seed)  # noqa: S311 - a schedule, no secret
    for name in revoker.site.make_accounts(len(kinds) * cell.events, cell.events):

        def once(tried: int, first: str = name) -> RevokedCredential:
            own = revoker.site.make_spare_account() if tried else first
            return revoker.rotate_keys(own, slot, rng, replace_keys)

        try:
            result.revoked.append(patience.until_carried_out(once))
        except NotRevoked as error:
            result.failed.append(f"{Revocation.KEY_ROTATION}: {error}")


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

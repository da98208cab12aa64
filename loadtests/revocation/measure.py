"""Measure cell after cell: while one is measured, the server of the next one starts."""

import contextlib
import secrets
import shutil
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from authbench.contracts.failure import Failure
from authbench.contracts.measuring_protocol import Deleted, Question
from authbench.contracts.security.timeline import Revocation
from authbench.system.store_server import StoreServer
from authbench.words.counting import counted
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import start_engines
from loadtests.harness.processes.fork_server import ForkServer
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.processes import Start
from loadtests.harness.processes.redis_server import check_store, connect_redis, start_redis
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.processes.server import Server
from loadtests.harness.processes.store_proxy import StoreProxies
from loadtests.revocation.cell import COSTS_ONE_CELL, Cell, CellResult, Tools, measure_cell
from loadtests.revocation.controls import ATTACKED
from loadtests.revocation.load import LoadSeen
from loadtests.revocation.prober_process import Prober

SMALL_MACHINE_CPUS = 2
EVERY_MS = 5.0
EVERY_SMALL_MS = 20.0
"""METHOD P5: a probe every 5 ms; 20 ms on machines on which the prober shares its processor."""
_PROBES_RPS = 1600.0
_PROBES_SMALL_RPS = 550.0
"""What is left for probes where one processor carries server, load and credentials that end."""
_KEEP_ALIVE_S = 86_400
_PASSWORD_QUEUE = 64
"""Logins that may wait: none is refused because others are under way."""


@dataclass(frozen=True)
class RevocationRequest:
    """What is to be measured."""

    cells: Sequence[Cell]
    redis_url: str | None
    load_rps: float
    replace_keys: Callable[[Path], None]


@dataclass(frozen=True)
class RevocationResult:
    """What was seen, in the order of the cells."""

    cells: list[CellResult]
    every_ms: float
    store: StoreServer
    store_added_ms: dict[float, float]
    """Distance that was asked for -> what a round trip took longer, as measured. Milliseconds."""


@dataclass(frozen=True)
class _Started:
    server: Server
    keys: Path


def measure_revocation(request: RevocationRequest, say: Callable[[str], None]) -> RevocationResult:
    """Measure every cell. Failure if the store, a server or a part of the harness fails."""
    check_store(request.redis_url)  # a mistake is reported before anything is started
    available = available_processors()
    layout, small = plan_layout(available), len(available) <= SMALL_MACHINE_CPUS
    every_ms = EVERY_SMALL_MS if small else EVERY_MS
    with contextlib.ExitStack() as stack:
        stack.enter_context(one_measurement_at_a_time(lambda: say("waiting: another run is measuring here")))
        scratch = stack.enter_context(scratch_directory())
        url = request.redis_url
        store = connect_redis(url) if url else start_redis(scratch, layout.store)
        stack.callback(store.stop)
        store_server = store.server
        proxies = StoreProxies(store.url, layout.generator, scratch)
        stack.callback(proxies.stop)
        for cell in request.cells:
            proxies.url_for(cell.condition)
        proxies.adjust()
        generators = Generators(start_engines(1, layout.generator, scratch), scratch)
        stack.callback(generators.stop)
        prober = Prober(layout.generator, scratch)
        stack.callback(prober.stop)
        generators.wait_until_ready()
        tools = Tools(
            generators,
            prober,
            layout,
            round(every_ms * 1e6),
            _PROBES_SMALL_RPS if small else _PROBES_RPS,
            request.load_rps,
            request.replace_keys,
        )
        results: list[CellResult] = []
        # No CPU time is measured, and the next server starts while windows are: a short start disturbs least.
        start = stack.enter_context(ForkServer()).start
        servers = _servers(request, proxies, layout.all, scratch, start)
        stack.enter_context(contextlib.closing(servers))
        for cell, started in servers:
            say(f"{len(results) + 1} of {len(request.cells)}: {describe(cell)}")
            results.append(_measured(cell, started, tools, say))
        added = {
            cell.condition.store_rtt_ms: proxies.added_us_for(cell.condition) / 1000 for cell in request.cells
        }
    return RevocationResult(results, every_ms, store_server, added)


def _measured(cell: Cell, started: _Started, tools: Tools, say: Callable[[str], None]) -> CellResult:
    """What came of one cell. A server that cannot carry out an order now costs its cell, not the run."""
    try:
        result = measure_cell(cell, started.server, started.keys, tools)
    except Failure as failure:
        if failure.exit_code not in COSTS_ONE_CELL:
            raise
        say(f"not measured: {failure}")
        return CellResult(cell, LoadSeen(), broken=str(failure))
    if result.repeated:
        say(f"begun anew, with fresh logins: {len(result.repeated)}, the first because {result.repeated[0]}")
    return result


def describe(cell: Cell) -> str:
    """The cell in words."""
    workers = counted(cell.condition.workers, "worker")
    rtt_ms = cell.condition.store_rtt_ms
    return f"{cell.scheme}, {workers}, store " + (f"{rtt_ms:g} ms away" if rtt_ms else "near")


def _servers(
    request: RevocationRequest, proxies: StoreProxies, cpus: Sequence[int], scratch: Path, start: Start
) -> Generator[tuple[Cell, _Started], None, None]:
    """The server of each cell, ready; that of the next one starts meanwhile. All are stopped.

    In a store of the user's own nothing is left of them.
    """
    cells = request.cells
    with contextlib.ExitStack() as stack:
        waiting = _start(0, cells[0], proxies, cpus, scratch, start) if cells else None
        for number, cell in enumerate(cells):
            assert waiting is not None  # noqa: S101 - one for each cell
            own = waiting
            with contextlib.ExitStack() as ending:
                ending.callback(_end, own, clean=request.redis_url is not None)
                last = number + 1 == len(cells)
                following = None if last else cells[number + 1]
                waiting = _start(number + 1, following, proxies, cpus, scratch, start) if following else None
                if waiting is not None:
                    stack.callback(waiting.server.stop)
                own.server.wait_until_ready()
                yield cell, own


def _start(
    number: int, cell: Cell, proxies: StoreProxies, cpus: Sequence[int], scratch: Path, start: Start
) -> _Started:
    name = f"cell{number}"
    keys = scratch / f"{name}-keys"
    rotates = Revocation.KEY_ROTATION in cell.declared
    settings = {
        "keep_alive_s": _KEEP_ALIVE_S,
        "password_queue": _PASSWORD_QUEUE,
        **cell.settings,
        "scheme": cell.scheme,
        "workers": cell.condition.workers,
        "redis_url": proxies.url_for(cell.condition),
        "redis_key_prefix": f"authbench:revoke:{secrets.token_hex(4)}:",
        "database_url": f"sqlite+aiosqlite:///{scratch}/{name}.sqlite",
        "session_database_url": f"sqlite+aiosqlite:///{scratch}/{name}-sessions.sqlite",
        "keys_directory": str(keys) if rotates else None,
    }
    environment = {ATTACKED: "yes"} if cell.attacked else None
    server = Server(cell.scheme, name, settings, cpus, scratch, environment=environment, start=start)
    return _Started(server, keys)


def _end(started: _Started, *, clean: bool) -> None:
    if clean:
        with contextlib.suppress(Failure):
            started.server.ask(Question(op="delete_keys"), Deleted)
    started.server.stop()
    shutil.rmtree(started.keys, ignore_errors=True)
